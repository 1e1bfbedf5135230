"""Landlock: which paths a script's process may reach. A ruleset is made once and put on by every child."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from . import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_READ_FILE, _WRITE_FILE, _READ_DIR = 1 << 2, 1 << 1, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE
#: Every file right that a version of the interface knows; what is handled and not granted is denied.
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 3  # bind and connect, from version 4
_SCOPES = 3  # abstract unix sockets and signals, from version 6


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    try:
        return kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    except OSError:
        return 0


def ruleset(read: Iterable[str], devices: Iterable[str], *, abi: int) -> int:
    """A descriptor of the rules: read below ``read``, read and write ``devices``, nothing else, no TCP."""
    handled = _HANDLED[min(abi, max(_HANDLED))]
    attributes = struct.pack("=Q", handled)
    if abi >= 4:
        attributes += struct.pack("=Q", _TCP)
    if abi >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    rules = kernel.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    for path in read:  # mapping a library's code is not gated by the right to execute, so that is not granted
        _grant(rules, path, (_READ_FILE | _READ_DIR) & handled)
    for path in devices:
        _grant(rules, path, (_READ_FILE | _WRITE_FILE | _IOCTL_DEVICE) & handled)
    return rules


def _grant(rules: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # a folder of the list that this system does not have
    if not os.path.isdir(path):
        rights &= _FILE_RIGHTS
    rule = struct.pack("=Qi", rights, target)
    kernel.syscall(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))
    os.close(target)


def enforce(rules: int) -> None:
    """Put the rules on this process, for good. Raises ``OSError``."""
    kernel.syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
