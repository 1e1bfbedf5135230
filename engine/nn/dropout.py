"""Dropout layers: they act while training only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.nn import functional as F
from engine.nn.module import Module


class _Dropout(Module):
    function: Callable[..., Any]

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Any) -> Any:
        return type(self).function(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Sets elements to 0 with probability ``p`` and scales the others by 1 / (1 - p)."""

    function = staticmethod(F.dropout)


class Dropout1d(_Dropout):
    """Sets whole channels of (N, C, L) to 0 with probability ``p``."""

    function = staticmethod(F.dropout1d)


class Dropout2d(_Dropout):
    """Sets whole channels of (N, C, H, W) to 0 with probability ``p``."""

    function = staticmethod(F.dropout2d)


class Dropout3d(_Dropout):
    """Sets whole channels of (N, C, D, H, W) to 0 with probability ``p``."""

    function = staticmethod(F.dropout3d)


class AlphaDropout(_Dropout):
    """Dropout for networks of :class:`SELU`: keeps mean 0 and variance 1."""

    function = staticmethod(F.alpha_dropout)
