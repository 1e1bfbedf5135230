"""Comparisons, logic, bits, and choosing between elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine import dtypes, grad_names
from engine.op import function, op
from engine.ops.elementwise import as_arrays
from engine.tensor import Tensor

# ------------------------------------------------------------------------------------------------ comparisons


@op("[a = b]", elementwise=True, inplace=True)
def eq(xp, a, b):
    """Whether a = b, element by element; a tensor of bool."""
    return xp.equal(a, b)


@op(r"[a \neq b]", elementwise=True, inplace=True, names=("ne", "not_equal"))
def ne(xp, a, b):
    """Whether a ≠ b, element by element; a tensor of bool."""
    return xp.not_equal(a, b)


@op("[a < b]", elementwise=True, inplace=True, names=("lt", "less"))
def lt(xp, a, b):
    """Whether a < b, element by element; a tensor of bool."""
    return xp.less(a, b)


@op(r"[a \leq b]", elementwise=True, inplace=True, names=("le", "less_equal"))
def le(xp, a, b):
    """Whether a ≤ b, element by element; a tensor of bool."""
    return xp.less_equal(a, b)


@op("[a > b]", elementwise=True, inplace=True, names=("gt", "greater"))
def gt(xp, a, b):
    """Whether a > b, element by element; a tensor of bool."""
    return xp.greater(a, b)


@op(r"[a \geq b]", elementwise=True, inplace=True, names=("ge", "greater_equal"))
def ge(xp, a, b):
    """Whether a ≥ b, element by element; a tensor of bool."""
    return xp.greater_equal(a, b)


@op(r"[x\ \text{is nan}]")
def isnan(xp, x):
    """Whether each element is not a number."""
    return xp.isnan(x)


@op(r"[x = \pm\infty]")
def isinf(xp, x):
    """Whether each element is infinite."""
    return xp.isinf(x)


@op(r"[x\ \text{finite}]")
def isfinite(xp, x):
    """Whether each element is a number and finite."""
    return xp.isfinite(x)


@op(r"[x = \infty]")
def isposinf(xp, x):
    """Whether each element is positive infinity."""
    return (x > 0) & xp.isinf(x)


@op(r"[x = -\infty]")
def isneginf(xp, x):
    """Whether each element is negative infinity."""
    return (x < 0) & xp.isinf(x)


@op("[x < 0]")
def signbit(xp, x):
    """Whether each element carries a minus sign."""
    return xp.signbit(x)


@op(
    r"[\,|a - b| \leq \mathrm{atol} + \mathrm{rtol}\,|b|\,]", promotes=True,
    signature=lambda input, other, rtol=1e-5, atol=1e-8,
    equal_nan=False: ((input, other), {"rtol": rtol, "atol": atol, "equal_nan": equal_nan}),
)  # fmt: skip
def isclose(xp, a, b, *, rtol, atol, equal_nan):
    """Whether elements agree up to a tolerance that grows with ``b``."""
    return xp.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


@function()
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements agree up to a tolerance. On a GPU this waits for the device."""
    return bool(isclose(input, other, rtol, atol, equal_nan).data_.all())


@function()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same elements. On a GPU this waits for the device."""
    return input.data_.shape == other.data_.shape and bool(eq(input, other).data_.all())


@op(r"[a \in S]", function=False, method=False)
def among(xp, x, values):
    """Whether each element is one of ``values``."""
    return xp.isin(x, values)


@function(method=False)
def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """Whether each element is one of ``test_elements`` (or none of them)."""
    found = among(elements, test_elements)
    return logical_not(found) if invert else found


# ------------------------------------------------------------------------------------------------ logic and bits


@op(r"a \wedge b", inplace=True)
def logical_and(xp, a, b):
    """Whether both are true (not zero)."""
    return xp.logical_and(a, b)


@op(r"a \vee b", inplace=True)
def logical_or(xp, a, b):
    """Whether one is true (not zero)."""
    return xp.logical_or(a, b)


@op(r"a \oplus b", inplace=True)
def logical_xor(xp, a, b):
    """Whether exactly one is true (not zero)."""
    return xp.logical_xor(a, b)


@op(r"\neg x", inplace=True)
def logical_not(xp, x):
    """Whether each element is false (zero)."""
    return xp.logical_not(x)


def _bits_of(name: str) -> Callable[..., NotImplementedError | None]:
    """Words the error of a bitwise op on floating numbers, by torch's name of the kernel."""

    def problem(given: list[Any], attrs: dict[str, Any]) -> NotImplementedError | None:
        if any(dtypes.category(a) > 1 for a in given):
            return NotImplementedError(f"\"{name}_cpu\" not implemented for 'Float'. Compare first: (x > 0) & (y > 0).")
        return None

    return problem


