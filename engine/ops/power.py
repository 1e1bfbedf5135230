"""Powers, roots, exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

from engine import grad_names
from engine.op import function, op
from engine.ops.compare import where
from engine.ops.elementwise import as_arrays, mul
from engine.tensor import Tensor
from engine.testing import pairs, reals

# ------------------------------------------------------------------------------------------------ powers and roots


def _power_base(g: Any, a: Any, b: Any) -> Any:
    if not isinstance(b, Tensor):
        return g * 0 if b == 0 else g * (b * a ** (b - 1))
    return where(b == 0, 0.0, g * (b * a ** (b - 1)))  # 0 · 0⁻¹ would be nan


def _power_exponent(g: Any, a: Any, b: Any, y: Any) -> Any:
    """The derivative is 0 at base 0 (for b ≥ 0), where ``log`` has none."""
    if not isinstance(a, Tensor):
        return (
            g * y * math.log(a)
            if a > 0
            else where((b >= 0) & (a == 0), 0.0, g * y * (-math.inf if a == 0 else math.nan))
        )
    at_zero = (a == 0) & (b >= 0)
    return where(at_zero, 0.0, g * (y * log(where(at_zero, 1.0, a))))


@op(
    r"a^{b}",
    a=(r"\bar y \odot b\,a^{b-1}", _power_base),
    b=(r"\bar y \odot y \log a", _power_exponent),
    samples=pairs(low=0.5, high=2.0), elementwise=True, inplace=True,
    signature=lambda input, exponent: ((input, exponent), {}), torch_name=grad_names.power,
)  # fmt: skip
def pow_(xp, a, b):
    """``a`` to the power ``b``, element by element."""
    return a**b


@op(
    r"x^2",
    x=(r"2\,\bar y \odot x", lambda g, x: g * (x * 2)),
    samples=reals(),
    elementwise=True,
    inplace=True,
    torch_name="Pow",
)
def square(xp, x):
    """Square of each element."""
    return x * x


@op(
    r"\sqrt{x}",
    x=(r"\bar y / (2 y)", lambda g, y: g / (y * 2)),
    samples=reals(0.3, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def sqrt(xp, x):
    """Square root of each element; nan where it is negative."""
    return xp.sqrt(x)


@op(
    r"1 / \sqrt{x}",
    x=(r"-\tfrac12 \bar y \odot y^3", lambda g, y: g * (y * y * y * -0.5)),
    samples=reals(0.3, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def rsqrt(xp, x):
    """One over the square root of each element."""
    return 1 / xp.sqrt(x)


@op(
    r"\sqrt{a^2 + b^2}",
    a=(r"\bar y \odot a / y", lambda g, a, y: g * a / y),
    b=(r"\bar y \odot b / y", lambda g, b, y: g * b / y),
    samples=pairs(low=0.5, high=2.0), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def hypot(xp, a, b):
    """Length of the hypotenuse over the legs ``a`` and ``b``."""
    return xp.hypot(*as_arrays(xp, a, b))


@function()
def float_power(input: Any, exponent: Any) -> Any:
    """``input`` to the power ``exponent``, in float64."""
    return pow_(*(x.double() if isinstance(x, Tensor) else float(x) for x in (input, exponent)))


# ------------------------------------------------------------------------------------------------ exponentials and logarithms

LN2, LN10 = math.log(2.0), math.log(10.0)


@op(r"e^{x}", x=(r"\bar y \odot y", lambda g, y: g * y), samples=reals(), elementwise=True, floats=True, inplace=True)
def exp(xp, x):
    """Exponential of each element."""
    return xp.exp(x)


@op(
    r"2^{x}",
    x=(r"\bar y \odot y \ln 2", lambda g, y: g * (y * LN2)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def exp2(xp, x):
    """Two to the power of each element."""
    return xp.exp2(x)


@op(
    r"e^{x} - 1",
    x=(r"\bar y \odot (y + 1)", lambda g, y: g * (y + 1)),
    samples=reals(),
    elementwise=True,
    floats=True,
    inplace=True,
)
def expm1(xp, x):
    """Exponential less one, exact for small elements too."""
    return xp.expm1(x)


@op(
    r"\ln x",
    x=(r"\bar y / x", lambda g, x: g / x),
    samples=reals(0.3, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def log(xp, x):
    """Natural logarithm of each element; nan where it is negative, -inf at 0."""
    return xp.log(x)


@op(
    r"\log_2 x",
    x=(r"\bar y / (x \ln 2)", lambda g, x: g / (x * LN2)),
    samples=reals(0.3, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def log2(xp, x):
    """Logarithm to base 2 of each element."""
    return xp.log2(x)


@op(
    r"\log_{10} x",
    x=(r"\bar y / (x \ln 10)", lambda g, x: g / (x * LN10)),
    samples=reals(0.3, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def log10(xp, x):
    """Logarithm to base 10 of each element."""
    return xp.log10(x)


@op(
    r"\ln(1 + x)",
    x=(r"\bar y / (1 + x)", lambda g, x: g / (x + 1)),
    samples=reals(-0.6, 3.0),
    elementwise=True,
    floats=True,
    inplace=True,
)
def log1p(xp, x):
    """Natural logarithm of one plus each element, exact for small ones too."""
    return xp.log1p(x)


@op(
    r"\ln(e^a + e^b)",
    a=(r"\bar y \odot e^{a - y}", lambda g, a, y: g * exp(a - y)),
    b=(r"\bar y \odot e^{b - y}", lambda g, b, y: g * exp(b - y)),
    samples=pairs(), elementwise=True, floats=True,
)  # fmt: skip
def logaddexp(xp, a, b):
    """Logarithm of the sum of two exponentials, without overflow."""
    return xp.logaddexp(*as_arrays(xp, a, b))


@op(
    r"\log_2(2^a + 2^b)",
    a=(r"\bar y \odot 2^{a - y}", lambda g, a, y: g * exp2(a - y)),
    b=(r"\bar y \odot 2^{b - y}", lambda g, b, y: g * exp2(b - y)),
    samples=pairs(), elementwise=True, floats=True,
)  # fmt: skip
def logaddexp2(xp, a, b):
    """Logarithm to base 2 of the sum of two powers of 2, without overflow."""
    return xp.logaddexp2(*as_arrays(xp, a, b))


@function()
def ldexp(input: Any, other: Any) -> Any:
    """``input`` times 2 to the power ``other``."""
    return mul(input, exp2(other))


def _log_of_number(b: float) -> float:
    return math.log(b) if b > 0 else -math.inf if b == 0 else math.nan


@op(
    r"a \ln b",
    a=(r"\bar y \odot \ln b", lambda g, b: g * (log(b) if isinstance(b, Tensor) else _log_of_number(b))),
    b=(r"\bar y \odot a / b", lambda g, a, b: g * a / b),
    samples=pairs(low=0.5, high=2.0), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def xlogy(xp, a, b):
    """``a`` times the logarithm of ``b``; 0 where ``a`` is 0."""
    a, b = as_arrays(xp, a, b)
    return xp.where((a == 0) & ~xp.isnan(b), xp.zeros_like(a), a * xp.log(b))
