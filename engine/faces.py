"""Classes of torch that scripts both call and ask ``isinstance`` about: ``torch.Tensor``, ``torch.FloatTensor``, ``torch.device``.

Ours are made by functions or hold other arguments than a script gives, so each has a face: a class that is only ever
called and asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine import creation, dtypes
from engine.device import Device, device
from engine.dtypes import dtype
from engine.tensor import Tensor


class Face(type):
    """The class of faces: knows what a call makes, and what counts as an instance."""

    made_by: Callable[..., Any]
    counts: Callable[[Any], bool]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made_by = cls.__dict__.get("made_by")
        return super().__call__(*args, **kwargs) if made_by is None else made_by(*args, **kwargs)

    def __instancecheck__(cls, x: Any) -> bool:
        counts = cls.__dict__.get("counts")
        return super().__instancecheck__(x) if counts is None else counts(x)

    def __subclasscheck__(cls, kind: type) -> bool:
        return super().__subclasscheck__(kind) or (
            "counts" in cls.__dict__ and issubclass(kind, cls.__base__ or object)
        )

    def __eq__(cls, other: object) -> bool:
        return cls is other or ("counts" in cls.__dict__ and other is cls.__base__)

    def __hash__(cls) -> int:
        return hash(cls.__base__ if "counts" in cls.__dict__ else id(cls))


def face(
    name: str, kind: type, make: Callable[..., Any], counts: Callable[[Any], bool] | None = None, doc: str = ""
) -> Any:
    """A class named ``name`` with the attributes of ``kind``; calling it calls ``make``."""
    made = Face(name, (kind,), {"__slots__": (), "__module__": "torch", "__doc__": doc})
    made.made_by = make
    made.counts = counts or (lambda x: isinstance(x, kind))
    return made


def _typed(kind: dtype) -> Callable[..., Tensor]:
    def make(*data: Any, device: Any = None) -> Tensor:
        """``FloatTensor([1, 2])``: of these numbers; ``FloatTensor(2, 3)``: of this shape, filled with zeros."""
        if not data:
            return creation.zeros(0, dtype=kind, device=device)
        first = data[0]
        if isinstance(first, Tensor) and len(data) == 1:
            if first.dtype is not kind:
                raise TypeError(f"expected {kind} (got {first.dtype}): write x.to({kind}) instead")
            return first.detach()
        if isinstance(first, (list, tuple, np.ndarray)) and type(first).__name__ != "Size":
            return creation.tensor(first, dtype=kind, device=device)
        return creation.empty(*data, dtype=kind, device=device)

    return make


def _any_tensor(*data: Any, device: Any = None) -> Tensor:
    """A tensor of the default floating dtype. Prefer ``torch.tensor``, which keeps integers."""
    return _typed(dtypes.get_default_dtype())(*data, device=device)


_NAMES = {
    "FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64, "HalfTensor": dtypes.float16, "LongTensor": dtypes.int64,
    "IntTensor": dtypes.int32, "ShortTensor": dtypes.int16, "CharTensor": dtypes.int8, "ByteTensor": dtypes.uint8,
    "BoolTensor": dtypes.bool_,
}  # fmt: skip


def _of(kind: dtype) -> Callable[[Any], bool]:
    return lambda x: isinstance(x, Tensor) and x.dtype is kind


FACES = {
    "Tensor": face("Tensor", Tensor, _any_tensor, doc="A multi-dimensional array with a memory of how it was made."),
    "device": face("device", Device, device, doc="A place where tensors live."),
    **{name: face(name, Tensor, _typed(kind), _of(kind), f"Tensors of {kind}.") for name, kind in _NAMES.items()},
}

Tensor.__module__ = "torch"  # what print(type(x)) shows
Device.__module__, Device.__name__ = "torch", "device"
