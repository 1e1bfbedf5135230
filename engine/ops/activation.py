"""Activation functions. Those that mathematics also knows (relu, tanh, sigmoid, softmax) have files of their own kin."""

from __future__ import annotations

from typing import Any

from engine.op import function, op
from engine.ops.axes import axis
from engine.ops.softmax import softmax
from engine.testing import Samples, arrays, away_from_zero, reals, several

SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al. 2017, appendix: fixed point at mean 0, variance 1
SELU_SCALE = 1.0507009873554804934193349852946


def _smooth(**attrs: Any) -> Samples:
    return arrays((2, 3), low=-3, high=3, **attrs)


def _kinked(**attrs: Any) -> Samples:
    """Samples away from 0, where the derivative jumps."""

    def draw(rng: Any) -> Any:
        for inputs, _ in away_from_zero()(rng):
            yield inputs, attrs

    return draw


@function(function=False, method=False, scope=True)
def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """:func:`softmax` of the negative."""
    return softmax(-input, dim, _stacklevel, dtype)


# ------------------------------------------------------------------------------------------------ smooth ones


@op(
    r"\frac{x}{1 + e^{-x}}",
    x=(r"\bar y \odot \sigma(x)(1 + x(1 - \sigma(x)))", lambda g, x: _silu_slope(g, x.sigmoid(), x)),
    samples=reals(), elementwise=True, floats=True, function=False, method=False,
)  # fmt: skip
def silu(xp, x):
    """x times its sigmoid (also called swish)."""
    return x / (1 + xp.exp(-x))


def _silu_slope(g: Any, s: Any, x: Any) -> Any:
    return g * (s * (1 + x * (1 - s)))


@op(
    r"x \tanh(\log(1 + e^{x}))",
    x=(r"\bar y \odot (t + x\,\sigma(x)(1 - t^2)),\ t = \tanh(\log(1 + e^{x}))",
       lambda g, x: _mish_slope(g, softplus(x).tanh(), x)),
    samples=reals(), elementwise=True, floats=True, function=False, method=False,
)  # fmt: skip
def mish(xp, x):
    """x times the tanh of its softplus."""
    return x * xp.tanh(xp.logaddexp(x, xp.zeros_like(x)))


def _mish_slope(g: Any, t: Any, x: Any) -> Any:
    return g * (t + x * x.sigmoid() * (1 - t * t))


@op(
    r"\frac{1}{\beta}\log(1 + e^{\beta x})",
    x=(r"\bar y \odot \sigma(\beta x)",
       lambda g, x, beta, threshold: g.where(x * beta > threshold, g * (x * beta).sigmoid())),
    samples=several(_smooth(beta=1.0, threshold=20.0), _smooth(beta=2.0, threshold=20.0), _smooth(beta=1.0, threshold=-9.0)),
    floats=True, elementwise=True, function=False, method=False,
    signature=lambda input, beta=1.0, threshold=20.0: ((input,), {"beta": beta, "threshold": threshold}),
)  # fmt: skip
def softplus(xp, x, *, beta, threshold):
    """A smooth :func:`relu`; taken as x itself where ``beta * x`` exceeds ``threshold``."""
    z = x * beta
    return xp.where(z > threshold, x, xp.logaddexp(z, xp.zeros_like(z)) / beta)


@op(
    r"\log \sigma(x)",
    x=(r"\bar y \odot \sigma(-x)", lambda g, x: g * (-x).sigmoid()),
    samples=reals(), elementwise=True, floats=True, function=False, method=False, torch_name="LogSigmoid",
)  # fmt: skip
def logsigmoid(xp, x):
    """Logarithm of the sigmoid, computed without overflow."""
    return -xp.logaddexp(-x, xp.zeros_like(x))


@op(
    r"\frac{x}{1 + |x|}",
    x=(r"\frac{\bar y}{(1 + |x|)^2}", lambda g, x: g / (1 + x.abs()) ** 2),
    samples=away_from_zero(), elementwise=True, floats=True, function=False, method=False, torch_name="Div",
)  # fmt: skip
def softsign(xp, x):
    """x divided by 1 plus its absolute value."""
    return x / (1 + xp.abs(x))


