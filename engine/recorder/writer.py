"""From events to the sink: batches of lines, a few milliseconds apart, so that neither side works per event."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

import msgspec
import numpy as np

from engine.recorder.pipe import Sink
from engine.recorder.schema import Event, Output
from engine.recorder.values import Pending

BATCH = 256  #: events per batch at most
PERIOD = 0.02  #: seconds an event waits at most


class Writer:
    """Collects events and tensors' bytes; a thread sends what waits, every :data:`PERIOD` seconds."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._encode = msgspec.json.Encoder().encode_lines
        self._events: list[Event] = []
        self._blobs: list[tuple[str, Any]] = []
        self._pending: list[Pending] = []
        self._headers: dict[Any, bytes] = {}
        self.lock = threading.RLock()
        self._wake = threading.Event()
        self._closed = False
        self._sent = 0.0  # when the last flush was, on the monotonic clock
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def event(self, event: Event) -> None:
        """Takes an event; it is on its way within :data:`PERIOD` seconds, and at once after a silence."""
        with self.lock:
            self._events.append(event)
            waiting = len(self._events)
            if waiting >= BATCH or monotonic() - self._sent > PERIOD:
                self.flush()
            elif waiting == 1:
                self._wake.set()

    def output(self, stream: Any, text: str) -> None:
        """Takes printed text; text of the same stream that still waits is lengthened."""
        with self.lock:
            last = self._events[-1] if self._events else None
            if isinstance(last, Output) and last.stream == stream:
                last.text += text
            else:
                self.event(Output(stream=stream, text=text))

    def blob(self, key: str, array: Any) -> None:
        """Takes a tensor's numbers, which nobody may change any more."""
        with self.lock:
            self._blobs.append((key, array))

    def later(self, pending: Pending) -> None:
        """Takes a value whose numbers are still on a device; fetched with the others at the next flush."""
        with self.lock:
            self._pending.append(pending)

    def flush(self) -> None:
        """Sends what waits: one transfer from each device, one write for the events."""
        with self.lock:
            self._sent = monotonic()
            if self._pending:
                waiting, self._pending = self._pending, []
                Pending.fetch(waiting)
            if self._blobs:
                blobs, self._blobs = self._blobs, []
                for key, array in blobs:
                    self._sink.blob(key, self._npy(array))
            if self._events:
                events, self._events = self._events, []
                self._sink.lines(self._encode(events))

    def close(self) -> None:
        """Sends the rest and stops the thread."""
        self._closed = True
        self._wake.set()
        self.flush()

    def _run(self) -> None:
        pause = threading.Event()
        while self._wake.wait() and not self._closed:
            self._wake.clear()
            pause.wait(PERIOD)
            self.flush()

    def _npy(self, array: Any) -> bytes:
        host = array.get() if hasattr(array, "get") else np.asarray(array)
        key = (host.dtype.str, host.shape)
        header = self._headers.get(key)
        if header is None:
            header = self._headers[key] = _npy_header(*key)
        return header + host.tobytes()


def _npy_header(descr: str, shape: tuple[int, ...]) -> bytes:
    """Head of a ``.npy`` file, version 1.0, padded to 64 bytes (source: ``numpy.lib.format``)."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin1")
