"""``/api/ready`` and ``/metrics``: for what watches over the server."""

from __future__ import annotations

import sqlite3
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ..metrics import CONTENT_TYPE
from ..problems import Problem, documented
from .services import Shared

router = APIRouter(tags=["about this server"])


class Ready(BaseModel):
    """The server takes scripts."""

    status: Literal["ready"]
    waiting: int = Field(description="runs in the queue")


@router.get("/api/ready", responses=documented(503))
async def ready(shared: Shared) -> Ready:
    """Whether a script posted now would run: walls are up, the disk can be written, the server is not stopping."""
    health = shared.conductor.health
    if health.level == "none":
        raise Problem(503, "not-ready", "This server runs no scripts now", health.problem or health.detail)
    try:
        shared.store.check_writable()
    except (OSError, sqlite3.Error) as error:
        raise Problem(503, "not-ready", "Runs cannot be kept", str(error)) from error
    return Ready(status="ready", waiting=shared.conductor.waiting)


_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus' text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_class=Response, responses={**_TEXT, **documented(403)})
async def metrics(request: Request, shared: Shared) -> Response:
    """The server's numbers for Prometheus: runs, queue, limits hit, viewers, latencies. Not for the visitors of a public server."""
    if shared.settings.public and not shared.visitors.is_local(request):
        raise Problem(403, "not-public", "Not for visitors", "Ask from the server's own machine, past the proxy.")
    return Response(shared.metrics.text(), media_type=CONTENT_TYPE)