@op(r"a \mathbin{\&} b", promotes=True, inplace=True, explains=_bits_of("bitwise_and"))
def bitwise_and(xp, a, b):
    """Bits (or truth) that are in both."""
    return a & b


@op(r"a \mathbin{|} b", promotes=True, inplace=True, explains=_bits_of("bitwise_or"))
def bitwise_or(xp, a, b):
    """Bits (or truth) that are in one of both."""
    return a | b


@op(r"a \oplus b", promotes=True, inplace=True, explains=_bits_of("bitwise_xor"))
def bitwise_xor(xp, a, b):
    """Bits (or truth) that are in exactly one of both."""
    return a ^ b


@op(r"\sim x", inplace=True, explains=_bits_of("bitwise_not"))
def bitwise_not(xp, x):
    """Each bit (or truth) turned over."""
    return ~x


@op(r"a \ll b", promotes=True, inplace=True, explains=_bits_of("lshift"))
def bitwise_left_shift(xp, a, b):
    """Bits moved ``b`` places up."""
    return xp.left_shift(*as_arrays(xp, a, b))


@op(r"a \gg b", promotes=True, inplace=True, explains=_bits_of("rshift"))
def bitwise_right_shift(xp, a, b):
    """Bits moved ``b`` places down."""
    return xp.right_shift(*as_arrays(xp, a, b))


# ------------------------------------------------------------------------------------------------ choosing


def _where_samples(rng: np.random.Generator) -> Any:
    a, b = rng.uniform(-2, 2, (2, 3)), rng.uniform(-2, 2, (3,))
    yield (a > 0, a, b), {}
    yield (b > 0, a, 0.5), {}
    yield (a[:, :1] > 0, 0.5, b), {}


@op(
    r"a\ \text{if}\ c\ \text{else}\ b",
    a=(r"\bar y \odot [c]", lambda g, c: where_(c, g, 0.0)),
    b=(r"\bar y \odot [\neg c]", lambda g, c: where_(c, 0.0, g)),
    samples=_where_samples, elementwise=True, promotes=False, function=False, method=False,
)  # fmt: skip
def where_(xp, c, a, b):
    """Elements of ``a`` where the condition holds, of ``b`` elsewhere."""
    a, b = dtypes.cast_operands([a, b])
    return xp.where(c, *as_arrays(xp, a, b))


@function(method=False)
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """Elements of ``input`` where the condition holds, of ``other`` elsewhere; the positions where it holds without them."""
    if input is None and other is None:
        from engine.ops.index import nonzero

        return nonzero(condition, as_tuple=True)
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        kind = max((input, other), key=dtypes.category)
        dtype = dtypes.as_numpy(float) if isinstance(kind, float) else np.dtype(type(kind))
        input = Tensor(condition.device.xp.asarray(input, dtype=dtype), None, condition.device)
    return where_(condition, input, other)


@function(names=("where",), function=False)
def where_method(self: Tensor, condition: Tensor, other: Any) -> Any:
    """The tensor's elements where the condition holds, those of ``other`` elsewhere."""
    return where(condition, self, other)


def _masked_samples(rng: np.random.Generator) -> Any:
    x = rng.uniform(-2, 2, (2, 3))
    yield (x, x > 0, 1.5), {}
    yield (x, x[:1] > 0, rng.uniform(-2, 2, ())), {}


@op(
    r"v\ \text{if mask else}\ x",
    x=(r"\bar y \odot [\neg\,\text{mask}]", lambda g, mask: masked_fill(g, mask, 0.0)),
    value=(r"\sum \bar y \odot [\text{mask}]", lambda g, mask: where_(mask, g, 0.0)),
    gradients=lambda xp, wanted, g, mask: (
        xp.where(mask, xp.zeros((), g.dtype), g), None, xp.where(mask, g, xp.zeros((), g.dtype)) if wanted[2] else None),
    samples=_masked_samples, elementwise=True, promotes=False, inplace=True,
    signature=lambda input, mask, value: ((input, mask, value), {}),
)  # fmt: skip
def masked_fill(xp, x, mask, value):
    """The tensor with ``value`` (one number) where the mask (broadcast) is true."""
    return xp.where(mask, xp.asarray(value, dtype=x.dtype), x)


def _no_ties(rng: np.random.Generator) -> Any:
    for shape_a, shape_b in (((5,), (5,)), ((2, 3), (3,)), ((2, 1), (1, 3))):
        a = rng.uniform(-2, 2, shape_a)
        yield (a, rng.uniform(3, 4, shape_b) * rng.choice([-1, 1], shape_b)), {}


