"""Calling the kernel where Python has no name for the call."""

from __future__ import annotations

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


def syscall(number: int, *arguments: object) -> int:
    """The system call ``number``. Raises ``OSError``."""
    result: int = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), f"system call {number}")
    return result


def prctl(option: int, *arguments: object) -> None:
    """``prctl(option, …)``. Raises ``OSError``."""
    padded = [*arguments, *[ctypes.c_ulong(0)] * (4 - len(arguments))]
    if _libc.prctl(ctypes.c_ulong(option), *padded) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), f"prctl {option}")


def die_with_parent(parent: int) -> None:
    """This process is killed when ``parent``, which must be its parent, ends."""
    prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(9))
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def no_new_privileges() -> None:
    """Neither this process nor what it runs can gain rights; Landlock and seccomp ask for it."""
    prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def drop_capabilities() -> None:
    """A server run as root hands none of root's powers to a script."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    nothing = bytes(24)  # effective, permitted, inheritable: two words of each
    syscall(_SYS_CAPSET[os.uname().machine], header, nothing)
