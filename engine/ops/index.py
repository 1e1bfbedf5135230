"""Ops that pick elements by position, and their reverses, which put them back.

A rule that undoes picking adds up into zeros: an element picked twice receives both gradients. ``xp.add.at`` does that on
both array libraries (plain index assignment keeps one of the duplicates only, and on CuPy not even a certain one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import dtypes, grad_names
from engine.op import OPS, apply, apply_inplace, function, op
from engine.ops.cast import convert
from engine.ops.shape import expand, sum_to
from engine.tensor import Tensor
from engine.views import along_path

# ------------------------------------------------------------------------------------------------ x[...]


class _Slot:
    """Where a tensor stands in an index; the tensor itself is an input of the op."""

    def __repr__(self) -> str:
        return "tensor"


SLOT = _Slot()


def _split_key(x: Tensor, key: Any) -> tuple[tuple[Any, ...], list[Tensor]]:
    """An index as static parts (ints, slices, ``None``, ``...``) with slots, and the tensors that go into the slots."""
    parts = key if isinstance(key, tuple) else (key,)
    static: list[Any] = []
    tensors: list[Tensor] = []
    for part in parts:
        if isinstance(part, (list, range, np.ndarray)):
            part = _index_tensor(x, part)
        if isinstance(part, Tensor):
            if part.data_.dtype.kind == "f":
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            part = part if part.device is x.device or part.ndim == 0 else convert(part, x.device)
            tensors.append(convert(part, dtypes.bool_) if part.data_.dtype == np.uint8 else part)
            part = SLOT
        elif isinstance(part, slice):
            part = _checked_slice(part)
        elif not (part is None or part is Ellipsis or isinstance(part, bool)):
            part = _checked_int(part)
        static.append(part)
    if Ellipsis not in [p for p in static if p is not SLOT]:
        static.append(Ellipsis)  # so that picking one number gives a 0-d array that shows it, not a NumPy scalar
    return tuple(static), tensors


def _index_tensor(x: Tensor, values: Any) -> Tensor:
    array = np.asarray(values.tolist() if isinstance(values, np.ndarray) else [_plain(v) for v in values])
    if array.size == 0:
        array = array.astype(np.int64)
    return Tensor(x.device.from_host(array), None, x.device)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, Tensor) else value


def _checked_slice(part: slice) -> slice:
    start, stop, step = (None if v is None else _checked_int(v) for v in (part.start, part.stop, part.step))
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero. Use x.flip(dim) to reverse an axis.")
    return slice(start, stop, step)


def _checked_int(value: Any) -> int:
    try:
        return int(value.__index__())
    except AttributeError:
        raise TypeError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(value).__name__})"
        ) from None


def _filled(key: tuple[Any, ...], tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index that the array library understands: slots filled."""
    if not tensors:
        return key
    waiting = iter(tensors)
    return tuple(next(waiting) if part is SLOT else part for part in key)


def _index_problem(given: list[Any], attrs: dict[str, Any]) -> IndexError | None:
    text = _index_text(
        tuple(given[0].shape), attrs["key"], given[-attrs["key"].count(SLOT) :] if SLOT in attrs["key"] else []
    )
    return None if text is None else IndexError(text)


def _index_text(shape: tuple[int, ...], key: tuple[Any, ...], indices: list[Any]) -> str | None:
    """Why the index does not fit the shape. ``indices`` stand in the key's slots."""
    waiting = iter(indices)
    used = sum(part is not None and part is not Ellipsis for part in key)
    if used > len(shape):
        return f"too many indices for tensor of dimension {len(shape)}. Its shape is {list(shape)}; the index has {used} parts."
    at = 0
    for part in key:
        if part is Ellipsis:
            break
        if isinstance(part, int) and not isinstance(part, bool) and not -shape[at] <= part < shape[at]:
            return (
                f"index {part} is out of bounds for dimension {at} with size {shape[at]}. "
                f"Its indices run from 0 to {shape[at] - 1}; the tensor's shape is {list(shape)}."
            )
        if part is SLOT:
            index = next(waiting)
            if index.dtype.kind == "b":
                if tuple(index.shape) != shape[at : at + index.ndim]:
                    return (
                        f"The shape of the mask {list(index.shape)} at index 0 does not match the shape of the indexed tensor "
                        f"{list(shape)} at index {at}"
                    )
                at += index.ndim - 1
            elif index.size and (wrong := outside(index, shape[at])) is not None:
                return (
                    f"index {wrong} is out of bounds for dimension {at} with size {shape[at]}. "
                    f"The tensor's shape is {list(shape)}."
                )
        at += part is not None
    return None


def outside(index: Any, n: int) -> int | None:
    """The first of the indices that is out of range, of an axis of length ``n``. Only asked once a call has failed."""
    lowest, highest = int(index.min()), int(index.max())
    return lowest if lowest < -n else highest if highest >= n else None


_KEYS: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [
    ((3, 4), (slice(1, None), Ellipsis)), ((3, 4), (0, Ellipsis)), ((4,), (2, Ellipsis)), ((2, 3, 4), (Ellipsis, None, 1)),
    ((5, 2), (slice(None, None, 2), 1, Ellipsis)),
]  # fmt: skip


