"""Ops that pick along one axis (``gather``, ``index_select``) and their reverses, which put back and add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import function, op
from engine.ops.axes import axis, put
from engine.ops.index import SLOT, outside, put_at
from engine.ops.shape import expand, sum_to
from engine.tensor import Tensor


def along(xp: Any, index: Any, dim: int) -> tuple[Any, ...]:
    """The full index that ``gather`` means: every axis counts up, axis ``dim`` takes ``index``."""
    if index.ndim == 0:
        return (index,)
    counts = [xp.arange(n).reshape((1,) * d + (n,) + (1,) * (index.ndim - d - 1)) for d, n in enumerate(index.shape)]
    counts[dim] = index
    return tuple(counts)


def _gather_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    x, index, dim = given[0], given[1], attrs["dim"]
    if index.dtype.kind not in "iu":
        return f"gather(): Expected dtype int32/int64 for index. It is {index.dtype}; try index.long()."
    if x.ndim != index.ndim:
        return f"Index tensor must have the same number of dimensions as input tensor: {index.ndim} and {x.ndim}."
    for d, (n, m) in enumerate(zip(index.shape, x.shape, strict=True)):
        if d != dim and n > m:
            return (
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than "
                f"self {list(x.shape)} apart from dimension {dim}"
            )
    n = x.shape[dim] if x.ndim else 1
    return f"index {outside(index, n)} is out of bounds for dimension {dim} with size {n}"


def _gather_samples(rng: np.random.Generator) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), np.array([[0, 3, 3], [1, 1, 2]])), {"dim": 1}
    yield (rng.uniform(-2, 2, (3, 4)), np.array([[0, 2, 0, 1]])), {"dim": 0}


@op(
    r"x[\ldots, i, \ldots]",
    x=(r"\mathbf{0}[\ldots, i, \ldots] \mathrel{+}= \bar y", lambda g, index, dim,
        x_shape: spread(g, index, dim=dim, shape=x_shape)),
    samples=_gather_samples, explains=_gather_problem,
    signature=lambda input, dim, index, sparse_grad=False: ((input, index), {"dim": axis(dim, input.ndim)}),
)  # fmt: skip
def gather(xp, x, index, *, dim):
    """Along ``dim``, the element at ``index`` for each position of ``index``."""
    return x[along(xp, index, dim)] if x.ndim else x.reshape(1)[index]


def _spread_samples(rng: np.random.Generator) -> Any:
    for (x, index), attrs in _gather_samples(rng):
        yield (rng.uniform(-2, 2, index.shape), index), {"shape": x.shape, **attrs}


@op(
    r"\mathbf{0}[\ldots, i, \ldots] \mathrel{+}= v",
    v=(r"\bar y[\ldots, i, \ldots]", lambda g, index, dim: gather(g, dim, index)),
    samples=_spread_samples, function=False, method=False,
)  # fmt: skip
def spread(xp, v, index, *, dim, shape):
    """Zeros of the given shape with ``v`` added along ``dim`` at ``index``: the reverse of ``gather``."""
    out = xp.zeros(shape, v.dtype)
    if len(shape):
        xp.add.at(out, along(xp, index, dim), v)
        return out
    return v.sum()


def _scattered(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    source = value if src is None else src
    if isinstance(source, Tensor) and source.ndim and source.data_.shape != index.data_.shape:
        source = source[tuple(slice(0, n) for n in index.data_.shape)]
    return (input, index, source), {"dim": axis(dim, input.ndim)}


def _scatter_samples(rng: np.random.Generator) -> Any:
    index = np.array([[0, 3, 1], [1, 0, 2]])
    yield (rng.uniform(-2, 2, (3, 4)), index, rng.uniform(-2, 2, (2, 3))), {"dim": 1}


@op(
    r"x[\ldots, i, \ldots] = s",
    x=(r"\bar y\ \text{with}\ [i] = 0", lambda g, index, dim: scatter(g, dim, index, 0.0)),
    src=(r"\bar y[\ldots, i, \ldots]", lambda g, index, dim, src_shape: sum_to(gather(g, dim, index), src_shape)),
    samples=_scatter_samples, signature=_scattered, inplace=True,
)  # fmt: skip
def scatter(xp, x, index, src, *, dim):
    """The tensor with ``src`` (a tensor or a number) written along ``dim`` at ``index``."""
    out = x.copy()
    out[along(xp, index, dim)] = src
    return out


def _scatter_add_samples(rng: np.random.Generator) -> Any:
    index = np.array([[0, 3, 3], [1, 1, 2]])
    yield (rng.uniform(-2, 2, (3, 4)), index, rng.uniform(-2, 2, (2, 3))), {"dim": 1}


@op(
    r"x[\ldots, i, \ldots] \mathrel{+}= s",
    x=(r"\bar y", lambda g: g),
    src=(r"\bar y[\ldots, i, \ldots]", lambda g, index, dim: gather(g, dim, index)),
    samples=_scatter_add_samples, signature=_scattered, inplace=True,
)  # fmt: skip
def scatter_add(xp, x, index, src, *, dim):
    """The tensor with ``src`` added along ``dim`` at ``index``; what meets at one place adds up."""
    out = x.copy()
    xp.add.at(out, along(xp, index, dim), src)
    return out


# ------------------------------------------------------------------------------------------------ whole slices along one axis


def _on_axis(input: Any, dim: int, index: Any, *rest: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(index, Tensor) and index.ndim == 0:
        index = index[None]
    return (input, index, *rest), {"dim": axis(dim, input.ndim)}


def slot_key(part: Any, dim: int) -> tuple[Any, ...]:
    """An index that takes everything but along ``dim``: there ``part``, or a tensor's picks where it is None."""
    return (*_at(SLOT if part is None else part, dim), Ellipsis)


