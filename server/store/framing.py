"""The log's format: a header, then frames, each whole or not there.

::

    header   8 bytes   b"KINELOG" and the version of the format
    frame    20 bytes  u32 length of the payload · u32 CRC-32 of all that follows · u64 first seq · u32 count of events
             payload   lines of JSON

All little-endian. A frame that is torn (the machine died while it was written) or flipped (the disk lied) fails its
checksum, and the log ends before it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

VERSION = 1
HEADER = b"KINELOG" + bytes([VERSION])

_HEAD = struct.Struct("<II")
_COUNTED = struct.Struct("<QI")
FRAME_HEAD = _HEAD.size + _COUNTED.size


class UnknownLog(Exception):
    """The file is no log that this version can read."""


@dataclass(frozen=True)
class FrameAt:
    """Where a frame is, and what it holds."""

    offset: int  #: of the payload, in bytes
    length: int  #: of the payload, in bytes
    first: int  #: ``seq`` of the first event
    count: int

    @property
    def last(self) -> int:
        """``seq`` of the last event."""
        return self.first + self.count - 1


def pack(first: int, count: int, payload: bytes) -> bytes:
    """A frame's bytes."""
    counted = _COUNTED.pack(first, count)
    return _HEAD.pack(len(payload), zlib.crc32(payload, zlib.crc32(counted))) + counted + payload


def frames(file: BinaryIO) -> Iterator[FrameAt]:
    """The whole frames of a log, in order; ends before the first that is torn, flipped or out of order.

    Raises ``UnknownLog``.
    """
    header = file.read(len(HEADER))
    if header[:-1] != HEADER[:-1] or not 1 <= header[-1] <= VERSION:
        raise UnknownLog(f"not an event log of version {VERSION} or older")
    size = os.fstat(file.fileno()).st_size
    offset, expected = len(HEADER), 1
    while head := file.read(FRAME_HEAD):
        if len(head) < FRAME_HEAD:
            return
        length, checksum = _HEAD.unpack_from(head)
        first, count = _COUNTED.unpack_from(head, _HEAD.size)
        offset += FRAME_HEAD
        if first != expected or count == 0 or length > size - offset:
            return
        payload = file.read(length)
        if zlib.crc32(payload, zlib.crc32(head[_HEAD.size :])) != checksum:
            return
        yield FrameAt(offset, length, first, count)
        offset, expected = offset + length, first + count