@op(
    r"\max(a, b)",
    a=(r"\bar y \odot [a > b]", lambda g, a, b: g * _wins(a > b, a == b)),
    b=(r"\bar y \odot [b > a]", lambda g, a, b: g * _wins(b > a, a == b)),
    samples=_no_ties, elementwise=True,
)  # fmt: skip
def maximum(xp, a, b):
    """The larger of two elements; a tie shares the gradient."""
    return xp.maximum(*as_arrays(xp, a, b))


@op(
    r"\min(a, b)",
    a=(r"\bar y \odot [a < b]", lambda g, a, b: g * _wins(a < b, a == b)),
    b=(r"\bar y \odot [b < a]", lambda g, a, b: g * _wins(b < a, a == b)),
    samples=_no_ties, elementwise=True,
)  # fmt: skip
def minimum(xp, a, b):
    """The smaller of two elements; a tie shares the gradient."""
    return xp.minimum(*as_arrays(xp, a, b))


def _wins(alone: Any, tied: Any) -> Any:
    return alone + tied * 0.5


@op(
    r"\mathrm{fmax}(a, b)",
    a=(r"\bar y \odot [a \geq b]", lambda g, a, b: g * ((a >= b) | isnan(b))),
    b=(r"\bar y \odot [b > a]", lambda g, a, b: g * ((b > a) | isnan(a))),
    samples=_no_ties, elementwise=True,
)  # fmt: skip
def fmax(xp, a, b):
    """The larger of two elements, or the one that is a number."""
    return xp.fmax(*as_arrays(xp, a, b))


@op(
    r"\mathrm{fmin}(a, b)",
    a=(r"\bar y \odot [a \leq b]", lambda g, a, b: g * ((a <= b) | isnan(b))),
    b=(r"\bar y \odot [b < a]", lambda g, a, b: g * ((b < a) | isnan(a))),
    samples=_no_ties, elementwise=True,
)  # fmt: skip
def fmin(xp, a, b):
    """The smaller of two elements, or the one that is a number."""
    return xp.fmin(*as_arrays(xp, a, b))


def _bounded(input: Any, min: Any = None, max: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    return (input, min, max), {}


def _clamp_samples(rng: np.random.Generator) -> Any:
    x = rng.uniform(0.2, 0.8, (2, 3)) + rng.integers(-2, 3, (2, 3))  # not at the bounds, which are integers
    yield (x, -1.0, 1.0), {}
    yield (x, None, 1.0), {}
    yield (x, np.array([-1.0, 0.0, 1.0]), np.array([1.0, 1.0, 2.0])), {}


@op(
    r"\min(\max(x, l), u)",
    x=(r"\bar y \odot [l \leq x \leq u]", lambda g, x, min, max: g * _within(x, min, max)),
    min=(r"\bar y \odot [x < l]", lambda g, x, min, max: g * (x < min if max is None else (x < min) & (min < max))),
    max=(r"\bar y \odot [x > u]", lambda g, x, min, max: g * (x > max if min is None else (x > max) | (max < min))),
    samples=_clamp_samples, elementwise=True, inplace=True, names=("clamp", "clip"), signature=_bounded,
    torch_name=grad_names.second,
)  # fmt: skip
def clamp(xp, x, min, max):
    """Each element, or the bound that it oversteps; bounds are numbers, tensors or None."""
    y = x
    if min is not None:
        y = xp.maximum(*as_arrays(xp, y, min))
    if max is not None:
        y = xp.minimum(*as_arrays(xp, y, max))
    return y


def _within(x: Tensor, low: Any, high: Any) -> Tensor:
    if low is None:
        return x <= high
    return x >= low if high is None else (x >= low) & (x <= high)


@function()
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Each element, or ``min`` where it is less."""
    return clamp(input, min, None)


@function()
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Each element, or ``max`` where it is more."""
    return clamp(input, None, max)


@op(r"H(x)", elementwise=True)
def heaviside(xp, x, values):
    """0 where x < 0, 1 where x > 0, and ``values`` where x = 0."""
    return xp.heaviside(*as_arrays(xp, x, values)).astype(x.dtype)


@op(
    r"|a|\,\mathrm{sign}\,b",
    a=(r"\bar y \odot \mathrm{sign}(a)\,\mathrm{sign}(y)", lambda g, a, y: g * a.sign() * y.sign()),
    b=("0", lambda g: g * 0),
    samples=_no_ties, elementwise=True, floats=True,
)  # fmt: skip
def copysign(xp, a, b):
    """The magnitude of ``a`` with the sign of ``b``."""
    return xp.copysign(*as_arrays(xp, a, b))
