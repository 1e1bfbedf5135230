"""Element-by-element ops: arithmetic, rounding. Powers are in :mod:`engine.ops.power`, angles in :mod:`engine.ops.trigonometry`."""

from __future__ import annotations

from typing import Any

from engine import dtypes
from engine.op import function, op
from engine.tensor import Tensor
from engine.testing import away_from_zero, between_integers, pairs, quotients, reals


def scaled(input: Any, other: Any, *, alpha: Any = 1) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``add`` and ``sub``: the second operand may come times ``alpha``."""
    return (input, other if alpha == 1 else other * alpha), {}


# ------------------------------------------------------------------------------------------------ arithmetic


@op(
    r"a + b",
    a=(r"\bar y", lambda g: g),
    b=(r"\bar y", lambda g: g),
    samples=pairs(), elementwise=True, inplace=True, signature=scaled,
)  # fmt: skip
def add(xp, a, b):
    """Sum of two tensors, broadcast against each other."""
    return a + b


def _bool_difference(given: list[Any], attrs: dict[str, Any]) -> str | None:
    if any(dtypes.category(a) == 0 for a in given):
        return (
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return None


def _bool_negative(given: list[Any], attrs: dict[str, Any]) -> str | None:
    if given[0].dtype == bool:
        return (
            "Negation, the `-` operator, on a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return None


@op(
    r"a - b",
    a=(r"\bar y", lambda g: g),
    b=(r"-\bar y", lambda g: -g),
    samples=pairs(), elementwise=True, inplace=True, names=("sub", "subtract"), signature=scaled,
    explains=_bool_difference,
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


def _divided(input: Any, other: Any, *, rounding_mode: str | None = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if rounding_mode is not None:
        raise TypeError(
            f"div_(): rounding_mode {rounding_mode!r} works out of place only: x = torch.div(x, y, rounding_mode=...)"
        )
    return (input, other), {}


@op(
    r"a / b",
    a=(r"\bar y / b", lambda g, b: g / b),
    b=(r"-\bar y \odot y / b", lambda g, b, y: -g * y / b),
    samples=pairs(low_b=0.5, high_b=2.0), elementwise=True, floats=True, inplace=True, function=False,
    names=("div", "divide", "true_divide"), signature=_divided,
)  # fmt: skip
def div(xp, a, b):
    """Quotient of two tensors element by element, broadcast against each other; integers give floats."""
    return a / b


@function(names=("div", "divide", "true_divide"))
def divide(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Quotient element by element; ``rounding_mode`` is None (true division), "floor" or "trunc"."""
    if rounding_mode is None:
        return div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        quotient = trunc(div(input, other))
        return quotient if _floating(input) or _floating(other) else quotient.long()
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def _floating(x: Any) -> bool:
    return dtypes.category(x.data_ if isinstance(x, Tensor) else x) >= 2


@op(
    r"\lfloor a / b \rfloor",
    a=("0", lambda g: g * 0),
    b=("0", lambda g: g * 0),
    samples=quotients(), elementwise=True, inplace=True,
)  # fmt: skip
def floor_divide(xp, a, b):
    """Quotient rounded down."""
    return xp.floor_divide(a, b)


@op(
    r"a - b \lfloor a / b \rfloor",
    a=(r"\bar y", lambda g: g),
    b=(r"-\bar y \odot \lfloor a / b \rfloor", lambda g, a, b: -g * floor_divide(a, b)),
    samples=quotients(), elementwise=True, inplace=True,
)  # fmt: skip
def remainder(xp, a, b):
    """What division leaves, with the sign of the divisor (Python's ``%``)."""
    return xp.remainder(a, b)


@op(
    r"a - b\,\mathrm{trunc}(a / b)",
    a=(r"\bar y", lambda g: g),
    b=(r"-\bar y \odot \mathrm{trunc}(a / b)", lambda g, a, b: -g * trunc(a / b)),
    samples=quotients(), elementwise=True, inplace=True,
)  # fmt: skip
def fmod(xp, a, b):
    """What division leaves, with the sign of the dividend (C's ``fmod``)."""
    return xp.fmod(a, b)


@op(
    r"-x",
    x=(r"-\bar y", lambda g: -g),
    samples=reals(),
    elementwise=True,
    inplace=True,
    explains=_bool_negative,
    names=("neg", "negative"),
)
def neg(xp, x):
    """Negative of each element."""
    return -x


@op(r"x", x=(r"\bar y", lambda g: g), samples=reals(), elementwise=True)
def positive(xp, x):
    """Each element as it is."""
    return +x


@op(r"|x|", x=(r"\bar y \odot \mathrm{sign}\,x", lambda g, x: g * sign(x)), samples=away_from_zero(), elementwise=True,
    inplace=True,
    names=("abs", "absolute"))  # fmt: skip
def abs_(xp, x):
    """Absolute value of each element (the derivative at 0 is taken as 0)."""
    return xp.abs(x)


@op(
    r"\mathrm{sign}\,x",
    x=("0", lambda g: g * 0),
    samples=away_from_zero(),
    elementwise=True,
    inplace=True,
    names=("sign", "sgn"),
)
def sign(xp, x):
    """-1, 0 or 1 as each element is negative, zero or positive."""
    return x.copy() if x.dtype.kind == "b" else xp.sign(x)


