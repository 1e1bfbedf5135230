"""``/api/runs``: start a script, see how it goes, cancel it, delete it."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from engine.recorder.schema import Number, PassKind

from ..conductor import QueueFull
from ..problems import Problem, documented
from ..sandbox.job import Job, Mode
from ..sandbox.runner import RunnerUnavailable
from ..store.catalogue import RunRow, State
from .services import OwnRun, Run, Services, Shared

router = APIRouter(prefix="/api/runs", tags=["runs"])


_SCRIPT = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()\n"


class RunRequest(BaseModel):
    """A script to run."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="plain PyTorch", examples=[_SCRIPT], json_schema_extra={"pattern": r"\S"})
    device: str = Field(default="cpu", description="one of `GET /api/devices`", pattern=r"^(cpu|cuda(:[0-9]{1,2})?)$")
    mode: Literal["dynamic", "static", "both"] = Field(
        default="dynamic",
        description="`dynamic`: each pass builds its graph anew; `static`: the loop's body is captured in the first pass and "
        "replayed in the later ones; `both`: two runs, side by side",
    )
    title: str | None = Field(default=None, description="what to call it in lists", max_length=200)


class RunCreated(BaseModel):
    """The run has been taken in."""

    id: str
    key: str = Field(description="lets a program cancel, pin and delete the run: send it as `X-Run-Key`")
    place: int | None = Field(description="how many runs are before it in the queue; `null` where it has started")
    twin: RunCreated | None = Field(
        default=None, description="with `mode: both`, the static run; this is the dynamic one"
    )


class TracebackFrame(BaseModel):
    """One line of a traceback, in the script."""

    line: int
    function: str
    text: str = ""


class RunError(BaseModel):
    """The exception that ended the script."""

    exception: str
    message: str
    line: int | None = Field(default=None, description="1-based")
    col: int | None = Field(default=None, description="0-based")
    end_line: int | None = None
    end_col: int | None = None
    hint: str | None = Field(default=None, description="what to try")
    traceback: list[TracebackFrame] = []


class PassSummary(BaseModel):
    """A pass, by its counts."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    kind: PassKind | None = Field(description="`null` while it goes on")
    ops: int
    first: int = Field(description="`seq` of its first event")
    last: int | None = Field(description="`seq` of its last event; `null` while it goes on")
    same_as: int | None = Field(description="the first pass with the very same graph")
    graph: str | None = Field(description="digest of the graph's structure")
    loss: Number | None = Field(description="what its first backward started from")
    bad: str | None = Field(description="the first op whose output holds a NaN or an infinity")


class RunSummary(BaseModel):
    """A run, in a list. Times are seconds since 1970."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str | None
    device: str
    status: State
    reason: str | None = Field(description="why it ended, unless it finished")
    created: float
    started: float | None
    ended: float | None
    events: int
    ops: int
    pinned: bool = Field(description="kept until it is deleted by hand")
    mode: Mode = Field(description="whether each pass built its graph anew, or the first pass's was replayed")
    twin: str | None = Field(description="the run of the same script in the other mode that was started with it")


class RunDocument(RunSummary):
    """A run, whole."""

    code: str
    error: RunError | None
    place: int | None = Field(description="how many runs are before it in the queue; `null` where it does not wait")
    yours: bool = Field(description="whether who asks may cancel, pin and delete it")
    passes: list[PassSummary]


class RunList(BaseModel):
    """A page of runs, newest first."""

    runs: list[RunSummary]
    total: int


