"""Matrix products."""

from __future__ import annotations

from typing import Any

from engine.op import op
from engine.testing import arrays, several


def _matmul_problem(arrays: list[Any], attrs: dict[str, Any]) -> str | None:
    a, b = (tuple(x.shape) for x in arrays)
    if not a or not b:
        return "both arguments to matmul need to be at least 1D, but they are " + f"{len(a)}D and {len(b)}D"
    inner = b[0] if len(b) == 1 else b[-2]
    if a[-1] == inner:
        return None
    if len(a) == len(b) == 2:
        tip = (
            " Try b.T as the second matrix."
            if a[-1] == b[-1]
            else " Try a.T as the first matrix."
            if a[0] == inner
            else ""
        )
        return (
            f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]}). "
            f"The first has {a[1]} columns, the second {b[0]} rows; they must be equal.{tip}"
        )
    return f"size mismatch in matmul: {list(a)} and {list(b)}; the last axis of the first ({a[-1]}) must equal {inner} of the second"


@op(
    r"A B",
    a=(r"\bar Y B^\top", lambda g, b, a_shape: _matmul_left(g, b, a_shape)),
    b=(r"A^\top \bar Y", lambda g, a, b_shape: _matmul_right(g, a, b_shape)),
    samples=several(arrays((2, 3), (3, 4)), arrays((3,), (3,)), arrays((2, 3), (3,)), arrays((3,), (3, 2)), arrays((2, 1, 2, 3), (4, 3, 2))),
    promotes=True, explains=_matmul_problem, torch_name="Mm",
)  # fmt: skip
def matmul(xp, a, b):
    """Matrix product; leading axes are batches and are broadcast. Shapes (..., n, k) and (..., k, m) give (..., n, m)."""
    return xp.matmul(a, b)


def _matmul_left(g: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The contribution to the first factor. A vector counts as one row (first) or one column (second factor)."""
    if b.ndim == 1:
        left = g.unsqueeze(-1) * b
    elif len(shape) == 1:
        left = matmul(g.unsqueeze(-2), b.mT).squeeze(-2)
    else:
        left = matmul(g, b.mT)
    return left if left.shape == shape else _sum_to(left, shape)


def _matmul_right(g: Any, a: Any, shape: tuple[int, ...]) -> Any:
    if a.ndim == 1:
        right = a.unsqueeze(-1) * g.unsqueeze(-2) if len(shape) > 1 else a * g
    elif len(shape) == 1:
        right = matmul(a.mT, g.unsqueeze(-1)).squeeze(-1)
    else:
        right = matmul(a.mT, g)
    return right if right.shape == shape else _sum_to(right, shape)


def _sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    from engine.ops.shape import sum_to

    return sum_to(x, shape)
