"""Samples for the op table, and gradient checking of any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.mode import enable_grad
from engine.tensor import Tensor

Sample = tuple[tuple[Any, ...], dict[str, Any]]
Samples = Callable[[np.random.Generator], Iterator[Sample]]


def arrays(*shapes: tuple[int, ...], low: float = -2.0, high: float = 2.0, **attrs: Any) -> Samples:
    """One sample: float64 arrays of these shapes, uniform in [low, high), and the op's attributes."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        yield tuple(uniform(rng, low, high, shape) for shape in shapes), attrs

    return draw


def uniform(rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Float64 numbers in [low, high): an array for shape () as well, where NumPy gives a scalar."""
    return np.asarray(rng.uniform(low, high, shape))


def reals(low: float = -3.0, high: float = 3.0) -> Samples:
    """For a function of one tensor: a 0-d, a 1-d, a 2-d and an empty one."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        for shape in ((), (5,), (2, 3), (0,)):
            yield (uniform(rng, low, high, shape),), {}

    return draw


def away_from_zero(gap: float = 0.2, high: float = 3.0) -> Samples:
    """Like :func:`reals`, but no element is closer to 0 than ``gap`` (a kink sits there)."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        for shape in ((), (5,), (2, 3)):
            yield (np.asarray(rng.uniform(gap, high, shape) * rng.choice([-1.0, 1.0], shape)),), {}

    return draw


def between_integers(**attrs: Any) -> Samples:
    """For functions that jump at integers: a tensor of a few shapes, elements well between them."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        for shape in ((), (5,), (2, 3)):
            yield (np.asarray(rng.integers(-4, 4, shape) + rng.uniform(0.2, 0.4, shape)),), attrs

    return draw


def quotients() -> Samples:
    """For functions that jump where a / b is an integer: pairs whose quotients are well between integers."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        for shape, shape_b in (((5,), (5,)), ((2, 3), (3,)), ((4,), ())):
            b = np.asarray(rng.uniform(0.8, 2.0, shape_b) * rng.choice([-1.0, 1.0], shape_b))
            yield ((rng.integers(-4, 4, shape) + rng.uniform(0.2, 0.8, shape)) * b, b), {}

    return draw


def pairs(
    low: float = -2.0,
    high: float = 2.0,
    low_b: float | None = None,
    high_b: float | None = None,
    *,
    more: int = 0,
    **attrs: Any,
) -> Samples:
    """For a broadcasting function of two tensors (or ``more``): equal shapes, broadcast ones, a scalar in the second place."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        lb, hb = low if low_b is None else low_b, high if high_b is None else high_b
        for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((4, 1, 2), (3, 1))):
            others = (uniform(rng, low, high, b) for _ in range(more))
            yield (uniform(rng, low, high, a), uniform(rng, lb, hb, b), *others), attrs
        yield (rng.uniform(low, high, (3,)), float(rng.uniform(lb, hb)), *(0.75 for _ in range(more))), attrs

    return draw


def several(*samples: Samples) -> Samples:
    """All of these, one after another."""

    def draw(rng: np.random.Generator) -> Iterator[Sample]:
        for each in samples:
            yield from each(rng)

    return draw


def gradcheck(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    *,
    order: int = 1,
    eps: float = 1e-6,
    rtol: float = 1e-4,
    atol: float = 1e-6,
) -> bool:
    """Checks gradients against central differences along a random direction, up to the given order.

    ``function`` maps float64 tensors to a tensor or a tuple of them. Raises ``AssertionError`` naming the numbers that differ.
    """
    rng = np.random.default_rng(0)
    xs = [_leaf(x) for x in inputs]
    free = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
    with enable_grad():
        y = _scalar(function(*xs), rng)
        if y.node is None:
            return True
        from engine.backward import grad

        gs = grad(y, free, create_graph=order > 1, allow_unused=True)
    directions = [rng.standard_normal(x.shape) for x in free]
    analytic = sum(float((g.data_ * d).sum()) for g, d in zip(gs, directions, strict=True) if g is not None)
    numeric = _difference(function, xs, free, directions, eps)
    if not np.isclose(analytic, numeric, rtol=rtol, atol=atol * max(1.0, abs(numeric)) * 10):
        raise AssertionError(f"gradient of order {order}: by rule {analytic!r}, by finite differences {numeric!r}")
    if order > 1:
        _check_next(function, inputs, order, eps, rtol, atol)
    return True


