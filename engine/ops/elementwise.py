"""Element-by-element ops: arithmetic, powers, exponentials, trigonometry."""

from __future__ import annotations

from typing import Any

from engine.op import op
from engine.testing import away_from_zero, pairs, reals


def scaled(a: Any, b: Any, *, alpha: Any = 1) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``add`` and ``sub``: the second operand may come times ``alpha``."""
    return (a, b if alpha == 1 else b * alpha), {}


@op(
    r"a + b",
    a=(r"\bar y", lambda g: g),
    b=(r"\bar y", lambda g: g),
    samples=pairs(), elementwise=True, inplace=True, signature=scaled,
)  # fmt: skip
def add(xp, a, b):
    """Sum of two tensors, broadcast against each other."""
    return a + b


@op(
    r"a - b",
    a=(r"\bar y", lambda g: g),
    b=(r"-\bar y", lambda g: -g),
    samples=pairs(), elementwise=True, inplace=True, names=("sub", "subtract"), signature=scaled,
)  # fmt: skip
def sub(xp, a, b):
    """Difference of two tensors, broadcast against each other."""
    return a - b


@op(
    r"a \odot b",
    a=(r"\bar y \odot b", lambda g, b: g * b),
    b=(r"\bar y \odot a", lambda g, a: g * a),
    samples=pairs(), elementwise=True, inplace=True, names=("mul", "multiply"),
)  # fmt: skip
def mul(xp, a, b):
    """Product of two tensors element by element, broadcast against each other."""
    return a * b


@op(
    r"-x",
    x=(r"-\bar y", lambda g: -g),
    samples=reals(), elementwise=True, inplace=True, names=("neg", "negative"),
)  # fmt: skip
def neg(xp, x):
    """Negative of each element."""
    return -x


@op(
    r"e^{x}",
    x=(r"\bar y \odot y", lambda g, y: g * y),
    samples=reals(), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def exp(xp, x):
    """Exponential of each element."""
    return xp.exp(x)


@op(
    r"\tanh x",
    x=(r"\bar y \odot (1 - y^2)", lambda g, y: g * (1 - y * y)),
    samples=reals(), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def tanh(xp, x):
    """Hyperbolic tangent of each element."""
    return xp.tanh(x)


@op(
    r"\max(x, 0)",
    x=(r"\bar y \odot [x > 0]", lambda g, y: g * (y > 0)),
    samples=away_from_zero(), elementwise=True, inplace=True,
)  # fmt: skip
def relu(xp, x):
    """Each element, or 0 where it is negative (rectified linear unit; the derivative at 0 is taken as 0)."""
    return xp.maximum(x, 0)


@op("[a > b]", elementwise=True, names=("gt", "greater"))
def gt(xp, a, b):
    """Whether a > b, element by element; a tensor of bool."""
    return xp.greater(a, b)
