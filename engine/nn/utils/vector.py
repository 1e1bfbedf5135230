"""Parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.op import FUNCTIONS
from engine.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Any]) -> Tensor:
    """All elements, one parameter after another."""
    return FUNCTIONS["cat"]([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Takes a vector apart again: each parameter's data is its part. Raises ``TypeError`` for anything but a tensor."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p.data = vec.data[start : start + p.numel()].reshape(p.shape)
        start += p.numel()
