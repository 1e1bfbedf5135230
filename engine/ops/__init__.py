"""The ops: importing this package declares them all and binds them to :class:`engine.tensor.Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.apply import NO_ATTRS, apply
from engine.op import FUNCTIONS, METHODS, OPS, Op
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
    extremes,
    facts,
    gather,
    gelu,
    index,
    inplace,
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
    power,
    reduce,
    resample,
    scan,
    scatter,
    shape,
    softmax,
    special,
    trigonometry,
    unfold,
)
from engine.tensor import Tensor

#: Python's operators → the ops that answer them
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder", "pow": "pow",
    "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne", "neg": "neg", "abs": "abs", "invert": "bitwise_not",
    "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift", "pos": "positive",
}  # fmt: skip
_UNARY = {"neg", "abs", "invert", "pos"}
_COMPARING = {"lt", "le", "gt", "ge", "eq", "ne"}
#: in-place methods that are functions of torch without an out-of-place sibling
_WRITERS = {"zero_", "fill_"}
_OPERANDS = (Tensor, float, int, bool, complex, np.generic)


def bind() -> None:
    """Puts every declared method and operator on ``Tensor``."""
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
        if name in _WRITERS or (name.endswith("_") and name[:-1] in FUNCTIONS):
            FUNCTIONS[name] = method  # torch.relu_(x) is x.relu_()
    for operator, name in OPERATORS.items():
        _bind_operator(operator, OPS[name], METHODS.get(f"{name}_"))


def _bind_operator(operator: str, made: Op, written: Callable[..., Any] | None) -> None:
    def unary(self: Tensor) -> Any:
        return apply(made, (self,), NO_ATTRS)

    def binary(self: Tensor, other: Any) -> Any:
        return (
            apply(made, (self, other), NO_ATTRS) if isinstance(other, _OPERANDS) else _foreign(other, made, self, other)
        )

    def reflected(self: Tensor, other: Any) -> Any:
        return (
            apply(made, (other, self), NO_ATTRS) if isinstance(other, _OPERANDS) else _foreign(other, made, other, self)
        )

    if operator in _UNARY:
        setattr(Tensor, f"__{operator}__", unary)
        return
    setattr(Tensor, f"__{operator}__", binary)
    if operator not in _COMPARING:
        setattr(Tensor, f"__r{operator}__", reflected)
        if written is not None:
            setattr(Tensor, f"__i{operator}__", written)


def _foreign(other: object, made: Op, *operands: Any) -> Any:
    """A NumPy number counts as a Python one; what else is no operand is Python's to deal with."""
    if isinstance(other, np.ndarray) and other.ndim == 0:
        return apply(made, tuple(x.item() if x is other else x for x in operands), NO_ATTRS)
    return NotImplemented


import engine.linalg  # noqa: E402 - some names of torch.linalg are torch's own as well

bind()
