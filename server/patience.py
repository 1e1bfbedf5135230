"""How long the server waits for a request to come: uvicorn itself waits for ever for the first line and the headers."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def patient(seconds: float) -> type[HttpToolsProtocol]:
    """uvicorn's HTTP protocol, which closes a connection that has not sent its first line and headers in that time."""

    class Patient(HttpToolsProtocol):
        _hurry: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._stop()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._stop()
            self._hurry = self.loop.call_later(seconds, self.transport.close)

        def _stop(self) -> None:
            if self._hurry is not None:
                self._hurry.cancel()
                self._hurry = None

    return Patient
