"""Normal float32 numbers, bit for bit as PyTorch makes them on a CPU with AVX2.

PyTorch computes logarithm, sine and cosine there by the polynomials of the Cephes library (S. Moshier), in float32 with fused
multiply-add. A fused multiply-add of float32 is a float64 multiplication (exact) and addition, rounded once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Host = np.ndarray[Any, Any]
F = np.float32
BLOCK = 1 << 15  #: elements at a time, so that the intermediate arrays stay in the processor's cache

TWO_PI = F(2 * np.pi)
HALF_SQRT2 = F(0.707106781186547524)
FOUR_OVER_PI = F(1.27323954473516)
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
#: π/4 in three parts, each exact when multiplied by a small integer (Cody and Waite 1980)
QUARTER_PI = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
LOG = (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
       2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)  # fmt: skip
SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)


def normals(u: Host, mean: float, std: float) -> Host:
    """Blocks of 16 uniform float32 in [0, 1) → blocks of 16 normal ones: radius from the first 8, angle from the last 8."""
    z = np.empty_like(u)
    for start in range(0, len(u), BLOCK):
        pairs = u[start : start + BLOCK].reshape(-1, 2, 8)
        radius = np.sqrt(F(-2) * _log(F(1) - pairs[:, 0]))
        sin, cos = _sincos(TWO_PI * pairs[:, 1])
        made = z[start : start + BLOCK].reshape(-1, 2, 8)
        made[:, 0] = fma(radius * cos, F(std), F(mean))
        made[:, 1] = fma(radius * sin, F(std), F(mean))
    return z


def fma(a: Host, b: Any, c: Any) -> Host:
    """a·b + c of float32, rounded once."""
    wide = a.astype(np.float64)
    wide *= b
    wide += c
    return wide.astype(F)


def _polynomial(x: Host, coefficients: tuple[float, ...]) -> Host:
    wide = x.astype(np.float64)
    y = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        y = (y * wide + np.float64(F(c))).astype(F)
    return y


def _log(x: Host) -> Host:
    """Natural logarithm of x in (0, 1]."""
    m, exponent = np.frexp(x)
    small = m < HALF_SQRT2
    e = (exponent - small).astype(F)
    m = np.where(small, (m - F(1)) + m, m - F(1))
    z = m * m
    y = fma(_polynomial(m, LOG) * m, z, e * F(LN2_LOW))
    y = fma(-z, F(0.5), y)
    return fma(e, F(LN2_HIGH), m + y)


def _sincos(x: Host) -> tuple[Host, Host]:
    """Sine and cosine of x ≥ 0: reduced to an octant, then a polynomial for each."""
    octant = ((x * FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    k = octant.astype(F)
    for part in QUARTER_PI:
        x = fma(k, F(part), x)
    z = x * x
    c = fma(_polynomial(z, COS) * z, z, z * F(-0.5)) + F(1)
    s = fma(_polynomial(z, SIN) * z, x, x)
    straight = (octant & 2) == 0
    sin = np.where(straight, s, c)
    cos = np.where(straight, c, s)
    return np.where(octant & 4, -sin, sin), np.where((octant + 2) & 4, -cos, cos)
