"""Running ops along one axis: each element of the result folds all elements up to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.op import function, op
from engine.ops.axes import axis
from engine.ops.cast import to
from engine.ops.compare import where
from engine.ops.gather import spread
from engine.ops.power import exp
from engine.result_types import named
from engine.tensor import Tensor
from engine.testing import arrays, several

SCANS = several(arrays((2, 3), dim=1), arrays((4, 2), dim=0), arrays((5,), dim=0), arrays((), dim=0))


def scan(input: Any, dim: int, *, dtype: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """torch's call of a running op."""
    return (input if dtype is None else to(input, dtype=dtypes.as_numpy(dtype)),), {"dim": axis(dim, input.ndim)}


def _reversed_cumsum(g: Any, dim: int) -> Any:
    return cumsum(g.flip(dim), dim).flip(dim) if g.ndim else g


def _wide(x: Any) -> Any:
    return dtypes.int64.numpy if x.dtype.kind in "biu" else x.dtype


@op(
    r"y_k = \sum_{i \leq k} x_i", x=(r"\sum_{k \geq i} \bar y_k", lambda g, dim: _reversed_cumsum(g, dim)),
    samples=SCANS, signature=scan, inplace=True,
)  # fmt: skip
def cumsum(xp, x, *, dim):
    """Running sum along ``dim``."""
    return x.cumsum(axis=dim, dtype=_wide(x)) if x.ndim else x.copy()


def _cumprod_rule(g: Any, x: Any, y: Any, dim: int) -> Any:
    """Division by x_i takes it out of the products that it is in. Where it is 0 they are formed again without it: behind the
    first 0 all products are 0, so only that one can have a gradient."""
    zero = x == 0
    first = zero & (cumsum(zero, dim) == 1)
    without = cumprod(where(first, 1.0, x), dim)
    return where(first, _reversed_cumsum(g * without, dim), _reversed_cumsum(g * y, dim) / where(zero, 1.0, x))


def _factors(rng: np.random.Generator) -> Any:
    for shape, dim in (((2, 3), 1), ((5,), 0), ((), 0)):
        yield (np.asarray(rng.uniform(0.5, 2, shape)),), {"dim": dim}
    yield (np.array([[1.5, 0.0, 2.0], [0.5, -1.0, 2.0]]),), {"dim": 1}


@op(
    r"y_k = \prod_{i \leq k} x_i",
    x=(r"\sum_{k \geq i} \bar y_k\,y_k / x_i", lambda g, x, y, dim: _cumprod_rule(g, x, y, dim)),
    samples=_factors,
    signature=scan, inplace=True,
)  # fmt: skip
def cumprod(xp, x, *, dim):
    """Running product along ``dim``."""
    return x.cumprod(axis=dim, dtype=_wide(x)) if x.ndim else x.copy()


@op(
    r"y_k = \ln \sum_{i \leq k} e^{x_i}",
    x=(r"e^{x_i} \sum_{k \geq i} \bar y_k e^{-y_k}", lambda g, x, y, dim: _reversed_cumsum(g * exp(-y), dim) * exp(x)),
    samples=SCANS, floats=True, signature=lambda input, dim: scan(input, dim),
)  # fmt: skip
def logcumsumexp(xp, x, *, dim):
    """Running logarithm of the sum of exponentials along ``dim``."""
    if not x.ndim:
        return x.copy()
    top = x.max(axis=dim, keepdims=True)
    return xp.log(xp.exp(x - top).cumsum(axis=dim)) + top


def _running_best(xp: Any, x: Any, better: Any, dim: int) -> tuple[Any, Any]:
    """Running extreme along ``dim`` and where it is (the last of equals)."""
    if not x.ndim:
        return x.copy(), xp.zeros((), dtypes.int64.numpy)
    rows = xp.moveaxis(x, dim, 0)
    values, places = [rows[0]], [xp.zeros(rows.shape[1:], dtypes.int64.numpy)]
    for k in range(1, rows.shape[0]):
        new = better(rows[k], values[-1])
        values.append(xp.where(new, rows[k], values[-1]))
        places.append(xp.where(new, k, places[-1]))
    return xp.stack(values, axis=dim), xp.stack(places, axis=dim)


@op(
    r"y_k = \max_{i \leq k} x_i",
    x=(r"\mathbf{0}[\arg\max] \mathrel{+}= \bar y", lambda g, y1, dim, x_shape: spread(g, y1, dim=dim, shape=x_shape)),
    samples=SCANS, function=False, method=False, signature=lambda input, dim: scan(input, dim),
)  # fmt: skip
def cummax_(xp, x, *, dim):
    """Running maximum along ``dim``, and where it is."""
    return _running_best(xp, x, lambda a, b: a >= b, dim)


@op(
    r"y_k = \min_{i \leq k} x_i",
    x=(r"\mathbf{0}[\arg\min] \mathrel{+}= \bar y", lambda g, y1, dim, x_shape: spread(g, y1, dim=dim, shape=x_shape)),
    samples=SCANS, function=False, method=False, signature=lambda input, dim: scan(input, dim),
)  # fmt: skip
def cummin_(xp, x, *, dim):
    """Running minimum along ``dim``, and where it is."""
    return _running_best(xp, x, lambda a, b: a <= b, dim)


_CUMMAX, _CUMMIN = (named(name, "values indices") for name in ("cummax", "cummin"))


@function()
def cummax(input: Tensor, dim: int) -> Any:
    """Running maximum along ``dim``: ``(values, indices)``."""
    return _CUMMAX(*cummax_(input, dim))


@function()
def cummin(input: Tensor, dim: int) -> Any:
    """Running minimum along ``dim``: ``(values, indices)``."""
    return _CUMMIN(*cummin_(input, dim))


@function()
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along ``dim``, ``n`` times over."""
    from engine.ops.gather import narrow
    from engine.ops.join import cat

    x = (
        input
        if prepend is None and append is None
        else cat([t for t in (prepend, input, append) if t is not None], dim)
    )
    for _ in range(n):
        length = x.data_.shape[axis(dim, x.ndim)]
        x = narrow(x, dim, 1, length - 1) - narrow(x, dim, 0, length - 1)
    return x


@function(method=False)
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """Running integral along ``dim`` by the trapezoid rule."""
    return cumsum(_trapezoids(y, x, dx, dim), dim)


@function(names=("trapezoid", "trapz"), method=False)
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """Integral along ``dim`` by the trapezoid rule."""
    return _trapezoids(y, x, dx, dim).sum(dim)


def _trapezoids(y: Tensor, x: Tensor | None, dx: float, dim: int) -> Tensor:
    from engine.ops.gather import narrow

    length = y.data_.shape[axis(dim, y.ndim)]
    middle = (narrow(y, dim, 1, length - 1) + narrow(y, dim, 0, length - 1)) / 2
    return middle * (dx if x is None else diff(x, dim=dim if x.ndim > 1 else -1))
