"""``/api/runs/{id}/passes/{number}``: a pass as one document."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool

from ..problems import Problem, documented
from ..trace.page import fold
from .services import Run, Shared

router = APIRouter(prefix="/api/runs", tags=["runs"])

_PAGE = {"schema": {"$ref": "#/components/schemas/PassPage"}}


@router.get(
    "/{id}/passes/{number}",
    response_class=Response,
    responses={200: {"description": "The page.", "content": {"application/json": _PAGE}}, **documented(404, 422)},
)
async def get_pass(
    run: Run, shared: Shared, number: Annotated[int, Path(ge=1, lt=2**53, description="1, 2, …")]
) -> Response:
    """The graph of one pass: its nodes, edges, values and gradients, with every repeated op written out."""
    catalogue = shared.store.catalogue
    row = catalogue.one_pass(run.id, number)
    if row is None:
        raise Problem(404, "unknown-pass", "No such pass", f"The run has told of no pass {number} (so far).")
    log = shared.store.log(run.id)
    page = await run_in_threadpool(fold, run.id, row, log, lambda n: catalogue.one_pass(run.id, n))
    return Response(msgspec.json.encode(page), media_type="application/json")