@function(function=False, method=False, scope=True)
def tanhshrink(input: Any) -> Any:
    """x minus its tanh."""
    return input - input.tanh()


# ------------------------------------------------------------------------------------------------ with a kink


@op(
    r"\begin{cases} x & x > 0 \\ a x & \text{else} \end{cases}",
    x=(r"\bar y \odot \begin{cases} 1 & x > 0 \\ a & \text{else} \end{cases}",
       lambda g, x, negative_slope: g.where(x > 0, g * negative_slope)),
    samples=_kinked(negative_slope=0.1), elementwise=True, function=False, method=False,
    signature=lambda input, negative_slope=0.01: ((input,), {"negative_slope": negative_slope}),
)  # fmt: skip
def leaky_relu(xp, x, *, negative_slope):
    """Each element, or a small multiple of it where it is negative."""
    return xp.where(x > 0, x, x * negative_slope)


@op(
    r"\begin{cases} x & x > 0 \\ w x & \text{else} \end{cases}",
    x=(r"\bar y \odot \begin{cases} 1 & x > 0 \\ w & \text{else} \end{cases}", lambda g, x, w: g.where(x > 0, g * w)),
    w=(r"\bar y \odot x\,[x \le 0]", lambda g, x: g * x * (x <= 0)),
    samples=lambda rng: iter([((rng.choice([-1.5, 1.2, -0.4], (2, 3, 2)), rng.uniform(0.1, 0.5, (3, 1))), {})]),
    elementwise=True, method=False,
    signature=lambda input, weight: ((input, _per_channel(weight, input)), {}), torch_name="PreluKernel",
)  # fmt: skip
def prelu(xp, x, w):
    """:func:`leaky_relu` with a learned slope: one for all, or one per channel (axis 1)."""
    return xp.where(x > 0, x, w * x)


def _per_channel(weight: Any, x: Any) -> Any:
    return weight if weight.numel() == 1 or x.ndim < 3 else weight.reshape(-1, *(1 for _ in x.shape[2:]))


@op(
    r"\begin{cases} x & x > 0 \\ \alpha(e^{x} - 1) & \text{else} \end{cases}",
    x=(r"\bar y \odot \begin{cases} 1 & x > 0 \\ y + \alpha & \text{else} \end{cases}",
       lambda g, x, y, alpha: g.where(x > 0, g * (y + alpha))),
    samples=_kinked(alpha=1.3), elementwise=True, floats=True, function=False, method=False,
    signature=lambda input, alpha=1.0: ((input,), {"alpha": alpha}),
)  # fmt: skip
def elu(xp, x, *, alpha):
    """Exponential linear unit: falls smoothly to ``-alpha``."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


@op(
    r"\lambda \begin{cases} x & x > 0 \\ \alpha(e^{x} - 1) & \text{else} \end{cases}",
    x=(r"\bar y \odot \begin{cases} \lambda & x > 0 \\ y + \lambda\alpha & \text{else} \end{cases}",
       lambda g, x, y: (g * SELU_SCALE).where(x > 0, g * (y + SELU_SCALE * SELU_ALPHA))),
    samples=away_from_zero(), elementwise=True, floats=True, torch_name="Elu",
)  # fmt: skip
def selu(xp, x):
    """Scaled exponential linear unit, which keeps mean 0 and variance 1 through deep networks."""
    return SELU_SCALE * xp.where(x > 0, x, SELU_ALPHA * xp.expm1(xp.minimum(x, 0)))


@op(
    r"\begin{cases} x & x > 0 \\ \alpha(e^{x/\alpha} - 1) & \text{else} \end{cases}",
    x=(r"\bar y \odot \begin{cases} 1 & x > 0 \\ y/\alpha + 1 & \text{else} \end{cases}",
       lambda g, x, y, alpha: g.where(x > 0, g * (y / alpha + 1))),
    samples=_kinked(alpha=1.3), elementwise=True, floats=True,
    signature=lambda input, alpha=1.0: ((input,), {"alpha": alpha}),
)  # fmt: skip
def celu(xp, x, *, alpha):
    """:func:`elu` whose slope at 0 is 1 for every ``alpha``."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0) / alpha))


