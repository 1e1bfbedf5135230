"""``/api/health``: whether the server takes scripts, and behind which walls they run."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from .. import __version__
from ..sandbox.runner import Level
from .services import Shared

router = APIRouter(prefix="/api/health", tags=["about this server"])


class Sandbox(BaseModel):
    """The walls around a script."""

    level: Level
    detail: str = Field(description="what the level means")
    landlock_abi: int = Field(description="the kernel's Landlock version, 0 where there is none")
    problem: str = Field(description="why the level is not higher, where the system says so")


class RunLimits(BaseModel):
    """What one run may use."""

    code: int = Field(description="bytes of the script")
    wall_time: float = Field(description="seconds")
    cpu_time: int = Field(description="seconds")
    memory: int = Field(description="bytes")
    output: int = Field(description="characters printed")
    ops: int = Field(description="op events")


class HealthDocument(BaseModel):
    """How the server is."""

    status: Literal["ok", "no-sandbox"]
    version: str
    sandbox: Sandbox
    running: int = Field(description="runs going on")
    waiting: int = Field(description="runs in the queue")
    limits: RunLimits


@router.get("")
async def health(shared: Shared) -> HealthDocument:
    """Answers while the server lives; `status` is `no-sandbox` where it takes nobody's scripts."""
    sandbox, settings = shared.conductor.health, shared.settings
    return HealthDocument(
        status="no-sandbox" if sandbox.level == "none" else "ok",
        version=__version__,
        sandbox=Sandbox(
            level=sandbox.level, detail=sandbox.detail, landlock_abi=sandbox.landlock_abi, problem=sandbox.problem
        ),
        running=shared.conductor.running,
        waiting=shared.conductor.waiting,
        limits=RunLimits(**{name: getattr(settings, name) for name in RunLimits.model_fields}),
    )
