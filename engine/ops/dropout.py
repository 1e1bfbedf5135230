"""Dropout: elements left out at random while training."""

from __future__ import annotations

from typing import Any

from engine.apply import apply_inplace
from engine.op import OPS, drawing, function, op
from engine.tensor import Tensor


def _samples(rng: Any) -> Any:
    yield (rng.uniform(-1, 1, (3, 4)), rng.integers(0, 2, (3, 4)) * 2.0), {}
    yield (rng.uniform(-1, 1, (2, 3, 4)), rng.integers(0, 2, (2, 3, 1)) * 2.0), {}


@op(
    r"x \odot m",
    x=(r"\bar y \odot m", lambda g, mask: g * mask),
    samples=_samples, function=False, method=False, torch_name="Mul",
)  # fmt: skip
def masked_out(xp, x, mask):
    """The elements that the mask keeps, scaled up so that the mean stays: the mask holds 0 or 1 / (1 - p)."""
    return x * mask


def _left_out(x: Tensor, mask: Tensor, inplace: bool) -> Any:
    return apply_inplace(OPS["masked_out"], x, (x, mask), {}) if inplace else masked_out(x, mask)


def _check(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


@drawing
def _mask(x: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    """0 with probability ``p``, else 1 / (1 - p)."""
    kept = _kept(x, shape, p).data_
    return Tensor(kept / (1 - p) if p < 1 else kept, None, x.device)


def _kept(x: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    """0 with probability ``p``, else 1; of the dtype and on the device of ``x``."""
    from engine.random import bernoulli

    return bernoulli(Tensor(x.device.xp.empty(shape, x.data_.dtype), None, x.device), p=1 - p)


@function(method=False)
def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Sets each element to 0 with probability ``p`` and scales the others by 1 / (1 - p); the input itself when not training."""
    _check(p)
    if not training or p == 0.0:
        return input
    return _left_out(input, _mask(input, tuple(input.shape), p), inplace)


def _drop_channels(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Sets whole channels (axis 1) to 0 with probability ``p`` and scales the others by 1 / (1 - p)."""
    _check(p)
    if not training or p == 0.0:
        return input
    return _left_out(input, _mask(input, (*input.shape[:2], *(1,) * (input.ndim - 2)), p), inplace)


dropout1d = dropout2d = dropout3d = feature_dropout = _drop_channels

ALPHA_DROPPED = -1.7580993408473766  # -SELU_SCALE · SELU_ALPHA: what SELU tends to


@function(function=False, method=False, scope=True)
def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean 0 and variance 1 behind SELU: dropped elements take SELU's lowest value."""
    _check(p)
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    noise = _kept(input, tuple(input.shape), p)
    a = (1 - p + p * (1 - p) * ALPHA_DROPPED**2) ** -0.5
    return (input * noise + (1 - noise) * ALPHA_DROPPED) * a + (-a * p * ALPHA_DROPPED)
