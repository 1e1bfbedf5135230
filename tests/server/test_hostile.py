"""Hostile scripts against the sandbox, on every rung; and with each wall taken away, to show that it is needed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.recorder.schema import Output
from server.sandbox import landlock
from server.sandbox.execution import Watch
from server.sandbox.job import Job
from server.sandbox.lockdown import ALL_LAYERS, Limits, Plan
from server.sandbox.runner import Lines, Outcome
from server.sandbox.supervisor import ForkServer, SandboxRunner
from server.trace.intake import Intake, parse

from .hostile import ATTACKS, CANARY, Attack, Wall

MIB = 1 << 20
LIMITS = Limits(memory=400 * MIB, cpu_time=4)
WATCH = Watch(wall_time=2, cpu_time=4, memory=400 * MIB)
HONEST = "import numpy as np\nprint(np.zeros(3).sum() + len('abc') + np.sum([1, 2]))"

RUNGS = {
    "full": Plan(LIMITS),
    "no-open": Plan(LIMITS, landlock=False),
}


class Unproven(SandboxRunner):
    """A sandbox whose probe is not believed: what it lacks is the very thing to be shown."""

    async def _restart(self) -> int:
        self._server = ForkServer(self._plan)
        return (await self._server.start()).landlock_abi


@pytest.fixture(autouse=True)
def canary() -> Iterator[Path]:
    """A file that scripts must not touch; what those left that got through in a control is cleared away."""
    file = Path(CANARY)
    file.write_text("alive")
    file.chmod(0o600)
    yield file
    file.unlink(missing_ok=True)
    for path in left_behind():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def left_behind() -> list[Path]:
    """The files that attacks make where they can."""
    return list(Path("/tmp").glob("kineograph-escape*"))


@asynccontextmanager
async def opened(runner: SandboxRunner) -> AsyncIterator[SandboxRunner]:
    await runner.open()
    try:
        yield runner
    finally:
        await runner.close()


async def run(runner: SandboxRunner, code: str) -> tuple[str, Outcome]:
    """What a script prints, and how it ends."""
    execution = await runner.start(Job(code))
    intake, printed = Intake(), []
    async for frame in execution.frames():
        assert isinstance(frame, Lines)
        batch, forged = intake.lines(frame.payload)
        assert forged is None
        assert batch is not None
        events = (parse(line)[1] for line in batch.payload.splitlines())
        printed += [event.text for event in events if isinstance(event, Output)]
    return "".join(printed), await execution.outcome()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rung", RUNGS)
def test_no_script_escapes(rung: str, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if rung == "full" and not landlock.abi():
        pytest.skip("this kernel has no Landlock")
    monkeypatch.setenv("KINEOGRAPH_SECRET", "do not tell")

    async def suite() -> dict[str, str]:
        escaped = {}
        async with opened(SandboxRunner(RUNGS[rung], WATCH, warm=2)) as runner:
            for attack in ATTACKS:
                printed, outcome = await run(runner, attack.code)
                if "ESCAPED" in printed:
                    escaped[attack.name] = printed
                if outcome.reason and ("fork server" in outcome.reason or "could not be set up" in outcome.reason):
                    escaped[attack.name] = outcome.reason
                honest, after = await run(runner, HONEST)
                if (honest, after.status) != ("6.0\n", "finished"):
                    escaped[attack.name] = f"the next run was harmed: {honest!r}, {after}"
        return escaped

    assert len(ATTACKS) >= 120
    assert asyncio.run(suite()) == {}
    assert canary.read_text() == "alive"
    assert canary.stat().st_mode & 0o777 == 0o600
    assert not left_behind()


def without(wall: Wall) -> Plan:
    return Plan(LIMITS, layers=tuple(layer for layer in ALL_LAYERS if layer != wall))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("wall", ["landlock", "seccomp", "limits"])
def test_each_wall_is_needed(wall: Wall) -> None:
    """The control: with one wall away, the scripts that it holds get through."""
    if wall == "seccomp" and not landlock.abi():
        pytest.skip("this kernel has no Landlock")
    held = [attack for attack in ATTACKS if wall in attack.needs]
    assert len(held) >= 4

    async def suite(attacks: list[Attack]) -> list[str]:
        async with opened(Unproven(without(wall), Watch(wall_time=8), warm=1)) as runner:
            return [attack.name for attack in attacks if "ESCAPED" not in (await run(runner, attack.code))[0]]

    assert asyncio.run(suite(held)) == []


def test_the_probe_notices_a_missing_wall() -> None:
    async def level() -> str:
        async with opened(SandboxRunner(without("seccomp"), WATCH)) as runner:
            return (await runner.open()).level

    assert asyncio.run(level()) == "none"


def test_no_process_is_left_behind() -> None:
    async def suite() -> set[int]:
        before = descendants(os.getpid())
        async with opened(SandboxRunner(RUNGS["no-open"], WATCH, warm=2)) as runner:
            execution = await runner.start(Job("while True: pass"))
            await asyncio.sleep(0.2)
            children = descendants(os.getpid()) - before
            assert len(children) >= 3  # the fork server, the script, one that waits
            del execution
        await asyncio.sleep(0.2)
        return {pid for pid in children if Path(f"/proc/{pid}").exists()}

    assert asyncio.run(suite()) == set()


def descendants(pid: int) -> set[int]:
    """The processes below ``pid``."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found |= {child} | descendants(child)
    return found


def test_a_script_killed_from_outside_is_told_so() -> None:
    async def suite() -> Outcome:
        async with opened(SandboxRunner(RUNGS["no-open"], WATCH)) as runner:
            execution = await runner.start(Job("while True: pass"))
            await asyncio.sleep(0.2)
            os.kill(execution._process.pid, signal.SIGKILL)
            async for _ in execution.frames():
                pass
            return await execution.outcome()

    outcome = asyncio.run(suite())
    assert outcome.status == "killed"
    assert "killed from outside" in (outcome.reason or "")


def test_a_dead_fork_server_takes_its_runs_along_and_is_replaced() -> None:
    async def suite() -> tuple[Outcome, str]:
        async with opened(SandboxRunner(RUNGS["no-open"], WATCH, warm=1)) as runner:
            execution = await runner.start(Job("while True: pass"))
            await asyncio.sleep(0.2)
            assert runner._server is not None
            assert runner._server._process is not None
            runner._server._process.kill()
            async for _ in execution.frames():
                pass
            outcome = await execution.outcome()
            return outcome, (await run(runner, HONEST))[0]

    outcome, printed = asyncio.run(suite())
    assert outcome.status == "killed"
    assert outcome.reason == "the sandbox's fork server died, and the script with it"
    assert printed == "6.0\n"
