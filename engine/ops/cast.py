"""Ops that change what a tensor is stored as, or where: dtypes, devices, copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import dtypes
from engine.device import CPU, Device
from engine.device import device as find_device
from engine.op import METHODS, function, op
from engine.tensor import Tensor
from engine.testing import arrays


@op(
    r"\mathrm{cast}(x)",
    x=(r"\mathrm{cast}(\bar y)", lambda g: g),
    samples=arrays((2, 3), dtype=dtypes.float64.numpy), function=False, method=False, torch_name="ToCopy",
)  # fmt: skip
def to(xp, x, *, dtype):
    """The same numbers in another dtype (the gradient is cast back)."""
    return x.astype(dtype)


@op(
    r"x",
    x=(r"\bar y", lambda g, source: move(g, device=source, source=g.device)),
    samples=arrays((2, 3), device=CPU, source=CPU), function=False, method=False, moves=True, torch_name="ToCopy",
)  # fmt: skip
def move(xp, x, *, device, source):
    """The same numbers on another device (the gradient travels back)."""
    return device.from_host(source.to_host(x))


@op(
    r"x", x=(r"\bar y", lambda g: g), samples=arrays((2, 3)), signature=lambda input, memory_format=None: ((input,), {})
)
def clone(xp, x):
    """A copy with storage of its own; gradients flow through."""
    return x.copy()


@function(names=("to",), function=False)
def convert(
    self: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """The tensor in another dtype and/or on another device: ``x.to("cuda")``, ``x.to(torch.float64)``, ``x.to(other)``.

    The tensor itself where nothing changes, unless ``copy``.
    """
    for given in args:
        if isinstance(given, Tensor):
            dtype, device = given.dtype, given.device
        elif isinstance(given, (str, Device)):
            device = given
        elif isinstance(given, bool):  # non_blocking, by position
            continue
        elif isinstance(given, int):
            device = given
        elif given is not None:
            dtype = given
    y = self
    if dtype is not None and (wanted := dtypes.as_numpy(dtype)) != y.data_.dtype:
        y = to(y, dtype=wanted)
    if device is not None and (place := find_device(device)) is not y.device:
        y = move(y, device=place, source=y.device)
    return clone(y) if copy and y is self else y


def _caster(kind: dtypes.dtype) -> Callable[[Tensor], Tensor]:
    def cast(self: Tensor) -> Tensor:
        return self if self.data_.dtype == kind.numpy else to(self, dtype=kind.numpy)

    cast.__doc__ = f"The tensor as {kind}; itself where it is that already."
    return cast


_CASTS = {
    "bool": dtypes.bool_, "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32,
    "long": dtypes.int64, "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64,
    "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}  # fmt: skip
METHODS.update({name: _caster(kind) for name, kind in _CASTS.items()})


@function(names=("type_as",), function=False)
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor with the dtype and on the device of ``other``."""
    return convert(self, other)


@function(names=("type",), function=False)
def type_(self: Tensor, dtype: Any = None) -> Any:
    """The tensor as ``dtype``; without it the name of its own type, ``"torch.FloatTensor"``."""
    if dtype is not None:
        return convert(self, dtype)
    name = {"int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "float16": "Half",
        "float64": "Double",
            "float32": "Float", "bool": "Bool"}.get(self.dtype.name, self.dtype.name.title())  # fmt: skip
    return f"torch.{'cuda.' if self.is_cuda else ''}{name}Tensor"


@function(function=False)
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor in host memory; itself where it is there already. From a GPU this waits for the device."""
    return convert(self, CPU)


@function(function=False)
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """The tensor on a GPU; itself where it is there already. Raises ``RuntimeError`` where there is no GPU."""
    return convert(self, "cuda" if device is None else device)


@function(function=False)
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor laid out in C order: itself where it is, a copy otherwise."""
    return self if self.is_contiguous() else clone(self)
