"""The largest and the smallest: of an axis, of a tensor, and where they are."""

from __future__ import annotations

from typing import Any

from engine import dtypes, grad_names
from engine.op import function, op
from engine.ops.axes import axis
from engine.ops.compare import where
from engine.ops.gather import spread
from engine.ops.reduce import FOLDS, reduction, sum_, unreduce
from engine.result_types import named
from engine.tensor import Tensor
from engine.testing import arrays, several


def share_ties(g: Any, x: Any, y: Any, dim: tuple[int, ...]) -> Any:
    """The gradient of an extreme: to the elements that reach it, in equal parts."""
    y = unreduce(y, x.data_.shape, dim)
    hit = (x == y) | ((x != x) & (y != y))  # nan is the extreme where there is one
    return where(hit, unreduce(g, x.data_.shape, dim) / sum_(hit, dim, True), 0.0)


@op(
    r"\max_i x_i", x=(r"\bar y \odot [x = y] / \#", lambda g, x, y, dim: share_ties(g, x, y, dim)),
    samples=FOLDS, signature=reduction,
)  # fmt: skip
def amax(xp, x, *, dim, keepdim):
    """Largest element over the axes ``dim``; ties share the gradient."""
    return x.max(axis=dim, keepdims=keepdim)


@op(
    r"\min_i x_i", x=(r"\bar y \odot [x = y] / \#", lambda g, x, y, dim: share_ties(g, x, y, dim)),
    samples=FOLDS, signature=reduction,
)  # fmt: skip
def amin(xp, x, *, dim, keepdim):
    """Smallest element over the axes ``dim``; ties share the gradient."""
    return x.min(axis=dim, keepdims=keepdim)


ONE_AXIS = several(
    arrays((2, 3), dim=1, keepdim=False), arrays((4, 3), dim=0, keepdim=True), arrays((5,), dim=0, keepdim=False)
)


def one_axis(input: Any, dim: int = -1, keepdim: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A reduction over one axis that tells where it found its result."""
    return (input,), {"dim": axis(dim, input.ndim), "keepdim": keepdim}


def picked(g: Any, indices: Any, shape: tuple[int, ...], dim: int, keepdim: bool) -> Any:
    """The gradient of elements that were picked, one per row of axis ``dim``, at ``indices``."""
    if not keepdim and shape:
        g, indices = g.unsqueeze(dim), indices.unsqueeze(dim)
    return spread(g, indices, dim=dim, shape=shape)


def best(xp: Any, x: Any, position: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """The elements at ``position`` along ``dim``, and the position."""
    if not x.ndim:
        return x.copy(), xp.zeros((), dtypes.int64.numpy)
    at = xp.expand_dims(xp.asarray(position), dim).astype(dtypes.int64.numpy)
    values = xp.take_along_axis(x, at, axis=dim)
    return (values, at) if keepdim else (xp.squeeze(values, dim), xp.squeeze(at, dim))


def _empty_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    if given[0].size == 0:
        return f"Expected reduction dim {attrs['dim']} to have non-zero size: the tensor's shape is {list(given[0].shape)}."
    return None


@op(
    r"\max_i x_i",
    x=(r"\mathbf{0}[\arg\max] = \bar y", lambda g, y1, x_shape, dim, keepdim: picked(g, y1, x_shape, dim, keepdim)),
    samples=ONE_AXIS, function=False, method=False, signature=one_axis, torch_name="Max", explains=_empty_problem,
)  # fmt: skip
def max_dim(xp, x, *, dim, keepdim):
    """Largest element along ``dim`` and where it is (the first of equals)."""
    return best(xp, x, x.argmax(axis=dim) if x.ndim else 0, dim, keepdim)


@op(
    r"\min_i x_i",
    x=(r"\mathbf{0}[\arg\min] = \bar y", lambda g, y1, x_shape, dim, keepdim: picked(g, y1, x_shape, dim, keepdim)),
    samples=ONE_AXIS, function=False, method=False, signature=one_axis, torch_name="Min", explains=_empty_problem,
)  # fmt: skip
def min_dim(xp, x, *, dim, keepdim):
    """Smallest element along ``dim`` and where it is (the first of equals)."""
    return best(xp, x, x.argmin(axis=dim) if x.ndim else 0, dim, keepdim)


@op(
    r"\max_i x_i", x=(r"\bar y \odot [x = y] / \#", lambda g, x, y: share_ties(g, x, y, tuple(range(x.ndim)))),
    samples=several(arrays((2, 3)), arrays(())), function=False, method=False, torch_name=grad_names.second,
    explains=lambda given, attrs: _nothing("max", given),
)  # fmt: skip
def max_(xp, x):
    """Largest element; ties share the gradient."""
    return x.max()


@op(
    r"\min_i x_i", x=(r"\bar y \odot [x = y] / \#", lambda g, x, y: share_ties(g, x, y, tuple(range(x.ndim)))),
    samples=several(arrays((2, 3)), arrays(())), function=False, method=False, torch_name=grad_names.second,
    explains=lambda given, attrs: _nothing("min", given),
)  # fmt: skip
def min_(xp, x):
    """Smallest element; ties share the gradient."""
    return x.min()


def _nothing(name: str, given: list[Any]) -> str | None:
    if given[0].size:
        return None
    return (
        f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
        "Specify the reduction dim with the 'dim' argument."
    )


def values_and_indices(name: str) -> Any:
    """torch's named result of a function that finds values and where they are."""
    return named(name, "values indices")


_MAX, _MIN, _AMINMAX = values_and_indices("max"), values_and_indices("min"), named("aminmax", "min max")


@function(names=("max",))
def maximum_of(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with ``dim`` also where: ``(values, indices)``; with a tensor the larger of two."""
    from engine.ops.compare import maximum

    if dim is None and other is None:
        return max_(input)
    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    return _MAX(*max_dim(input, dim, keepdim))


@function(names=("min",))
def minimum_of(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with ``dim`` also where: ``(values, indices)``; with a tensor the smaller of two."""
    from engine.ops.compare import minimum

    if dim is None and other is None:
        return min_(input)
    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    return _MIN(*min_dim(input, dim, keepdim))


@function()
def aminmax(input: Tensor, *, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest and largest element."""
    return _AMINMAX(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _no_position(name: str, given: list[Any], attrs: dict[str, Any]) -> IndexError | None:
    text = _nothing(name, given) if attrs["dim"] is None else _empty_problem(given, attrs)
    return None if text is None else IndexError(text)


def _position(input: Any, dim: Any = None, keepdim: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (input,), {"dim": None if dim is None else axis(dim, input.ndim), "keepdim": keepdim}


@op(r"\arg\max_i x_i", signature=_position, explains=lambda given, attrs: _no_position("argmax", given, attrs))
def argmax(xp, x, *, dim, keepdim):
    """Where the largest element is along ``dim`` (in the flattened tensor where it is None); the first of equals."""
    return _where_best(xp, x, x.argmax, dim, keepdim)


@op(r"\arg\min_i x_i", signature=_position, explains=lambda given, attrs: _no_position("argmin", given, attrs))
def argmin(xp, x, *, dim, keepdim):
    """Where the smallest element is along ``dim`` (in the flattened tensor where it is None); the first of equals."""
    return _where_best(xp, x, x.argmin, dim, keepdim)


def _where_best(xp: Any, x: Any, find: Any, dim: Any, keepdim: bool) -> Any:
    found = xp.asarray(find(axis=dim if x.ndim else None)).astype(dtypes.int64.numpy)
    if not keepdim:
        return found
    return found.reshape((1,) * x.ndim) if dim is None else xp.expand_dims(found, dim)
