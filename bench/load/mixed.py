"""Honest runs among hostile ones: each honest one must print what it prints alone. Also what stays behind afterwards."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tests.server.hostile import ATTACKS

from .served import ServedProcess, Usage

_HONEST = """
import torch
x = torch.ones(3, requires_grad=True)
(x * {n}).sum().backward()
print(x.grad.tolist())
"""


@dataclass(frozen=True)
class Mixed:
    """What came of it."""

    honest: int
    right: int
    hostile: int
    escaped: int
    seconds: float
    before: Usage
    after: Usage


def measure(*, honest: int = 100, hostile: int = 200, at_once: int = 16, wall_time: float = 2) -> Mixed:
    """``honest`` and ``hostile`` runs in random order, ``at_once`` at a time."""
    chance = random.Random(0)
    codes = [(_HONEST.format(n=n), f"[{n}.0, {n}.0, {n}.0]\n") for n in range(honest)]
    codes += [(ATTACKS[n % len(ATTACKS)].code, "") for n in range(hostile)]
    chance.shuffle(codes)
    settings: dict[str, Any] = {
        "wall_time": wall_time,
        "cpu_time": 3,
        "memory": 400 << 20,
        "running": at_once,
        "queue": 64,
    }
    with ServedProcess(**settings) as served:
        _run(served, _HONEST.format(n=0))
        time.sleep(0.5)
        before, begun = served.usage(), time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            printed = list(pool.map(lambda code: _run(served, code[0]), codes))
        seconds = time.monotonic() - begun
        time.sleep(1)
        after = served.usage()
    told = list(zip(codes, printed, strict=True))
    return Mixed(
        honest=honest,
        right=sum(bool(wanted) and wanted == text for (_, wanted), text in told),
        hostile=hostile,
        escaped=sum(not wanted and "ESCAPED" in text for (_, wanted), text in told),
        seconds=seconds,
        before=before,
        after=after,
    )


def _run(served: ServedProcess, code: str) -> str:
    """What a script prints."""
    id = served.start(code)
    answer = httpx.get(f"{served.url}/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"}, timeout=120)
    events = map(json.loads, filter(None, answer.text.splitlines()))
    return "".join(event["text"] for event in events if event["type"] == "output")
