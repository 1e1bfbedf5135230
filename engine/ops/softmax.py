"""Softmax and its logarithm."""

from __future__ import annotations

from typing import Any

from engine import dtypes
from engine.op import op
from engine.ops import totals
from engine.ops.axes import axis
from engine.ops.cast import to
from engine.testing import arrays, several


def _along(
    input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """torch's call: without ``dim`` it takes axis 0 of vectors, cubes and numbers, and axis 1 of the rest."""
    if dim is None:
        dim = 0 if input.ndim in (0, 1, 3) else 1
    return (input if dtype is None else to(input, dtype=dtypes.as_numpy(dtype)),), {"dim": axis(dim, input.ndim)}


SAMPLES = several(arrays((2, 3), dim=1), arrays((2, 3, 2), dim=1), arrays((5,), dim=0), arrays((), dim=0))


@op(
    r"\frac{e^{x_i}}{\sum_j e^{x_j}}",
    x=(r"y \odot \left(\bar y - \textstyle\sum_j \bar y_j y_j\right)",
       lambda g, y, dim: y * (g - (g * y).sum(dim, keepdim=True))),
    gradients=lambda xp, g, y, dim: (_softmax_gradient(xp, g, y, dim),),
    samples=SAMPLES, floats=True, signature=_along,
)  # fmt: skip
def softmax(xp, x, *, dim):
    """Positive numbers that add up to 1 along ``dim``, in the proportions of e to the power of each."""
    if x.ndim == 0 or x.size == 0:
        return xp.ones_like(x)
    e = x - x.max(axis=dim, keepdims=True)
    e = xp.exp(e, out=e)
    e /= totals.along(xp, e, dim)
    return e


def _softmax_gradient(xp: Any, g: Any, y: Any, dim: int) -> Any:
    if not y.ndim:
        return g * 0
    gy = g * y
    gy -= y * totals.along(xp, gy, dim)
    return gy


@op(
    r"x_i - \log \textstyle\sum_j e^{x_j}",
    x=(r"\bar y - e^{y} \textstyle\sum_j \bar y_j", lambda g, y, dim: g - y.exp() * g.sum(dim, keepdim=True)),
    gradients=lambda xp, g, y, dim: (g - xp.exp(y) * (g.sum(axis=dim, keepdims=True) if y.ndim else g),),
    samples=SAMPLES, floats=True, signature=_along,
)  # fmt: skip
def log_softmax(xp, x, *, dim):
    """Logarithm of :func:`softmax`, computed without overflow."""
    if x.ndim == 0 or x.size == 0:
        return xp.zeros_like(x)
    x = x - x.max(axis=dim, keepdims=True)
    return x - xp.log(xp.exp(x).sum(axis=dim, keepdims=True))
