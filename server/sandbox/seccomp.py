"""The filter of system calls: an allow-list in classic BPF, built without libseccomp.

A program is a list of 8-byte instructions that look at ``struct seccomp_data``:
``{int nr; u32 arch; u64 instruction_pointer; u64 args[6]}``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from functools import cache

from . import kernel
from .syscalls import ALLOWED, JUDGED, PATHS

_X86_64 = platform.machine() == "x86_64"
_ARCHITECTURE = 0xC000003E if _X86_64 else 0xC00000B7  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
_X32_CALLS = 0x40000000  # numbers from here on are the x32 interface

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_DENY = _REFUSE | errno.EPERM  # scripts see PermissionError

_NUMBER, _ARCH = 0, 4  # offsets in seccomp_data
_MODE_FILTER = 2
_CLONE_THREAD = 0x00010000

#: ``fcntl`` commands that touch this process only. Not F_SETOWN or F_SETSIG: they make the kernel signal others.
_FCNTL = (0, 1, 2, 3, 4, 1030, 1032)  # DUPFD GETFD SETFD GETFL SETFL DUPFD_CLOEXEC GETPIPE_SZ
#: ``ioctl`` requests on this process's own descriptors.
_IOCTL = (0x5421, 0x541B, 0x5450, 0x5451)  # FIONBIO FIONREAD FIONCLEX FIOCLEX
_IS_TERMINAL = (0x5401, 0x5413)  # TCGETS TIOCGWINSZ: asked by isatty(); the answer is always no
_PRCTL = (15, 16)  # SET_NAME GET_NAME of a thread

_PID_MARK = 0x7ABCDEF1  # stands for the process id in the template; each child patches its own in


def _low(argument: int) -> int:
    """Offset of the low half of an argument."""
    return 16 + 8 * argument


Instruction = tuple[int, int, int, int]


def _one_of(call: int, argument: int, values: tuple[int, ...], otherwise: int = _DENY) -> list[Instruction]:
    """Allow ``call`` where the argument is one of ``values``."""
    last = len(values) - 1
    tests = [(_EQUAL, last - i + 1, 0, value) for i, value in enumerate(values)]  # each jumps to the allow
    body = [(_LOAD, 0, 0, _low(argument)), *tests, (_RETURN, 0, 0, otherwise), (_RETURN, 0, 0, _ALLOW)]
    return [(_EQUAL, 0, len(body), call), *body]


def _judged() -> list[Instruction]:
    """The calls that are allowed for some arguments only."""
    arch = 0 if _X86_64 else 1
    number = {name: numbers[arch] for name, numbers in JUDGED.items()}
    threads_only = [
        (_LOAD, 0, 0, _low(0)),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    read_limits = [  # prlimit64(pid, resource, new = NULL, …)
        (_LOAD, 0, 0, _low(2)), (_EQUAL, 0, 3, 0), (_LOAD, 0, 0, _low(2) + 4), (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY),
    ]  # fmt: skip
    no_terminal = [
        (_LOAD, 0, 0, _low(1)), (_EQUAL, 1, 0, _IS_TERMINAL[0]), (_EQUAL, 0, 1, _IS_TERMINAL[1]),
        (_RETURN, 0, 0, _REFUSE | errno.ENOTTY), (_LOAD, 0, 0, _NUMBER),
    ]  # fmt: skip
    ioctl: list[Instruction] = [
        (_EQUAL, 0, len(no_terminal), number["ioctl"]), *no_terminal, *_one_of(number["ioctl"], 1, _IOCTL),
    ]  # fmt: skip
    return [
        (_EQUAL, 0, 1, number["clone3"]), (_RETURN, 0, 0, _REFUSE | errno.ENOSYS),  # libc falls back to clone
        (_EQUAL, 0, len(threads_only), number["clone"]), *threads_only,
        (_EQUAL, 0, len(read_limits), number["prlimit64"]), *read_limits,
        *_one_of(number["tgkill"], 0, (_PID_MARK,)),
        *_one_of(number["prctl"], 0, _PRCTL),
        *_one_of(number["fcntl"], 1, _FCNTL),
        *ioctl,
    ]  # fmt: skip


def program(*, paths: bool) -> list[Instruction]:
    """The filter. ``paths``: the calls that take paths are allowed, because Landlock judges the paths."""
    arch = 0 if _X86_64 else 1
    names = ALLOWED | (PATHS if paths else {})
    numbers = sorted(n for pair in names.values() if (n := pair[arch]) is not None)
    return [
        (_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCHITECTURE), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER), *([(_AT_LEAST, 0, 1, _X32_CALLS), (_RETURN, 0, 0, _KILL)] if _X86_64 else []),
        *[step for n in numbers for step in ((_EQUAL, 0, 1, n), (_RETURN, 0, 0, _ALLOW))],
        *_judged(),
        (_RETURN, 0, 0, _DENY),
    ]  # fmt: skip


@cache
def template(paths: bool) -> bytes:
    """The assembled filter, with a mark where the process id belongs. Built once, in the fork server."""
    return b"".join(struct.pack("=HBBI", *step) for step in program(paths=paths))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def enforce(pid: int, *, paths: bool) -> None:
    """Load the filter for this process, whose id is ``pid``. It cannot be taken off. Raises ``OSError``."""
    code = template(paths).replace(struct.pack("=I", _PID_MARK), struct.pack("=I", pid))
    memory = ctypes.create_string_buffer(code, len(code))
    head = _Program(len(code) // 8, ctypes.addressof(memory))
    kernel.prctl(kernel.PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(head))