def _at(index: Any, dim: int) -> tuple[Any, ...]:
    return (*(slice(None),) * dim, index)


def _select_samples(rng: np.random.Generator) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), np.array([0, 2, 2])), {"dim": 0}
    yield (rng.uniform(-2, 2, (2, 3, 2)), np.array([2, 0])), {"dim": 1}


@op(
    r"x[\ldots, i, \ldots]",
    x=(r"\mathbf{0}[\ldots, i, \ldots] \mathrel{+}= \bar y", lambda g, index, dim,
        x_shape: put_at(g, index, shape=x_shape, key=_at(SLOT, dim))),
    samples=_select_samples, signature=_on_axis, explains=lambda given, attrs: IndexError("index out of range in self"),
)  # fmt: skip
def index_select(xp, x, index, *, dim):
    """The slices along ``dim`` that the vector ``index`` names."""
    return x[_at(index, dim)]


def _index_add_samples(rng: np.random.Generator) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), np.array([0, 2, 2]), rng.uniform(-2, 2, (3, 4))), {"dim": 0}


@op(
    r"x[\ldots, i, \ldots] \mathrel{+}= s",
    x=(r"\bar y", lambda g: g),
    source=(r"\bar y[\ldots, i, \ldots]", lambda g, index, dim: index_select(g, dim, index)),
    samples=_index_add_samples, inplace=True,
    signature=lambda input, dim, index, source, alpha=1: _on_axis(input, dim, index, source if alpha == 1 else source * alpha),
)  # fmt: skip
def index_add(xp, x, index, source, *, dim):
    """The tensor with the slices of ``source`` added along ``dim`` at ``index``."""
    out = x.copy()
    xp.add.at(out, _at(index, dim), source)
    return out


def _index_copy_samples(rng: np.random.Generator) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), np.array([0, 2]), rng.uniform(-2, 2, (2, 4))), {"dim": 0}
    yield (rng.uniform(-2, 2, (3, 4)), np.array([0, 2]), 1.5), {"dim": 1}


@op(
    r"x[\ldots, i, \ldots] = s",
    x=(r"\bar y\ \text{with}\ [i] = 0", lambda g, index, dim: index_copy(g, dim, index, 0.0)),
    source=(r"\bar y[\ldots, i, \ldots]", lambda g, index, dim, source_shape: sum_to(index_select(g, dim, index), source_shape)),
    samples=_index_copy_samples, names=("index_copy", "index_fill"), inplace=True, signature=_on_axis,
)  # fmt: skip
def index_copy(xp, x, index, source, *, dim):
    """The tensor with ``source`` (slices or a number) written along ``dim`` at ``index``."""
    out = x.copy()
    out[_at(index, dim)] = source
    return out


@function()
def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at ``index`` of the flattened tensor, in the shape of ``index``."""
    return input.reshape(-1)[index]


@function()
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Like :func:`gather`, with ``indices`` broadcast against the tensor (over all elements where ``dim`` is None)."""
    if dim is None:
        return take(input, indices.reshape(-1))
    d = axis(dim, input.ndim)
    shape = tuple(max(n, m) for n, m in zip(input.shape, indices.shape, strict=True))
    return gather(expand(input, put(shape, d, input.shape[d])), d, expand(indices, put(shape, d, indices.shape[d])))


@function()
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice number ``index`` along ``dim``, without that axis. A view."""
    return input[_at(int(index), axis(dim, input.ndim))]


@function()
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` slices along ``dim`` from ``start`` on. A view."""
    d = axis(dim, input.ndim)
    n, first = input.data_.shape[d], int(start)
    first = first + n if first < 0 else first
    if not 0 <= first <= first + length <= n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return input[_at(slice(first, first + int(length)), d)]