@op(
    r"a + t\,(b - a)",
    a=(r"\bar y \odot (1 - t)", lambda g, weight: g * (1 - weight)),
    b=(r"\bar y \odot t", lambda g, weight: g * weight),
    weight=(r"\bar y \odot (b - a)", lambda g, a, b: g * (b - a)),
    samples=pairs(more=1), elementwise=True, inplace=True,
    signature=lambda input, end, weight: ((input, end, weight), {}),
)  # fmt: skip
def lerp(xp, a, b, weight):
    """The point between ``a`` (weight 0) and ``b`` (weight 1)."""
    return a + weight * (b - a)


@op(
    r"x + v\,a \odot b",
    x=(r"\bar y", lambda g: g),
    a=(r"v\,\bar y \odot b", lambda g, b, value: g * b * value),
    b=(r"v\,\bar y \odot a", lambda g, a, value: g * a * value),
    samples=pairs(more=1, value=0.5), elementwise=True, inplace=True,
    signature=lambda input, tensor1, tensor2, value=1: ((input, tensor1, tensor2), {"value": value}),
)  # fmt: skip
def addcmul(xp, x, a, b, *, value):
    """``x`` plus a product, times ``value``."""
    return x + value * (a * b)


@op(
    r"x + v\,a / b",
    x=(r"\bar y", lambda g: g),
    a=(r"v\,\bar y / b", lambda g, b, value: g * value / b),
    b=(r"-v\,\bar y \odot a / b^2", lambda g, a, b, value: -g * value * a / (b * b)),
    samples=pairs(low=0.5, high=2.0, more=1, value=0.5), elementwise=True, inplace=True,
    signature=lambda input, tensor1, tensor2, value=1: ((input, tensor1, tensor2), {"value": value}),
)  # fmt: skip
def addcdiv(xp, x, a, b, *, value):
    """``x`` plus a quotient, times ``value``."""
    return x + value * (a / b)


@op(
    r"1 / x",
    x=(r"-\bar y \odot y^2", lambda g, y: -g * (y * y)),
    samples=away_from_zero(0.5),
    elementwise=True,
    floats=True,
    inplace=True,
)
def reciprocal(xp, x):
    """One over each element."""
    return 1 / x


@function(method=False)
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``other - alpha * input``: subtraction with its operands exchanged."""
    return sub(other, input, alpha=alpha)


def as_arrays(xp: Any, *operands: Any) -> list[Any]:
    """Python numbers among the operands as arrays: CuPy's ufuncs of two arguments want one array at least, of the same dtype."""
    dtype = next(a.dtype for a in operands if hasattr(a, "dtype"))
    return [a if hasattr(a, "dtype") else xp.asarray(a, dtype=dtype) for a in operands]


@op(r"\gcd(a, b)", promotes=True, inplace=True)
def gcd(xp, a, b):
    """Greatest common divisor of integers, element by element."""
    return xp.gcd(*as_arrays(xp, a, b))


@op(r"\mathrm{lcm}(a, b)", promotes=True, inplace=True)
def lcm(xp, a, b):
    """Least common multiple of integers, element by element."""
    return xp.lcm(*as_arrays(xp, a, b))


# ------------------------------------------------------------------------------------------------ rounding


@op(r"\lfloor x \rfloor", x=("0", lambda g: g * 0), samples=between_integers(), elementwise=True, inplace=True)
def floor(xp, x):
    """Each element rounded down."""
    return xp.floor(x) if x.dtype.kind == "f" else x.copy()


@op(r"\lceil x \rceil", x=("0", lambda g: g * 0), samples=between_integers(), elementwise=True, inplace=True)
def ceil(xp, x):
    """Each element rounded up."""
    return xp.ceil(x) if x.dtype.kind == "f" else x.copy()


@op(
    r"\mathrm{trunc}\,x",
    x=("0", lambda g: g * 0),
    samples=between_integers(),
    elementwise=True,
    inplace=True,
    names=("trunc", "fix"),
)
def trunc(xp, x):
    """Each element without its decimals."""
    return xp.trunc(x) if x.dtype.kind == "f" else x.copy()


@op(
    r"\mathrm{round}\,x", x=("0", lambda g: g * 0), samples=between_integers(decimals=0), elementwise=True, inplace=True,
    signature=lambda input, *, decimals=0: ((input,), {"decimals": decimals}),
)  # fmt: skip
def round_(xp, x, *, decimals):
    """Each element rounded to so many decimals, halves to the even neighbour."""
    return xp.round(x, decimals)


@op(r"x - \mathrm{trunc}\,x", x=(r"\bar y", lambda g: g), samples=between_integers(), elementwise=True, inplace=True)
def frac(xp, x):
    """The decimals of each element, with its sign."""
    return x - xp.trunc(x)


@op(
    r"\mathrm{finite}(x)",
    x=(r"\bar y \odot [x\ \text{finite}]", lambda g, x: g * x.isfinite()),
    samples=reals(), elementwise=True, inplace=True,
    signature=lambda input, nan=0.0, posinf=None, neginf=None: ((input,), {"nan": nan, "posinf": posinf, "neginf": neginf}),
)  # fmt: skip
def nan_to_num(xp, x, *, nan=0.0, posinf=None, neginf=None):
    """Each element, with nan and the infinities replaced by numbers (by the largest ones unless given)."""
    return xp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@op(
    r"\max(x, 0)",
    x=(r"\bar y \odot [x > 0]", lambda g, y: g * (y > 0)),
    samples=away_from_zero(),
    elementwise=True,
    inplace=True,
)
def relu(xp, x):
    """Each element, or 0 where it is negative (rectified linear unit; the derivative at 0 is taken as 0)."""
    return xp.maximum(x, 0)
