"""Element types with torch's names over NumPy's, and torch's rules for mixing them.

Promotion (source: PyTorch "Tensor Attributes", type promotion): of two operands the higher *category*
(bool < integer < floating < complex) wins; within a category a tensor with dimensions beats a 0-d tensor, which beats
a Python number. That differs from NumPy: int64 with float32 is float32 here, float64 there.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class dtype:  # noqa: N801 - torch's name
    """An element type: ``torch.float32`` and its kin. Compares by identity; each exists once."""

    __slots__ = ("category", "itemsize", "name", "numpy")

    def __init__(self, name: str, numpy: Any, category: int) -> None:
        self.name = name
        self.numpy = np.dtype(numpy)
        self.category = category  #: 0 bool, 1 integer, 2 floating, 3 complex
        self.itemsize = self.numpy.itemsize  #: bytes

    @property
    def is_floating_point(self) -> bool:
        return self.category == 2

    @property
    def is_complex(self) -> bool:
        return self.category == 3

    @property
    def is_signed(self) -> bool:
        return self.numpy.kind in "ifc"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (of, (self.numpy,))


bool_ = dtype("bool", np.bool_, 0)
uint8 = dtype("uint8", np.uint8, 1)
int8 = dtype("int8", np.int8, 1)
int16 = dtype("int16", np.int16, 1)
int32 = dtype("int32", np.int32, 1)
int64 = dtype("int64", np.int64, 1)
float16 = dtype("float16", np.float16, 2)
float32 = dtype("float32", np.float32, 2)
float64 = dtype("float64", np.float64, 2)
complex64 = dtype("complex64", np.complex64, 3)
complex128 = dtype("complex128", np.complex128, 3)

ALL = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128)
_BY_NUMPY = {d.numpy: d for d in ALL}
_CATEGORY = {d.numpy: d.category for d in ALL}


class _Default:
    floating = float32


def of(numpy: Any) -> dtype:
    """The dtype for a NumPy dtype. Raises ``TypeError`` for one that has no counterpart."""
    found = _BY_NUMPY.get(np.dtype(numpy))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {np.dtype(numpy)}. The only supported types are: "
            f"{', '.join(d.name for d in ALL)}."
        )
    return found


def as_numpy(kind: dtype | Any) -> Any:
    """The NumPy dtype behind ``torch.float32``, ``float``, ``int``, ``bool`` or a NumPy dtype."""
    if isinstance(kind, dtype):
        return kind.numpy
    if kind is float:
        return _Default.floating.numpy
    if kind is complex:
        return (complex128 if _Default.floating is float64 else complex64).numpy
    return of(kind).numpy


def get_default_dtype() -> dtype:
    """The dtype of floating tensors made from Python floats; float32 unless set."""
    return _Default.floating


def set_default_dtype(kind: Any) -> None:
    """Sets the dtype of floating tensors made from Python floats. Raises ``TypeError`` for a non-floating one."""
    if not isinstance(kind, dtype) or not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _Default.floating = kind


def category(array: Any) -> int:
    """0 bool, 1 integer, 2 floating, 3 complex: of an array's dtype or of a Python number."""
    numpy = getattr(array, "dtype", None)
    if numpy is not None:
        return _CATEGORY[numpy]
    kind = type(array)
    return 0 if kind is bool else 1 if kind is int else 2 if kind is float else 3


def result_numpy(operands: list[Any]) -> Any:
    """The NumPy dtype in which arrays (and Python numbers, at least one array) are combined."""
    best: list[Any] = [None, None]  # with dimensions, 0-d
    best_category = [-1, -1, -1]  # with dimensions, 0-d, Python number
    for x in operands:
        found: Any = getattr(x, "dtype", None)
        rank = 2 if found is None else (1 if x.ndim == 0 else 0)
        cat = category(x)
        if rank < 2 and (best[rank] is None or cat >= best_category[rank]):
            best[rank] = found if cat > best_category[rank] else np.promote_types(best[rank], found)
        best_category[rank] = max(best_category[rank], cat)
    top = max(best_category)
    for rank in (0, 1):
        if best_category[rank] == top:
            return best[rank]
    if top == 1:
        return int64.numpy
    if top == 3:
        return as_numpy(complex)
    return _Default.floating.numpy


def cast_operands(arrays: list[Any]) -> list[Any]:
    """Arrays and Python numbers brought to their common dtype; untouched when they agree already."""
    first = None
    for x in arrays:
        found = getattr(x, "dtype", None)
        if found is None:
            continue
        if first is None:
            first = found
        elif found is not first and found != first:
            break
    else:
        if first is None or all(hasattr(x, "dtype") or _weak(x, first) for x in arrays):
            return arrays
    common = result_numpy([x for x in arrays if x is not None])
    return [x.astype(common) if hasattr(x, "dtype") and x.dtype != common else x for x in arrays]


def _weak(number: Any, numpy: Any) -> bool:
    """Whether NumPy's own rule for a Python number beside an array of this dtype is torch's as well."""
    kind = type(number)
    if kind is float:
        return _CATEGORY[numpy] >= 2
    if kind is complex:
        return _CATEGORY[numpy] == 3
    return True  # None, bool and int never lift an array of integers or floats; bool with int: int64 in both
