"""Sorting, ranks, and counting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import dtypes
from engine.errors import Unsupported
from engine.op import function, op
from engine.ops.axes import axis
from engine.ops.extremes import ONE_AXIS, picked, share_ties, values_and_indices
from engine.ops.gather import gather, narrow, spread
from engine.ops.shape import reshape
from engine.tensor import Tensor
from engine.testing import arrays, several

_SORT, _TOPK, _KTH, _MEDIAN, _MODE = (values_and_indices(n) for n in ("sort", "topk", "kthvalue", "median", "mode"))


def order_of(xp: Any, x: Any, dim: int, descending: bool) -> Any:
    """Positions that sort ``x`` along ``dim``; equals keep their order."""
    if not x.ndim:
        return xp.zeros((), dtypes.int64.numpy)
    if not descending:
        return xp.argsort(x, axis=dim, kind="stable")
    backwards = xp.argsort(xp.flip(x, dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - xp.flip(backwards, dim)


def _taken(xp: Any, x: Any, at: Any, dim: int) -> Any:
    return xp.take_along_axis(x, at, axis=dim) if x.ndim else x.copy()


_PUT_BACK = (r"\mathbf{0}[\text{indices}] = \bar y", lambda g, y1, dim, x_shape: spread(g, y1, dim=dim, shape=x_shape))


@op(
    r"\mathrm{sort}(x)", x=_PUT_BACK,
    samples=several(arrays((2, 4), dim=1, descending=False), arrays((5,), dim=0, descending=True),
        arrays((), dim=0, descending=False)),
    function=False, method=False, torch_name="Sort",
)  # fmt: skip
def sort_(xp, x, *, dim, descending):
    """The elements along ``dim`` in order, and where each was."""
    at = order_of(xp, x, dim, descending)
    return _taken(xp, x, at, dim), at


@function()
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements along ``dim`` in order: ``(values, indices)``; equals keep their order."""
    return _SORT(*sort_(input, dim=axis(dim, input.ndim), descending=descending))


@function()
def msort(input: Tensor) -> Tensor:
    """The elements along the first axis in order."""
    return sort(input, 0).values


@op(
    r"\mathrm{argsort}(x)",
    signature=lambda input, dim=-1, descending=False,
    stable=False: ((input,), {"dim": axis(dim, input.ndim), "descending": descending}),
)  # fmt: skip
def argsort(xp, x, *, dim, descending):
    """Positions that put the elements along ``dim`` in order; equals keep their order."""
    return order_of(xp, x, dim, descending)


@op(
    r"\mathrm{top}_k(x)", x=_PUT_BACK,
    samples=several(arrays((2, 5), k=2, dim=1, largest=True), arrays((5,), k=3, dim=0, largest=False)), function=False,
    method=False, torch_name="Topk",
)  # fmt: skip
def topk_(xp, x, *, k, dim, largest):
    """The ``k`` largest (or smallest) elements along ``dim`` in order, and where each was."""
    if x.ndim and k > x.shape[dim]:
        raise RuntimeError(f"selected index k out of range: k is {k}, dimension {dim} has size {x.shape[dim]}")
    at = order_of(xp, x, dim, largest)
    at = at[(*(slice(None),) * dim, slice(k))] if x.ndim else at
    return _taken(xp, x, at, dim), at


@function()
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The ``k`` largest (or smallest) elements along ``dim`` in order: ``(values, indices)``."""
    return _TOPK(*topk_(input, k=int(k), dim=axis(dim, input.ndim), largest=largest))


@op(
    r"x_{(k)}",
    x=(r"\mathbf{0}[\text{index}] = \bar y", lambda g, y1, x_shape, dim, keepdim: picked(g, y1, x_shape, dim, keepdim)),
    samples=lambda rng: ((inputs, {"k": 2, **attrs}) for inputs, attrs in ONE_AXIS(rng)), function=False, method=False,
    torch_name="Kthvalue",
)  # fmt: skip
def kth(xp, x, *, k, dim, keepdim):
    """The ``k``-th smallest element along ``dim`` (counted from 1), and where it was."""
    if not x.ndim:
        return x.copy(), xp.zeros((), dtypes.int64.numpy)
    if not 1 <= k <= x.shape[dim]:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: k is {k}, the size {x.shape[dim]}"
        )
    at = order_of(xp, x, dim, descending=False)[(*(slice(None),) * dim, slice(k - 1, k))]
    values = xp.take_along_axis(x, at, axis=dim)
    return (values, at) if keepdim else (xp.squeeze(values, dim), xp.squeeze(at, dim))


@function()
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The ``k``-th smallest element along ``dim`` (counted from 1): ``(values, indices)``."""
    return _KTH(*kth(input, k=int(k), dim=axis(dim, input.ndim), keepdim=keepdim))


