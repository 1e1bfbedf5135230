"""``/api/devices``: where a script can compute."""

from __future__ import annotations

from fastapi import APIRouter

from ..devices import Device
from .services import Shared

router = APIRouter(prefix="/api/devices", tags=["about this server"])


@router.get("")
async def devices(shared: Shared) -> list[Device]:
    """The CPU, and each GPU, or why there is none."""
    return await shared.devices.all()
