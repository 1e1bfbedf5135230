"""What the routes share, made once per application and handed to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from ..conductor import Conductor
from ..devices import Devices
from ..door import Door
from ..metrics import Metrics
from ..problems import Problem
from ..settings import Settings
from ..store.catalogue import RunRow
from ..store.store import Store
from ..visitors import Visitors


@dataclass(frozen=True)
class Services:
    """The parts of one application."""

    settings: Settings
    store: Store
    conductor: Conductor
    devices: Devices
    visitors: Visitors
    door: Door
    metrics: Metrics


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(_services)]
RunId = Annotated[str, Path(description="a run's id, as `POST /api/runs` gave it", min_length=1, max_length=64)]


def _run(id: RunId, shared: Shared) -> RunRow:
    row = shared.store.catalogue.get(id)
    if row is None:
        raise Problem(404, "unknown-run", "No such run", f"There is no run {id!r}; it may have been deleted.")
    return row


#: The run that the path names; a 404 problem where there is none.
Run = Annotated[RunRow, Depends(_run)]


def _own_run(run: Run, request: Request, shared: Shared) -> RunRow:
    if not shared.visitors.owns(request, run.id, run.visitor):
        raise Problem(
            403, "not-yours", "This run is not yours",
            "Only who started a run may change it: the same browser, or a program that sends its key as X-Run-Key.",
        )  # fmt: skip
    return run


#: The same, where only who started it may; a 403 problem for anybody else.
OwnRun = Annotated[RunRow, Depends(_own_run)]
