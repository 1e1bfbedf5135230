"""One interface for every place where a script can run: in the sandbox, in the user's own Python, elsewhere later."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

import msgspec

from .job import Job

Level = Literal["full", "no-open", "unsandboxed", "none"]

#: What each level means to whoever reads it in ``kineograph doctor``, ``/api/health`` or on the page.
LEVELS: dict[Level, str] = {
    "full": "Landlock decides which files a script may read, seccomp which system calls it may make.",
    "no-open": "Landlock is missing, so scripts can open no file; only modules loaded ahead can be imported.",
    "unsandboxed": "Scripts run with all your rights: run only code that you trust.",
    "none": "No sandbox works here, so no script is run. `--trust-local-code` runs your own, unsandboxed.",
}


class Health(msgspec.Struct):
    """Whether scripts are taken, and behind which walls they run."""

    level: Level
    detail: str
    landlock_abi: int = 0
    problem: str = ""  #: why the level is not higher, where the system said so


class Outcome(msgspec.Struct, frozen=True):
    """How a process ended."""

    status: Literal["finished", "failed", "cancelled", "killed"]
    reason: str | None = None
    code: int = 0  #: exit code; negative: the signal that ended it
    limit: str | None = None  #: which of the run's limits ended it: ``wall_time``, ``cpu_time``, ``memory``, ``trace``


class Lines(msgspec.Struct, frozen=True):
    """A batch of event lines, as the child wrote them: not to be trusted."""

    payload: bytes


class Blob(msgspec.Struct, frozen=True):
    """The numbers of one tensor as a ``.npy`` file, as the child wrote it: not to be trusted."""

    key: str
    npy: bytes


class Execution(Protocol):
    """A script on its way. Whoever reads slowly slows the script down; nothing piles up."""

    def frames(self) -> AsyncGenerator[Lines | Blob, None]:
        """What the script's process tells, until it ends. Raises ``ForgedPipe`` where it breaks the format."""

    def stop(self, status: Literal["cancelled", "killed"], reason: str, limit: str | None = None) -> None:
        """End the script now; the first call's reason stands. ``limit``: which of its limits it went past."""

    async def outcome(self) -> Outcome:
        """How it ended. Call after ``frames`` is through."""


class Runner(Protocol):
    """Starts scripts."""

    async def open(self) -> Health:
        """Make ready."""

    async def start(self, job: Job) -> Execution:
        """Run ``job``. Raises ``RunnerUnavailable``."""

    async def close(self) -> None:
        """End everything that still runs."""


class RunnerUnavailable(Exception):
    """No script can be started; the message says why."""


class ForgedPipe(Exception):
    """A child's pipe carries what the recorder never writes; the message says what."""
