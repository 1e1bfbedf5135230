"""Special functions, from array arithmetic alone: NumPy has none of them, and CuPy keeps them elsewhere.

Sources: error function: :mod:`engine.ops.erf`; its inverse: M. Giles, "Approximating the erfinv function" (2010),
then Newton steps; log-gamma: Lanczos, g = 7, n = 9 (Godfrey's coefficients);
digamma and polygamma: recurrence to x ≥ 10, then the asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.11).
"""

from __future__ import annotations

import math
from typing import Any

from engine.op import function, op
from engine.ops.compare import where
from engine.ops.erf import erf_array, erfc_array
from engine.ops.power import exp, log, log1p
from engine.tensor import Tensor
from engine.testing import reals

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


@op(
    r"\mathrm{erf}\,x = \tfrac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt",
    x=(r"\tfrac{2}{\sqrt\pi}\,\bar y \odot e^{-x^2}", lambda g, x: g * exp(-x * x) * TWO_OVER_SQRT_PI),
    samples=reals(), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def erf(xp, x):
    """Error function of each element."""
    return erf_array(xp, x)


@op(
    r"\mathrm{erfc}\,x = 1 - \mathrm{erf}\,x",
    x=(r"-\tfrac{2}{\sqrt\pi}\,\bar y \odot e^{-x^2}", lambda g, x: g * exp(-x * x) * -TWO_OVER_SQRT_PI),
    samples=reals(), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def erfc(xp, x):
    """Complementary error function of each element, exact for large ones too."""
    return erfc_array(xp, x)


_CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_EDGE = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def _polynomial(coefficients: tuple[float, ...], z: Any) -> Any:
    total = coefficients[0] * z + coefficients[1]
    for c in coefficients[2:]:
        total = total * z + c
    return total


@op(
    r"\mathrm{erf}^{-1} x", x=(r"\tfrac{\sqrt\pi}{2}\,\bar y \odot e^{y^2}", lambda g, y: g * exp(y * y) / TWO_OVER_SQRT_PI),
    samples=reals(-0.9, 0.9), elementwise=True, floats=True, inplace=True,
)  # fmt: skip
def erfinv(xp, x):
    """The number whose error function each element is."""
    w = -xp.log((1 - x) * (1 + x))
    y = x * xp.where(w < 5, _polynomial(_CENTRE, w - 2.5), _polynomial(_EDGE, xp.sqrt(xp.maximum(w, 5)) - 3))
    inside = xp.abs(x) < 1
    for _ in range(2):  # Newton; each step doubles the digits
        step = (erf_array(xp, y) - x) / (TWO_OVER_SQRT_PI * xp.exp(-y * y))
        y = xp.where(inside & xp.isfinite(step), y - step, y)
    return xp.where(inside, y, xp.where(xp.abs(x) == 1, x * math.inf, xp.full_like(x, math.nan)))


_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip


def _log_gamma_right(xp: Any, x: Any) -> Any:
    """Logarithm of the gamma function of numbers ≥ 0.5."""
    z = x - 1
    total = _LANCZOS[0] + 0 * z
    for k, c in enumerate(_LANCZOS[1:], 1):
        total = total + c / (z + k)
    t = z + 7.5
    return 0.5 * math.log(2 * math.pi) + (z + 0.5) * xp.log(t) - t + xp.log(total)


@op(
    r"\ln |\Gamma(x)|", x=(r"\bar y \odot \psi(x)", lambda g, x: g * digamma(x)), samples=reals(0.3, 6.0),
    elementwise=True, floats=True,
    inplace=True, names=("lgamma", "gammaln"),
)  # fmt: skip
def lgamma(xp, x):
    """Logarithm of the magnitude of the gamma function of each element."""
    low = x < 0.5
    right = _log_gamma_right(xp, xp.where(low, 1 - x, x))
    mirrored = xp.log(math.pi / xp.abs(xp.sin(math.pi * x))) - right
    return xp.where(low, mirrored, right)


_SHIFTS = 10  # steps of the recurrence; from there on the asymptotic series has all digits
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _digamma_right(xp: Any, x: Any) -> Any:
    total = 0 * x
    for k in range(_SHIFTS):
        total = total - 1 / (x + k)
    z = x + _SHIFTS
    total = total + xp.log(z) - 0.5 / z
    for j, b in enumerate(_BERNOULLI, 1):
        total = total - b / (2 * j * z ** (2 * j))
    return total


@op(
    r"\psi(x)", x=(r"\bar y \odot \psi'(x)", lambda g, x: g * polygamma_(x, n=1)), samples=reals(0.3, 6.0),
    elementwise=True, floats=True,
    inplace=True, names=("digamma", "psi"),
)  # fmt: skip
def digamma(xp, x):
    """Derivative of the log-gamma function of each element."""
    low = x < 0.5
    right = _digamma_right(xp, xp.where(low, 1 - x, x))
    return xp.where(low, right - math.pi / xp.tan(math.pi * x), right)


@op(
    r"\psi^{(n)}(x)", x=(r"\bar y \odot \psi^{(n+1)}(x)", lambda g, x, n: g * polygamma_(x, n=n + 1)),
    samples=lambda rng: ((inputs, {"n": n}) for n in (1, 2) for inputs, _ in reals(0.5, 6.0)(rng)), elementwise=True, floats=True,
    function=False, method=False,
)  # fmt: skip
def polygamma_(xp, x, *, n):
    """The ``n``-th derivative of the digamma function of each element, for positive ones (nan elsewhere)."""
    total = 0 * x
    for k in range(_SHIFTS):
        total = total + math.factorial(n) / (x + k) ** (n + 1)
    z = x + _SHIFTS
    total = total + math.factorial(n - 1) / z**n + math.factorial(n) / (2 * z ** (n + 1))
    for j, b in enumerate(_BERNOULLI, 1):
        total = total + b * (math.factorial(2 * j + n - 1) / math.factorial(2 * j)) / z ** (2 * j + n)
    return xp.where(x > 0, total * (-1) ** (n + 1), xp.full_like(x, math.nan))


@function(names=("polygamma",), method=False)
def polygamma(n: int, input: Tensor) -> Any:
    """The ``n``-th derivative of the digamma function; ``n`` = 0 is digamma itself."""
    return digamma(input) if n == 0 else polygamma_(input, n=n)


@function()
def mvlgamma(input: Tensor, p: int) -> Any:
    """Logarithm of the multivariate gamma function of dimension ``p``."""
    total = p * (p - 1) / 4 * math.log(math.pi)
    for k in range(p):
        total = lgamma(input - k / 2) + total
    return total


@function(method=False)
def ndtr(input: Tensor) -> Any:
    """Distribution function of the standard normal distribution."""
    return erfc(input * -math.sqrt(0.5)) * 0.5


@function(method=False)
def ndtri(input: Tensor) -> Any:
    """Quantile function of the standard normal distribution."""
    return erfinv(input * 2 - 1) * math.sqrt(2)


@function(method=False)
def entr(input: Tensor) -> Any:
    """``-x ln x`` of each element: 0 at 0, -inf below."""
    inside = input > 0
    return where(inside, -input * log(where(inside, input, 1.0)), where(input == 0, 0.0, -math.inf))


@function(method=False)
def xlog1py(input: Any, other: Any) -> Any:
    """``x ln(1 + y)``; 0 where ``x`` is 0."""
    return where((input == 0) if isinstance(input, Tensor) else other * 0 + input == 0, 0.0, input * log1p(other))
