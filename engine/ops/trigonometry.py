"""Trigonometric and hyperbolic ops, and the S-curves made of them."""

from __future__ import annotations

import math
from typing import Any

from engine.op import function, op
from engine.ops.elementwise import as_arrays
from engine.ops.power import rsqrt
from engine.tensor import Tensor
from engine.testing import pairs, reals


@op(
    r"\sin x",
    x=(r"\bar y \odot \cos x", lambda g, x: g * cos(x)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def sin(xp, x):
    """Sine of each element, in radians."""
    return xp.sin(x)


@op(
    r"\cos x",
    x=(r"-\bar y \odot \sin x", lambda g, x: -g * sin(x)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def cos(xp, x):
    """Cosine of each element, in radians."""
    return xp.cos(x)


@op(
    r"\tan x",
    x=(r"\bar y \odot (1 + y^2)", lambda g, y: g * (1 + y * y)),
    samples=reals(-1.2, 1.2),
    elementwise=True,
    floats=True,
    inplace=True,
)
def tan(xp, x):
    """Tangent of each element, in radians."""
    return xp.tan(x)


@op(
    r"\arcsin x", x=(r"\bar y / \sqrt{1 - x^2}", lambda g, x: g * rsqrt(1 - x * x)), samples=reals(-0.8, 0.8),
    elementwise=True, floats=True, inplace=True, names=("asin", "arcsin"),
)  # fmt: skip
def asin(xp, x):
    """Arcsine of each element, in radians."""
    return xp.arcsin(x)


@op(
    r"\arccos x", x=(r"-\bar y / \sqrt{1 - x^2}", lambda g, x: -g * rsqrt(1 - x * x)), samples=reals(-0.8, 0.8),
    elementwise=True, floats=True, inplace=True, names=("acos", "arccos"),
)  # fmt: skip
def acos(xp, x):
    """Arccosine of each element, in radians."""
    return xp.arccos(x)


@op(
    r"\arctan x", x=(r"\bar y / (1 + x^2)", lambda g, x: g / (1 + x * x)), samples=reals(),
    elementwise=True, floats=True, inplace=True, names=("atan", "arctan"),
)  # fmt: skip
def atan(xp, x):
    """Arctangent of each element, in radians."""
    return xp.arctan(x)


def _on_circle(x: Any, a: Any, b: Any) -> Any:
    """``x`` over the squared radius; 0 at the origin, where no angle changes."""
    from engine.ops.compare import where

    square = a * a + b * b
    return where(square == 0, 0.0, x / where(square == 0, 1.0, square))


@op(
    r"\mathrm{atan2}(a, b)",
    a=(r"\bar y \odot b / (a^2 + b^2)", lambda g, a, b: _on_circle(g * b, a, b)),
    b=(r"-\bar y \odot a / (a^2 + b^2)", lambda g, a, b: _on_circle(-g * a, a, b)),
    samples=pairs(low=0.5, high=2.0), elementwise=True, floats=True, inplace=True, names=("atan2", "arctan2"),
)  # fmt: skip
def atan2(xp, a, b):
    """Angle of the point (b, a), in radians, in all four quadrants."""
    return xp.arctan2(*as_arrays(xp, a, b))


@op(
    r"\sinh x",
    x=(r"\bar y \odot \cosh x", lambda g, x: g * cosh(x)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def sinh(xp, x):
    """Hyperbolic sine of each element."""
    return xp.sinh(x)


@op(
    r"\cosh x",
    x=(r"\bar y \odot \sinh x", lambda g, x: g * sinh(x)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def cosh(xp, x):
    """Hyperbolic cosine of each element."""
    return xp.cosh(x)


@op(
    r"\tanh x",
    x=(r"\bar y \odot (1 - y^2)", lambda g, y: g * (1 - y * y)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def tanh(xp, x):
    """Hyperbolic tangent of each element."""
    return xp.tanh(x)


@op(
    r"\mathrm{arsinh}\,x", x=(r"\bar y / \sqrt{x^2 + 1}", lambda g, x: g * rsqrt(x * x + 1)), samples=reals(),
    elementwise=True, floats=True, inplace=True, names=("asinh", "arcsinh"),
)  # fmt: skip
def asinh(xp, x):
    """Inverse hyperbolic sine of each element."""
    return xp.arcsinh(x)


@op(
    r"\mathrm{arcosh}\,x", x=(r"\bar y / \sqrt{x^2 - 1}", lambda g, x: g * rsqrt(x * x - 1)), samples=reals(1.3, 3.0),
    elementwise=True, floats=True, inplace=True, names=("acosh", "arccosh"),
)  # fmt: skip
def acosh(xp, x):
    """Inverse hyperbolic cosine of each element."""
    return xp.arccosh(x)


@op(
    r"\mathrm{artanh}\,x", x=(r"\bar y / (1 - x^2)", lambda g, x: g / (1 - x * x)), samples=reals(-0.8, 0.8),
    elementwise=True, floats=True, inplace=True, names=("atanh", "arctanh"),
)  # fmt: skip
def atanh(xp, x):
    """Inverse hyperbolic tangent of each element."""
    return xp.arctanh(x)


def logistic(xp: Any, x: Any) -> Any:
    """The sigmoid of an array. Where the exponential overflows, its reciprocal is the 0 that it should be."""
    return 1 / (1 + xp.exp(-x))


@op(
    r"\sigma(x) = \frac{1}{1 + e^{-x}}", x=(r"\bar y \odot y \odot (1 - y)", lambda g, y: g * (y * (1 - y))), samples=reals(),
    elementwise=True, floats=True, inplace=True, names=("sigmoid", "expit"),
)  # fmt: skip
def sigmoid(xp, x):
    """Logistic sigmoid of each element: from 0 to 1."""
    return logistic(xp, x)


@op(
    r"\ln \frac{x}{1 - x}", x=(r"\bar y / (x (1 - x))", lambda g, x: g / (x * (1 - x))), samples=reals(0.1, 0.9),
    elementwise=True, floats=True, function=False, method=False, torch_name="Logit",
)  # fmt: skip
def log_odds(xp, x):
    """Logarithm of the odds of each probability: the sigmoid's inverse."""
    return xp.log(x / (1 - x))


@function()
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """The sigmoid's inverse; ``eps`` keeps the input within [eps, 1 - eps]."""
    from engine.ops.compare import clamp

    return log_odds(input if eps is None else clamp(input, eps, 1 - eps))


@op(
    r"\frac{\sin \pi x}{\pi x}", x=(r"\bar y \odot (\cos \pi x - y) / x", lambda g, x, y: _sinc_rule(g, x, y)),
    samples=reals(0.3, 3.0),
    elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def sinc(xp, x):
    """Normalised sinc of each element."""
    return xp.sinc(x)


def _sinc_rule(g: Tensor, x: Tensor, y: Tensor) -> Any:
    from engine.ops.compare import where

    return where(x == 0, 0.0, g * (cos(x * math.pi) - y) / where(x == 0, 1.0, x))


@op(
    r"\frac{\pi}{180} x",
    x=(r"\tfrac{\pi}{180} \bar y", lambda g: g * (math.pi / 180)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def deg2rad(xp, x):
    """Degrees as radians."""
    return x * (math.pi / 180)


@op(
    r"\frac{180}{\pi} x",
    x=(r"\tfrac{180}{\pi} \bar y", lambda g: g * (180 / math.pi)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def rad2deg(xp, x):
    """Radians as degrees."""
    return x * (180 / math.pi)
