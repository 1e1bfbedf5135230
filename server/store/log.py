"""A run's event log: appended to by one writer, followed by any number of viewers.

A viewer is a cursor into the log, never a queue: it asks for what comes after the event it has seen last. So a slow
viewer costs no memory, a late one and one that comes back read the same bytes.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import os
import time
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from .framing import FRAME_HEAD, HEADER, FrameAt, frames, pack

_RECENT = 64  #: frames kept in memory, as lines and as SSE, for the viewers at the live end
_RECENT_CHUNKS = 16  #: several frames as one, kept for the same viewers
_TURN = 50e-6  #: seconds between two turns, per viewer: serving one takes about a third of it
_CHUNK = 256 << 10  #: bytes that are sent at once


class EventLog:
    """One run's log, open for reading and, while ``complete`` is false, for appending."""

    def __init__(self, path: Path) -> None:
        """Opens the log at ``path``, or makes it. What is torn stays until :meth:`cut`."""
        self.path = path
        new = not path.exists() or path.stat().st_size == 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._closer = weakref.finalize(self, os.close, self._fd)  # a viewer may be the last that holds it
        if new:
            os.write(self._fd, HEADER)
        with open(path, "rb") as file:
            self._frames: list[FrameAt] = list(frames(file))
        self._firsts = [frame.first for frame in self._frames]
        self._size = self._frames[-1].offset + self._frames[-1].length if self._frames else len(HEADER)
        self._recent: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._chunks: OrderedDict[tuple[int, int, str], bytes] = OrderedDict()
        self._grown = asyncio.Event()
        self._pulsed: asyncio.Event | None = None  # the last wake that brought nothing but a sign of life
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = 0  # viewers at the live end
        self._woken = 0.0  # when they were woken last
        self._turn: asyncio.TimerHandle | None = None  # when they will be
        self.complete = False  #: nothing more will come

    # -------------------------------------------------------------------------------------------- writing

    def append(self, first: int, count: int, payload: bytes) -> None:
        """Write a frame, then wake the viewers. Raises ``OSError`` (a full disk), with the log as it was."""
        data = pack(first, count, payload)
        try:
            written = os.pwrite(self._fd, data, self._size)
            if written < len(data):
                raise OSError(28, "no space left for the event log")
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._frames.append(FrameAt(self._size + FRAME_HEAD, len(payload), first, count))
        self._firsts.append(first)
        self._size += len(data)
        self._remember(first, "lines", payload)
        self._wake_in_turn()

    def finish(self) -> None:
        """Nothing more will come."""
        self.complete = True
        self._recent.clear()
        self._chunks.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()

    def sync(self) -> None:
        """Wait until the disk has it. May be called from another thread."""
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            os.fdatasync(self._fd)

    def torn(self) -> int:
        """Bytes after the last whole frame."""
        return max(0, os.fstat(self._fd).st_size - self._size)

    def cut(self) -> None:
        """Drop what comes after the last whole frame."""
        os.ftruncate(self._fd, self._size)

    def close(self) -> None:
        """Viewers that still follow it end."""
        self._closer()
        self._fd = -1
        self.finish()

    # -------------------------------------------------------------------------------------------- reading

    @property
    def last(self) -> int:
        """``seq`` of the last event; 0 where there is none."""
        return self._frames[-1].last if self._frames else 0

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._size

    async def follow(
        self, after: int, shape: Callable[[bytes], bytes] | None = None, *, idle: float | None = None
    ) -> AsyncIterator[bytes]:
        """The events after ``after``, frame by frame as they come, until the log is complete.

        ``shape`` turns a frame's lines into what goes over the wire; done once for all viewers of the live end.
        Where nothing comes for ``idle`` seconds, an empty chunk does.
        """
        while True:
            grown = self._grown
            while (chunk := self._chunk(after, shape)) is not None:
                if self._fd < 0:  # the run was deleted under its viewers
                    return
                data, after = chunk
                yield data
            if grown is self._grown:
                if self.complete:
                    return
                self._wake_after(idle)
                self._waiting += 1
                try:
                    await grown.wait()
                finally:
                    self._waiting -= 1
                if self._pulsed is grown:
                    yield b""

    def lines(self, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """The events' lines with ``after < seq <= until``, as they are now."""
        for frame in self._after(after):
            if until is not None and frame.first > until:
                return
            for seq, line in enumerate(self._read(frame).splitlines(), frame.first):
                if after < seq and (until is None or seq <= until):
                    yield line

    def _at(self, after: int) -> int:
        """Which frame holds the event after ``after``."""
        at = max(0, bisect.bisect_right(self._firsts, after) - 1) if after else 0
        return at + (at < len(self._frames) and self._frames[at].last <= after)

    def _after(self, after: int) -> Iterator[FrameAt]:
        """The frames that hold events after ``after``, also those that come while this is read."""
        at = self._at(after)
        while at < len(self._frames):
            yield self._frames[at]
            at += 1

    def _chunk(self, after: int, shape: Callable[[bytes], bytes] | None) -> tuple[bytes, int] | None:
        """What follows ``after``, as much as one chunk takes, and its last ``seq``; ``None`` where nothing does.

        Viewers that fell behind while others were served get several frames at once: so a full hall is served in
        turns that grow with it, and does not fall further behind.
        """
        at = self._at(after)
        if at == len(self._frames):
            return None
        frame = self._frames[at]
        if frame.first <= after:  # the cursor is inside the frame
            lines = b"".join(self._read(frame).splitlines(keepends=True)[after - frame.first + 1 :])
            return shape(lines) if shape else lines, frame.last
        end, size = at + 1, frame.length
        while end < len(self._frames) and (size := size + self._frames[end].length) <= _CHUNK:
            end += 1
        key = (at, end, shape.__name__ if shape else "lines")
        if (known := self._chunks.get(key)) is None:
            known = b"".join(self._shaped(frame, shape) for frame in self._frames[at:end])
            self._chunks[key] = known
            if len(self._chunks) > _RECENT_CHUNKS:
                self._chunks.popitem(last=False)
        return known, self._frames[end - 1].last

    def _shaped(self, frame: FrameAt, shape: Callable[[bytes], bytes] | None) -> bytes:
        if shape is None:
            return self._read(frame)
        key = (frame.first, shape.__name__)
        if (known := self._recent.get(key)) is None:
            known = shape(self._read(frame))
            self._remember(*key, known)
        return known

    def _read(self, frame: FrameAt) -> bytes:
        known = self._recent.get((frame.first, "lines"))
        return known if known is not None else os.pread(self._fd, frame.length, frame.offset)

    def _remember(self, first: int, shape: str, data: bytes) -> None:
        self._recent[first, shape] = data
        while len(self._recent) > 2 * _RECENT:
            self._recent.popitem(last=False)

    def _wake(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._woken = time.monotonic()
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    def _wake_in_turn(self) -> None:
        """Wake the viewers now, or, where they are so many that serving them would keep the server busy, a little later."""
        pause = self._woken + self._waiting * _TURN - time.monotonic()
        if pause <= 0 or not self._waiting:
            self._wake()
        elif self._turn is None:
            self._turn = asyncio.get_running_loop().call_later(pause, self._turn_comes)

    def _turn_comes(self) -> None:
        self._turn = None
        self._wake()

    def _wake_after(self, idle: float | None) -> None:
        """Wake the viewers when nothing came for ``idle`` seconds: one timer for all of them, also where they are many."""
        if idle is not None and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(idle, self._pulse, self._grown, idle)

    def _pulse(self, waiting: asyncio.Event, idle: float) -> None:
        self._timer = None
        if waiting is self._grown:  # nothing came
            self._pulsed = waiting
            self._wake()
        else:
            self._wake_after(idle)