@function(scope=True)
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element (the lower of two); with ``dim`` also where: ``(values, indices)``."""
    if dim is None:
        return middle(input)
    d = axis(dim, input.ndim)
    n = input.data_.shape[d] if input.ndim else 1
    return _MEDIAN(*kth(input, k=(n + 1) // 2, dim=d, keepdim=keepdim))


@op(
    r"\mathrm{median}(x)", x=(r"\bar y \odot [x = y] / \#", lambda g, x, y: share_ties(g, x, y, tuple(range(x.ndim)))),
    samples=several(arrays((2, 3)), arrays((4,)), arrays(())), function=False, method=False, torch_name="Median",
)  # fmt: skip
def middle(xp, x):
    """The middle one of all elements (the lower of two); ties share the gradient."""
    return xp.sort(x.reshape(-1))[(x.size - 1) // 2] if x.size else xp.asarray(math.nan, dtype=x.dtype)


@function()
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle one of the elements that are numbers (the lower of two); with ``dim`` also where: ``(values, indices)``."""
    x, d = (reshape(input, -1), 0) if dim is None else (input, axis(dim, input.ndim))
    values, indices = sort(x, d)  # nan stands last
    middle = (x.isnan().logical_not().sum(d, keepdim=True) - 1).clamp_min(0).div(2, rounding_mode="floor")
    found = (gather(values, d, middle), gather(indices, d, middle))
    if dim is None:
        return found[0].squeeze(d)
    return _MEDIAN(*(f if keepdim else f.squeeze(d) for f in found))


def _commonest(xp: Any, x: Any, dim: int) -> Any:
    rows = xp.moveaxis(x, dim, -1)
    votes = (rows[..., :, None] == rows[..., None, :]).sum(axis=-1)
    smallest_first = xp.argsort(rows, axis=-1, kind="stable")
    counts = xp.take_along_axis(votes, smallest_first, axis=-1)
    last = counts.argmax(axis=-1) + counts.max(axis=-1) - 1  # equals stand side by side; torch tells the last of them
    return xp.take_along_axis(smallest_first, last[..., None], axis=-1)[..., 0]


@op(r"\mathrm{mode}(x)", function=False, method=False)
def mode_position(xp, x, *, dim):
    """Where along ``dim`` the commonest element is (the smallest of equals)."""
    return _commonest(xp, x, dim)


@function()
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest element along ``dim`` (the smallest of equals): ``(values, indices)``."""
    d = axis(dim, input.ndim)
    at = mode_position(input, dim=d).unsqueeze(d)
    values = gather(input, d, at)
    return _MODE(values, at) if keepdim else _MODE(values.squeeze(d), at.squeeze(d))


@function(scope=True)
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The value below which the share ``q`` of the elements along ``dim`` lies; a vector ``q`` gives a new first axis."""
    from engine.ops.join import stack

    x, d = (reshape(input, -1), 0) if dim is None else (input, axis(dim, input.ndim))
    shares = q.tolist() if isinstance(q, Tensor) else q
    if any(not 0 <= s <= 1 for s in (shares if isinstance(shares, list) else [shares])):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    ordered = sort(x, d).values
    found = [_between(ordered, s, d, interpolation) for s in (shares if isinstance(shares, list) else [shares])]
    found = [y if keepdim and dim is not None else y.squeeze(d) for y in found]
    if keepdim and dim is None:
        found = [reshape(y, (1,) * input.ndim) for y in found]
    return stack(found, 0) if isinstance(shares, list) else found[0]


def _between(ordered: Any, share: float, dim: int, interpolation: str) -> Any:
    place = share * (ordered.data_.shape[dim] - 1)
    low = int(np.floor(place))
    high = int(np.ceil(place))
    weight = {
        "linear": place - low,
        "lower": 0.0,
        "higher": 1.0,
        "midpoint": 0.5,
        "nearest": float(np.round(place) - low),
    }[interpolation]
    below, above = narrow(ordered, dim, low, 1), narrow(ordered, dim, high, 1)
    return below if weight == 0 or low == high else below + (above - below) * weight


# ------------------------------------------------------------------------------------------------ counting


