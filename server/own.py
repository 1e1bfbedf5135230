"""``kineograph run``: the user's own script on the user's own machine, with the page open on it or without."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import BinaryIO

from fastapi import FastAPI

from engine.recorder import schema

from .api.services import Services
from .app import create_app
from .conductor import Conductor
from .metrics import Metrics
from .sandbox.execution import Watch
from .sandbox.job import Job
from .sandbox.local import LocalRunner
from .serve import AnnouncingServer, server_of
from .settings import Settings
from .store.store import Store
from .trace.intake import parse

_ALL_DAY = 10 * 365 * 86400.0  # seconds; an own script may take its time
_PLENTY = 1 << 40  # bytes, characters: an own script may tell a lot


def run_headless(script: Path, arguments: list[str], device: str, trace: Path | None) -> int:
    """Run it and print what it prints; its exit status."""
    with tempfile.TemporaryDirectory(prefix="kineograph-") as data:
        return asyncio.run(_run(_settings(Path(data)), _job(script, arguments, device), trace))


def run_with_page(script: Path, arguments: list[str], device: str, trace: Path | None, port: int) -> int:
    """Run it with the page open on it; serves until interrupted. Its exit status."""
    settings = _settings(None, port)
    app = create_app(settings, LocalRunner(Watch(_ALL_DAY)))
    server = server_of(app, settings)
    return asyncio.run(_run_and_serve(app, server, _job(script, arguments, device), trace))


def _settings(data: Path | None, port: int = 0) -> Settings:
    given = {"data": data} if data is not None else {}
    return Settings(port=port, drain_time=0, output=_PLENTY, trace=_PLENTY, code=_PLENTY, **given)  # type: ignore[arg-type]


def _job(script: Path, arguments: list[str], device: str) -> Job:
    return Job(script.read_text(encoding="utf-8"), device, str(script), arguments)


async def _run(settings: Settings, job: Job, trace: Path | None) -> int:
    store = Store(settings.data, settings.sync_every)
    conductor = Conductor(store, LocalRunner(Watch(_ALL_DAY)), settings, Metrics())
    await conductor.open()
    try:
        id = conductor.submit(job, title=Path(job.filename).name)
        return await _tell_whole(store, conductor, id, trace)
    finally:
        await conductor.close()
        await store.close()


async def _tell_whole(store: Store, conductor: Conductor, id: str, trace: Path | None) -> int:
    """Print what the script prints and write its events down, to its end; its exit status."""
    going = conductor.task(id)
    with open(trace, "wb") if trace is not None else contextlib.nullcontext() as file:
        await _tell(store, id, file)
    outcome = await going if going is not None else None
    if outcome is None:
        return 1
    return 128 - outcome.code if outcome.code < 0 else outcome.code  # as shells tell a signal


async def _run_and_serve(app: FastAPI, server: AnnouncingServer, job: Job, trace: Path | None) -> int:
    serving = asyncio.create_task(server.serve())
    await asyncio.wait([serving, ready := asyncio.create_task(server.ready.wait())], return_when="FIRST_COMPLETED")
    if serving.done():
        ready.cancel()
        return 1
    services: Services = app.state.services
    id = services.conductor.submit(job, title=Path(job.filename).name)
    page = f"{server.url}/runs/{id}"
    threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
    print(f"The run is at {page}", file=sys.stderr)
    status = await _tell_whole(services.store, services.conductor, id, trace)
    print("The page stays open; Ctrl-C ends it.", file=sys.stderr)
    await serving
    return status


async def _tell(store: Store, id: str, file: BinaryIO | None) -> None:
    """Print and write until the run ends."""
    async for chunk in store.log(id).follow(0):
        if file is not None:
            file.write(chunk)
        for line in chunk.splitlines():
            match parse(line)[1]:
                case schema.Output(stream, text):
                    print(text, end="", file=sys.stdout if stream == "stdout" else sys.stderr, flush=True)
                case schema.Error() as error:
                    _print_error(error)
                case schema.End(status, reason) if status in ("killed", "cancelled"):
                    print(f"kineograph: {reason}", file=sys.stderr)


def _print_error(error: schema.Error) -> None:
    """As Python does, with the hint after it."""
    if error.exception == "SystemExit":
        return
    if error.traceback:
        print("Traceback (most recent call last):", file=sys.stderr)
    for frame in error.traceback:
        print(f"  line {frame.line}, in {frame.function}\n    {frame.text}", file=sys.stderr)
    print(f"{error.exception}: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"Try: {error.hint}", file=sys.stderr)
