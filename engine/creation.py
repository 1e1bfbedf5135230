"""Making tensors: from Python data, filled, in sequence. Random ones are in :mod:`engine.random`."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes, observe
from engine.device import CPU, Device
from engine.device import device as find_device
from engine.mode import mode
from engine.op import function
from engine.ops.axes import as_shape
from engine.tensor import Tensor


class _Default:
    device: Device = CPU


def sized(name: str, size: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, ...]:
    """The shape that ``zeros(2, 3)``, ``zeros((2, 3))`` and ``zeros(size=(2, 3))`` mean. Raises torch's errors."""
    given = size if "size" not in named else (named.pop("size"),)
    for ignored in ("layout", "pin_memory", "memory_format", "out"):
        named.pop(ignored, None)
    if named:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(named))}'")
    listed = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    wrong = next((n for n in listed if isinstance(n, float) or not hasattr(n, "__index__")), None)
    if wrong is not None:
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(wrong).__name__}")
    shape = as_shape(given)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: Dimension size must be non-negative, but got {list(shape)}")
    return shape


def get_default_device() -> Device:
    """Where new tensors are made when the script does not say."""
    return _Default.device


def set_default_device(where: str | Device | None) -> None:
    """From now on new tensors are made there. Raises ``RuntimeError`` where the device is not there."""
    _Default.device = find_device(where)


def place(array: np.ndarray[Any, Any], dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A host array as a leaf tensor on a device (the default one unless given)."""
    if dtype is not None:
        array = array.astype(dtypes.as_numpy(dtype), copy=False)
    where = _Default.device if device is None else find_device(device)
    made = Tensor(where.from_host(array), None, where)
    if requires_grad:
        made.requires_grad = True
    for observer in () if mode.quiet else observe.active:
        observer.on_create(made)
    return made


def _array(data: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Python data as a fresh array with torch's default dtypes: floats are the default dtype, ints are int64."""
    if isinstance(data, Tensor):
        return data.device.to_host(data.data_).copy()
    if isinstance(data, (np.ndarray, np.generic)):
        dtypes.of(data.dtype)
        return np.array(data)
    try:
        array = np.array(_plain(data))
    except ValueError as error:
        raise ValueError(_ragged(data) or str(error)) from None
    if array.dtype.kind not in "biufc":
        raise _not_numbers(data)
    if dtype is None and array.dtype.kind in "fc" and not _has_numpy(data):
        array = array.astype(dtypes.as_numpy(float if array.dtype.kind == "f" else complex))
    if dtype is None and array.size == 0 and array.dtype == np.float64:
        array = array.astype(dtypes.as_numpy(float))
    return array


def _ragged(data: Any, dim: int = 0) -> str | None:
    """Where nested sequences are of unequal length, in torch's words."""
    if not isinstance(data, (list, tuple)) or not data:
        return None
    lengths = [len(x) if isinstance(x, (list, tuple)) else -1 for x in data]
    odd = next((n for n in lengths if n != lengths[0]), None)
    if odd is None:
        return next((text for x in data if (text := _ragged(x, dim + 1))), None)
    if -1 in (odd, lengths[0]):
        return f"expected a sequence at dim {dim + 1}: numbers and sequences are mixed"
    return f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {odd})"


def _not_numbers(data: Any) -> Exception:
    """What to raise for data that is not made of numbers."""
    while isinstance(data, (list, tuple)) and data:
        data = next((x for x in data if not isinstance(x, (int, float, complex))), data[0])
    if isinstance(data, str):
        return TypeError(f"new(): invalid data type 'str': {data!r} is text; turn it into numbers first")
    return RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def _plain(data: Any) -> Any:
    """Nested sequences with the tensors among them as arrays."""
    if isinstance(data, Tensor):
        return data.device.to_host(data.data_)
    return [_plain(x) for x in data] if isinstance(data, (list, tuple)) and _holds_tensor(data) else data


def _holds_tensor(data: Any) -> bool:
    return any(isinstance(x, Tensor) or (isinstance(x, (list, tuple)) and _holds_tensor(x)) for x in data)


