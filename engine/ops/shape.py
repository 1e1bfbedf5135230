"""Ops that move elements about without computing on them."""

from __future__ import annotations

from typing import Any

from engine import dtypes
from engine.op import op
from engine.tensor import Tensor
from engine.testing import arrays


@op(
    r"\mathrm{cast}(x)",
    x=(r"\mathrm{cast}(\bar y)", lambda g: g),
    samples=arrays((2, 3), dtype=dtypes.float64.numpy), function=False, method=False, torch_name="ToCopy",
)  # fmt: skip
def to(xp, x, *, dtype):
    """The same numbers in another dtype (the gradient is cast back)."""
    return x.astype(dtype)


@op(
    r"\mathrm{reshape}(x)",
    x=(r"\mathrm{reshape}(\bar y)", lambda g, x_shape: reshape(g, x_shape)),
    samples=arrays((2, 3), shape=(3, 2)),
    signature=lambda x, *shape: ((x,), {"shape": as_shape(shape)}),
    view=True, torch_name="View",
)  # fmt: skip
def reshape(xp, x, *, shape):
    """The same elements in C order in another shape; one dimension may be -1."""
    return x.reshape(shape)


@op(
    r"\mathrm{expand}(x)",
    x=(r"\sum_{\text{expanded}} \bar y", lambda g, x_shape: sum_to(g, x_shape)),
    samples=arrays((3, 1), shape=(2, 3, 4)), function=False, method=False, view=True,
)  # fmt: skip
def broadcast_to(xp, x, *, shape):
    """The tensor repeated (without copying) along new axes and axes of length 1."""
    return xp.broadcast_to(x, shape)


@op(
    r"\sum_{\text{axes}} x",
    x=(r"\mathrm{expand}(\bar y)", lambda g, x_shape: broadcast_to(g, shape=x_shape)),
    samples=arrays((2, 3, 4), shape=(3, 1)), function=False, method=False,
    signature=lambda x, shape: ((x,), {"shape": tuple(shape)}),
)  # fmt: skip
def sum_to(xp, x, *, shape):
    """Sum over the axes along which ``shape`` was broadcast to the tensor's shape: the reverse of broadcasting."""
    lead = x.ndim - len(shape)
    stretched = tuple(i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1)
    return x.sum(axis=tuple(range(lead)) + stretched, keepdims=True).reshape(shape)


def as_shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    return tuple(int(n) for n in given)


def is_tensor(x: Any) -> bool:
    """Whether ``x`` is a tensor."""
    return isinstance(x, Tensor)
