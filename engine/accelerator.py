"""``torch.accelerator``: the GPU, whatever its make."""

from __future__ import annotations

from engine import cuda
from engine.cuda import current_device as current_device_index
from engine.cuda import device_count, is_available, synchronize
from engine.device import Device, device


def current_accelerator(check_available: bool = False) -> Device | None:
    """The GPU, or ``None`` where there is none."""
    return device("cuda") if cuda.is_available() else None


__all__ = ["current_accelerator", "current_device_index", "device_count", "is_available", "synchronize"]
