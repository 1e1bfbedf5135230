"""Runs scripts under the recorder for the page's unit tests: ``{name: code}`` comes in, ``{name: [event, ...]}`` goes out.

Events are numbered as the server does, and an ``end`` closes them.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from engine.recorder import record


class Kept:
    """A sink that keeps the events."""

    def __init__(self) -> None:
        self.raw = b""

    def lines(self, batch: bytes) -> None:
        self.raw += batch

    def blob(self, key: str, npy: bytes) -> None:
        """Large tensors' numbers are not asked for here."""


def events_of(code: str) -> list[dict[str, Any]]:
    """What a script tells, as the wire carries it."""
    kept = Kept()
    status = record(code, sink=kept)
    events = [json.loads(line) for line in kept.raw.splitlines()]
    events.append({"type": "end", "status": "finished" if status == 0 else "failed"})
    return [{"seq": number, **event} for number, event in enumerate(events, 1)]


def main() -> None:
    json.dump({name: events_of(code) for name, code in json.load(sys.stdin).items()}, sys.stdout)


if __name__ == "__main__":
    main()