def _basic(rng: np.random.Generator) -> Any:
    for shape, key in _KEYS:
        yield (rng.uniform(-2, 2, shape),), {"key": key}


def _advanced(rng: np.random.Generator) -> Any:
    x = rng.uniform(-2, 2, (3, 4))
    yield (x, np.array([0, 2, 2])), {"key": (SLOT, Ellipsis)}
    yield (x, np.array([[0, 2], [2, 0]]), np.array([1, 1])), {"key": (SLOT, SLOT, Ellipsis)}
    yield (x, x > 0), {"key": (SLOT, Ellipsis)}
    yield (x, np.array([1, 1, 3])), {"key": (slice(1, None), SLOT, Ellipsis)}


@op(
    r"x[\text{key}]",
    x=(r"\mathbf{0}[\text{key}] \mathrel{+}= \bar y", lambda g, x_shape, key: put_at(g, shape=x_shape, key=key)),
    gradients=lambda xp, g, x_shape, key: (_put_back(xp, g, (), x_shape, key),),
    samples=_basic, function=False, method=False, view=True, torch_name=grad_names.item, explains=_index_problem,
)  # fmt: skip
def getitem(xp, x, *, key):
    """The part of the tensor that ints, slices, ``None`` and ``...`` pick. A view."""
    return x[key]


@op(
    r"x[\text{indices}]",
    x=(r"\mathbf{0}[\text{indices}] \mathrel{+}= \bar y", lambda g, indices, x_shape,
        key: put_at(g, *indices, shape=x_shape, key=key)),
    gradients=lambda xp, g, indices, x_shape, key: (_put_back(xp, g, indices, x_shape, key), *(None for _ in indices)),
    samples=_advanced, function=False, method=False, torch_name="Index", explains=_index_problem,
)  # fmt: skip
def index(xp, x, *indices, key):
    """The elements that integer or bool tensors pick; bool ones give as many as they hold ``True``."""
    return x[_filled(key, indices)]


def _put_samples(rng: np.random.Generator) -> Any:
    for (x, *indices), attrs in _advanced(rng):
        picked = x[_filled(attrs["key"], tuple(indices))]
        yield (rng.uniform(-2, 2, picked.shape), *indices), {"shape": x.shape, **attrs}


@op(
    r"\mathbf{0}[\text{indices}] \mathrel{+}= v",
    v=(r"\bar y[\text{indices}]", lambda g, indices, key: pick(g, key, indices)),
    samples=_put_samples, function=False, method=False, torch_name="IndexPut",
)  # fmt: skip
def put_at(xp, v, *indices, shape, key):
    """Zeros of the given shape with ``v`` added at an index: the reverse of picking."""
    return _put_back(xp, v, indices, shape, key)


def _put_back(xp: Any, v: Any, indices: Sequence[Any], shape: tuple[int, ...], key: tuple[Any, ...]) -> Any:
    out = xp.zeros(shape, v.dtype)
    at = _filled(key, tuple(indices))
    if any(i.dtype.kind in "iu" for i in indices):  # the same element may be meant twice
        xp.add.at(out, at, v)
    else:
        out[at] = v
    return out


def pick(x: Any, key: tuple[Any, ...], indices: tuple[Any, ...]) -> Any:
    """``x[key]`` for a key that was split already."""
    return apply(OPS["index"], (x, *indices), {"key": key}) if indices else apply(OPS["getitem"], (x,), {"key": key})


@function(names=("__getitem__",), function=False)
def subscript(self: Tensor, key: Any) -> Tensor:
    """``x[key]``: ints, slices, ``None``, ``...``, lists, integer and bool tensors, as in torch and NumPy."""
    if key.__class__ is int and self.data_.ndim:
        return getitem(self, key=(key, Ellipsis))
    static, tensors = _split_key(self, key)
    return pick(self, static, tuple(tensors))


def _set_samples(rng: np.random.Generator) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), rng.uniform(-2, 2, (4,))), {"key": (slice(1, None), Ellipsis)}
    yield (rng.uniform(-2, 2, (3, 4)), 1.5), {"key": (0, Ellipsis)}
    yield (rng.uniform(-2, 2, (3, 4)), rng.uniform(-2, 2, (2, 4)), np.array([2, 0])), {"key": (SLOT, Ellipsis)}


def _set_problem(given: list[Any], attrs: dict[str, Any]) -> str | IndexError | None:
    problem = _index_problem(given, attrs)
    if problem is None and hasattr(given[1], "shape"):
        key = _filled(attrs["key"], tuple(given[2:]))
        return (
            f"shape mismatch: value tensor of shape {list(given[1].shape)} cannot be broadcast to "
            f"indexing result of shape {list(given[0][key].shape)}"
        )
    return problem


