"""Affine maps."""

from __future__ import annotations

from typing import Any

from engine import dtypes, grad_names
from engine.op import function, op
from engine.ops import totals


def _samples(rng: Any) -> Any:
    for shape, bias in (((3, 4), True), ((2, 3, 4), True), ((4,), True), ((3, 4), False)):
        yield (rng.uniform(-1, 1, shape), rng.uniform(-1, 1, (2, 4)), rng.uniform(-1, 1, 2) if bias else None), {}


def _check(input: Any, weight: Any) -> None:
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {_name(input)} and {_name(weight)} (the input and the weight of "
            "linear). Try input.float()."
        )
    if input.ndim == 0 or input.shape[-1] != weight.shape[-1]:
        rows = input.size // input.shape[-1] if input.ndim else 1
        wide, high = input.shape[-1] if input.ndim else 1, weight.shape[0]
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{wide} and {weight.shape[-1]}x{high}). The input's last "
            f"axis has {wide} elements, and the layer takes {weight.shape[-1]}: try Linear({wide}, {high}) or reshape the input."
        )


def _name(array: Any) -> str:
    return {"float32": "Float", "float64": "Double", "int64": "Long", "float16": "Half"}.get(
        array.dtype.name, dtypes.of(array.dtype).name
    )


@op(
    r"x W^\top + b",
    input=(r"\bar y\,W", lambda g, weight: g.matmul(weight)),
    weight=(r"\bar y^\top x", lambda g, input, weight_shape: _outer(g, input).reshape(weight_shape)),
    bias=(r"\textstyle\sum \bar y", lambda g, bias_shape: g.sum(tuple(range(g.ndim - len(bias_shape))))
          if g.ndim > len(bias_shape) else g),
    gradients=lambda xp, wanted, g, input, weight: _linear_gradients(xp, wanted, g, input, weight),
    samples=_samples, function=False, method=False, torch_name=grad_names.linear,
    signature=lambda input, weight, bias=None: ((input, weight, bias), {}),
)  # fmt: skip
def linear(xp, input, weight, bias):
    """Product with the transposed weight, plus the bias: (..., k), (m, k) and (m) give (..., m)."""
    _check(input, weight)
    y = _rows(input) @ weight.T  # one product of matrices, however many axes there are
    if bias is not None:
        y += bias
    return y.reshape(*input.shape[:-1], weight.shape[0])


def _rows(x: Any) -> Any:
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def _linear_gradients(xp: Any, wanted: tuple[bool, ...], g: Any, input: Any, weight: Any) -> tuple[Any, ...]:
    rows = _rows(g)
    return (
        (rows @ weight).reshape(*g.shape[:-1], weight.shape[1]) if wanted[0] else None,
        rows.T @ _rows(input) if wanted[1] else None,
        totals.of_rows(xp, rows) if wanted[2] else None,
    )


def _outer(g: Any, x: Any) -> Any:
    """Sum over all rows of upstream gradient times input."""
    rows = g.reshape(-1, g.shape[-1] if g.ndim else 1)
    return rows.mT.matmul(x.reshape(-1, x.shape[-1]))


@function(function=False, method=False, scope=True)
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """``x1 W_o x2 + b_o`` for each output o: (..., m), (..., n), (o, m, n) and (o) give (..., o)."""
    # x1 W_o for every o, (..., o, n), then the products with x2
    half = input1.unsqueeze(-2).unsqueeze(-2).matmul(weight).squeeze(-2)
    y = (half * input2.unsqueeze(-2)).sum(-1)
    return y if bias is None else y + bias
