"""``/api/runs/{id}/tensors/{tensor}``: a tensor's numbers, as JSON or as a ``.npy`` file."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..problems import Problem, documented
from ..trace import numbers
from .services import Run, Shared

router = APIRouter(prefix="/api/runs", tags=["runs"])

NPY = "application/x-npy"
_BINARY = ("application/x-npy", "application/octet-stream")
_CONTENT = {
    "application/json": {"schema": {"$ref": "#/components/schemas/TensorDocument"}},
    **{name: {"schema": {"type": "string", "format": "binary"}} for name in _BINARY},
}


@router.get(
    "/{id}/tensors/{tensor}",
    response_class=Response,
    responses={200: {"description": "The numbers.", "content": _CONTENT}, **documented(404, 413, 422)},
)
async def get_tensor(
    run: Run,
    request: Request,
    shared: Shared,
    tensor: Annotated[
        str, Path(description="`3.12`, `3.12.1`, `t7`, `t7@2` (a version), `3.12:grad`, `3.12:vjp.0`", max_length=80)
    ],
    slice: Annotated[
        str | None, Query(description="as in NumPy: `0,:,2:5`", pattern=r"^[-0-9:, ]+$", max_length=200)
    ] = None,
    at: Annotated[int | None, Query(ge=0, lt=2**53, description="as of this event; the last by default")] = None,
) -> Response:
    """All numbers of a tensor, or a slice of them; small ones and those that the run kept."""
    catalogue = shared.store.catalogue
    trace = numbers.Trace(
        run.id, shared.store.log(run.id), shared.store.blobs(run.id), lambda n: catalogue.one_pass(run.id, n)
    )
    try:
        whole = await run_in_threadpool(numbers.find, trace, tensor, at)
        part = numbers.take(whole, slice) if slice else whole
    except numbers.NoSuchTensor as error:
        summary = msgspec.to_builtins(error.summary) if error.summary is not None else None
        raise Problem(404, "no-numbers", "No such numbers", str(error), summary=summary) from error
    except numbers.BadSlice as error:
        raise Problem(422, "bad-slice", "The slice does not fit", str(error)) from error
    if any(name in request.headers.get("accept", "") for name in _BINARY):
        name = tensor.replace(":", "-")
        disposition = {"Content-Disposition": f'attachment; filename="{name}.npy"'}
        return Response(numbers.save(part), media_type=NPY, headers=disposition)
    if part.size > shared.settings.tensor_elements:
        raise Problem(
            413, "too-many-numbers", "Too many numbers for JSON",
            f"{part.size} numbers; {shared.settings.tensor_elements} are the most. "
            "Take a slice, or ask for `Accept: application/x-npy`.",
            shape=list(part.shape),
        )  # fmt: skip
    return Response(msgspec.json.encode(numbers.document(tensor, whole, part, slice)), media_type="application/json")
