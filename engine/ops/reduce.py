"""Ops that fold axes: sums, means, extremes."""

from __future__ import annotations

from typing import Any

from engine import dtypes
from engine.op import op
from engine.ops.shape import broadcast_to, reshape, to
from engine.testing import arrays, several


def axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """``dim`` as a sorted tuple of non-negative axes; ``None`` and ``()`` mean all. Raises torch's ``IndexError``."""
    if dim is None or dim == () or dim == []:
        return tuple(range(ndim))
    given = (dim,) if isinstance(dim, int) else tuple(dim)
    return tuple(sorted(axis(d, ndim) for d in given))


def axis(dim: int, ndim: int) -> int:
    """One axis, counted from the front. Raises torch's ``IndexError`` when it is out of range."""
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})")
    return dim % bound


def unreduce(g: Any, shape: tuple[int, ...], dim: tuple[int, ...]) -> Any:
    """A reduced tensor stretched back over the axes that were folded (kept or not)."""
    kept = tuple(1 if i in dim else n for i, n in enumerate(shape))
    return broadcast_to(reshape(g, kept), shape=shape)


def reduction(
    x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """torch's call of a reduction: which axes (all by default), whether they stay with length 1, the dtype to add up in."""
    if dtype is not None:
        x = to(x, dtype=dtypes.as_numpy(dtype))
    return (x,), {"dim": axes(dim, x.ndim), "keepdim": keepdim}


@op(
    r"\sum_i x_i",
    x=(r"\mathrm{expand}(\bar y)", lambda g, x_shape, dim: unreduce(g, x_shape, dim)),
    samples=several(arrays((2, 3), dim=(0, 1), keepdim=False), arrays((2, 3, 2), dim=(0, 2), keepdim=True)),
    signature=reduction,
)  # fmt: skip
def sum(xp, x, *, dim, keepdim):
    """Sum over the axes ``dim``."""
    return x.sum(axis=dim, keepdims=keepdim)
