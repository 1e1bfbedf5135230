"""Tensors that belong to a module: parameters, which are learned, and buffers, which are not."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor that a module registers when it is assigned as an attribute.

    ``data`` is a tensor of any shape and floating dtype, whose storage is shared; ``requires_grad`` holds under ``no_grad`` too.
    """

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if data is None:
            super().__init__(np.zeros(0, dtypes.get_default_dtype().numpy))
        elif isinstance(data, Tensor):
            super().__init__(data.data_, None, data.device)
        else:
            raise TypeError(
                f"Parameter: data must be a Tensor, not {type(data).__name__}. Try nn.Parameter(torch.tensor(...))."
            )
        self.requires_grad = requires_grad

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A tensor that a module registers as a buffer when it is assigned as an attribute: saved with the module, not learned."""

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        if data is None:
            super().__init__(np.zeros(0, dtypes.get_default_dtype().numpy))
        else:
            super().__init__(data.data_, data.node, data.device, data.version, data.base)
        self.persistent: Any = persistent


def unfilled(*shape: int, device: Any = None, dtype: Any = None) -> Parameter:
    """A parameter of this shape that a module is about to fill."""
    from engine.creation import empty

    return Parameter(empty(*shape, device=device, dtype=dtype))