@op(
    r"\min(\max(x, a), b)",
    x=(r"\bar y \odot [a < x < b]", lambda g, x, min_val, max_val: g * (x > min_val) * (x < max_val)),
    samples=_kinked(min_val=-1.0, max_val=0.1), elementwise=True, function=False, method=False,
    signature=lambda input, min_val=-1.0, max_val=1.0: ((input,), {"min_val": min_val, "max_val": max_val}),
)  # fmt: skip
def hardtanh(xp, x, *, min_val, max_val):
    """Each element, kept between two bounds."""
    return xp.minimum(xp.maximum(x, min_val), max_val)


@op(
    r"\min(\max(x, 0), 6)",
    x=(r"\bar y \odot [0 < x < 6]", lambda g, x: g * (x > 0) * (x < 6)),
    samples=away_from_zero(), elementwise=True, function=False, method=False, torch_name="Hardtanh",
)  # fmt: skip
def relu6(xp, x):
    """:func:`relu`, cut off at 6."""
    return xp.minimum(xp.maximum(x, 0), 6)


@op(
    r"\min(\max(x + 3, 0), 6) / 6",
    x=(r"\tfrac16 \bar y \odot [|x| < 3]", lambda g, x: g / 6 * (x > -3) * (x < 3)),
    samples=away_from_zero(0.2, 2.8), elementwise=True, floats=True, function=False, method=False,
)  # fmt: skip
def hardsigmoid(xp, x):
    """The sigmoid in three straight pieces."""
    return xp.minimum(xp.maximum(x + 3, 0), 6) / 6


@op(
    r"x \min(\max(x + 3, 0), 6) / 6",
    x=(r"\bar y \odot \begin{cases} 0 & x < -3 \\ \tfrac x3 + \tfrac12 & x \le 3 \\ 1 & \text{else} \end{cases}",
       lambda g, x: g.where(x > 3, g * (x / 3 + 0.5) * (x >= -3))),
    samples=away_from_zero(0.2, 2.8), elementwise=True, floats=True, function=False, method=False,
)  # fmt: skip
def hardswish(xp, x):
    """x times its hardsigmoid."""
    return x * xp.minimum(xp.maximum(x + 3, 0), 6) / 6


@op(
    r"\begin{cases} x & x > t \\ v & \text{else} \end{cases}",
    x=(r"\bar y \odot [x > t]", lambda g, x, threshold: g * (x > threshold)),
    samples=_kinked(threshold=0.1, value=2.0), elementwise=True, method=False,
    signature=lambda input, threshold, value: ((input,), {"threshold": threshold, "value": value}),
)  # fmt: skip
def threshold(xp, x, *, threshold, value):
    """Each element, or ``value`` where it is not above ``threshold``."""
    return xp.where(x > threshold, x, xp.full_like(x, value))


@op(
    r"x\,[|x| > \lambda]",
    x=(r"\bar y \odot [|x| > \lambda]", lambda g, x, lambd: g * (x.abs() > lambd)),
    samples=_kinked(lambd=0.1), elementwise=True, method=False,
    signature=lambda input, lambd=0.5: ((input,), {"lambd": lambd}),
)  # fmt: skip
def hardshrink(xp, x, *, lambd):
    """Each element, or 0 where it is within ``lambd`` of 0."""
    return x * (xp.abs(x) > lambd)


@op(
    r"\mathrm{sign}(x) \max(|x| - \lambda, 0)",
    x=(r"\bar y \odot [|x| > \lambda]", lambda g, x, lambd: g * (x.abs() > lambd)),
    samples=_kinked(lambd=0.1), elementwise=True, function=False, method=False,
    signature=lambda input, lambd=0.5: ((input,), {"lambd": lambd}),
)  # fmt: skip
def softshrink(xp, x, *, lambd):
    """Each element moved towards 0 by ``lambd``."""
    return xp.sign(x) * xp.maximum(xp.abs(x) - lambd, 0)


# ------------------------------------------------------------------------------------------------ composed


@function(function=False, method=False, scope=True)
def glu(input: Any, dim: int = -1) -> Any:
    """Gated linear unit: the first half along ``dim`` times the sigmoid of the second half."""
    if input.shape[dim] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {axis(dim, input.ndim)} is size {input.shape[dim]}"
        )
    a, b = input.chunk(2, dim)
    return a * b.sigmoid()
