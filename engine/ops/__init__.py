"""The ops: importing this package declares them all and binds them to :class:`engine.tensor.Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.apply import NO_ATTRS, apply
from engine.op import FUNCTIONS, METHODS, OPS, Op, shortened
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
    def long_way(*operands: Any) -> Any:
        for x in operands:
            if not isinstance(x, _OPERANDS):
                return _foreign(x, made, *operands)
        return apply(made, operands, NO_ATTRS)

    call = shortened(made, long_way)

    def reflected(self: Tensor, other: Any) -> Any:
        return call(other, self)

    setattr(Tensor, f"__{operator}__", call)
    if operator in _UNARY or operator in _COMPARING:
        return
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