def _has_numpy(data: Any) -> bool:
    """Whether the first element down is a NumPy one, whose dtype then counts."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.generic, np.ndarray, Tensor))


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A leaf tensor with a copy of ``data``: a number, nested lists, a NumPy array."""
    if device is None and isinstance(data, Tensor):
        device = data.device
    return place(_array(data, dtype), dtype, device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Like :func:`tensor`, but shares memory with a tensor or NumPy array where dtype and device allow."""
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray):
        dtypes.of(data.dtype)
        return place(data, dtype, device)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A CPU tensor that shares the array's memory. Raises ``TypeError`` for anything but a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtypes.of(array.dtype)
    return Tensor(array)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of one value; its dtype follows the value unless given."""
    if isinstance(fill_value, (Tensor, np.generic)):
        fill_value = fill_value.item()
    if not isinstance(fill_value, (bool, int, float, complex)):
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(fill_value).__name__}")
    kind = dtype if dtype is not None else type(fill_value)
    return place(np.full(sized("full", (size,), {}), fill_value, dtypes.as_numpy(kind)), None, device, requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A tensor of zeros."""
    return place(np.zeros(sized("zeros", size, named), dtypes.as_numpy(dtype or float)), None, device, requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A tensor of ones."""
    return place(np.ones(sized("ones", size, named), dtypes.as_numpy(dtype or float)), None, device, requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A tensor whose values mean nothing yet (zeros here, so that runs repeat)."""
    return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad, **named)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal, zeros elsewhere; shape (n, m)."""
    if n < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {n}")
    return place(np.eye(n, m, dtype=dtypes.as_numpy(dtype or float)), None, device, requires_grad)


def arange(*bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """``start, start + step, ...`` below ``end``: int64 for ints, the default floating dtype otherwise."""
    start, end, step = named.get("start", 0), named.get("end"), named.get("step", 1)
    given = [b.item() if isinstance(b, Tensor) else b for b in bounds]
    if len(given) == 1:
        end = given[0]
    elif given:
        start, end, step = (*given, step)[:3]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: from {start} to {end} by {step}")
    kind = dtype or (int if all(isinstance(b, int) for b in (start, end, step)) else float)
    return place(np.arange(start, end, step).astype(dtypes.as_numpy(kind)), None, device, requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` evenly spaced numbers from ``start`` to ``end``, both included."""
    start, end = (float(b.item()) if isinstance(b, Tensor) else b for b in (start, end))
    kind = dtypes.as_numpy(dtype or float)
    step = (end - start) / max(steps - 1, 1)
    i = np.arange(steps)
    numbers = np.where(
        i < steps / 2, start + step * i, end - step * (steps - 1 - i)
    )  # from both ends, so that the last is exact
    return place(numbers.astype(kind), None, device, requires_grad)


def logspace(start: float, end: float, steps: int, base: float = 10.0, **options: Any) -> Tensor:
    """``base`` to the power of evenly spaced exponents."""
    exponents = linspace(start, end, steps, dtype=dtypes.float64, device="cpu").data_
    return place((base**exponents).astype(dtypes.as_numpy(options.pop("dtype", None) or float)), **options)


def _like(x: Tensor, array: np.ndarray[Any, Any], device: Any, requires_grad: bool) -> Tensor:
    return place(array, None, x.device if device is None else device, requires_grad)


def zeros_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Zeros of a tensor's shape, dtype and device."""
    return _like(x, np.zeros(x.shape, dtypes.as_numpy(dtype) if dtype else x.data_.dtype), device, requires_grad)


def ones_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Ones of a tensor's shape, dtype and device."""
    return _like(x, np.ones(x.shape, dtypes.as_numpy(dtype) if dtype else x.data_.dtype), device, requires_grad)


def full_like(
    x: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """One value in a tensor's shape, dtype and device."""
    return _like(
        x, np.full(x.shape, fill_value, dtypes.as_numpy(dtype) if dtype else x.data_.dtype), device, requires_grad
    )


def empty_like(x: Tensor, **options: Any) -> Tensor:
    """A tensor of the same shape whose values mean nothing yet."""
    return zeros_like(x, **options)


# ------------------------------------------------------------------------------------------------ methods: x.new_zeros(...)


def _beside(x: Tensor, options: dict[str, Any]) -> dict[str, Any]:
    return {"dtype": x.dtype, "device": x.device} | {k: v for k, v in options.items() if v is not None}


@function(function=False)
def new_zeros(self: Tensor, *size: Any, **options: Any) -> Tensor:
    """Zeros of another shape in this tensor's dtype, on its device."""
    return zeros(*size, **_beside(self, options))


@function(function=False)
def new_ones(self: Tensor, *size: Any, **options: Any) -> Tensor:
    """Ones of another shape in this tensor's dtype, on its device."""
    return ones(*size, **_beside(self, options))


@function(function=False)
def new_empty(self: Tensor, *size: Any, **options: Any) -> Tensor:
    """A tensor of another shape in this one's dtype, on its device; its values mean nothing yet."""
    return empty(*size, **_beside(self, options))


@function(function=False)
def new_full(self: Tensor, size: Any, fill_value: Any, **options: Any) -> Tensor:
    """One value in another shape, in this tensor's dtype, on its device."""
    return full(size, fill_value, **_beside(self, options))


@function(function=False)
def new_tensor(self: Tensor, data: Any, **options: Any) -> Tensor:
    """:func:`tensor` in this one's dtype, on its device."""
    return tensor(data, **_beside(self, options))