@op(r"\mathrm{unique}(x)", function=False, method=False)
def distinct(xp, x, *, dim):
    """The distinct elements in order, where each was first, which one each element is, and how often. Waits for the device."""
    values, inverse, counts = xp.unique(x, return_inverse=True, return_counts=True, axis=dim)
    return values, inverse.reshape(x.shape if dim is None else (-1,)), counts


@function()
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (or slices along ``dim``) in order; optionally which one each element is, and how often."""
    values, inverse, counts = distinct(input, dim=None if dim is None else axis(dim, input.ndim))
    found = (values, *([inverse] if return_inverse else []), *([counts] if return_counts else []))
    return found if len(found) > 1 else values


@function()
def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """The elements without immediate repeats; optionally which one each element is, and how often."""
    x = reshape(input, -1)
    n = x.numel()
    starts = (
        np.flatnonzero(np.concatenate([[True], x.device.to_host((x[1:] != x[:-1]).data_)])) if n else np.zeros(0, int)
    )
    counts = np.diff(np.append(starts, n))

    def here(array: Any) -> Tensor:
        return Tensor(x.device.from_host(array), None, x.device)

    values = x[here(starts)]
    inverse = [reshape(here(np.repeat(np.arange(len(starts)), counts)), tuple(input.shape))] if return_inverse else []
    found = (values, *inverse, *([here(counts)] if return_counts else []))
    return found if len(found) > 1 else values


@op(
    r"\#\{i : x_i = k\}",
    signature=lambda input, weights=None, minlength=0: ((input, weights), {"minlength": int(minlength)}),
)
def bincount(xp, x, weights, *, minlength):
    """How often each number 0, 1, 2, … occurs, or the sum of the weights there. Waits for the device."""
    found = xp.bincount(x, weights=weights, minlength=minlength)
    return found if weights is None or weights.dtype.kind != "f" else found.astype(weights.dtype)


def _bins(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (input,), {"bins": int(bins), "min": float(min), "max": float(max)}


@op(r"\#\{i : x_i \in \text{bin}_k\}", signature=_bins)
def histc(xp, x, *, bins, min, max):
    """How many elements fall into each of ``bins`` equal bins from min to max (of the elements, where both are 0)."""
    if min == max:
        min, max = float(x.min()), float(x.max())
    counts, _ = xp.histogram(x, bins=bins, range=(min, max) if min < max else (min - 1, max + 1))
    return counts.astype(x.dtype)


@op(r"\#\{i : s_i < v\}", function=False, method=False)
def insertion_points(xp, sequence, values, *, right):
    """Where each value would be put into the ordered sequence; rows go with rows where the sequence has several axes."""
    if sequence.ndim == 1:
        return xp.searchsorted(sequence, values, side="right" if right else "left")
    left, new = sequence[..., None, :], values[..., :, None]
    return (left <= new if right else left < new).sum(axis=-1)


@function(method=False)
def searchsorted(
    sorted_sequence: Tensor, input: Any, *, right: bool = False, side: str | None = None, out_int32: bool = False
) -> Tensor:
    """Where each element would be put into the ordered sequence: before its equals, or after them with ``right``."""
    from engine.ops.cast import to

    values = input
    if not isinstance(input, Tensor):
        values = Tensor(
            sorted_sequence.device.xp.asarray(input, dtype=sorted_sequence.data_.dtype), None, sorted_sequence.device
        )
    found = insertion_points(sorted_sequence, values, right=right or side == "right")
    return to(found, dtype=dtypes.int32.numpy) if out_int32 else found


@function()
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Into which of the buckets between the boundaries each element falls."""
    return searchsorted(boundaries, input, right=right, out_int32=out_int32)


@function()
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """:func:`quantile` of the elements that are numbers. All rows along ``dim`` must hold equally many of them."""
    if not bool(input.isnan().any()):
        return quantile(input, q, dim, keepdim, interpolation=interpolation)
    if dim is not None and input.ndim > 1:
        raise Unsupported("nanquantile: nan in a tensor of several rows. Take x[~x.isnan()].quantile(q) row by row.")
    return quantile(input[input.isnan().logical_not()], q, interpolation=interpolation)


@function(method=False)
def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """Positions in the flattened tensor as positions along each axis of ``shape``."""
    found: list[Tensor] = []
    for n in reversed(tuple(int(n) for n in shape)):
        found.append(indices % n)
        indices = indices // n
    return tuple(reversed(found))
