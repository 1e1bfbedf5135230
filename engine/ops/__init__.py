"""The ops: importing this package declares them all and binds them to :class:`engine.tensor.Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.op import FUNCTIONS, METHODS
from engine.ops import (
    activation,
    attention,
    cast,
    compare,
    conv,
    decompose,
    distance,
    dropout,
    einsum,
    elementwise,
    embedding,
    gelu,
    index,
    join,
    linalg,
    linear,
    loss,
    margin_loss,
    move,
    norm,
    order,
    padding,
    pool,
    reduce,
    resample,
    scan,
    shape,
    softmax,
    special,
    trigonometry,
    unfold,
)
from engine.tensor import Tensor

#: Python's operators → the functions that answer them
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder", "pow": "pow",
    "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne", "neg": "neg", "abs": "abs", "invert": "bitwise_not",
    "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift", "pos": "positive",
}  # fmt: skip
_UNARY = {"neg", "abs", "invert", "pos"}
_COMPARING = {"lt", "le", "gt", "ge", "eq", "ne"}
_OPERANDS = (Tensor, float, int, bool, complex, np.generic)


def bind() -> None:
    """Puts every declared method and operator on ``Tensor``."""
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
    for operator, name in OPERATORS.items():
        if name in FUNCTIONS:
            _bind_operator(operator, FUNCTIONS[name])


def _bind_operator(operator: str, function: Callable[..., Any]) -> None:
    if operator in _UNARY:
        setattr(Tensor, f"__{operator}__", lambda self: function(self))
        return
    if operator in _COMPARING:
        setattr(
            Tensor,
            f"__{operator}__",
            lambda self, other: function(self, other) if _is_operand(other) else NotImplemented,
        )
        return
    setattr(
        Tensor, f"__{operator}__", lambda self, other: function(self, other) if _is_operand(other) else NotImplemented
    )
    setattr(
        Tensor, f"__r{operator}__", lambda self, other: function(other, self) if _is_operand(other) else NotImplemented
    )
    inplace = METHODS.get(f"{OPERATORS[operator]}_")
    if inplace is not None:
        setattr(Tensor, f"__i{operator}__", inplace)


def _is_operand(other: object) -> bool:
    return isinstance(other, _OPERANDS) or (isinstance(other, np.ndarray) and other.ndim == 0)


import engine.linalg  # noqa: E402 - some names of torch.linalg are torch's own as well

bind()
