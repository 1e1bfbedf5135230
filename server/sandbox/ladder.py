"""Which walls this machine has: the best rung that holds is taken; where none does, no script is run."""

from __future__ import annotations

import sys

from ..settings import Settings
from .execution import Watch
from .job import Job
from .local import LocalRunner
from .runner import LEVELS, Execution, Health, Runner, RunnerUnavailable

#: Why other people's scripts get no GPU.
NO_GPU = "the sandbox has no way to a GPU yet; `kineograph serve --trust-local-code` runs your own scripts on it, unsandboxed"


class Ladder:
    """A runner that is the first of its rungs whose walls hold."""

    def __init__(self, rungs: list[Runner], gpu: Runner | None) -> None:
        """``gpu``: runs the scripts that want a GPU, which no rung has."""
        self._rungs = rungs
        self._gpu = gpu
        self._taken: Runner | None = None

    async def open(self) -> Health:
        health = Health("none", LEVELS["none"], problem=f"there is no sandbox for {sys.platform}")
        for rung in self._rungs:
            health = await rung.open()
            if health.level != "none":
                self._taken = rung
                break
        return health

    async def start(self, job: Job) -> Execution:
        if self._taken is None:
            raise RunnerUnavailable(LEVELS["none"])
        if job.device == "cpu":
            return await self._taken.start(job)
        if self._gpu is None:
            raise RunnerUnavailable(NO_GPU)
        return await self._gpu.start(job)

    async def close(self) -> None:
        if self._taken is not None:
            await self._taken.close()


def ladder(settings: Settings) -> Ladder:
    """The rungs of this machine, best first; the user's own Python only where ``trust_local_code`` says so."""
    rungs: list[Runner] = []
    watch = Watch(settings.wall_time, settings.cpu_time, settings.memory)
    if settings.sandbox and sys.platform == "linux":
        from .lockdown import Limits, Plan
        from .supervisor import SandboxRunner

        walls = Plan(Limits(settings.memory, settings.cpu_time), landlock=settings.landlock)
        rungs.append(SandboxRunner(walls, watch, warm=settings.warm))
    own = LocalRunner(Watch(settings.wall_time, settings.cpu_time)) if settings.trust_local_code else None
    return Ladder([*rungs, *([own] if own else [])], gpu=own)
