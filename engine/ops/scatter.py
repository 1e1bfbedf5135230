"""Laying parts into a tensor without writing into it, and folding what meets at one place."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import Unsupported
from engine.op import function, op
from engine.ops.axes import axis
from engine.ops.compare import where
from engine.ops.gather import along, gather, scatter, scatter_add, slot_key
from engine.ops.index import index_put, put_at
from engine.ops.move import diagonal, on_diagonal
from engine.tensor import Tensor


def _meeting(rng: np.random.Generator) -> Any:
    index = np.array([[0, 3, 3], [1, 1, 2]])
    for largest in (True, False):
        yield (rng.uniform(-2, 2, (3, 4)), index, rng.uniform(-2, 2, (2, 3))), {"dim": 1, "largest": largest}


def _kept(g: Any, x: Any, y: Any, index: Any, src: Any, dim: int) -> Any:
    return where(x == y, g / _winners(x, y, index, src, dim), 0.0)


def _won(g: Any, x: Any, y: Any, index: Any, src: Any, dim: int) -> Any:
    share = gather(g / _winners(x, y, index, src, dim), dim, index)
    return where(src == gather(y, dim, index), share, 0.0)


def _winners(x: Any, y: Any, index: Any, src: Any, dim: int) -> Any:
    """How many elements reach the extreme at each place: they share its gradient."""
    hits = (src == gather(y, dim, index)).type_as(y)
    return scatter_add((x == y).type_as(y), dim, index, hits).clamp_min(1)


@op(
    r"\max(x, s)[\ldots, i, \ldots]",
    x=(r"\bar y \odot [x = y] / \#", lambda g, x, y, index, src, dim: _kept(g, x, y, index, src, dim)),
    src=(r"(\bar y / \#)[\ldots, i, \ldots] \odot [s = y_i]", lambda g, x, y, index, src, dim: _won(g, x, y, index, src, dim)),
    samples=_meeting, function=False, method=False, torch_name="ScatterReduce",
)  # fmt: skip
def scatter_extreme(xp, x, index, src, *, dim, largest):
    """The largest (or smallest) of what is there and what ``src`` brings along ``dim`` at ``index``."""
    fold, at = (xp.maximum if largest else xp.minimum), along(xp, index, dim)
    if xp is np or x.dtype.itemsize < 8:
        out = x.copy()
        fold.at(out, at, src)
        return out
    out = _ranks(xp, x)  # CuPy folds doubles through float32, and long integers not at all
    fold.at(out, at, _ranks(xp, src))
    return _ranked(xp, out, x.dtype)


_SIGN = np.uint64(1 << 63)


def _ranks(xp: Any, x: Any) -> Any:
    """Numbers of 8 bytes as unsigned integers in the same order."""
    bits = xp.ascontiguousarray(x).view(xp.uint64)
    return xp.where(bits & _SIGN, ~bits, bits ^ _SIGN) if x.dtype.kind == "f" else bits ^ _SIGN


def _ranked(xp: Any, ranks: Any, dtype: Any) -> Any:
    """The numbers whose :func:`_ranks` these are."""
    bits = xp.where(ranks & _SIGN, ranks ^ _SIGN, ~ranks) if dtype.kind == "f" else ranks ^ _SIGN
    return bits.view(dtype)


@function()
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The tensor with ``src`` folded in along ``dim`` at ``index``; ``reduce`` is "sum", "mean", "amax" or "amin".

    Without ``include_self`` the tensor's own elements do not count where something is folded in.
    """
    d = axis(dim, input.ndim)
    src = src if src.shape == index.shape else src[tuple(slice(0, n) for n in index.shape)]
    if reduce not in _NEUTRAL:
        raise Unsupported(f"scatter_reduce: reduce={reduce!r}. Try {', '.join(_NEUTRAL)}.")
    start = input if include_self else scatter(input, d, index, _NEUTRAL[reduce])
    if reduce in ("amax", "amin"):
        return scatter_extreme(start, index, src, dim=d, largest=reduce == "amax")
    total: Tensor = scatter_add(start, d, index, src)
    if reduce == "sum":
        return total
    xp = input.device.xp
    mine = xp.full(input.data_.shape, float(include_self), input.data_.dtype)
    counts = scatter_add(
        Tensor(mine, None, input.device), d, index, Tensor(xp.ones(index.data_.shape, mine.dtype), None, input.device)
    )
    return total / counts.clamp_min(1)


#: what an element counts as where it is not included
_NEUTRAL = {"sum": 0.0, "mean": 0.0, "amax": -float("inf"), "amin": float("inf")}


@function(names=("scatter_reduce_",), function=False)
def scatter_reduce_(self: Tensor, *args: Any, **options: Any) -> Tensor:
    """In-place version of :func:`scatter_reduce`."""
    return self.copy_(scatter_reduce(self.clone(), *args, **options))


@function()
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The tensor with ``src`` as the slice number ``index`` along ``dim``."""
    return index_put(input, src, key=slot_key(int(index), axis(dim, input.ndim)))


@function()
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The tensor with ``src`` as the slices from ``start`` to ``end`` along ``dim``."""
    return index_put(input, src, key=slot_key(slice(start, end, step), axis(dim, input.ndim)))


@function()
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The tensor with ``src`` on the diagonal of the plane of two axes."""
    a, b = axis(dim1, input.ndim), axis(dim2, input.ndim)
    change = src - diagonal(input, offset, a, b)
    return input + on_diagonal(change, shape=tuple(input.shape), offset=int(offset), dim1=a, dim2=b)


@function()
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with ``source`` written (or added) at ``index`` of its flattened elements."""
    flat = input.reshape(-1)
    key = slot_key(None, 0)
    where_to, values = index.reshape(-1), source.reshape(-1)
    done = (
        flat + put_at(values, where_to, shape=tuple(flat.shape), key=key)
        if accumulate
        else index_put(flat, values, where_to, key=key)
    )
    return done.reshape(input.shape)