def gradgradcheck(function: Callable[..., Any], inputs: tuple[Any, ...], **options: Any) -> bool:
    """:func:`gradcheck` of order 2."""
    return gradcheck(function, inputs, order=2, **options)


def _check_next(
    function: Callable[..., Any], inputs: tuple[Any, ...], order: int, eps: float, rtol: float, atol: float
) -> None:
    from engine.backward import grad

    def derivative(*xs: Any) -> Any:
        free = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        y = _scalar(function(*xs), np.random.default_rng(0))
        gs = grad(y, free, create_graph=True, allow_unused=True)
        return tuple(g for g in gs if g is not None and g.requires_grad)

    with enable_grad():
        if derivative(*[_leaf(x) for x in inputs]):
            gradcheck(derivative, inputs, order=order - 1, eps=eps, rtol=rtol, atol=atol)


def _leaf(x: Any) -> Any:
    data = x.data_ if isinstance(x, Tensor) else x
    if not isinstance(data, (np.ndarray, np.generic)):
        return x
    made = Tensor(np.array(data))
    if data.dtype.kind == "f":
        made.requires_grad = True
    return made


def _scalar(y: Any, rng: np.random.Generator) -> Any:
    """A random projection of the output(s) to one number: the same projection for the same generator state."""
    ys = y if isinstance(y, (tuple, list)) else (y,)
    total: Any = 0.0
    for part in ys:
        if isinstance(part, Tensor) and part.data_.dtype.kind == "f":
            total = total + (part * Tensor(rng.standard_normal(part.shape))).sum()
    return total


def _difference(
    function: Callable[..., Any], xs: list[Any], free: list[Tensor], directions: list[Any], eps: float
) -> float:
    values = []
    kept = [x.data_ for x in free]
    for sign in (1.0, -1.0):
        for x, base, d in zip(free, kept, directions, strict=True):
            x.data_ = base + sign * eps * d
        with enable_grad():
            values.append(float(_scalar(function(*xs), np.random.default_rng(0)).data_))
    for x, base in zip(free, kept, strict=True):
        x.data_ = base
    return (values[0] - values[1]) / (2 * eps)


#: how far apart numbers of a dtype may be: relative, absolute (torch's)
_TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}


def assert_close(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | None = None, **_: Any,
) -> None:  # fmt: skip
    """Raises ``AssertionError`` unless two tensors, numbers, or sequences of them agree in shape, dtype and (nearly) value."""
    if isinstance(expected, dict):
        actual, expected = [actual[k] for k in expected], list(expected.values())
    if isinstance(expected, (list, tuple)):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for a, e in zip(actual, expected, strict=True):
            assert_close(a, e, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)
        return
    a, e = (x.device.to_host(x.data_) if isinstance(x, Tensor) else np.asarray(x) for x in (actual, expected))
    if a.shape != e.shape:
        raise AssertionError(
            msg or f"The values for attribute 'shape' do not match: {list(a.shape)} != {list(e.shape)}."
        )
    if check_dtype and isinstance(actual, Tensor) and isinstance(expected, Tensor) and a.dtype != e.dtype:
        raise AssertionError(
            msg or f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}."
        )
    relative, absolute = _TOLERANCES.get(e.dtype.name, (0.0, 0.0))
    relative, absolute = relative if rtol is None else rtol, absolute if atol is None else atol
    wrong = ~np.isclose(a, e, rtol=relative, atol=absolute, equal_nan=equal_nan)
    if wrong.any():
        gap = np.abs(a.astype(np.float64) - e.astype(np.float64)) if a.dtype.kind != "c" else np.abs(a - e)
        raise AssertionError(
            msg
            or f"Tensor-likes are not close!\n\nMismatched elements: {int(wrong.sum())} / {wrong.size} "
            f"({100 * wrong.mean():.1f}%)\nGreatest absolute difference: {gap.max()} (up to {absolute} allowed)"
        )
