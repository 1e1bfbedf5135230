"""Reading a child's pipe, strictly: bounded lengths, known kinds, whole frames (see :mod:`engine.recorder.pipe`)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator

from engine.recorder.pipe import BLOB, HEAD, KEY_LENGTH, LINES

from .runner import Blob, ForgedPipe, Lines

#: Bytes of one frame. The recorder flushes a batch of lines long before; a kept tensor may be larger.
MAX_LINES = 4 << 20
MAX_BLOB = 64 << 20

_KEY = re.compile(r"(t\d{1,9}|\d{1,9}\.\d{1,9}(\.\d{1,4})?)(@\d{1,9})?(:grad|:vjp\.\d{1,4})?")
_BOUNDS = {LINES: MAX_LINES, BLOB: MAX_BLOB}


def is_tensor_key(key: str) -> bool:
    """Whether ``key`` names a tensor's numbers: ``3.12``, ``t7@2``, ``3.12:grad``, ``3.12:vjp.0``."""
    return _KEY.fullmatch(key) is not None


class FrameReader:
    """The frames of one pipe. Holds at most one frame in memory."""

    def __init__(self, fd: int) -> None:
        """Takes over ``fd``, the pipe's read end."""
        self._fd = fd

    async def frames(self) -> AsyncGenerator[Lines | Blob, None]:
        """Until the child closes its end. Raises ``ForgedPipe``."""
        reader = asyncio.StreamReader(limit=256 << 10)
        pipe = os.fdopen(self._fd, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            while (frame := await _read(reader)) is not None:
                yield frame
        finally:
            transport.close()


async def _read(reader: asyncio.StreamReader) -> Lines | Blob | None:
    """The next frame; ``None`` at the end, also where the child died in the middle of one."""
    try:
        length, kind = HEAD.unpack(await reader.readexactly(HEAD.size))
        if kind not in _BOUNDS:
            raise ForgedPipe(f"a frame of unknown kind {kind}")
        if length > _BOUNDS[kind]:
            raise ForgedPipe(f"a frame of {length} bytes; {_BOUNDS[kind]} are the most")
        payload = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    return Lines(payload) if kind == LINES else _blob(payload)


def _blob(payload: bytes) -> Blob:
    if len(payload) < KEY_LENGTH.size:
        raise ForgedPipe("a tensor without a key")
    (length,) = KEY_LENGTH.unpack_from(payload)
    start = KEY_LENGTH.size + length
    key = payload[KEY_LENGTH.size : start].decode(errors="replace")
    if start > len(payload) or not is_tensor_key(key):
        raise ForgedPipe(f"a tensor with the key {key[:40]!r}")
    return Blob(key, payload[start:])
