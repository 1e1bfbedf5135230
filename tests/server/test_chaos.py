"""kill -9 of a script, of the fork server, of the server, at random moments under load: nothing is lost, all is told truthfully.

``KINEOGRAPH_CHAOS=100`` (``make chaos``) does it a hundred times.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.load.served import ServedProcess, family

ROUNDS = int(os.environ.get("KINEOGRAPH_CHAOS", "6"))
RUNS = 3
VIEWERS = 3  # of each run
VICTIMS = ("server", "fork server", "script")

SCRIPT = """
import time, torch
x = torch.ones(3, requires_grad=True)
for step in range(25):
    (x * step).sum().backward()
    print(step)
    time.sleep(0.02)
"""


class Viewer(threading.Thread):
    """Follows a run to its end, and comes back with its cursor whenever the connection breaks."""

    def __init__(self, port: int, id: str) -> None:
        super().__init__(daemon=True)
        self._url = f"http://127.0.0.1:{port}/api/runs/{id}/events"
        self.seen: list[bytes] = []

    def run(self) -> None:
        give_up = time.monotonic() + 60
        while not self._over() and time.monotonic() < give_up:
            with contextlib.suppress(httpx.HTTPError):
                self._follow()
            time.sleep(0.02)

    def _over(self) -> bool:
        return bool(self.seen) and json.loads(self.seen[-1])["type"] == "end"

    def _follow(self) -> None:
        rest = b""
        after = json.loads(self.seen[-1])["seq"] if self.seen else 0
        headers = {"Accept": "application/x-ndjson"}
        with httpx.stream("GET", self._url, params={"after": after}, headers=headers, timeout=30) as answer:
            for data in answer.iter_bytes():
                *lines, rest = (rest + data).split(b"\n")
                self.seen += [line for line in lines if line]


def kill(served: ServedProcess, victim: str, chance: random.Random) -> None:
    """kill -9 one process of the server's family."""
    depth = VICTIMS.index(victim)
    give_up = time.monotonic() + 5
    while not (generation := descendants(served.process.pid, depth)) and time.monotonic() < give_up:
        time.sleep(0.01)  # it is being made anew
    pid = chance.choice(generation)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def descendants(pid: int, depth: int) -> list[int]:
    """The process itself at depth 0, its children at 1, theirs at 2."""
    if depth == 0:
        return [pid]
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [below for child in children for below in descendants(int(child), depth - 1)]
    return []


def gone(pids: list[int], seconds: float = 5) -> bool:
    """Whether these processes end: none runs on, whoever has to reap it."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.timeout(60 + 12 * ROUNDS)
def test_nothing_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("KINEOGRAPH_CHAOS_SEED", "7"))
    served = ServedProcess(data=tmp_path, running=2, wall_time=20)
    port = served.port
    statuses: dict[str, int] = {}
    try:
        for round in range(ROUNDS):
            victim = VICTIMS[round % len(VICTIMS)]
            ids = [served.start(SCRIPT) for _ in range(RUNS)]
            viewers = {id: [Viewer(port, id) for _ in range(VIEWERS)] for id in ids}
            for viewer in (viewer for watching in viewers.values() for viewer in watching):
                viewer.start()
            time.sleep(chance.uniform(0, 0.9))
            members = family(served.process.pid)
            kill(served, victim, chance)
            if victim == "server":
                served.process.wait(10)
                assert gone(members), "a process was left behind"
                served.client.close()
                served = ServedProcess(arguments=("--port", str(port)), data=tmp_path, running=2, wall_time=20)
            elif victim == "fork server":
                assert gone(members[1:]), "a process was left behind"
            for id, watching in viewers.items():
                end = told_the_same(served, id, watching)
                statuses[end["status"]] = statuses.get(end["status"], 0) + 1
        assert served.start("print(1)")
        assert statuses.get("finished")  # the chaos spared some ...
        assert statuses.get("killed")  # ... and hit others
        assert set(statuses) == {"finished", "killed"}
        members = family(served.process.pid)
        assert served.stop() == 0
        assert gone(members), "a process was left behind"
    finally:
        served.process.kill()
        served.client.close()


def told_the_same(served: ServedProcess, id: str, watching: list[Viewer]) -> dict[str, Any]:
    """Every viewer saw one gapless sequence, the catalogue says what its end says; the end."""
    for viewer in watching:
        viewer.join(60)
    answer = served.client.get(f"/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"})
    whole = [line for line in answer.content.split(b"\n") if line]
    assert [json.loads(line)["seq"] for line in whole] == list(range(1, len(whole) + 1))
    for viewer in watching:
        assert viewer.seen == whole
    end: dict[str, Any] = json.loads(whole[-1])
    known = served.client.get(f"/api/runs/{id}").json()
    assert (known["status"], known["reason"]) == (end["status"], end.get("reason"))
    printed = "".join(event.get("text", "") for event in map(json.loads, whole) if event["type"] == "output")
    steps = "".join(f"{step}\n" for step in range(25))
    assert steps.startswith(printed)
    assert (printed == steps) >= (end["status"] == "finished")
    return end
