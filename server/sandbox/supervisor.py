"""The server's side of the sandbox: keeps the fork server alive and a few locked-down children waiting."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections import deque
from pathlib import Path
from types import ModuleType

import msgspec
import numpy
from msgspec import structs

import engine
import server

from .execution import Watch, WatchedExecution
from .fork_server import Exited, Fork, Forked, Hello
from .job import Job
from .lockdown import Plan
from .runner import LEVELS, Health, Level, RunnerUnavailable

_START = (
    "import sys, json; ours, others = json.loads(sys.argv[1]); sys.path[:] = [*ours, *sys.path, *others]; "
    "from server.sandbox.fork_server import main; main(sys.argv[2], int(sys.argv[3]))"
)
_START_TIME = 20.0  # seconds for the imports, on a slow disk
_END_TIME = 2.0  # seconds; ending takes milliseconds
_FORK_TIME = 5.0  # seconds; a fork takes milliseconds, so past this the fork server hangs
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",  # threads do not survive a fork
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "CUPY_CACHE_IN_MEMORY": "1",
}


class Child:
    """A locked-down process that waits for its job, or runs it."""

    def __init__(self, events: int, job: int) -> None:
        self.pid = 0
        self.lost = False
        self.events = events
        self.job = job
        self._pidfd = -1
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def born(self, pid: int, pidfd: int) -> None:
        """The fork server has made it."""
        self.pid, self._pidfd = pid, pidfd

    def ended(self, code: int) -> None:
        """It has exited, and its parent has reaped it."""
        if not self._code.done():
            self._code.set_result(code)
            self._close_pidfd()

    @property
    def alive(self) -> bool:
        return not self._code.done()

    def send(self, number: int) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    async def wait(self) -> int:
        return await asyncio.shield(self._code)

    async def give(self, job: Job) -> None:
        """Hand over what it waits for."""
        message = msgspec.json.encode(job)
        pipe = os.fdopen(self.job, "wb", buffering=0)
        self.job = -1
        transport, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.BaseProtocol, pipe)
        transport.write(message)
        transport.close()  # after the last byte

    def discard(self) -> None:
        """It will never get a job."""
        self.send(signal.SIGKILL)
        for descriptor in (self.events, self.job):
            if descriptor >= 0:
                os.close(descriptor)

    def _close_pidfd(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


class ForkServer:
    """One fork server process and its children."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._next = 0
        self._expected: dict[int, tuple[Child, asyncio.Future[Child]]] = {}
        self._children: dict[int, Child] = {}
        self._hello: asyncio.Future[Hello] | None = None

    async def start(self) -> Hello:
        """Start it. Raises ``RunnerUnavailable``."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        self._hello = loop.create_future()
        paths = [_folders(engine, server), _folders(msgspec, numpy)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", "-c", _START, json.dumps(paths),
            msgspec.json.encode(self._plan).decode(), str(theirs.fileno()),
            env=_ENVIRONMENT, pass_fds=[theirs.fileno()], cwd="/", stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self._control = ours
        loop.add_reader(ours.fileno(), self._hear)
        try:
            return await asyncio.wait_for(asyncio.shield(self._hello), _START_TIME)
        except (TimeoutError, ConnectionError) as error:
            await self.close()
            raise RunnerUnavailable("the sandbox's fork server did not start; see the server's log") from error

    @property
    def alive(self) -> bool:
        return self._control is not None

    async def fork(self) -> Child:
        """A new child, locked down and waiting. Raises ``RunnerUnavailable``."""
        if self._control is None:
            raise RunnerUnavailable("the sandbox's fork server is gone")
        events_read, events_write = os.pipe()
        job_read, job_write = os.pipe()
        child = Child(events_read, job_write)
        self._next += 1
        reply: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._expected[self._next] = (child, reply)
        try:
            socket.send_fds(self._control, [msgspec.json.encode(Fork(self._next))], [events_write, job_read])
            return await asyncio.wait_for(reply, _FORK_TIME)
        except (TimeoutError, OSError) as error:
            child.discard()
            await self.close()
            raise RunnerUnavailable("the sandbox's fork server does not answer") from error
        finally:
            os.close(events_write)
            os.close(job_read)

    async def close(self) -> None:
        """End it and its children: it sees that nobody listens any more."""
        self._hang_up()
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), _END_TIME)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _hear(self) -> None:
        """A message has come."""
        assert self._control is not None
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            if not message:
                self._hang_up()
                return
            self._answer(msgspec.json.decode(message, type=Hello | Forked | Exited), descriptors)

    def _answer(self, message: Hello | Forked | Exited, descriptors: list[int]) -> None:
        match message:
            case Hello():
                if self._hello is not None and not self._hello.done():
                    self._hello.set_result(message)
            case Forked(id, pid):
                child, reply = self._expected.pop(id)
                child.born(pid, descriptors[0])
                self._children[pid] = child
                if not reply.done():
                    reply.set_result(child)
            case Exited(pid, code):
                if (gone := self._children.pop(pid, None)) is not None:
                    gone.ended(code)

    def _hang_up(self) -> None:
        """The fork server is gone, and the kernel kills its children with it."""
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control = None
        gone = ConnectionError("the fork server ended")
        if self._hello is not None and not self._hello.done():
            self._hello.set_exception(gone)
        for _, reply in self._expected.values():
            if not reply.done():
                reply.set_exception(gone)
        for child in self._children.values():
            child.lost = True
            child.send(signal.SIGKILL)
            child.ended(-signal.SIGKILL)
        self._expected.clear()
        self._children.clear()


def _folders(*packages: ModuleType) -> list[str]:
    """Where to import these packages from."""
    return sorted({str(_folder(package).parent) for package in packages})


def _folder(package: ModuleType) -> Path:
    """Where a package lives; the fork server runs isolated, so it has to be told."""
    assert package.__file__ is not None
    return Path(package.__file__).parent


class SandboxRunner:
    """Runs scripts of people we do not know."""

    def __init__(self, plan: Plan, watch: Watch, *, warm: int = 0) -> None:
        """``warm``: how many locked-down children wait ahead of time."""
        self._plan = structs.replace(plan, read=[*plan.read, str(_folder(engine))])
        self._watch = watch
        self._warm = warm
        self._server: ForkServer | None = None
        self._restarting = asyncio.Lock()
        self._waiting: deque[Child] = deque()
        self._refilling: asyncio.Task[None] | None = None

    async def open(self) -> Health:
        try:
            abi = await self._restart()
        except RunnerUnavailable as error:
            return Health("none", LEVELS["none"], problem=str(error))
        self._refill()
        level: Level = "full" if abi else "no-open"
        return Health(level, LEVELS[level], abi)

    async def start(self, job: Job) -> WatchedExecution:
        child = await self._take()
        await child.give(job)
        self._refill()
        return WatchedExecution(child, child.events, self._watch)

    async def close(self) -> None:
        if self._refilling is not None:
            self._refilling.cancel()
        while self._waiting:
            self._waiting.popleft().discard()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _take(self) -> Child:
        """A child, from the pool where one waits."""
        while self._waiting:
            if (child := self._waiting.popleft()).alive:
                return child
            child.discard()
        return await self._fork()

    async def _fork(self) -> Child:
        async with self._restarting:
            if self._server is None or not self._server.alive:
                await self._restart()
        assert self._server is not None
        return await self._server.fork()

    async def _restart(self) -> int:
        """A new fork server whose walls hold; its Landlock version. Raises ``RunnerUnavailable``."""
        if self._server is not None:
            await self._server.close()
        self._server = ForkServer(self._plan)
        hello = await self._server.start()
        if problem := hello.error or ", ".join(f"a locked-down process could {what}" for what in hello.open):
            await self._server.close()
            raise RunnerUnavailable(problem)
        return hello.landlock_abi

    def _refill(self) -> None:
        if self._refilling is None or self._refilling.done():
            self._refilling = asyncio.create_task(self._fill())

    async def _fill(self) -> None:
        with contextlib.suppress(RunnerUnavailable):  # the next start tells
            while len(self._waiting) < self._warm:
                self._waiting.append(await self._fork())
