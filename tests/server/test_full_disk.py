"""A full disk: runs end with that reason, what was kept is served, and the server takes runs again when there is room.

The disk is a file size that no file of the server may pass: the kernel refuses writes as it does where there is no room.
"""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from bench.load.served import ServedProcess

FLOOD = """
import torch
x = torch.ones(3, requires_grad=True)
for step in range(4000):
    (x * step).sum().backward()
    print('step', step)
"""


@pytest.mark.parametrize(("room", "least"), [(60_000, 2), (1_000_000, 100)], ids=["nothing", "a little"])
def test_a_full_disk_ends_a_run_with_that_reason(tmp_path: Path, room: int, least: int) -> None:
    with ServedProcess(data=tmp_path, wall_time=20) as served:
        _, hard = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
        whole = follow(served, served.start("print('before')"))
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (room, hard))
        id = served.start(FLOOD)
        known = over(served, id)
        assert known["status"] == "killed"
        assert "could not keep what the script told" in known["reason"]
        assert served.client.get("/api/health").status_code == 200
        assert served.client.get("/api/runs").json()["runs"][0]["status"] == "killed"
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        told = follow(served, id)  # the end is written down as soon as there is room
        assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
        assert len(told) >= least
        assert (told[-1]["type"], told[-1]["reason"]) == ("end", known["reason"])
        assert follow(served, served.start("print('before')"))[-1]["status"] == whole[-1]["status"] == "finished"
        assert served.stop() == 0
    with ServedProcess(data=tmp_path) as again:
        assert follow(again, id) == told
        assert again.client.get(f"/api/runs/{id}").json()["reason"] == known["reason"]


def over(served: ServedProcess, id: str) -> dict[str, Any]:
    """What the server says of a run as soon as it is over."""
    give_up = time.monotonic() + 20
    while True:
        known: dict[str, Any] = served.client.get(f"/api/runs/{id}").json()
        if known["status"] not in ("queued", "running") or time.monotonic() > give_up:
            return known
        time.sleep(0.05)


def follow(served: ServedProcess, id: str) -> list[dict[str, Any]]:
    answer = served.client.get(f"/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"})
    return [json.loads(line) for line in answer.text.splitlines() if line]
