"""Ops that move elements about: turn, shift, cut out triangles and diagonals, lay windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.op import function, op
from engine.ops.axes import as_shape, axis, each_axis
from engine.ops.shape import reshape, transpose
from engine.tensor import Tensor
from engine.testing import arrays, several


def _dims(input: Any, *args: Any, dims: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    given = args if dims is None else (dims,) if isinstance(dims, int) else (tuple(dims),)
    return (input,), {"dims": each_axis(as_shape(given), input.ndim)}


@op(
    r"\mathrm{flip}(x)", x=(r"\mathrm{flip}(\bar y)", lambda g, dims: flip(g, dims)),
    samples=several(arrays((2, 3), dims=(1,)), arrays((2, 3), dims=(0, 1))), signature=_dims,
)  # fmt: skip
def flip(xp, x, *, dims):
    """The elements in reverse order along the axes ``dims``."""
    return xp.flip(x, dims).copy() if dims else x.copy()


@function()
def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order."""
    return flip(input, 1)


@function()
def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order."""
    return flip(input, 0)


def _rolled(input: Any, shifts: Any, dims: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    steps = (int(shifts),) if not isinstance(shifts, (tuple, list)) else tuple(int(s) for s in shifts)
    if dims is None:
        return (input,), {"shifts": steps[0], "dims": None}
    return (input,), {"shifts": steps, "dims": each_axis((dims,) if isinstance(dims, int) else dims, input.ndim)}


def _unrolled(g: Any, shifts: Any, dims: Any) -> Any:
    return roll(g, -shifts if dims is None else tuple(-s for s in shifts), dims)


@op(
    r"\mathrm{roll}(x)", x=(r"\mathrm{roll}^{-1}(\bar y)", lambda g, shifts, dims: _unrolled(g, shifts, dims)),
    samples=several(arrays((2, 3), shifts=(1,), dims=(1,)), arrays((2, 3), shifts=2, dims=None),
        arrays((2, 3), shifts=(1, -1), dims=(0, 1))),
    signature=_rolled,
)  # fmt: skip
def roll(xp, x, *, shifts, dims):
    """The elements shifted along the axes ``dims``; what leaves at the end comes back at the start."""
    return xp.roll(x, shifts, axis=dims)


@function()
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The tensor turned by ``k`` quarter turns in the plane of two axes, from the first to the second."""
    a, b = each_axis(dims, input.ndim)
    turns = {
        0: lambda: input,
        1: lambda: flip(transpose(input, a, b), a),
        2: lambda: flip(input, (a, b)),
        3: lambda: flip(transpose(input, a, b), b),
    }
    return turns[k % 4]()


# ------------------------------------------------------------------------------------------------ triangles and diagonals

_TRIANGLES = several(arrays((3, 3), diagonal=0), arrays((2, 3, 4), diagonal=1), arrays((3, 2), diagonal=-1))


