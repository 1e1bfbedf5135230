"""The ops: importing this package declares them all and binds them to :class:`engine.tensor.Tensor`."""

from __future__ import annotations

from engine.op import FUNCTIONS, METHODS
from engine.ops import elementwise, linalg, reduce, shape
from engine.tensor import Tensor

#: Python's operators → the functions that answer them
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder", "pow": "pow",
    "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne", "neg": "neg", "abs": "abs", "invert": "bitwise_not",
}  # fmt: skip
_UNARY = {"neg", "abs", "invert"}
_COMPARING = {"lt", "le", "gt", "ge", "eq", "ne"}


def bind() -> None:
    """Puts every declared method and operator on ``Tensor``."""
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
    for operator, name in OPERATORS.items():
        if name in FUNCTIONS:
            _bind_operator(operator, FUNCTIONS[name])


def _bind_operator(operator: str, function: object) -> None:
    if operator in _UNARY:
        setattr(Tensor, f"__{operator}__", lambda self, f=function: f(self))
        return
    setattr(Tensor, f"__{operator}__", lambda self, other, f=function: f(self, other))
    if operator in _COMPARING:
        return
    setattr(Tensor, f"__r{operator}__", lambda self, other, f=function: f(other, self))
    inplace = METHODS.get(f"{OPERATORS[operator]}_")
    if inplace is not None:
        setattr(Tensor, f"__i{operator}__", inplace)


bind()

__all__ = ["bind", "elementwise", "linalg", "reduce", "shape"]
