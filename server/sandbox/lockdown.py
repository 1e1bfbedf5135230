"""Putting a process behind all walls, in the one order that works, and telling which walls there are.

The walls, from outside in: resource limits, no capabilities, no new privileges, Landlock (paths), seccomp (calls).
Where Landlock is missing the *no-open rung* takes its place: seccomp then refuses every call that takes a path.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sysconfig
from dataclasses import dataclass
from typing import Literal

import msgspec

from . import kernel, landlock, seccomp

Layer = Literal["limits", "capabilities", "landlock", "seccomp"]
ALL_LAYERS: tuple[Layer, ...] = ("limits", "capabilities", "landlock", "seccomp")

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_OPEN_FILES = 64


class Limits(msgspec.Struct, frozen=True):
    """What the kernel holds one child to."""

    memory: int  #: bytes, on top of what the fork server holds
    cpu_time: int  #: seconds


class Plan(msgspec.Struct, frozen=True):
    """How children are locked down; made by the supervisor, sent to the fork server as JSON."""

    limits: Limits
    read: list[str] = []  #: folders that may be read, besides Python's own
    landlock: bool = True
    layers: tuple[Layer, ...] = ALL_LAYERS  #: fewer only in tests, to show that each is needed


@dataclass(frozen=True)
class Walls:
    """A plan made ready in the fork server: what every child puts on."""

    plan: Plan
    rules: int | None  #: descriptor of the Landlock rules
    landlock_abi: int
    base_memory: int  #: bytes of address space that the fork server has mapped

    @classmethod
    def build(cls, plan: Plan) -> Walls:
        """Probe the kernel and prepare everything that children share."""
        abi = landlock.abi() if plan.landlock and "landlock" in plan.layers else 0
        python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        rules = landlock.ruleset([*python, *_LIBRARIES, *plan.read], _DEVICES, abi=abi) if abi else None
        if "seccomp" in plan.layers:
            seccomp.template(cls._paths(plan, rules))
        with open("/proc/self/statm") as memory:
            pages = int(memory.read().split()[0])
        return cls(plan, rules, abi, pages * resource.getpagesize())

    @staticmethod
    def _paths(plan: Plan, rules: int | None) -> bool:
        return rules is not None or "landlock" not in plan.layers

    def close_in(self) -> None:
        """Lock this process down, for good. Raises ``OSError`` if any wall cannot be put up."""
        layers = self.plan.layers
        if "limits" in layers:
            self._limit()
        if "capabilities" in layers:
            kernel.drop_capabilities()
        kernel.no_new_privileges()
        if self.rules is not None:
            landlock.enforce(self.rules)
            os.close(self.rules)
        if "seccomp" in layers:
            seccomp.enforce(os.getpid(), paths=self._paths(self.plan, self.rules))

    def _limit(self) -> None:
        limits = self.plan.limits
        wanted = {
            resource.RLIMIT_AS: limits.memory + self.base_memory,
            resource.RLIMIT_CPU: limits.cpu_time + 1,  # the supervisor is to be first, with a reason
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: _OPEN_FILES,
            resource.RLIMIT_STACK: 8 << 20,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_MSGQUEUE: 0,
        }
        for what, value in wanted.items():
            hard = resource.getrlimit(what)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (value, value))


def probe() -> list[str]:
    """Try, in a locked-down process, what it must not do. Returns what succeeded: nothing, if the walls hold."""
    attempts = {
        "read a file": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
        "write a file": lambda: os.close(os.open("/tmp/kineograph-probe", os.O_WRONLY | os.O_CREAT)),
        "open a socket": lambda: socket.socket().close(),
        "signal another process": lambda: os.kill(os.getppid(), 0),
        "start a process": _fork,
        "lift a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    }
    return [name for name, attempt in attempts.items() if _succeeds(attempt)]


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _succeeds(attempt: object) -> bool:
    try:
        attempt()  # type: ignore[operator]
    except (OSError, ValueError):  # setrlimit says ValueError
        return False
    return True


def detach(parent: int) -> None:
    """First steps of a child: its own session, gone with its parent, first to go when memory runs out."""
    kernel.die_with_parent(parent)
    os.setsid()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        pass  # the limits hold without it
