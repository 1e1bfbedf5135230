"""What the server says of itself: health, devices, examples, ops, and the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.examples import all_examples

from .conftest import Serve, Served


def test_health_tells_the_walls_and_the_limits(server: Served) -> None:
    health = server.client.get("/api/health").json()
    assert health["status"] == "ok"
    assert health["sandbox"]["level"] in ("full", "no-open")
    assert health["limits"]["wall_time"] == server.settings.wall_time
    assert health["limits"]["code"] == 100 * 1024


def test_the_cpu_is_there_and_a_missing_gpu_says_why(server: Served) -> None:
    cpu, *gpus = server.client.get("/api/devices").json()
    assert (cpu["id"], cpu["available"]) == ("cpu", True)
    assert gpus
    assert all(gpu["available"] or gpu["reason"] for gpu in gpus)


def test_the_ops_come_with_formula_and_rules(server: Served) -> None:
    ops = server.client.get("/api/ops").json()
    mul = ops["mul"]
    assert mul["formula"]
    assert [given["name"] for given in mul["inputs"]]
    assert all(given["rule"] for given in mul["inputs"])


def test_every_example_is_served_and_the_first_changes_its_depth(server: Served) -> None:
    examples = server.client.get("/api/examples").json()
    assert [each["id"] for each in examples] == [each.id for each in all_examples()]
    assert all(example["title"] and example["teaches"] and example["code"] for example in examples)
    assert len({example["id"] for example in examples}) == len(examples) >= 10
    assert examples[0]["id"] == "two-moons"


@pytest.mark.parametrize("example", all_examples(), ids=lambda example: example.id)
def test_an_example_runs_in_seconds(server: Served, example: object) -> None:
    code: str = example.code  # type: ignore[attr-defined]
    id = server.start(code)
    events = server.events(id)
    assert events[-1]["status"] == "finished", events[-1]
    info = server.info(id)
    assert info["ended"] - info["started"] < 6  # target 3 on a machine that does nothing else
    assert any(event["type"] == "output" for event in events)
    assert info["passes"]


def test_the_first_examples_graph_changes_from_pass_to_pass(server: Served) -> None:
    id = server.start(all_examples()[0].code)
    events = server.events(id)
    graphs = {event["graph"] for event in events if event["type"] == "pass_end" and event["kind"] == "train"}
    assert len(graphs) >= 3
    assert any(event["type"] == "branch" and event["taken"] is not None for event in events)


def test_the_nan_example_names_the_first_bad_op(server: Served) -> None:
    (example,) = [example for example in all_examples() if example.id == "nan"]
    info = server.info(server.start(example.code))
    while info["ended"] is None:
        info = server.info(info["id"])
    assert info["passes"][0]["bad"] is None
    assert info["passes"][-1]["bad"] is not None


def test_without_a_built_page_there_is_help(server: Served) -> None:
    answer = server.client.get("/")
    assert answer.status_code == 503
    assert "make frontend" in answer.text


def test_the_built_page_is_served_with_deep_links(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>the page</title>")
    (tmp_path / "assets" / "main-abc.js").write_text("1")
    (tmp_path / "swagger").mkdir()
    (tmp_path / "swagger" / "swagger-ui-bundle.js").write_text("1")
    served = serve(frontend=tmp_path)
    for path in ("/", "/runs/abc"):
        answer = served.client.get(path)
        assert "the page" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
    assert "immutable" in served.client.get("/assets/main-abc.js").headers["cache-control"]
    assert "swagger-ui" in served.client.get("/docs").text
    assert served.client.get("/docs/init.js").headers["content-type"].startswith("text/javascript")
    for path in ("/assets/none.js", "/../settings.py", "/api/none"):
        assert served.client.get(path).headers["content-type"] == "application/problem+json"
