"""Viewers of a live run: raw sockets that count, check and time every event, as cheaply as they can.

One process plays thousands. Each event carries the moment at which the script printed it, on the clock that all
processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

SCRIPT = """
import time

PADDING = "." * 300
time.sleep({wait})
begun = time.monotonic()
for n in range({events}):
    pause = begun + n / {rate} - time.monotonic()
    if pause > 0:
        time.sleep(pause)
    print(f"@{{time.monotonic():.6f}} {{PADDING}}", file=(__import__("sys").stdout, __import__("sys").stderr)[n % 2])
"""  # two streams in turn: text of one stream that still waits would be told as one event


def script(*, rate: float, seconds: float, wait: float) -> str:
    """A script that tells ``rate`` events a second for ``seconds``, after ``wait`` seconds of silence."""
    return SCRIPT.format(rate=rate, events=int(rate * seconds), wait=wait)


@dataclass
class Told:
    """What all viewers saw."""

    delays: list[float] = field(default_factory=list)  #: seconds from print to a viewer, of one viewer in ten
    chunks: int = 0
    events: int = 0
    bytes: int = 0


class Viewer(asyncio.Protocol):
    """One viewer. ``complete`` when it saw every event once, in order, and the end last."""

    def __init__(self, request: bytes, told: Told, *, timed: bool, lazy: bool = False) -> None:
        """``lazy``: opens the stream and reads nothing until :meth:`wake`."""
        self._request = request
        self._told = told
        self._timed = timed
        self._lazy = lazy
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self.last = 0  #: number of the last event seen
        self.ended = False  #: the last event was the end
        self.wrong = ""  #: what was not as it must be
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def complete(self) -> bool:
        return self.ended and not self.wrong

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._transport.write(self._request)
        if self._lazy:
            self._transport.pause_reading()

    def wake(self) -> None:
        """Read at last."""
        assert self._transport is not None
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        told = self._told
        told.chunks += 1
        told.bytes += len(data)
        if self._rest:
            data = self._rest + data
        whole = data.rfind(b"\n") + 1
        self._rest = data[whole:]
        first, last, count, ended, times = _read(data[:whole])
        if not count:
            return
        if first != self.last + 1 or last - first + 1 != count:
            self.wrong = self.wrong or f"after event {self.last} came {first} to {last}, {count} events"
        self.last = last
        told.events += count
        if self._timed:
            told.delays.extend(now - at for at in times)
        if ended:
            self.ended = True
            assert self._transport is not None
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended:
            self.wrong = self.wrong or f"closed after event {self.last}: {exc}"
        if not self.closed.done():
            self.closed.set_result(None)


@lru_cache(maxsize=512)
def _read(data: bytes) -> tuple[int, int, int, bool, tuple[float, ...]]:
    """Of whole lines: first and last number, count, whether the end is there, when each was printed.

    Remembered, because a thousand viewers get the same bytes. What is no event is HTTP's: heads and lengths of chunks.
    """
    lines = [json.loads(line) for line in data.split(b"\n") if line.startswith(b'{"seq":')]
    if not lines:
        return 0, 0, 0, False, ()
    times = tuple(float(line["text"][1:].split()[0]) for line in lines if line.get("text", "").startswith("@"))
    return lines[0]["seq"], lines[-1]["seq"], len(lines), lines[-1]["type"] == "end", times


def request(id: str, port: int) -> bytes:
    """What a viewer asks."""
    return (
        f"GET /api/runs/{id}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/x-ndjson\r\n\r\n"
    ).encode()


async def watch(
    id: str, port: int, count: int, told: Told, *, lazy: int = 0, every: int = 10
) -> tuple[list[Viewer], list[Viewer]]:
    """Open ``count`` viewers that read and ``lazy`` that do not yet; one in ``every`` is timed."""
    asked = request(id, port)
    loop = asyncio.get_running_loop()

    async def one(number: int, lazy: bool) -> Viewer:
        viewer = Viewer(asked, told, timed=number % every == 0 and not lazy, lazy=lazy)
        await loop.create_connection(lambda: viewer, "127.0.0.1", port)
        return viewer

    viewers: list[Viewer] = []
    for start in range(0, count, 50):  # a few at a time: a listening socket's queue is short
        viewers += await asyncio.gather(*(one(n, False) for n in range(start, min(start + 50, count))))
    return viewers, list(await asyncio.gather(*(one(n, True) for n in range(lazy))))
