"""Devices: which array module computes, and the few things that differ between them.

``Device.xp`` is NumPy for ``cpu`` and CuPy for ``cuda:i``; every forward receives it and uses nothing else.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np


class Device:
    """A place where tensors live. One object per place: compare with ``is``.

    ``type`` is ``"cpu"`` or ``"cuda"``, ``index`` the number of the GPU (``None`` for the CPU), ``xp`` the array module.
    """

    __slots__ = ("array_type", "index", "type", "xp")

    def __init__(self, type: str, index: int | None, xp: Any) -> None:
        self.type = type
        self.index = index
        self.xp = xp
        self.array_type = xp.ndarray

    def from_host(self, array: np.ndarray[Any, Any]) -> Any:
        """A NumPy array's numbers as an array of this device (the array itself on the CPU)."""
        return array if self.xp is np else self.xp.asarray(array)

    def to_host(self, array: Any) -> np.ndarray[Any, Any]:
        """An array of this device as a NumPy array. On a GPU this waits for the device."""
        host: np.ndarray[Any, Any] = array if self.xp is np else array.get()
        return host

    def synchronize(self) -> None:
        """Waits until everything launched on the device is done; nothing to do on the CPU."""
        if self.xp is not np and hasattr(self.xp, "cuda"):
            self.xp.cuda.Stream.null.synchronize()

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')" if self.index is None else f"device(type='{self.type}', index={self.index})"
        )

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, str) and str(self) == other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return (device, (str(self),))


CPU = Device("cpu", None, np)
_DEVICES: dict[str, Device] = {"cpu": CPU}


def register(made: Device) -> None:
    """Adds a device under its name; the tests' stand-in GPU comes in this way."""
    _DEVICES[str(made)] = made


def unregister(name: str) -> None:
    """Takes a registered device away again."""
    _DEVICES.pop(name, None)


def device(where: str | int | Device | None, index: int | None = None) -> Device:
    """The device named ``"cpu"``, ``"cuda"`` or ``"cuda:1"``. Raises ``RuntimeError`` where it is not there, and says why."""
    if isinstance(where, Device):
        return where
    if where is None:
        return CPU
    name = f"cuda:{where}" if isinstance(where, int) else where
    if index is not None:
        name = f"{name}:{index}"
    if name == "cuda":
        name = "cuda:0"
    found = _DEVICES.get(name)
    if found is not None:
        return found
    kind, _, number = name.partition(":")
    if kind == "cpu":
        return CPU
    if kind != "cuda" or not (number.isdigit()):
        raise RuntimeError(
            f"Expected one of cpu, cuda device type at start of device string: {kind}. "
            f"Try device='cpu'{' or device=' + chr(39) + 'cuda' + chr(39) if cuda_problem() is None else ''}."
        )
    problem = cuda_problem()
    if problem is not None:
        raise RuntimeError(f"device '{name}' is not available: {problem}")
    import cupy

    if int(number) >= cupy.cuda.runtime.getDeviceCount():
        raise RuntimeError(f"CUDA error: invalid device ordinal: '{name}', {cupy.cuda.runtime.getDeviceCount()} there")
    _DEVICES[name] = Device("cuda", int(number), cupy)
    return _DEVICES[name]


def cuda_problem() -> str | None:
    """Why ``cuda`` cannot be used here, in words; ``None`` when it can."""
    if "cuda:0" in _DEVICES:
        return None
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed (pip install 'kineograph[cuda13]' or 'kineograph[cuda12]')"
    with contextlib.suppress(Exception):
        if cupy.cuda.is_available():
            return None
    return "no CUDA device was found (CuPy is installed; is there an NVIDIA GPU and a driver?)"


def cuda_count() -> int:
    """How many CUDA devices can be used."""
    registered = sum(name.startswith("cuda") for name in _DEVICES)
    if registered or cuda_problem() is not None:
        return registered
    import cupy

    return int(cupy.cuda.runtime.getDeviceCount())


def cuda_devices() -> list[dict[str, Any]]:
    """Name and memory (bytes) of each CUDA device."""
    if cuda_problem() is not None:
        return []
    import cupy

    found = []
    for i in range(cuda_count()):
        properties = cupy.cuda.runtime.getDeviceProperties(i)
        found.append({"id": f"cuda:{i}", "name": properties["name"].decode(), "memory": properties["totalGlobalMem"]})
    return found
