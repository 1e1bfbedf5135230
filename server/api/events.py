"""``/api/runs/{id}/events``: what a run tells, as it tells it, or later, from any event on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from ..problems import Problem, documented
from .services import Run, Shared

router = APIRouter(prefix="/api/runs", tags=["runs"])

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

_SSE_FORM = "`id:` is the event's `seq`, `data:` the event as JSON"
_EVENT = {"$ref": "#/components/schemas/Event"}
_STREAMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events in order, each once. The stream ends after the event of type `end`.",
        "content": {
            SSE: {"schema": {"type": "string", "description": _SSE_FORM}, "itemSchema": _EVENT},
            NDJSON: {"schema": _EVENT, "itemSchema": _EVENT},
        },
    },
    204: {"description": "The run is over and there is nothing after that event: do not come back."},
}  # fmt: skip

_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_RETRY = b"retry: 1000\n\n"  # milliseconds until a browser comes back


@router.get("/{id}/events", response_class=StreamingResponse, responses=_STREAMS | documented(404, 422))
async def follow_events(
    run: Run,
    request: Request,
    shared: Shared,
    after: Annotated[int | None, Query(ge=0, lt=2**53, description="the last event already seen")] = None,
    last_event_id: Annotated[str | None, Header(description="the same, as browsers say it")] = None,
) -> Response:
    """Every event of the run: those that there are, then the others as they come.

    Server-sent events by default; `Accept: application/x-ndjson` gives lines of JSON.
    """
    seen = after if after is not None else _number(last_event_id)
    log = shared.store.log(run.id)
    idle = shared.settings.heartbeat
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(_stream(log.follow(seen, idle=idle), b"", b"\n"), media_type=NDJSON, headers=_HEADERS)
    if seen and run.over and seen >= log.last:
        return Response(status_code=204)
    stream = _stream(log.follow(seen, sse, idle=idle), _RETRY, b": still here\n\n")
    return StreamingResponse(stream, media_type=SSE, headers=_HEADERS)


def sse(lines: bytes) -> bytes:
    """Lines of JSON as server-sent events. Each begins with ``{"seq":``, its number and a comma."""
    return b"".join(
        b"id: %b\ndata: %b\n\n" % (line[7 : line.index(b",")], line) for line in lines.splitlines()
    )  # fmt: skip


async def _stream(chunks: AsyncIterator[bytes], first: bytes, pulse: bytes) -> AsyncIterator[bytes]:
    """The chunks, with a sign of life for an empty one, so that nothing in between closes the connection."""
    yield first
    async for chunk in chunks:
        yield chunk or pulse


def _number(last_event_id: str | None) -> int:
    """A browser's ``Last-Event-ID``; one that is no number of ours counts as nothing seen."""
    if last_event_id is None or not last_event_id.strip():
        return 0
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 15:
        raise Problem(
            422, "bad-cursor", "No event number", f"Last-Event-ID {last_event_id[:40]!r} is no event's number."
        )
    return int(last_event_id)
