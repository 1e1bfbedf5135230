"""One script's process, watched: its pipe is read, its time and memory looked at, and it is ended when it must be."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from . import deadline
from .frames import FrameReader
from .runner import Blob, ForgedPipe, Lines, Outcome

_LOOK_EVERY = 0.02  # seconds between two looks at the memory
_LAST_WORDS = 1.0  # seconds between the end of the pipe and the end of the process
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


_ENDED_BY: dict[int, str] = {
    signal.SIGKILL: "the script was killed from outside; most likely the machine ran out of memory",
    signal.SIGXCPU: "the script used up its CPU time",
    signal.SIGSEGV: "the interpreter crashed (segmentation fault)",
    signal.SIGBUS: "the interpreter crashed (bus error)",
    signal.SIGABRT: "the interpreter gave up (abort)",
    signal.SIGFPE: "the interpreter crashed (arithmetic fault)",
    signal.SIGILL: "the interpreter crashed (illegal instruction)",
    signal.SIGSYS: "the script made a system call of another architecture",
}


class Process(Protocol):
    """What is known of a child."""

    pid: int
    lost: bool  #: it went down with whoever started it

    def send(self, signal: int) -> None:
        """Nothing happens where it has ended."""

    async def wait(self) -> int:
        """The exit code; negative: the signal that ended it."""


@dataclass(frozen=True)
class Watch:
    """What the supervisor holds a process to, besides the kernel's limits."""

    wall_time: float  #: seconds
    cpu_time: int | None = None  #: seconds
    memory: int | None = None  #: bytes resident


class WatchedExecution:
    """An :class:`~server.sandbox.runner.Execution` of a process on this machine."""

    def __init__(self, process: Process, events: int, watch: Watch) -> None:
        """``events``: the read end of the process's event pipe, taken over."""
        self._process = process
        self._reader = FrameReader(events)
        self._watch = watch
        self._stopped: Outcome | None = None
        self._watcher = asyncio.create_task(self._look())

    async def frames(self) -> AsyncGenerator[Lines | Blob, None]:
        try:
            async with contextlib.aclosing(self._reader.frames()) as frames:
                async for frame in frames:
                    yield frame
        except ForgedPipe as forged:
            self.stop("killed", f"the script wrote into its event pipe: {forged}")

    def stop(self, status: Literal["cancelled", "killed"], reason: str, limit: str | None = None) -> None:
        self._stopped = self._stopped or Outcome(status, reason, limit=limit)
        self._process.send(signal.SIGKILL)

    async def _time_is_up(self, reason: str, limit: str) -> None:
        """End the script at the line where it is; kill it if it does not."""
        self._stopped = self._stopped or Outcome("killed", reason, limit=limit)
        self._process.send(deadline.SIGNAL)
        await asyncio.sleep(deadline.GRACE)
        self._process.send(signal.SIGKILL)

    async def outcome(self) -> Outcome:
        try:
            code = await asyncio.wait_for(self._process.wait(), _LAST_WORDS)
        except TimeoutError:
            self.stop("killed", "the script closed its event pipe and went on")
            code = await self._process.wait()
        self._watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watcher
        if self._stopped:
            return msgspec.structs.replace(self._stopped, code=code)
        return self._natural(code)

    def _natural(self, code: int) -> Outcome:
        """The outcome of a process that ended by itself."""
        if code == 0:
            return Outcome("finished")
        if code > 0:
            return Outcome("failed", f"the script ended with exit code {code}", code)
        if self._process.lost:
            return Outcome("killed", "the sandbox's fork server died, and the script with it", code)
        return Outcome("killed", _ENDED_BY.get(-code, f"the interpreter was ended by signal {-code}"), code)

    async def _look(self) -> None:
        """Until cancelled: end the process when its time or memory is used up."""
        start, watch = time.monotonic(), self._watch
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if time.monotonic() - start > watch.wall_time:
                limit = f"{watch.wall_time:g} s: the time limit. Is there an endless loop?"
                return await self._time_is_up(f"stopped after {limit}", "wall_time")
            used = _used(self._process.pid)
            if watch.memory and used.memory > watch.memory:
                mib = watch.memory >> 20
                why = f"stopped at {mib} MiB of memory: the limit. Try smaller tensors or fewer passes"
                return self.stop("killed", why, "memory")
            if watch.cpu_time and used.cpu_time > watch.cpu_time:
                why = f"stopped after {watch.cpu_time} s of CPU time: the limit"
                return await self._time_is_up(why, "cpu_time")


@dataclass(frozen=True)
class _Used:
    memory: int = 0  # bytes resident
    cpu_time: float = 0.0  # seconds


def _used(pid: int) -> _Used:
    """What a process uses; nothing where it is gone or the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return _Used()
    return _Used(int(fields[21]) * _PAGE, (int(fields[11]) + int(fields[12])) / _TICKS)  # rss, utime + stime