@router.post("", status_code=status.HTTP_201_CREATED, responses=documented(400, 403, 409, 413, 422, 429, 503, 507))
async def start_run(run: RunRequest, request: Request, response: Response, shared: Shared) -> RunCreated:
    """Run a script. It is queued at once; follow it at `/api/runs/{id}/events`."""
    _check_code(run.code, shared)
    if (problem := await shared.devices.problem(run.device)) is not None:
        raise Problem(409, "no-such-device", "The device cannot be used", f"{run.device}: {problem}")
    visitor = shared.visitors.of(request)
    if (refusal := shared.visitors.admit(visitor, shared.store.catalogue.unfinished_of(visitor.id))) is not None:
        raise _busy(f"too-many-{refusal.limit}", "You have started much lately", refusal.why, refusal.retry_after)
    modes: tuple[Mode, ...] = ("dynamic", "static") if run.mode == "both" else (run.mode,)
    ids: list[str] = []
    try:
        for mode in modes:
            job = Job(run.code, run.device, mode=mode)
            ids.append(shared.conductor.submit(job, title=run.title, visitor=visitor.id))
        if len(ids) == 2:
            shared.store.catalogue.pair(*ids)
    except QueueFull as full:
        for id in ids:  # one of two is of no use
            shared.conductor.cancel(id, "there was no room for its twin")
        raise _busy("queue-full", "Too many runs are waiting", str(full), full.retry_after) from full
    except RunnerUnavailable as error:
        raise Problem(503, "no-sandbox", "This server runs no scripts now", str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise Problem(507, "no-space", "The run cannot be kept", str(error)) from error
    created = [
        RunCreated(id=id, key=shared.visitors.secret.run_key(id), place=shared.conductor.place(id)) for id in ids
    ]
    response.headers["Location"] = f"/api/runs/{ids[0]}"
    return created[0].model_copy(update={"twin": created[1] if len(created) == 2 else None})


def _busy(kind: str, title: str, why: str, seconds: int) -> Problem:
    return Problem(429, kind, title, f"{why}. Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


@router.get("")
async def list_runs(
    request: Request,
    shared: Shared,
    offset: Annotated[int, Query(ge=0, le=10**9, description="runs to skip")] = 0,
    limit: Annotated[int | None, Query(ge=1, le=100, description="runs to list")] = None,
) -> RunList:
    """Recent runs, newest first: all of them on a server for this machine alone, else those of who asks."""
    catalogue = shared.store.catalogue
    mine = shared.visitors.of(request).id if shared.settings.beyond_loopback else None
    rows = catalogue.recent(limit or shared.settings.recent, offset, mine)
    return RunList(runs=[RunSummary.model_validate(row) for row in rows], total=catalogue.count(mine))


@router.get("/{id}", responses=documented(404))
async def get_run(run: Run, request: Request, shared: Shared) -> RunDocument:
    """How a run goes or went."""
    return _document(run, request, shared)


@router.post("/{id}/cancel", responses=documented(400, 403, 404))
async def cancel_run(run: OwnRun, request: Request, shared: Shared) -> RunDocument:
    """End a run early. What it has told so far is kept; a run that is over stays as it is."""
    if shared.conductor.cancel(run.id):
        await shared.conductor.ended(run.id)
    return _document(shared.store.catalogue.get(run.id) or run, request, shared)


class Pinning(BaseModel):
    """Whether to keep a run."""

    model_config = ConfigDict(extra="forbid")

    pinned: StrictBool = Field(
        description="`true`: keep it until it is deleted by hand; `false`: it may go when it is old"
    )


@router.put("/{id}/pin", responses=documented(400, 403, 404, 422))
async def pin_run(run: OwnRun, pinning: Pinning, request: Request, shared: Shared) -> RunDocument:
    """Keep a run, or let it go with the others when it is old."""
    shared.store.catalogue.pin(run.id, pinning.pinned)
    return _document(shared.store.catalogue.get(run.id) or run, request, shared)


@router.delete("/{id}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(400, 403, 404))
async def delete_run(run: OwnRun, shared: Shared) -> None:
    """Forget a run and all that it told. One that goes on is cancelled first."""
    if shared.conductor.cancel(run.id, "deleted"):
        await shared.conductor.ended(run.id)
    shared.store.delete(run.id)


def _check_code(code: str, shared: Services) -> None:
    size, limit = len(code.encode()), shared.settings.code
    if size > limit:
        raise Problem(
            413, "code-too-large", "The script is too large",
            f"The script has {size} bytes; this server takes {limit}. Leave out data that the script could compute.",
            limit=limit, size=size,
        )  # fmt: skip
    if not _says_something(code):
        raise Problem(
            422, "empty-script", "The script is empty",
            "There is nothing to run. Try an example, or two lines of PyTorch.",
        )  # fmt: skip


def _says_something(code: str) -> bool:
    """Whether there is more than blanks and comments."""
    return any(line.strip() and not line.strip().startswith("#") for line in code.splitlines())


def _document(row: RunRow, request: Request, shared: Services) -> RunDocument:
    return RunDocument(
        **RunSummary.model_validate(row).model_dump(),
        code=row.code,
        error=RunError.model_validate(msgspec.to_builtins(row.error)) if row.error is not None else None,
        place=shared.conductor.place(row.id),
        yours=shared.visitors.owns(request, row.id, row.visitor),
        passes=[PassSummary.model_validate(passed) for passed in shared.store.catalogue.passes(row.id)],
    )
