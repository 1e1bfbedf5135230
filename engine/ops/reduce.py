"""Ops that fold axes: sums, means, truth, norms. Extremes are in :mod:`engine.ops.extremes`."""

from __future__ import annotations

import math
from typing import Any

from engine import dtypes, grad_names
from engine.op import function, op
from engine.ops.axes import axes, axis
from engine.ops.cast import to
from engine.ops.compare import where
from engine.ops.power import exp
from engine.ops.scan import cumprod
from engine.ops.shape import expand, reshape
from engine.tensor import Tensor
from engine.testing import arrays, several


def unreduce(g: Any, shape: tuple[int, ...], dim: tuple[int, ...]) -> Any:
    """A reduced tensor stretched back over the axes that were folded (kept or not)."""
    return expand(reshape(g, kept_shape(shape, dim)), shape)


def stretched(xp: Any, g: Any, shape: tuple[int, ...], dim: tuple[int, ...]) -> Any:
    """:func:`unreduce` of an array."""
    return xp.broadcast_to(g.reshape(kept_shape(shape, dim)), shape)


def kept_shape(shape: tuple[int, ...], dim: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with the axes ``dim`` of length 1."""
    return tuple(1 if i in dim else n for i, n in enumerate(shape))


def count(shape: tuple[int, ...], dim: tuple[int, ...]) -> int:
    """How many elements are folded into one."""
    return math.prod(shape[d] for d in dim)


def reduction(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None, keepdims: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """torch's call of a reduction: which axes (all by default), whether they stay with length 1, the dtype to add up in."""
    if dtype is not None:
        input = to(input, dtype=dtypes.as_numpy(dtype))
    return (input,), {"dim": axes(dim if axis is None else axis, input.ndim), "keepdim": bool(keepdim or keepdims)}


FOLDS = several(
    arrays((2, 3), dim=(0, 1), keepdim=False), arrays((2, 3, 2), dim=(0, 2), keepdim=True), arrays((2, 3), dim=(1,), keepdim=False),
    arrays((), dim=(), keepdim=False),
)  # fmt: skip


def _wide(x: Any) -> Any:
    """The dtype in which integers are added up (torch's int64); floats stay what they are."""
    return dtypes.int64.numpy if x.dtype.kind in "biu" else x.dtype


# ------------------------------------------------------------------------------------------------ sums and means


@op(
    r"\sum_i x_i",
    x=(r"\mathrm{expand}(\bar y)", lambda g, x_shape, dim: unreduce(g, x_shape, dim)),
    gradients=lambda xp, g, x_shape, dim: (stretched(xp, g, x_shape, dim),),
    samples=FOLDS, signature=reduction, torch_name=grad_names.reduction,
)  # fmt: skip
def sum_(xp, x, *, dim, keepdim):
    """Sum over the axes ``dim``."""
    return x.sum(axis=dim, keepdims=keepdim, dtype=_wide(x))


def _mean_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    if given[0].dtype.kind in "fc":
        return None
    return (
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
        f"Got: {dtypes.of(given[0].dtype).name}. Try x.float().mean()."
    )


@op(
    r"\tfrac1n \sum_i x_i",
    x=(r"\tfrac1n\,\mathrm{expand}(\bar y)", lambda g, x_shape, dim: unreduce(g / max(count(x_shape, dim), 1), x_shape, dim)),
    gradients=lambda xp, g, x_shape, dim: (stretched(xp, g / max(count(x_shape, dim), 1), x_shape, dim),),
    samples=FOLDS, signature=reduction, explains=_mean_problem, torch_name=grad_names.reduction,
)  # fmt: skip
def mean(xp, x, *, dim, keepdim):
    """Mean over the axes ``dim``. Floating tensors only."""
    if x.dtype.kind not in "fc":
        raise TypeError("integers")  # worded by the op's explanation
    if not x.size:  # NumPy would warn the script's author
        return x.sum(axis=dim, keepdims=keepdim) * math.nan
    return x.mean(axis=dim, keepdims=keepdim)


@op(
    r"\prod_i x_i",
    x=(r"\bar y \odot \prod_{j \neq i} x_j", lambda g, x, dim: unreduce(g, x.data_.shape, dim) * _product_of_others(x, dim)),
    samples=FOLDS, signature=lambda input, dim=None, keepdim=False, *,
    dtype=None: reduction(input, dim, keepdim, dtype=dtype), torch_name=grad_names.reduction,
)  # fmt: skip
def prod(xp, x, *, dim, keepdim):
    """Product over the axes ``dim``."""
    return x.prod(axis=dim, keepdims=keepdim, dtype=_wide(x))


def _product_of_others(x: Any, dim: tuple[int, ...]) -> Any:
    """For each element the product of the others, exact where an element is 0: those before it times those after it."""
    rest = tuple(d for d in range(x.ndim) if d not in dim)
    order = (*rest, *dim)
    rows = reshape(x.permute(order), (*(x.data_.shape[d] for d in rest), -1)) if order else reshape(x, 1)
    found = _product_before(rows) * _product_before(rows.flip(-1)).flip(-1)
    moved = reshape(found, tuple(x.data_.shape[d] for d in order))
    return moved.permute(sorted(range(x.ndim), key=order.__getitem__)) if order else moved


def _product_before(rows: Any) -> Any:
    from engine.ops.join import cat

    ones = rows[..., :1].detach() * 0 + 1
    return cumprod(cat([ones, rows[..., :-1]], -1), -1)


@op(
    r"\tfrac{1}{n - c} \sum_i (x_i - \bar x)^2",
    x=(
        r"\tfrac{2}{n - c}\,\bar y \odot (x - \bar x)",
        lambda g, x, dim,
        correction: unreduce(g * 2 / _freedom(x, dim, correction), x.data_.shape, dim) * centred(x, dim),
    ),
    samples=several(arrays((2, 3), dim=(0, 1), keepdim=False, correction=1),
        arrays((2, 3, 2), dim=(0, 2), keepdim=True, correction=0)),
    signature=lambda input, *args, **options: spread_call(input, *args, **options),
)  # fmt: skip
def var(xp, x, *, dim, keepdim, correction):
    """Variance over the axes ``dim``; ``correction`` is taken off the count (1: the unbiased estimate)."""
    return _variance(xp, x, dim, keepdim, correction)


@op(
    r"\sqrt{\tfrac{1}{n - c} \sum_i (x_i - \bar x)^2}",
    x=(
        r"\tfrac{1}{n - c}\,\bar y / y \odot (x - \bar x)",
        lambda g, x, y, dim,
        correction: unreduce(g / (y * _freedom(x, dim, correction)), x.data_.shape, dim) * centred(x, dim),
    ),
    samples=several(arrays((2, 3), dim=(0, 1), keepdim=False, correction=1),
        arrays((2, 3, 2), dim=(0, 2), keepdim=True, correction=0)),
    signature=lambda input, *args, **options: spread_call(input, *args, **options),
)  # fmt: skip
def std(xp, x, *, dim, keepdim, correction):
    """Standard deviation over the axes ``dim``; ``correction`` is taken off the count (1: the unbiased estimate)."""
    return xp.sqrt(_variance(xp, x, dim, keepdim, correction))


def _freedom(x: Any, dim: tuple[int, ...], correction: float) -> float:
    """What the squares are divided by; nan where nothing is left."""
    n = count(x.data_.shape, dim) - correction
    return n if n > 0 else math.nan


def _variance(xp: Any, x: Any, dim: tuple[int, ...], keepdim: bool, correction: float) -> Any:
    n = count(x.shape, dim) - correction
    away = x - x.mean(axis=dim, keepdims=True)
    total = (away * away).sum(axis=dim, keepdims=keepdim)
    return total / n if n > 0 else total * math.nan


def centred(x: Any, dim: tuple[int, ...]) -> Any:
    """The tensor less its mean over the axes ``dim``."""
    return x - mean(x, dim, True)


def spread_call(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float | None = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """torch's calls of ``var`` and ``std``: ``(unbiased)``, ``(dim, unbiased, keepdim)``, or keywords with ``correction``."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    less = correction if correction is not None else int(unbiased is None or unbiased)
    return (input,), {"dim": axes(dim, input.ndim), "keepdim": keepdim, "correction": less}


@function()
def var_mean(
    input: Tensor, dim: Any = None, *args: Any, keepdim: bool = False, **options: Any
) -> tuple[Tensor, Tensor]:
    """Variance and mean over the axes ``dim``."""
    return var(input, dim, *args, keepdim=keepdim, **options), mean(
        input, None if isinstance(dim, bool) else dim, keepdim
    )


@function()
def std_mean(
    input: Tensor, dim: Any = None, *args: Any, keepdim: bool = False, **options: Any
) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean over the axes ``dim``."""
    return std(input, dim, *args, keepdim=keepdim, **options), mean(
        input, None if isinstance(dim, bool) else dim, keepdim
    )


@function()
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Sum over the axes ``dim`` of the elements that are numbers."""
    return sum_(where(input.isnan(), 0.0, input), dim, keepdim, dtype=dtype)


@function()
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Mean over the axes ``dim`` of the elements that are numbers."""
    numbers = sum_(input.isnan().logical_not(), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / numbers


# ------------------------------------------------------------------------------------------------ truth


@op(r"\bigwedge_i x_i", signature=reduction, names=("all",))
def all_(xp, x, *, dim, keepdim):
    """Whether all elements over the axes ``dim`` are true (not zero)."""
    return x.all(axis=dim, keepdims=keepdim)


@op(r"\bigvee_i x_i", signature=reduction, names=("any",))
def any_(xp, x, *, dim, keepdim):
    """Whether any element over the axes ``dim`` is true (not zero)."""
    return x.any(axis=dim, keepdims=keepdim)


@op(r"\#\{i : x_i \neq 0\}", signature=lambda input, dim=None: reduction(input, dim))
def count_nonzero(xp, x, *, dim, keepdim):
    """How many elements over the axes ``dim`` are not zero."""
    return (x != 0).sum(axis=dim, keepdims=keepdim, dtype=dtypes.int64.numpy)


# ------------------------------------------------------------------------------------------------ norms, log-sum-exp


@op(
    r"\ln \sum_i e^{x_i}",
    x=(r"\bar y \odot e^{x - y}", lambda g, x, y, dim: unreduce(g, x.data_.shape, dim) * exp(x - unreduce(y, x.data_.shape, dim))),
    samples=FOLDS, floats=True, signature=lambda input, dim, keepdim=False: reduction(input, dim, keepdim),
)  # fmt: skip
def logsumexp(xp, x, *, dim, keepdim):
    """Logarithm of the sum of exponentials over the axes ``dim``, without overflow."""
    top = x.max(axis=dim, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))
    found = xp.log(xp.exp(x - top).sum(axis=dim, keepdims=True)) + top
    return found if keepdim else found.reshape([n for d, n in enumerate(x.shape) if d not in dim])


def _norm_rule(g: Any, x: Any, y: Any, p: float, dim: tuple[int, ...]) -> Any:
    shape = x.data_.shape
    g, y = unreduce(g, shape, dim), unreduce(y, shape, dim)
    if p == 0:
        return g * 0
    if p == 1:
        return g * x.sign()
    if math.isinf(p):
        hit = x.abs() == y
        return g * x.sign() * hit / unreduce(sum_(hit, dim), shape, dim)
    zero = y == 0  # the derivative there is taken as 0
    safe = where(zero, 1.0, y)
    if p == 2:
        return where(zero, 0.0, g * x / safe)
    size = x.abs()
    return where(size == 0, 0.0, g * x.sign() * (where(size == 0, 1.0, size) / safe) ** (p - 1))


@op(
    r"\|x\|_p",
    x=(r"\bar y \odot \mathrm{sign}(x)\,(|x| / y)^{p - 1}", _norm_rule),
    samples=several(
        arrays((2, 3), p=2.0, dim=(0, 1), keepdim=False), arrays((2, 3), p=1.0, dim=(1,), keepdim=True),
        arrays((2, 3), p=3.0, dim=(0,), keepdim=False), arrays((2, 3), p=math.inf, dim=(1,), keepdim=False),
        arrays((2, 3), p=0.0, dim=(1,), keepdim=False),
    ),
    function=False, method=False, floats=True, torch_name="LinalgVectorNorm",
)  # fmt: skip
def vector_norm(xp, x, *, p, dim, keepdim):
    """The p-norm over the axes ``dim``; the derivative at 0 is taken as 0."""
    if p == 2:
        return xp.sqrt((x * x).sum(axis=dim, keepdims=keepdim))
    size = xp.abs(x)
    if p == math.inf:
        return size.max(axis=dim, keepdims=keepdim)
    if p == -math.inf:
        return size.min(axis=dim, keepdims=keepdim)
    if p == 0:
        return (size != 0).sum(axis=dim, keepdims=keepdim, dtype=x.dtype)
    return size.sum(axis=dim, keepdims=keepdim) if p == 1 else (size**p).sum(axis=dim, keepdims=keepdim) ** (1 / p)


@function(names=("norm",))
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm over the axes ``dim``; "fro" is the 2-norm of all elements, "nuc" the sum of singular values."""
    x = input if dtype is None else to(input, dtype=dtypes.as_numpy(dtype))
    if p == "nuc":
        from engine.ops.decompose import svdvals

        return sum_(svdvals(x), -1)
    order = 2.0 if p in ("fro", None) else float(p)
    return vector_norm(x, p=order, dim=axes(dim, x.ndim), keepdim=keepdim)


@function()
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors."""
    return norm(input - other, p)


@function()
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """The tensor with each slice along ``dim`` scaled down to p-norm ``maxnorm`` where it is longer."""
    d = axis(dim, input.ndim)
    length = norm(input, p, [k for k in range(input.ndim) if k != d], True)
    return input * where(length > maxnorm, maxnorm / (length + 1e-7), 1.0)
