"""Ops that put tensors together, take them apart, and repeat them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.op import function, op
from engine.ops.axes import as_shape, axis, put
from engine.ops.gather import index_select, narrow, select
from engine.ops.shape import atleast_1d, atleast_2d, atleast_3d, expand, permute, reshape, unsqueeze
from engine.tensor import Tensor
from engine.testing import arrays, several


def _join_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    dim, first = attrs["dim"], tuple(given[0].shape)
    for k, x in enumerate(given[1:], 1):
        if len(x.shape) != len(first):
            return (
                f"Tensors must have same number of dimensions: got {len(first)} and {len(x.shape)} "
                f"(tensor number {k} in the list)"
            )
        for d, (n, m) in enumerate(zip(first, x.shape, strict=True)):
            if d != dim and n != m:
                return (
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} for tensor number "
                    f"{k} in the list. Shapes are {', '.join(str(list(y.shape)) for y in given)}."
                )
    return None


def _joined(tensors: Any, dim: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    given = tuple(tensors)
    if not given:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    kept = (
        tuple(x for x in given if x.data_.shape != (0,)) or given[:1]
    )  # torch lets empty vectors go along with anything
    if kept[0].ndim == 0:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated. Use torch.stack.")
    return kept, {"dim": axis(dim, kept[0].ndim)}


@op(
    r"[x_1; x_2; \ldots]",
    tensors=(r"\bar y[\text{part } i]", lambda g, i, shapes, dim: narrow(g, dim, _start(shapes, i, dim), shapes[i][dim])),
    gradients=lambda g, shapes, dim: _cut_up(g, [shape[dim] for shape in shapes], dim),
    samples=several(arrays((2, 3), (1, 3), dim=0), arrays((2, 3), (2, 1), (2, 2), dim=1)),
    names=("cat", "concat", "concatenate"), method=False, promotes=True, signature=lambda tensors, dim=0,
    axis=None: _joined(tensors, dim if axis is None else axis),
    explains=_join_problem,
)  # fmt: skip
def cat(xp, *tensors, dim):
    """Tensors put one after another along ``dim``; all other lengths must be equal."""
    return xp.concatenate(tensors, axis=dim)


def _start(shapes: tuple[Any, ...], i: int, dim: int) -> int:
    return sum(shape[dim] for shape in shapes[:i])


def _stack_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    first = tuple(given[0].shape)
    for k, x in enumerate(given[1:], 1):
        if tuple(x.shape) != first:
            return f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(x.shape)} at entry {k}"
    return None


def _stacked(tensors: Any, dim: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    given = tuple(tensors)
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    return given, {"dim": axis(dim, given[0].ndim + 1)}


@op(
    r"[x_1, x_2, \ldots]",
    tensors=(r"\bar y[i]", lambda g, i, dim: select(g, dim, i)),
    gradients=lambda g, shapes, dim: [g[(slice(None),) * dim + (k,)] for k in range(g.shape[dim])],
    samples=several(arrays((2, 3), (2, 3), dim=0), arrays((), (), (), dim=0), arrays((2, 3), (2, 3), dim=2)),
    method=False, promotes=True, signature=_stacked, explains=_stack_problem,
)  # fmt: skip
def stack(xp, *tensors, dim):
    """Tensors of one shape put side by side along a new axis ``dim``."""
    return xp.stack(tensors, axis=dim)


def _cut(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    d = axis(dim, tensor.ndim)
    n, parts = tensor.data_.shape[d], split_size_or_sections
    if isinstance(parts, int):
        if parts <= 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={parts}")
        return (tensor,), {"sizes": tuple(min(parts, n - start) for start in range(0, n, parts)) or (0,), "dim": d}
    sizes = tuple(int(s) for s in parts)
    if sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), "
            f"but got split_sizes={list(sizes)}"
        )
    return (tensor,), {"sizes": sizes, "dim": d}


@op(
    r"x[\text{part } 1], x[\text{part } 2], \ldots",
    x=(r"[\bar y_1; \bar y_2; \ldots]", lambda g, gs, dim: cat(gs, dim)),
    gradients=lambda xp, gs, dim: (xp.concatenate(gs, axis=dim),),
    samples=several(arrays((5, 2), sizes=(2, 2, 1), dim=0), arrays((2, 3), sizes=(1, 2), dim=1)), view=True, signature=_cut,
)  # fmt: skip
def split(xp, x, *, sizes, dim):
    """The tensor cut along ``dim`` into parts of one length (the last may be shorter), or of the given lengths. Views."""
    return tuple(_cut_up(x, sizes, dim))


def _cut_up(x: Any, sizes: Sequence[int], dim: int) -> list[Any]:
    """The array's parts of these sizes along ``dim``, as views."""
    before, ends = (slice(None),) * dim, itertools.accumulate(sizes)
    return [x[(*before, slice(end - n, end))] for n, end in zip(sizes, ends, strict=True)]


