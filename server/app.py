"""The application: its parts made, its routes and guards put together. Nothing else is done here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette_compress import CompressMiddleware, add_compress_type

from . import __version__, frontend, openapi, problems
from .api import ROUTERS
from .api.events import NDJSON
from .api.services import Services
from .conductor import Conductor
from .devices import Devices
from .door import Door
from .guard import Guard
from .metrics import Metrics
from .sandbox.ladder import NO_GPU, ladder
from .sandbox.runner import Runner
from .settings import Settings
from .store.store import Store
from .visitors import Visitors

logger = logging.getLogger("kineograph")
add_compress_type(NDJSON, streaming=True)

_DESCRIPTION = """
Paste a PyTorch script, and every forward pass tells its graph, every backward its gradients, as events.
`POST /api/runs` starts a script; `GET /api/runs/{id}/events` follows it.
"""


def create_app(settings: Settings | None = None, runner: Runner | None = None) -> FastAPI:
    """The server as an ASGI application. ``runner``: where scripts run; by default behind the walls of this machine."""
    settings = settings or Settings()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    visitors = Visitors(settings)
    door = Door(settings, visitors.secret)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(settings.data, settings.sync_every)
        metrics = Metrics()
        conductor = Conductor(store, runner or ladder(settings), settings, metrics)
        metrics.watch(conductor, visitors)
        devices = Devices(no_gpu=None if runner or settings.trust_local_code else NO_GPU)
        app.state.services = Services(settings, store, conductor, devices, visitors, door, metrics)
        try:
            await conductor.open()
            pruning = asyncio.create_task(_prune(store, settings))
            yield
            pruning.cancel()
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
    app.add_middleware(CompressMiddleware, zstd_level=1, gzip_level=1, brotli=False)
    app.add_middleware(Guard, settings=settings, door=door, visitors=visitors)
    return app


async def _prune(store: Store, settings: Settings) -> None:
    """Forgets old runs, now and then."""
    while True:
        gone = store.prune(time.time() - settings.keep_days * 24 * 3600, settings.keep_bytes)
        if gone:
            logger.info("pruned %d old runs", len(gone))
        await asyncio.sleep(settings.prune_every)
