"""The application: its parts made, its routes and guards put together. Nothing else is done here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import __version__, frontend, openapi, problems
from .api import ROUTERS
from .api.services import Services
from .conductor import Conductor
from .devices import Devices
from .guard import Guard
from .sandbox.ladder import NO_GPU, ladder
from .sandbox.runner import Runner
from .settings import Settings
from .store.store import Store

_DESCRIPTION = """
Paste a PyTorch script, and every forward pass tells its graph, every backward its gradients, as events.
`POST /api/runs` starts a script; `GET /api/runs/{id}/events` follows it.
"""


def create_app(settings: Settings | None = None, runner: Runner | None = None) -> FastAPI:
    """The server as an ASGI application. ``runner``: where scripts run; by default behind the walls of this machine."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(settings.data, settings.sync_every)
        conductor = Conductor(store, runner or ladder(settings), settings)
        devices = Devices(no_gpu=None if runner or settings.trust_local_code else NO_GPU)
        app.state.services = Services(settings, store, conductor, devices)
        try:
            await conductor.open()
            yield
        finally:
            await conductor.close()
            await store.close()

    app = FastAPI(
        title="Kineograph", version=__version__, description=_DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    frontend.install(app, settings)
    app.openapi = openapi.describe(app)  # type: ignore[method-assign]
    app.add_middleware(Guard, settings=settings)
    return app
