"""``torch.cuda``: what scripts ask before and while they use a GPU."""

from __future__ import annotations

from typing import Any

from engine import device as devices
from engine.device import Device
from engine.mode import mode  # noqa: F401


def is_available() -> bool:
    """Whether tensors can be put on a GPU here."""
    return devices.cuda_problem() is None


def device_count() -> int:
    """How many GPUs can be used."""
    return devices.cuda_count()
