"""Runs over HTTP: started, seen, listed, cancelled, deleted; and what is refused, with which words."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from .conftest import TRAINING, Serve, Served


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    return document


def test_a_run_is_created_and_told_to_its_end(server: Served) -> None:
    answer = server.client.post("/api/runs", json={"code": "print('hello')", "device": "cpu", "title": "greeting"})
    assert answer.status_code == 201
    id = answer.json()["id"]
    assert answer.headers["location"] == f"/api/runs/{id}"
    events = server.events(id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "start"
    assert "".join(event["text"] for event in events if event["type"] == "output") == "hello\n"
    assert {key: events[-1].get(key) for key in ("type", "status", "reason")} == {
        "type": "end", "status": "finished", "reason": None,
    }  # fmt: skip
    info = server.info(id)
    assert (info["status"], info["reason"], info["title"], info["device"]) == ("finished", None, "greeting", "cpu")
    assert info["code"] == "print('hello')"
    assert info["events"] == len(events)
    assert info["created"] <= info["started"] <= info["ended"]


def test_both_modes_are_two_runs_that_know_each_other(server: Served) -> None:
    code = (
        "import torch\n"
        "for x in [torch.tensor(2.0, requires_grad=True), torch.tensor(-2.0, requires_grad=True)]:\n"
        "    y = x * 3 if x > 0 else x * x\n"
        "    y.backward()\n"
        "print(y.item())\n"
    )
    made = server.client.post("/api/runs", json={"code": code, "mode": "both"}).json()
    twins = made["id"], made["twin"]["id"]
    printed = []
    for id, other, mode in zip(twins, reversed(twins), ("dynamic", "static"), strict=True):
        events = server.events(id)
        printed.append([e["text"] for e in events if e["type"] == "output"])
        assert (server.info(id)["mode"], server.info(id)["twin"]) == (mode, other)
    assert printed[0] == ["4.0\n"]
    assert "".join(printed[1]).startswith("note: static: line 3 (y = x * 3 if x > 0 else x * x): a branch on a value")
    assert "".join(printed[1]).endswith("-6.0\n")


def test_a_mode_that_is_none_is_refused(server: Served) -> None:
    told = problem(server.client.post("/api/runs", json={"code": "1", "mode": "quick"}), 422)
    assert "static" in str(told)


def test_passes_are_listed_with_counts_and_likeness(server: Served, trained: str) -> None:
    info = server.info(trained)
    passes = [p for p in info["passes"] if p["kind"] == "train"]
    assert len(passes) == 3
    assert all(p["ops"] > 0 and p["last"] > p["first"] for p in passes)
    assert passes[2]["same_as"] is not None
    assert passes[0]["loss"] > passes[1]["loss"] > passes[2]["loss"]
    assert info["ops"] == sum(p["ops"] for p in info["passes"])


def test_ids_cannot_be_guessed(server: Served) -> None:
    ids = {server.start("1") for _ in range(5)}
    assert len(ids) == 5
    assert all(len(id) == 25 for id in ids)


def test_recent_runs_are_listed_newest_first_and_paged(serve: Serve) -> None:
    served = serve()
    ids = [served.start(f"print({n})") for n in range(3)]
    listed = served.client.get("/api/runs", params={"limit": 2}).json()
    assert listed["total"] == 3
    assert [run["id"] for run in listed["runs"]] == [ids[2], ids[1]]
    assert [run["id"] for run in served.client.get("/api/runs?offset=2").json()["runs"]] == [ids[0]]


def test_cancel_ends_a_run_and_keeps_what_it_told(server: Served) -> None:
    id = server.start("print('begun', flush=True)\nwhile True: pass")
    while not any(event["type"] == "output" for event in live(server, id)):
        time.sleep(0.02)
    info = server.client.post(f"/api/runs/{id}/cancel").json()
    assert (info["status"], info["reason"]) == ("cancelled", "cancelled")
    events = server.events(id)
    assert "begun" in "".join(event.get("text", "") for event in events)
    assert (events[-1]["type"], events[-1]["status"]) == ("end", "cancelled")
    again = server.client.post(f"/api/runs/{id}/cancel")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")


def live(server: Served, id: str) -> list[dict[str, Any]]:
    """What the catalogue counts so far, as events seen by a follower that leaves at once."""
    with server.client.stream("GET", f"/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"}) as answer:
        lines = []
        for line in answer.iter_lines():
            if not line:
                continue
            lines.append(httpx.Response(200, text=line).json())
            if lines[-1]["type"] in ("output", "end"):
                break
        return lines


def test_delete_forgets_a_run(server: Served) -> None:
    id = server.start("while True: pass")
    assert server.client.delete(f"/api/runs/{id}").status_code == 204
    problem(server.client.get(f"/api/runs/{id}"), 404)
    problem(server.client.get(f"/api/runs/{id}/events"), 404)
    assert not (server.settings.data / "runs" / id).exists()


@pytest.mark.parametrize(
    "path", ["", "/events", "/passes/1", "/tensors/1.0"]
)  # fmt: skip
def test_an_unknown_run_is_a_404(server: Served, path: str) -> None:
    assert "no run" in problem(server.client.get(f"/api/runs/nobody{path}"), 404)["detail"]


@pytest.mark.parametrize("code", ["", "   \n\t\n", "# only a comment\n"])
def test_an_empty_script_is_refused(server: Served, code: str) -> None:
    found = problem(server.client.post("/api/runs", json={"code": code}), 422)
    assert found["type"] == "urn:kineograph:empty-script"


def test_code_over_the_limit_is_refused_and_at_the_limit_taken(server: Served) -> None:
    limit = server.settings.code
    found = problem(server.client.post("/api/runs", json={"code": "#" * limit + "1"}), 413)
    assert (found["limit"], found["size"]) == (limit, limit + 1)
    script = "1\n"
    assert server.client.post("/api/runs", json={"code": script + "#" * (limit - len(script))}).status_code == 201


def test_a_body_over_the_limit_is_refused(server: Served) -> None:
    problem(server.client.post("/api/runs", json={"code": "#" * (2 << 20)}), 413)
    endless = (b" " * 65536 for _ in range(64))
    headers = {"content-type": "application/json"}
    problem(server.client.post("/api/runs", content=endless, headers=headers), 413)


@pytest.mark.parametrize(
    "body",
    [{}, {"code": 1}, {"code": "1", "device": None}, {"code": "1", "more": 1}, [], {"code": "1", "title": "x" * 201}],
)  # fmt: skip
def test_a_malformed_request_names_the_field(server: Served, body: object) -> None:
    assert problem(server.client.post("/api/runs", json=body), 422)["errors"][0]["at"].startswith("body")


def test_a_form_cannot_start_a_run(server: Served) -> None:
    problem(server.client.post("/api/runs", content='{"code": "1"}', headers={"content-type": "text/plain"}), 422)


def test_a_device_that_is_not_there_is_refused_with_its_reason(server: Served) -> None:
    found = problem(server.client.post("/api/runs", json={"code": "1", "device": "cuda:99"}), 409)
    assert "there is no device 'cuda:99'" in found["detail"]
    problem(server.client.post("/api/runs", json={"code": "1", "device": "tpu"}), 422)


def test_unknown_addresses_and_methods_are_problems(server: Served) -> None:
    problem(server.client.get("/api/nothing"), 404)
    answer = server.client.put("/api/runs", json={})
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    problem(server.client.request("TRACE", "/api/health"), 405)


def test_a_syntax_error_is_told_with_its_line(server: Served) -> None:
    id = server.start("x = 1\ny = (2\n")
    events = server.events(id)
    error = next(event for event in events if event["type"] == "error")
    assert (error["exception"], error["line"]) == ("SyntaxError", 2)
    assert events[-1]["status"] == "failed"
    assert "line 2" in events[-1]["reason"]
    assert server.info(id)["error"]["line"] == 2


def test_an_exception_keeps_the_partial_trace(server: Served) -> None:
    id = server.start("import torch\na = torch.ones(2, 3)\nb = a * 2\nc = a @ b\n")
    events = server.events(id)
    assert any(event["type"] == "op" for event in events)
    error = next(event for event in events if event["type"] == "error")
    assert error["line"] == 4
    assert error["op"]["shapes"] == [[2, 3], [2, 3]]
    assert server.info(id)["status"] == "failed"


def test_an_unknown_torch_name_is_a_clear_error(server: Served) -> None:
    events = server.run("import torch\ntorch.frobnicate(1)")
    error = next(event for event in events if event["type"] == "error")
    assert (error["exception"], error["line"]) == ("AttributeError", 2)
    assert "frobnicate" in error["message"]


def test_a_full_queue_answers_429_with_when_to_come_back(serve: Serve) -> None:
    served = serve(running=1, queue=1, warm=0)
    served.start("while True: pass")
    waiting = served.start("print(1)")
    assert served.info(waiting)["status"] == "queued"
    assert served.info(waiting)["place"] == 0
    answer = served.client.post("/api/runs", json={"code": "1"})
    problem(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    cancelled = served.client.post(f"/api/runs/{waiting}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert [event["type"] for event in served.events(waiting)] == ["start", "end"]


def test_without_a_sandbox_no_script_is_run(serve: Serve) -> None:
    served = serve(sandbox=False)
    health = served.client.get("/api/health").json()
    assert (health["status"], health["sandbox"]["level"]) == ("no-sandbox", "none")
    problem(served.client.post("/api/runs", json={"code": "1"}), 503)


def test_local_code_runs_unsandboxed_by_an_explicit_switch_only(serve: Serve) -> None:
    served = serve(sandbox=False, trust_local_code=True)
    assert served.client.get("/api/health").json()["sandbox"]["level"] == "unsandboxed"
    events = served.run("print(open('/etc/passwd').read(4))")
    assert "".join(event.get("text", "") for event in events).startswith("root")
    assert served.run(TRAINING)[-1]["status"] == "finished"