@function()
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along ``dim`` into at most ``chunks`` parts of one length (the last may be shorter)."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.data_.shape[axis(dim, input.ndim)]
    return split(input, max(-(-n // chunks), 1), dim)


@function()
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along ``dim`` into a number of nearly equal parts, or at the given positions."""
    d = axis(dim, input.ndim)
    n = input.data_.shape[d]
    if isinstance(indices_or_sections, int):
        each, more = divmod(n, indices_or_sections)
        return split(input, [each + (k < more) for k in range(indices_or_sections)], d)
    cuts = [0, *(min(max(int(c) + n if c < 0 else int(c), 0), n) for c in indices_or_sections), n]
    return split(input, [max(b - a, 0) for a, b in itertools.pairwise(cuts)], d)


@function()
def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor cut along its columns (a vector along itself), as :func:`tensor_split` does."""
    return tensor_split(input, indices_or_sections, 0 if input.ndim == 1 else 1)


@function()
def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor cut along its rows, as :func:`tensor_split` does."""
    return tensor_split(input, indices_or_sections, 0)


@function()
def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor cut along its third axis, as :func:`tensor_split` does."""
    return tensor_split(input, indices_or_sections, 2)


@op(
    r"x[0], x[1], \ldots",
    x=(r"[\bar y_1, \bar y_2, \ldots]", lambda g, gs, dim: stack(gs, dim)),
    gradients=lambda xp, gs, dim: (xp.stack(gs, axis=dim),),
    samples=several(arrays((3, 2), dim=0), arrays((2, 3), dim=1)), view=True,
    signature=lambda input, dim=0: ((input,), {"dim": axis(dim, input.ndim)}),
)  # fmt: skip
def unbind(xp, x, *, dim):
    """The slices along ``dim``, each without that axis. Views."""
    if not x.ndim:
        raise RuntimeError("Dimension specified as 0 but tensor has no dimensions")
    before = (slice(None),) * dim
    return tuple(x[(*before, k, ...)] for k in range(x.shape[dim]))


def _tensors(given: Any) -> Sequence[Any]:
    return given if isinstance(given, (list, tuple)) else tuple(given)


@function(names=("hstack",), method=False)
def hstack(tensors: Any) -> Tensor:
    """Tensors side by side: along the second axis, vectors along their only one."""
    given = [atleast_1d(x) for x in _tensors(tensors)]
    return cat(given, 0 if given[0].ndim == 1 else 1)


@function(names=("vstack", "row_stack"), method=False)
def vstack(tensors: Any) -> Tensor:
    """Tensors one above the other: along the first axis, vectors as rows."""
    return cat([atleast_2d(x) for x in _tensors(tensors)], 0)


@function(method=False)
def dstack(tensors: Any) -> Tensor:
    """Tensors one behind the other: along the third axis."""
    return cat([atleast_3d(x) for x in _tensors(tensors)], 2)


@function(method=False)
def column_stack(tensors: Any) -> Tensor:
    """Tensors side by side, vectors as columns."""
    return hstack([reshape(x, (-1, 1)) if x.ndim < 2 else x for x in _tensors(tensors)])


def _repeated(input: Any, *repeats: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    counts = as_shape(repeats)
    if len(counts) < input.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return (input,), {"repeats": counts}


@op(
    r"[x, x, \ldots]",
    x=(r"\sum_{\text{copies}} \bar y", lambda g, x_shape, repeats: _fold_copies(g, x_shape, repeats)),
    samples=several(arrays((2, 3), repeats=(2, 1)), arrays((2,), repeats=(3, 2))), function=False,
    signature=lambda input, *args, repeats=None: _repeated(input, *(args if repeats is None else (repeats,))),
)  # fmt: skip
def repeat(xp, x, *, repeats):
    """The tensor copied ``repeats[d]`` times along each axis ``d`` (new axes in front)."""
    return xp.tile(x, repeats)


def _fold_copies(g: Any, shape: tuple[int, ...], repeats: tuple[int, ...]) -> Any:
    padded = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    apart = reshape(g, tuple(n for pair in zip(repeats, padded, strict=True) for n in pair))
    return reshape(apart.sum(tuple(range(0, 2 * len(repeats), 2))), shape) if repeats else g


@function()
def tile(input: Tensor, *dims: Any) -> Tensor:
    """The tensor copied ``dims[d]`` times along each axis, the last ones first."""
    counts = as_shape(dims)
    return repeat(input, (1,) * (input.ndim - len(counts)) + counts)


@function()
def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None, *, output_size: Any = None) -> Tensor:
    """Every slice along ``dim`` repeated (a number of times, or one number each); flattened first where ``dim`` is None."""
    x = reshape(input, -1) if dim is None else input
    d = 0 if dim is None else axis(dim, x.ndim)
    times = repeats.tolist() if isinstance(repeats, Tensor) else repeats
    positions = np.repeat(np.arange(x.data_.shape[d]), times)
    return index_select(x, d, Tensor(x.device.from_host(positions), None, x.device))


@function(method=False)
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid: one tensor per axis, each of the grid's full shape; ``indexing`` is "ij" or "xy"."""
    given = _tensors(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    shape = tuple(x.numel() for x in given)
    grids = [expand(reshape(x, put((1,) * len(given), d, -1)), shape) for d, x in enumerate(given)]
    if indexing == "xy" and len(grids) > 1:
        order = (1, 0, *range(2, len(grids)))
        grids = [permute(x, order) for x in grids]
    return tuple(grids)


@function(method=False)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements as columns, the highest first unless ``increasing``."""
    n = x.numel() if N is None else N
    powers = np.arange(n)[:: 1 if increasing else -1].copy()
    return unsqueeze(x, 1) ** Tensor(x.device.from_host(powers), None, x.device)


@function(method=False)
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every combination of the vectors' elements, one per row."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, -1) for x in meshgrid(*tensors)], 1)


@function(method=False)
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of ``r`` elements of a vector, one per row."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input.numel()), r)), dtype=np.int64).reshape(-1, r)
    return input[Tensor(input.device.from_host(rows), None, input.device)]


@function(method=False)
def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along the diagonal of one matrix, zeros elsewhere."""
    blocks = [atleast_2d(x) for x in tensors]
    width = sum(b.shape[1] for b in blocks)
    rows, start = [], 0
    for b in blocks:
        xp, (n, m) = b.device.xp, b.data_.shape
        rows.append(cat([_zeros(b, xp, (n, start)), b, _zeros(b, xp, (n, width - start - m))], 1))
        start += m
    return cat(rows, 0)


def _zeros(like: Tensor, xp: Any, shape: tuple[int, ...]) -> Tensor:
    return Tensor(xp.zeros(shape, like.data_.dtype), None, like.device)
