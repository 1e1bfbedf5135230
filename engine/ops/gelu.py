"""Gaussian error linear unit (Hendrycks and Gimpel 2016)."""

from __future__ import annotations

import math
from typing import Any

from engine.op import op
from engine.ops.erf import normal_cdf
from engine.testing import arrays, reals, several

DENSITY = 1 / math.sqrt(2 * math.pi)  # of the standard normal distribution at 0
INNER = math.sqrt(2 / math.pi)
CUBIC = 0.044715


@op(
    r"\Phi(x)",
    x=(r"\bar y \odot \varphi(x)", lambda g, x: g * ((x * x * -0.5).exp() * DENSITY)),
    samples=reals(), elementwise=True, floats=True, function=False, method=False,
)  # fmt: skip
def normal_share(xp, x):
    """Share of a standard normal variable that lies below each element."""
    return normal_cdf(xp, x)


@op(
    r"x\,\Phi(x)",
    x=(r"\bar y \odot (\Phi(x) + x\,\varphi(x))", lambda g, x, approximate: g * _slope(x, approximate)),
    samples=several(arrays((2, 3), approximate="none"), arrays((2, 3), approximate="tanh")),
    elementwise=True, floats=True, function=False, method=False,
    signature=lambda input, *, approximate="none": ((input,), {"approximate": _checked(approximate)}),
)  # fmt: skip
def gelu(xp, x, *, approximate):
    """Each element times the share of a standard normal variable below it ("tanh": an approximation without erf)."""
    if approximate == "tanh":
        return 0.5 * x * (1 + xp.tanh(INNER * (x + CUBIC * x * x * x)))
    return x * normal_cdf(xp, x)


def _checked(approximate: str) -> str:
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, but got {approximate}")
    return approximate


def _slope(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        t = ((x + x * x * x * CUBIC) * INNER).tanh()
        return (t + 1) * 0.5 + x * (1 - t * t) * (x * x * (3 * CUBIC) + 1) * (0.5 * INNER)
    return normal_share(x) + x * ((x * x * -0.5).exp() * DENSITY)