def _triangle(input: Any, diagonal: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if input.ndim < 2:
        raise RuntimeError("tril/triu: input tensor must have at least 2 dimensions")
    return (input,), {"diagonal": int(diagonal)}


@op(
    r"\mathrm{tril}(x)", x=(r"\mathrm{tril}(\bar y)", lambda g, diagonal: tril(g, diagonal)), samples=_TRIANGLES,
    signature=_triangle,
    inplace=True,
)  # fmt: skip
def tril(xp, x, *, diagonal):
    """The lower triangle of each matrix, zeros above ``diagonal``."""
    return xp.tril(x, diagonal)


@op(
    r"\mathrm{triu}(x)", x=(r"\mathrm{triu}(\bar y)", lambda g, diagonal: triu(g, diagonal)), samples=_TRIANGLES,
    signature=_triangle,
    inplace=True,
)  # fmt: skip
def triu(xp, x, *, diagonal):
    """The upper triangle of each matrix, zeros below ``diagonal``."""
    return xp.triu(x, diagonal)


def _indices(rows: Any, dtype: Any, device: Any) -> Tensor:
    from engine.creation import place

    return place(np.stack(rows), dtype or dtypes.int64, device)


@function(method=False)
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Rows and columns, (2, count), of the elements in the lower triangle of a matrix."""
    return _indices(np.tril_indices(row, offset, col), dtype, device)


@function(method=False)
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Rows and columns, (2, count), of the elements in the upper triangle of a matrix."""
    return _indices(np.triu_indices(row, offset, col), dtype, device)


def _diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (input,), {"offset": int(offset), "dim1": axis(dim1, input.ndim), "dim2": axis(dim2, input.ndim)}


@op(
    r"x_{ii}",
    x=(r"\mathrm{diag}(\bar y)", lambda g, x_shape, offset, dim1,
        dim2: on_diagonal(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2)),
    samples=several(arrays((3, 3), offset=0, dim1=0, dim2=1), arrays((2, 3, 4), offset=1, dim1=1, dim2=2),
        arrays((3, 2, 4), offset=-1, dim1=0, dim2=2)),
    signature=_diagonal, view=True,
)  # fmt: skip
def diagonal(xp, x, *, offset, dim1, dim2):
    """The diagonal of the plane of two axes, as a new last axis. A view."""
    return xp.diagonal(x, offset, dim1, dim2)


@op(
    r"\mathrm{diag}(v)",
    v=(r"\bar y_{ii}", lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2)),
    samples=several(arrays((3,), shape=(3, 3), offset=0, dim1=0, dim2=1),
        arrays((2, 3), shape=(2, 3, 4), offset=1, dim1=1, dim2=2)),
    function=False, method=False, torch_name="DiagEmbed",
)  # fmt: skip
def on_diagonal(xp, v, *, shape, offset, dim1, dim2):
    """Zeros of the given shape with ``v`` on the diagonal of the plane of two axes."""
    out = xp.zeros(shape, v.dtype)
    k = xp.arange(v.shape[-1])
    xp.moveaxis(out, (dim1, dim2), (-2, -1))[..., k + max(-offset, 0), k + max(offset, 0)] = v
    return out


@function()
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last axis on their diagonal."""
    n, ndim = input.data_.shape[-1] + abs(offset), input.ndim + 1
    a, b = axis(dim1, ndim), axis(dim2, ndim)
    rest = iter(input.data_.shape[:-1])
    shape = tuple(n if d in (a, b) else next(rest) for d in range(ndim))
    return on_diagonal(input, shape=shape, offset=offset, dim1=a, dim2=b)


@function()
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return input.diagonal(diagonal)


@function()
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements on its diagonal."""
    return diag_embed(reshape(input, -1), offset)


@function()
def trace(input: Tensor) -> Tensor:
    """Sum of a matrix's diagonal."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return input.diagonal().sum()


# ------------------------------------------------------------------------------------------------ windows


def _windowed(input: Any, dimension: int, size: int, step: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    d = axis(dimension, input.ndim)
    if size > input.data_.shape[d]:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {input.data_.shape[d]} but size is {size}")
    return (input,), {"dim": d, "size": int(size), "step": int(step)}


@op(
    r"y_{k j} = x_{k s + j}",
    x=(r"\sum_{k s + j = i} \bar y_{k j}", lambda g, x_shape, dim, size,
        step: lay_windows(g, shape=x_shape, dim=dim, size=size, step=step)),
    samples=several(arrays((7,), dim=0, size=3, step=2), arrays((2, 5), dim=1, size=2, step=1)), function=False,
    signature=_windowed, view=True,
)  # fmt: skip
def unfold(xp, x, *, dim, size, step):
    """Windows of ``size`` elements along ``dim``, every ``step``, as a new last axis. A view."""
    windows = xp.lib.stride_tricks.sliding_window_view(x, size, axis=dim)
    return windows[(*(slice(None),) * dim, slice(None, None, step))]


@op(
    r"x_i = \sum_{k s + j = i} v_{k j}",
    v=(r"\bar y_{k s + j}", lambda g, dim, size, step: unfold(g, dim, size, step)),
    samples=several(arrays((3, 3), shape=(7,), dim=0, size=3, step=2), arrays((2, 4, 2), shape=(2, 5), dim=1, size=2, step=1)),
    function=False, method=False,
)  # fmt: skip
def lay_windows(xp, v, *, shape, dim, size, step):
    """Zeros of the given shape with windows added where :func:`unfold` took them."""
    out = xp.zeros(shape, v.dtype)
    before, n = (slice(None),) * dim, v.shape[dim]
    for j in range(size):
        out[(*before, slice(j, j + step * (n - 1) + 1, step))] += v[..., j]
    return out
