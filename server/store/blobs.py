"""The numbers of a run's tensors: one file of ``.npy`` files end to end, and an index of lines beside it."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


class _Entry(msgspec.Struct, array_like=True):
    key: str
    offset: int
    length: int


@dataclass(frozen=True)
class _Span:
    offset: int
    length: int


class Blobs:
    """A run's kept tensors. A key may come again (``t7:grad`` does, with every backward): all its numbers are kept."""

    def __init__(self, folder: Path) -> None:
        """Opens the tensors kept in ``folder``; files are made with the first tensor."""
        self._data = folder / "tensors.bin"
        self._index = folder / "tensors.idx"
        self._spans: dict[str, list[_Span]] = {}
        self._size = 0
        self._writing: tuple[io.FileIO, io.FileIO] | None = None
        self._read_index()

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        return self._size

    def put(self, key: str, npy: bytes) -> None:
        """Keep a tensor: first its numbers, then the line that says so. Raises ``OSError`` (a full disk)."""
        if self._writing is None:
            self._writing = open(self._data, "ab", 0), open(self._index, "ab", 0)  # noqa: SIM115 - see close()
        data, index = self._writing
        data.write(npy)
        index.write(msgspec.json.encode(_Entry(key, self._size, len(npy))) + b"\n")
        self._spans.setdefault(key, []).append(_Span(self._size, len(npy)))
        self._size += len(npy)

    def get(self, key: str, occurrence: int = -1) -> bytes | None:
        """The ``.npy`` file that came under ``key``, by default the last one; ``None`` where none was kept."""
        try:
            span = self._spans[key][occurrence]
        except (KeyError, IndexError):
            return None
        with open(self._data, "rb") as data:
            npy = os.pread(data.fileno(), span.length, span.offset)
        return npy if len(npy) == span.length else None

    def close(self) -> None:
        """Nothing more will be put."""
        for file in self._writing or ():
            file.close()
        self._writing = None

    def _read_index(self) -> None:
        if not self._index.exists():
            return
        for line in self._index.read_bytes().splitlines(keepends=True):
            try:
                entry = msgspec.json.decode(line, type=_Entry)
            except msgspec.MsgspecError:
                break  # torn
            if line.endswith(b"\n"):
                self._spans.setdefault(entry.key, []).append(_Span(entry.offset, entry.length))
                self._size = max(self._size, entry.offset + entry.length)
