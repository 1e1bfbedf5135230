"""What an older version kept opens in this one: a folder of runs that was written by the first format."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from server.trace.numbers import load

from .conftest import Serve

KEPT = Path(__file__).parent / "fixtures" / "data-1"  #: written by the catalogue's and the log's format 1
TRAINED, FAILED = "a4ng8swxxfp5znfkhvz9xhsy4", "n5ys1wsrsmd3xbta8gkzakge7"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, which the server may bring up to date."""
    data = tmp_path / "data"
    shutil.copytree(KEPT, data)
    return data


def test_runs_of_an_older_version_are_listed_and_told_to_their_end(serve: Serve, folder: Path) -> None:
    served = serve(data=folder)
    listed = {run["id"]: run["status"] for run in served.client.get("/api/runs").json()["runs"]}
    assert listed == {TRAINED: "finished", FAILED: "failed"}
    events = served.events(TRAINED)
    assert [event["seq"] for event in events] == list(range(1, 65))
    assert [event["type"] for event in events].count("pass") == 3
    assert "".join(event["text"] for event in events if event["type"] == "output").startswith("0 ")
    assert "cannot be multiplied" in served.events(FAILED)[-1]["reason"]


def test_their_passes_and_tensors_are_read(serve: Serve, folder: Path) -> None:
    served = serve(data=folder)
    page = served.client.get(f"/api/runs/{TRAINED}/passes/3").json()
    assert [node["name"] for node in page["nodes"]][:2] == ["matmul", "square"]
    name = next(leaf["tensor"]["id"] for leaf in page["leaves"] if leaf["tensor"]["shape"] == [40, 2])
    answer = served.client.get(f"/api/runs/{TRAINED}/tensors/{name}", headers={"Accept": "application/octet-stream"})
    assert answer.status_code == 200
    assert load(answer.content).shape == (40, 2)
    assert np.isfinite(load(answer.content)).all()


def test_a_new_run_stands_beside_them(serve: Serve, folder: Path) -> None:
    served = serve(data=folder)
    assert served.run("print(1)")[-1]["status"] == "finished"
    assert len(served.client.get("/api/runs").json()["runs"]) == 3
