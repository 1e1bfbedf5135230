"""Following a run: every viewer sees the same events, live or late, whole or resumed, before or after a restart."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
import pytest

from engine.recorder import schema

from .conftest import TRAINING, Serve, Served

SLOW = """
import time, torch
x = torch.ones(3, requires_grad=True)
for step in range(12):
    (x * step).sum().backward()
    print(step)
    time.sleep(0.03)
"""


def sse(text: str) -> list[dict[str, Any]]:
    """The events of a server-sent stream; each id must be its event's number."""
    events = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            events.append(json.loads(lines["data"]))
            assert int(lines["id"]) == events[-1]["seq"]
    return events


def test_every_event_fits_the_published_schema(server: Served, trained: str) -> None:
    events = server.events(trained)
    assert {"start", "output", "pass", "op", "tensor", "backward", "vjp", "grad", "pass_end", "end"} <= {
        event["type"] for event in events
    }
    for event in events:
        schema.decode(json.dumps({key: value for key, value in event.items() if key != "seq"}).encode())


def test_sse_and_ndjson_tell_the_same(server: Served, trained: str) -> None:
    answer = server.client.get(f"/api/runs/{trained}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert sse(answer.text) == server.events(trained)


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_viewer_resumes_after_the_last_event_it_saw(server: Served, trained: str, after: int) -> None:
    whole = server.events(trained)
    assert server.events(trained, after) == whole[after:]
    answer = server.client.get(f"/api/runs/{trained}/events", headers={"Last-Event-ID": str(after)})
    assert sse(answer.text) == whole[after:]


def test_a_browser_that_has_seen_the_end_is_told_not_to_come_back(server: Served, trained: str) -> None:
    last = server.events(trained)[-1]["seq"]
    answer = server.client.get(f"/api/runs/{trained}/events", headers={"Last-Event-ID": str(last)})
    assert answer.status_code == 204


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "1.5"])
def test_a_cursor_that_is_none_is_refused(server: Served, trained: str, cursor: str) -> None:
    assert server.client.get(f"/api/runs/{trained}/events", headers={"Last-Event-ID": cursor}).status_code == 422
    assert server.client.get(f"/api/runs/{trained}/events", params={"after": cursor}).status_code == 422


def test_live_late_resumed_and_restarted_viewers_see_the_same(serve: Serve, tmp_path_factory: Any) -> None:
    data = tmp_path_factory.mktemp("restart")
    served = serve(data=data)
    id = served.start(SLOW)
    live: list[list[dict[str, Any]]] = []
    viewers = [threading.Thread(target=lambda: live.append(served.events(id))) for _ in range(3)]
    for viewer in viewers:
        viewer.start()
    pieces = resumed(served.client, id)
    for viewer in viewers:
        viewer.join()
    late = served.events(id)
    assert late[-1]["status"] == "finished"
    assert [event["seq"] for event in late] == list(range(1, len(late) + 1))
    assert live == [late] * 3
    assert pieces == late
    passes = [served.client.get(f"/api/runs/{id}/passes/{n}").json() for n in (1, 2, 12)]
    served.stop()

    again = serve(data=data)
    assert again.events(id) == late
    assert [again.client.get(f"/api/runs/{id}/passes/{n}").json() for n in (1, 2, 12)] == passes
    assert again.info(id)["status"] == "finished"


def resumed(client: httpx.Client, id: str) -> list[dict[str, Any]]:
    """Follow a run as one does who loses the connection after every few events."""
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["type"] != "end":
        headers = {"Accept": "application/x-ndjson"}
        after = seen[-1]["seq"] if seen else 0
        with client.stream("GET", f"/api/runs/{id}/events", params={"after": after}, headers=headers) as answer:
            for count, line in enumerate(line for line in answer.iter_lines() if line):
                seen.append(json.loads(line))
                if count == 6:
                    break
    return seen


def test_an_idle_stream_gives_signs_of_life(serve: Serve) -> None:
    served = serve(heartbeat=0.1)
    id = served.start("import time\ntime.sleep(0.7)")
    answer = served.client.get(f"/api/runs/{id}/events")
    assert answer.text.count(": still here") >= 3
    assert [event["type"] for event in sse(answer.text)] == ["start", "end"]


def test_a_run_that_the_server_did_not_survive_is_closed_truthfully(serve: Serve, tmp_path_factory: Any) -> None:
    from server.store.store import Store

    data = tmp_path_factory.mktemp("crash")
    served = serve(data=data)
    id = served.start(TRAINING)
    whole = served.events(id)
    served.stop()
    # As kill -9 in the middle of a write leaves it: still "running", the log torn inside its last frames.
    log = data / "runs" / id / "events.log"
    log.write_bytes(log.read_bytes()[:-30])
    store = Store(data, 0.05)
    store.catalogue.start(id)
    store.catalogue.close()

    again = serve(data=data)
    events = again.events(id)
    assert events[:-1] == whole[: len(events) - 1]
    assert len(events) > 1
    assert events[-1]["status"] == "killed"
    assert "the server stopped while it ran" in events[-1]["reason"]
    assert "torn" in events[-1]["reason"]
    assert again.info(id)["status"] == "killed"
    assert again.info(id)["reason"] == events[-1]["reason"]


def test_the_schema_is_published_where_the_stream_is_described(server: Served) -> None:
    document = server.client.get("/openapi.json").json()
    content = document["paths"]["/api/runs/{id}/events"]["get"]["responses"]["200"]["content"]
    assert content["application/x-ndjson"]["schema"] == {"$ref": "#/components/schemas/Event"}
    message = content["text/event-stream"]["itemSchema"]
    assert message["properties"]["data"]["contentSchema"] == {"$ref": "#/components/schemas/Event"}
    components = document["components"]["schemas"]
    assert components["Event.Op"]["properties"]["seq"]["type"] == "integer"
    dangling = {ref for ref in references(document) if ref.removeprefix("#/components/schemas/") not in components}
    assert not dangling


def references(node: Any) -> set[str]:
    """Every ``$ref`` (and discriminator's target) of a document."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return {node} if isinstance(node, str) and node.startswith("#/") else set()
    return set().union(*map(references, node.values())) if node else set()
