"""How a recorded child talks to its supervisor: frames in one pipe, one way.

A frame is a 5-byte head (little-endian ``u32`` payload length, ``u8`` kind) and its payload:

* ``LINES``: whole lines of JSON, one event each, as :mod:`engine.recorder.schema` writes them;
* ``BLOB``: a tensor's bytes: ``u16`` length of the key, the key (UTF-8), then a ``.npy`` file.

The child is not trusted, so whoever reads must bound the length, decode strictly and number events itself.
"""

from __future__ import annotations

import os
import struct
from typing import Protocol

HEAD = struct.Struct("<IB")
KEY_LENGTH = struct.Struct("<H")
LINES = 0
BLOB = 1


class Sink(Protocol):
    """Where a recorder puts what it has told so far."""

    def lines(self, batch: bytes) -> None:
        """Whole lines of JSON, newline-terminated, in order."""

    def blob(self, key: str, npy: bytes) -> None:
        """The numbers of the tensor ``key`` (``"3.12"``, ``"t7@2"``, ``"3.12:grad"``) as a ``.npy`` file."""


class PipeSink:
    """Writes frames to a file descriptor; blocks when the reader is slow, which is the back-pressure."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def lines(self, batch: bytes) -> None:
        self._write(LINES, batch)

    def blob(self, key: str, npy: bytes) -> None:
        name = key.encode()
        self._write(BLOB, KEY_LENGTH.pack(len(name)) + name + npy)

    def _write(self, kind: int, payload: bytes) -> None:
        view = memoryview(HEAD.pack(len(payload), kind) + payload)
        while view:
            view = view[os.write(self._fd, view) :]
