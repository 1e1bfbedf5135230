"""``/api/runs/{id}/events``: what a run tells, as it tells it, or later, from any event on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from ..metrics import Metrics
from ..problems import documented
from .services import Run, Shared

router = APIRouter(prefix="/api/runs", tags=["runs"])

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

_EVENT = {"$ref": "#/components/schemas/Event"}
_MESSAGE = {
    "type": "object",
    "required": ["id", "data"],
    "properties": {
        "id": {"type": "string", "description": "the event's `seq`"},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": _EVENT},
    },
}
_STREAMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events in order, each once. The stream ends after the event of type `end`.",
        "content": {SSE: {"itemSchema": _MESSAGE}, NDJSON: {"schema": _EVENT, "itemSchema": _EVENT}},
    },
    204: {"description": "The run is over and there is nothing after that event: do not come back."},
}

_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_RETRY = b"retry: 1000\n\n"  # milliseconds until a browser comes back


@router.get("/{id}/events", response_class=StreamingResponse, responses=_STREAMS | documented(404, 422))
async def follow_events(
    run: Run,
    request: Request,
    shared: Shared,
    after: Annotated[int | None, Query(ge=0, lt=2**53, description="the last event already seen")] = None,
    last_event_id: Annotated[str, Header(pattern=r"^[0-9]{0,15}$", description="the same, as browsers say it")] = "",
) -> Response:
    """Every event of the run: those that there are, then the others as they come.

    Server-sent events by default; `Accept: application/x-ndjson` gives lines of JSON.
    """
    seen = after if after is not None else int(last_event_id or 0)
    log = shared.store.log(run.id)
    idle = shared.settings.heartbeat
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(
            _stream(shared.metrics, log.follow(seen, idle=idle), b"", b"\n"), media_type=NDJSON, headers=_HEADERS
        )
    if seen and run.over and seen >= log.last:
        return Response(status_code=204)
    stream = _stream(shared.metrics, log.follow(seen, sse, idle=idle), _RETRY, b": still here\n\n")
    return StreamingResponse(stream, media_type=SSE, headers=_HEADERS)


def sse(lines: bytes) -> bytes:
    """Lines of JSON as server-sent events. Each begins with ``{"seq":``, its number and a comma."""
    return b"".join(
        b"id: %b\ndata: %b\n\n" % (line[7 : line.index(b",")], line) for line in lines.splitlines()
    )  # fmt: skip


async def _stream(metrics: Metrics, chunks: AsyncIterator[bytes], first: bytes, pulse: bytes) -> AsyncIterator[bytes]:
    """The chunks, with a sign of life for an empty one, so that nothing in between closes the connection."""
    with metrics.viewers.track_inprogress():
        yield first
        async for chunk in chunks:
            yield chunk or pulse
