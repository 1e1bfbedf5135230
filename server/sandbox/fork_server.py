"""The fork server: a small process that imports the engine once and makes a locked-down child per run.

It is exec'd with a clean environment, so that no secret of the server was ever in its memory. It speaks with the
supervisor over one ``SOCK_SEQPACKET`` socket, one JSON message per packet:

===============  =============================================  ===============================
message          meaning                                        descriptors with it
===============  =============================================  ===============================
→ ``Fork``       make a child                                   its event pipe, its job pipe
← ``Hello``      ready; what the walls are
← ``Forked``     the child is there                             its pidfd
← ``Exited``     the child has ended
===============  =============================================  ===============================

A child locks itself down *before* it reads its job, so it can be made ahead of time and wait.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterator

import msgspec

import engine
from engine.recorder import record
from engine.recorder.pipe import PipeSink
from engine.recorder.schema import Error, encode

from .deadline import heed
from .job import Job
from .lockdown import Plan, Walls, detach, probe

LOCKDOWN_FAILED = 70  #: exit code of a child that could not put its walls up

#: Modules that scripts import, loaded ahead: these and the engine's always, the rest where nothing can be opened later.
_ENGINE = ("numpy.random", "numpy.linalg", "numpy.fft")
_PRELOAD = (
    "abc", "argparse", "array", "ast", "base64", "bisect", "calendar", "cmath", "codecs", "collections.abc", "colorsys",
    "contextlib", "copy", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib", "enum", "errno",
    "fractions", "functools", "gc", "glob", "graphlib", "hashlib", "heapq", "html", "inspect", "io", "itertools",
    "json", "keyword", "linecache", "locale", "logging", "math", "numbers", "operator", "os", "pathlib", "pickle",
    "platform", "pprint", "queue", "random", "re", "reprlib", "secrets", "shutil", "signal", "statistics", "string",
    "struct", "sys", "tempfile", "textwrap", "threading", "time", "timeit", "token", "tokenize", "traceback", "types",
    "typing", "unicodedata", "uuid", "warnings", "weakref", "zlib", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16", "numpy.polynomial", "numpy.ma", "numpy.lib", "numpy.testing", "numpy.typing",
)  # fmt: skip


class Fork(msgspec.Struct, tag="fork"):
    """Make a child; ``id`` is the supervisor's name for it."""

    id: int


class Hello(msgspec.Struct, tag="hello"):
    """The fork server is ready."""

    landlock_abi: int
    open: list[str]  #: what a locked-down child could still do that it must not
    error: str = ""  #: why no child can be locked down


class Forked(msgspec.Struct, tag="forked"):
    """Child ``id`` is process ``pid``; its pidfd travels with this message."""

    id: int
    pid: int


class Exited(msgspec.Struct, tag="exited"):
    """Process ``pid`` ended with ``code``; negative: the signal that ended it."""

    pid: int
    code: int


def main(plan_json: str, control_fd: int) -> None:
    """Serve until the supervisor closes its end."""
    os.set_inheritable(control_fd, False)
    control = socket.socket(fileno=control_fd)
    plan = msgspec.json.decode(plan_json, type=Plan)
    _load(_ENGINE + tuple(module.name for module in pkgutil.walk_packages(engine.__path__, "engine.")))
    walls = Walls.build(plan)
    if walls.rules is None:
        _load(_PRELOAD)
    gc.collect()
    gc.freeze()  # children share these pages for longer
    with contextlib.suppress(ConnectionError):
        control.send(msgspec.json.encode(_probe(walls)))
        _serve(control, walls)


def _load(modules: tuple[str, ...]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            continue  # not on this platform, or it needs what is not installed


def _serve(control: socket.socket, walls: Walls) -> None:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the server's to answer
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    decoder = msgspec.json.Decoder(Fork)
    children: set[int] = set()
    try:
        while True:
            ready, _, _ = select.select([control.fileno(), wake_read], [], [])
            if wake_read in ready:
                os.read(wake_read, 4096)
                for pid, code in _reap():
                    children.discard(pid)
                    control.send(msgspec.json.encode(Exited(pid, code)))
            if control.fileno() in ready:
                message, descriptors, _, _ = socket.recv_fds(control, 4096, 2)
                if not message:
                    return
                children.add(_fork(control, walls, decoder.decode(message), descriptors))
    finally:
        _end(children)


def _reap() -> Iterator[tuple[int, int]]:
    """The children that have ended: process id, exit code."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _end(children: set[int]) -> None:
    """The supervisor has hung up: leave nobody behind, and no zombie for a process 1 that may never look."""
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)


def _fork(control: socket.socket, walls: Walls, request: Fork, descriptors: list[int]) -> int:
    """Make a child; its process id."""
    events, job = descriptors
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _child(walls, parent, events, job)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(control, [msgspec.json.encode(Forked(request.id, pid))], [pidfd])
    for descriptor in (pidfd, events, job):
        os.close(descriptor)
    return pid


def _child(walls: Walls, parent: int, events: int, job: int) -> None:
    """The child's whole life. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        detach(parent)
        keep = {events, job, *([walls.rules] if walls.rules is not None else [])}
        _enclose(walls, keep)
    except BaseException:
        traceback.print_exc()
        os._exit(LOCKDOWN_FAILED)
    code = 1
    try:
        code = _run(events, job)
    except BaseException as error:  # the recorder's own; what the script raises it tells by itself
        traceback.print_exc()
        told = Error(exception="RecorderError", message=f"the recorder broke: {type(error).__name__}: {error}")
        PipeSink(events).lines(encode(told))
    finally:
        os._exit(code)


def _enclose(walls: Walls, keep: set[int]) -> None:
    """Close every descriptor but ``keep``, give 0, 1 and 2 to nothing, and lock down."""
    nothing = os.open("/dev/null", os.O_RDWR)
    last = 3
    for descriptor in sorted({*keep, nothing}):
        os.closerange(last, descriptor)
        last = descriptor + 1
    os.closerange(last, 4096)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    walls.close_in()  # a failure is told on descriptor 2, which is the server's log until here
    os.dup2(nothing, 2)
    os.close(nothing)


def _run(events: int, job_pipe: int) -> int:
    """Wait for the job, then record it."""
    parts = []
    while part := os.read(job_pipe, 1 << 16):
        parts.append(part)
    os.close(job_pipe)
    if not parts:
        return 0  # made ahead and never needed
    job = msgspec.json.decode(b"".join(parts), type=Job)
    for name in [name for name in sys.modules if name == "server" or name.startswith("server.")]:
        del sys.modules[name]
    heed()
    sink, budget = PipeSink(events), job.budget.build()
    return record(
        job.code, sink=sink, device=job.device, filename=job.filename, budget=budget, argv=[job.filename],
        static=job.mode == "static",
    )  # fmt: skip


def _probe(walls: Walls) -> Hello:
    """Lock one child down for the sake of trying the walls."""
    read, write = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            detach(parent)
            walls.close_in()
            answer = Hello(walls.landlock_abi, probe())
        except BaseException as error:
            answer = Hello(walls.landlock_abi, [], f"{type(error).__name__}: {error}")
        os.write(write, msgspec.json.encode(answer))
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    return msgspec.json.decode(told, type=Hello) if told else Hello(walls.landlock_abi, [], "the probing child died")