@op(
    r"x[\text{key}] = v",
    x=(r"\bar y\ \text{with}\ [\text{key}] = 0", lambda g, indices, key: index_put(g, 0, *indices, key=key)),
    v=(r"\bar y[\text{key}]", lambda g, indices, key, v_shape: sum_to(pick(g, key, indices), v_shape)),
    samples=_set_samples, function=False, method=False, torch_name="CopySlices", explains=_set_problem,
)  # fmt: skip
def index_put(xp, x, v, *indices, key):
    """The tensor with ``v`` (broadcast) at an index."""
    out = x.copy()
    out[_filled(key, indices)] = v
    return out


@op(
    r"x[\text{key}] = v",
    x=(r"\bar y\ \text{with}\ [\text{key}] = 0", lambda g, indices, key: index_put(g, 0, *indices, key=key)),
    v=(r"\bar y[\text{key}]", lambda g, indices, key, v_shape: sum_to(pick(g, key, indices), v_shape)),
    samples=_set_samples, function=False, method=False, torch_name="CopySlices", explains=_set_problem,
)  # fmt: skip
def setitem(xp, x, v, *indices, key):
    """Writes ``v`` (broadcast) at an index into the tensor itself."""
    x[_filled(key, indices)] = v
    return x


def _slices_samples(rng: np.random.Generator) -> Any:
    first, turned = (OPS["getitem"], {"key": (0, Ellipsis)}), (OPS["transpose"], {"dim0": 0, "dim1": 1})
    yield (rng.uniform(-2, 2, (3, 4)), rng.uniform(-2, 2, (4,))), {"path": (first,)}
    yield (rng.uniform(-2, 2, (3, 4)), rng.uniform(-2, 2, (3,))), {"path": (turned, first)}


@op(
    r"x\ \text{with}\ \mathrm{view}(x) = v",
    x=(r"\bar y\ \text{with}\ \mathrm{view}(\bar y) = 0", lambda g, path: copy_slices(g, 0.0, path=path)),
    v=(r"\mathrm{view}(\bar y)", lambda g, path: along_path(g, path)),
    samples=_slices_samples, function=False, method=False, torch_name="CopySlices",
)  # fmt: skip
def copy_slices(xp, x, v, *, path):
    """The tensor with ``v`` laid in where a view of it shows: what a write through that view makes of its base."""
    places = xp.arange(x.size).reshape(x.shape)
    for view, attrs in path:
        places = view.forward(xp, places, **attrs)
    out = x.copy()
    out.reshape(-1)[places] = v
    return out


@function(names=("__setitem__",), function=False)
def assign(self: Tensor, key: Any, value: Any) -> None:
    """``x[key] = value``, in place."""
    static, tensors = _split_key(self, key)
    if not isinstance(value, (Tensor, int, float, complex, bool)):
        value = Tensor(self.device.from_host(np.asarray(value)), None, self.device)
    if isinstance(value, Tensor) and value.device is not self.device:
        value = convert(value, self.device)  # as torch: an assignment may cross devices
    if isinstance(value, Tensor):
        value = _without_leading_ones(value, self.ndim)
    apply_inplace(OPS["setitem"], self, (self, value, *tensors), {"key": static})


def _without_leading_ones(value: Tensor, ndim: int) -> Tensor:
    while value.ndim > ndim and value.data_.shape[0] == 1:
        value = value[0]
    return value


# ------------------------------------------------------------------------------------------------ by truth


@function()
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where ``mask`` (broadcast) is true, as a vector. On a GPU this waits for the device."""
    from engine.ops.shape import broadcast_tensors

    x, m = broadcast_tensors(input, mask)
    return x[m]


@op(r"\{i : x_i \neq 0\}", function=False, method=False)
def nonzero_positions(xp, x):
    """Positions of the elements that are not zero, (count, axes), int64. On a GPU this waits for the device."""
    return xp.stack(xp.nonzero(x), axis=1) if x.ndim else xp.zeros((int(bool(x)), 0), dtypes.int64.numpy)


@function()
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Positions of the elements that are not zero: (count, axes), or a vector per axis with ``as_tuple``."""
    found = nonzero_positions(input)
    return tuple(found[:, d] for d in range(input.ndim)) if as_tuple else found


@function()
def argwhere(input: Tensor) -> Tensor:
    """Positions of the elements that are not zero, (count, axes)."""
    return nonzero(input)


@function(names=("masked_scatter",))
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The tensor with the first elements of ``source`` written where ``mask`` is true."""
    m = expand(mask, tuple(input.shape))
    count = int(m.data_.sum())
    return index_put(input, source.reshape(-1)[:count], m, key=(SLOT,))


@function(names=("index_put",))
def put_values(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with ``values`` written (or added, with ``accumulate``) where the tensors ``indices`` point."""
    static, tensors = _split_key(input, tuple(indices))
    if not accumulate:
        return index_put(input, values, *tensors, key=static)
    picked = pick(input, static, tuple(tensors))
    return input + put_at(expand(values, tuple(picked.shape)), *tensors, shape=tuple(input.shape), key=static)


@function(names=("index_put_",))
def put_values_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """In-place version of ``index_put``."""
    if not accumulate:
        assign(input, tuple(indices), values)
        return input
    return input.copy_(put_values(input, indices, values, accumulate=True))
