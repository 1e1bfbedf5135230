"""Running the user's own script in the user's own Python: same pipe, same events, no sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path

import msgspec

from .execution import Watch, WatchedExecution
from .job import Job
from .runner import LEVELS, Health, RunnerUnavailable


class LocalProcess:
    """A child made by :mod:`asyncio`, as :class:`~server.sandbox.execution.Process` wants it."""

    lost = False

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    def send(self, signal: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal)

    async def wait(self) -> int:
        return await self._process.wait()


class LocalRunner:
    """Runs only what its user trusts: a script has all of the user's rights."""

    def __init__(self, watch: Watch, *, python: str = sys.executable) -> None:
        self._watch = watch
        self._python = python

    async def open(self) -> Health:
        return Health("unsandboxed", LEVELS["unsandboxed"])

    async def start(self, job: Job) -> WatchedExecution:
        events_read, events_write = os.pipe()
        # The script's standard input stays the user's, so the job goes by a file: of any length, and gone once read.
        with tempfile.NamedTemporaryFile(prefix="kineograph-", suffix=".json", delete=False) as file:
            file.write(msgspec.json.encode(job))
        try:
            process = await asyncio.create_subprocess_exec(
                self._python, "-m", "server.sandbox.local_child", file.name, str(events_write),
                pass_fds=[events_write], env=os.environ | {"PYTHONPATH": _path()},
            )  # fmt: skip
        except OSError as error:
            os.close(events_read)
            raise RunnerUnavailable(f"{self._python} does not start: {error}") from error
        finally:
            os.close(events_write)
        return WatchedExecution(LocalProcess(process), events_read, self._watch)

    async def close(self) -> None:
        """Nothing waits here; executions are stopped by whoever started them."""


def _path() -> str:
    """Where the child finds this package, also where it is not installed."""
    ours = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), ours)))
