"""Where scripts can compute: the CPU, and each GPU, or why there is none."""

from __future__ import annotations

import asyncio
import json
import platform
import sys

from pydantic import BaseModel, Field

_ASK = """
import json
from engine import device
print(json.dumps({"problem": device.cuda_problem(), "devices": device.cuda_devices()}))
"""
_ASK_TIME = 30.0  # seconds; a first look at a GPU loads its driver


class Device(BaseModel):
    """A place to compute."""

    id: str = Field(examples=["cpu", "cuda:0"], description="what `POST /api/runs` takes as `device`")
    name: str
    available: bool
    reason: str | None = Field(default=None, description="why it is not available")
    memory: int | None = Field(default=None, description="bytes")


class Devices:
    """The devices of this machine; asked for once, in a process of its own, so that the server holds no GPU."""

    def __init__(self, no_gpu: str | None = None) -> None:
        """``no_gpu``: why scripts get no GPU even where there is one."""
        self._no_gpu = no_gpu
        self._known: list[Device] | None = None
        self._asking = asyncio.Lock()

    async def all(self) -> list[Device]:
        """The CPU first, then each GPU; one unavailable ``cuda`` with its reason where there is none."""
        async with self._asking:
            if self._known is None:
                cpu = Device(id="cpu", name=platform.processor() or platform.machine(), available=True)
                self._known = [cpu, *map(self._allowed, await _gpus())]
        return self._known

    def _allowed(self, gpu: Device) -> Device:
        if not gpu.available or self._no_gpu is None:
            return gpu
        return gpu.model_copy(update={"available": False, "reason": self._no_gpu})

    async def problem(self, id: str) -> str | None:
        """Why a script cannot compute there; ``None`` where it can."""
        if id == "cpu":
            return None
        known = {device.id: device for device in await self.all()}
        wanted = known.get("cuda:0" if id == "cuda" and "cuda:0" in known else id)
        if wanted is None:
            return f"there is no device {id!r}; there are {', '.join(known)}"
        return None if wanted.available else wanted.reason


async def _gpus() -> list[Device]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ASK, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        answer, _ = await asyncio.wait_for(process.communicate(), _ASK_TIME)
        found = json.loads(answer)
    except (TimeoutError, ValueError):
        if process.returncode is None:
            process.kill()
        return [_none("the GPU driver did not answer")]
    if found["problem"]:
        return [_none(found["problem"])]
    return [Device(id=d["id"], name=d["name"], available=True, memory=d["memory"]) for d in found["devices"]]


def _none(reason: str) -> Device:
    return Device(id="cuda", name="GPU", available=False, reason=reason)
