"""``kineograph doctor``: what is there, what is missing, what to do."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import Any

import numpy

from . import __version__
from .devices import Devices
from .frontend import built_page
from .sandbox.ladder import ladder
from .sandbox.runner import Health
from .settings import GIB, MIB, Settings

_LOW_SPACE = 500 * MIB


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    state: str
    advice: str = ""  #: what to do; empty where nothing is wrong
    needed: bool = True  #: without it the product does not do its main job


def report(**given: Any) -> int:
    """Print what is there; 0 where everything that is needed is."""
    findings = examine(Settings(**given))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok  " if not finding.advice else "MISS" if finding.needed else "info"
        print(f"{mark}  {finding.what:<{width}}  {finding.state}")
        if finding.advice:
            print(f"      {'':<{width}}  → {finding.advice}")
    missing = sum(finding.needed and bool(finding.advice) for finding in findings)
    print(f"\n{missing} things are missing." if missing else "\nAll that is needed is there.")
    return 1 if missing else 0


def examine(settings: Settings) -> list[Finding]:
    """Look at everything."""
    return [
        Finding("kineograph", __version__),
        _python(),
        Finding("NumPy", numpy.__version__),
        _cupy(),
        *asyncio.run(_gpus()),
        _sandbox(asyncio.run(_walls(settings))),
        _page(settings),
        _data(settings),
    ]


def _python() -> Finding:
    advice = "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"
    return Finding("Python", f"{platform.python_version()} ({sys.executable})", advice)


def _cupy() -> Finding:
    try:
        import cupy
    except ImportError:
        advice = "only for GPU runs: pip install 'kineograph[cuda12]' or 'kineograph[cuda13]'"
        return Finding("CuPy", "not installed", advice, needed=False)
    return Finding("CuPy", cupy.__version__)


async def _gpus() -> list[Finding]:
    gpus = (await Devices().all())[1:]
    return [
        Finding(gpu.id, f"{gpu.name}, {(gpu.memory or 0) / GIB:.0f} GiB")
        if gpu.available
        else Finding("GPU", "none that can be used", gpu.reason or "", needed=False)
        for gpu in gpus
    ]


async def _walls(settings: Settings) -> Health:
    runner = ladder(settings)
    try:
        return await runner.open()
    finally:
        await runner.close()


def _sandbox(health: Health) -> Finding:
    abi = f" (Landlock version {health.landlock_abi})" if health.landlock_abi else ""
    advice = {
        "none": f"{health.detail} {health.problem}".strip(),
        "no-open": f"{health.detail} Linux 5.13 or newer has it; Docker Desktop has not.",
        "unsandboxed": health.detail,
        "full": "",
    }[health.level]
    return Finding("sandbox", f"{health.level}{abi}", advice, needed=health.level == "none")


def _page(settings: Settings) -> Finding:
    page = built_page(settings)
    return Finding("page", str(page) if page else "not built", "" if page else "make frontend")


def _data(settings: Settings) -> Finding:
    folder = settings.data
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding(
            "data", str(folder), f"{existing} cannot be written to; choose another with --data or KINEOGRAPH_DATA"
        )
    free = shutil.disk_usage(existing).free
    advice = f"only {free // MIB} MiB are free: make room" if free < _LOW_SPACE else ""
    return Finding("data", f"{folder} ({free / GIB:.1f} GiB free)", advice)
