"""How a tensor looks in print, character for character as in torch."""

from __future__ import annotations

from engine.tensor import Tensor


def show(x: Tensor) -> str:
    """``repr`` of a tensor."""
    return f"tensor({x.tolist()})"
