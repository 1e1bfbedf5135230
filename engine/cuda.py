"""``torch.cuda``: what scripts ask before and while they use a GPU.

Where there is none, questions are answered and orders do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from engine import random
from engine.device import Device, cuda_count, cuda_devices, cuda_problem
from engine.device import device as find_device
from engine.random import get_rng_state, set_rng_state

__all__ = [
    "Event", "current_device", "device", "device_count", "empty_cache", "get_device_name", "get_device_properties",
    "get_rng_state", "is_available", "is_bf16_supported", "manual_seed", "manual_seed_all", "max_memory_allocated",
    "max_memory_reserved", "mem_get_info", "memory_allocated", "memory_reserved", "reset_peak_memory_stats",
    "set_device", "set_rng_state", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether tensors can be put on a GPU here."""
    return cuda_problem() is None


def device_count() -> int:
    """How many GPUs can be used."""
    return cuda_count()


def _gpu(which: Any = None) -> Device:
    return find_device("cuda" if which is None else which)


def current_device() -> int:
    """Number of the GPU that plain ``"cuda"`` means."""
    return _gpu().index or 0


def get_device_name(device: Any = None) -> str:
    """The GPU's name. Raises ``RuntimeError`` where there is none."""
    name = str(_gpu(device))
    return next((found["name"] for found in cuda_devices() if found["id"] == name), name)


def get_device_properties(device: Any = None) -> Any:
    """Name and memory of the GPU."""
    return type("Properties", (), {"name": get_device_name(device), "total_memory": mem_get_info(device)[1]})()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Free and total memory of the GPU, in bytes."""
    where = _gpu(device)
    with where.xp.cuda.Device(where.index):
        free, total = where.xp.cuda.runtime.memGetInfo()
    return int(free), int(total)


def set_device(device: Any) -> None:
    """Checks that the GPU is there. Tensors say by themselves where they are made."""
    _gpu(device)


def synchronize(device: Any = None) -> None:
    """Waits until the GPU is done."""
    if is_available():
        _gpu(device).synchronize()


def _pool() -> Any:
    xp = _gpu().xp
    return xp.get_default_memory_pool() if hasattr(xp, "get_default_memory_pool") else None


def memory_allocated(device: Any = None) -> int:
    """Bytes in use on the GPU; 0 where there is none."""
    pool = _pool() if is_available() else None
    return 0 if pool is None else int(pool.used_bytes())


def memory_reserved(device: Any = None) -> int:
    """Bytes that the memory pool holds on the GPU; 0 where there is none."""
    pool = _pool() if is_available() else None
    return 0 if pool is None else int(pool.total_bytes())


max_memory_allocated, max_memory_reserved = memory_allocated, memory_reserved


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing to do: peaks are not counted."""


def empty_cache() -> None:
    """Gives memory that no tensor uses back to the GPU."""
    pool = _pool() if is_available() else None
    if pool is not None:
        pool.free_all_blocks()


def manual_seed(seed: int) -> None:
    """Seeds the generator: one serves all devices."""
    random.manual_seed(seed)


manual_seed_all = manual_seed


@contextmanager
def device(which: Any) -> Iterator[None]:
    """Checks that the GPU is there; tensors inside are made where they say."""
    _gpu(which)
    yield


class Event:
    """A point in time on the GPU, for measuring between two."""

    def __init__(self, enable_timing: bool = False, **_: Any) -> None:
        self._at = 0.0

    def record(self, stream: Any = None) -> None:
        synchronize()
        self._at = perf_counter()

    def synchronize(self) -> None:
        synchronize()

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds from this event to ``end``."""
        return 1000 * (end._at - self._at)


def is_bf16_supported() -> bool:
    """No: bfloat16 is not among the dtypes."""
    return False
