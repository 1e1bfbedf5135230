"""``kineograph serve``: the application under uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from . import logs
from .api.services import Services
from .app import create_app
from .frontend import built_page
from .patience import patient
from .settings import Settings

_GRACE = 3  # seconds for viewers' streams at the end


def serve(**given: Any) -> int:
    """Serve until a signal ends it; returns the exit status. ``given`` goes before the environment's settings."""
    try:
        settings = Settings(**given)
    except ValidationError as error:
        for problem in error.errors():
            print(f"kineograph: {'.'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 2
    if settings.beyond_loopback and settings.token is None and not settings.public:
        settings = settings.model_copy(update={"token": secrets.token_urlsafe(16)})
    if settings.public:
        print(
            "kineograph: public: whoever reaches this server can run scripts, within the limits of visitors",
            file=sys.stderr,
        )
    logs.set_up(settings.log_format)
    if built_page(settings) is None:
        print("kineograph: the page is not built; `make frontend` builds it. The API works.", file=sys.stderr)
    server = server_of(create_app(settings), settings)
    server.run()
    return 0 if server.started else 1


def server_of(app: FastAPI, settings: Settings) -> AnnouncingServer:
    """A uvicorn server for the application, not started yet."""
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_config=None, log_level="warning", access_log=False,
        timeout_graceful_shutdown=_GRACE, server_header=False, ws="none", proxy_headers=False,
        http=patient(settings.header_time),
    )  # fmt: skip
    return AnnouncingServer(app, config, settings)


class AnnouncingServer(uvicorn.Server):
    """Says where it listens, also on a port that the system chose."""

    url = ""

    def __init__(self, app: FastAPI, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._app = app
        self._settings = settings
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal that asked for the end got it, and is not raised again: the command has a status of its own."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def shutdown(self, sockets: Any = None) -> None:
        """Runs end first, so that their viewers see how, and their streams end by themselves."""
        services: Services | None = getattr(self._app.state, "services", None)
        if services is not None:
            await services.conductor.close()
        await super().shutdown(sockets)

    def _link(self) -> str:
        """Where to go: with the token, where one is needed, and a name that a browser can reach."""
        token = self._settings.token
        url = self.url.replace("//0.0.0.0:", "//localhost:").replace("//[::]:", "//localhost:")
        return url if token is None else f"{url}/?token={token}"

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        print(f"Kineograph is at {self._link()}", flush=True)
        self.ready.set()
