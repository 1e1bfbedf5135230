"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

from engine import grad_names
from engine.op import function, op
from engine.ops.shape import folded, sum_to
from engine.tensor import Tensor
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
    return (
        f"size mismatch in matmul: {list(a)} and {list(b)}; "
        f"the last axis of the first ({a[-1]}) must equal {inner} of the second"
    )


@op(
    r"A B",
    a=(r"\bar Y B^\top", lambda g, b, a_shape: _matmul_left(g, b, a_shape)),
    b=(r"A^\top \bar Y", lambda g, a, b_shape: _matmul_right(g, a, b_shape)),
    gradients=lambda xp, g, a, b, a_shape, b_shape: _matmul_gradients(xp, g, a, b, a_shape, b_shape),
    samples=several(
        arrays((2, 3), (3, 4)), arrays((3,), (3,)), arrays((2, 3), (3,)), arrays((3,), (3, 2)), arrays((2, 1, 2, 3), (4, 3, 2)),
        arrays((4, 2, 3), (3,)), arrays((3,), (2, 3, 4)), arrays((2, 3), (4, 3, 2)),
    ),
    promotes=True, explains=_matmul_problem, torch_name=grad_names.product,
)  # fmt: skip
def matmul(xp, a, b):
    """Matrix product; leading axes are batches and are broadcast. Shapes (..., n, k) and (..., k, m) give (..., n, m)."""
    return xp.matmul(a, b)


def _matmul_gradients(
    xp: Any, g: Any, a: Any, b: Any, a_shape: tuple[int, ...], b_shape: tuple[int, ...]
) -> tuple[Any, Any]:
    """Both contributions. A vector counts as one row (first) or one column (second factor)."""
    if len(b_shape) == 1:
        g = g[..., None]
    if len(a_shape) == 1:
        g = g[..., None, :]
    left = None if b is None else g @ (b[:, None] if b.ndim == 1 else b).mT
    right = None if a is None else (a[None] if a.ndim == 1 else a).mT @ g
    if left is not None:
        left = folded(left[..., 0, :] if len(a_shape) == 1 else left, a_shape)
    if right is not None:
        right = folded(right[..., 0] if len(b_shape) == 1 else right, b_shape)
    return left, right


def _matmul_left(g: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The contribution to the first factor. A vector counts as one row (first) or one column (second factor)."""
    if b.ndim == 1:
        left = g.unsqueeze(-1) * b
    elif len(shape) == 1:
        left = matmul(g.unsqueeze(-2), b.mT).squeeze(-2)
    else:
        left = matmul(g, b.mT)
    return left if left.shape == shape else sum_to(left, shape)


def _matmul_right(g: Any, a: Any, shape: tuple[int, ...]) -> Any:
    if a.ndim == 1:
        right = a.unsqueeze(-1) * g.unsqueeze(-2) if len(shape) > 1 else a * g
    elif len(shape) == 1:
        right = matmul(a.mT, g.unsqueeze(-1)).squeeze(-1)
    else:
        right = matmul(a.mT, g)
    return right if right.shape == shape else sum_to(right, shape)


def _of_rank(ndim: int, x: Any, wanted: str) -> None:
    """Raises torch's ``RuntimeError`` where ``x`` has another number of dimensions."""
    if x.ndim != ndim:
        raise RuntimeError(f"{wanted}, but got {x.ndim}-D: its shape is {list(x.shape)}")


@function()
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Product of two matrices; no broadcasting."""
    _of_rank(2, input, "self must be a matrix")
    _of_rank(2, mat2, "mat2 must be a matrix")
    return matmul(input, mat2)


@function()
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Products of two stacks of matrices: (b, n, k) and (b, k, m) give (b, n, m)."""
    _of_rank(3, input, "batch1 must be a 3D tensor")
    _of_rank(3, mat2, "batch2 must be a 3D tensor")
    if input.data_.shape[0] != mat2.data_.shape[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: "
            f"[{input.shape[0]}, {input.shape[2]}] but got: {list(mat2.shape[:2])}."
        )
    return matmul(input, mat2)


@function()
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Product of a matrix and a vector."""
    if (input.ndim, vec.ndim) != (2, 1):
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim} dimensions. Try @, which takes any."
        )
    return matmul(input, vec)


@function()
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Scalar product of two vectors."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.data_.shape != tensor.data_.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{input.data_.size}] and src [{tensor.data_.size}] "
            "to have the same number of elements"
        )
    return matmul(input, tensor)


@function(names=("vdot",))
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Scalar product of two vectors."""
    return dot(input, other)


@function()
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Products summed over the last axis of both."""
    return input * other if not input.ndim or not other.ndim else tensordot(input, other, ([-1], [-1]))


@function(names=("outer", "ger"))
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Every product of an element of one vector and one of the other, (n, m)."""
    _of_rank(1, input, "outer: Expected 1-D argument self")
    _of_rank(1, vec2, "outer: Expected 1-D argument vec2")
    return input.unsqueeze(1) * vec2


def _plus(input: Tensor, product: Any, beta: float, alpha: float) -> Tensor:
    scaled = product if alpha == 1 else product * alpha
    return scaled if beta == 0 else (input if beta == 1 else input * beta) + scaled


@function(scope=True)
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * mat1 @ mat2``."""
    return _plus(input, mm(mat1, mat2), beta, alpha)


@function(scope=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * mat @ vec``."""
    return _plus(input, mv(mat, vec), beta, alpha)


@function(scope=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input`` plus ``alpha`` times the outer product."""
    return _plus(input, outer(vec1, vec2), beta, alpha)


@function(scope=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * batch1 @ batch2``, matrix by matrix."""
    return _plus(input, bmm(batch1, batch2), beta, alpha)


@function(scope=True)
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input`` plus ``alpha`` times the sum of the products of two stacks of matrices."""
    return _plus(input, bmm(batch1, batch2).sum(0), beta, alpha)


@function(method=False)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Products summed over axes of both: the last ``dims`` of ``a`` with the first of ``b``, or two lists of axes."""
    from engine.ops.axes import each_axis

    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        dims = (list(range(a.ndim - dims, a.ndim)), list(range(dims)))
    over_a, over_b = each_axis(dims[0], a.ndim), each_axis(dims[1], b.ndim)
    keep_a = [d for d in range(a.ndim) if d not in over_a]
    keep_b = [d for d in range(b.ndim) if d not in over_b]
    shape = [a.data_.shape[d] for d in keep_a] + [b.data_.shape[d] for d in keep_b]
    inner_size = 1
    for d in over_a:
        inner_size *= a.data_.shape[d]
    left = a.permute(*keep_a, *over_a).reshape(-1, inner_size)
    right = b.permute(*over_b, *keep_b).reshape(inner_size, -1)
    return matmul(left, right).reshape(shape)


@function()
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker product: each element of the first times the whole second."""
    n = max(input.ndim, other.ndim)
    a = input.reshape((1,) * (n - input.ndim) + tuple(input.shape))
    b = other.reshape((1,) * (n - other.ndim) + tuple(other.shape))
    apart = a.reshape([m for k in a.shape for m in (k, 1)]) * b.reshape([m for k in b.shape for m in (1, k)])
    return apart.reshape([k * m for k, m in zip(a.shape, b.shape, strict=True)])


@function(method=False)
def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of all matrices."""
    result = matrices[0]
    for m in matrices[1:]:
        result = matmul(result, m)
    return result


def _cross(input: Any, other: Any, dim: int | None = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    from engine.ops.axes import axis

    if dim is None:
        dim = next((d for d, n in enumerate(input.data_.shape) if n == 3), -1)
    return (input, other), {"dim": axis(dim, input.ndim)}


@op(
    r"a \times b",
    a=(r"b \times \bar y", lambda g, b, a_shape, dim: sum_to(cross(b.expand_as(g), g, dim), a_shape)),
    b=(r"\bar y \times a", lambda g, a, b_shape, dim: sum_to(cross(g, a.expand_as(g), dim), b_shape)),
    samples=several(arrays((2, 3), (2, 3), dim=1), arrays((3, 2), (3, 2), dim=0)), promotes=True, signature=_cross,
    torch_name="LinalgCross",
)  # fmt: skip
def cross(xp, a, b, *, dim):
    """Cross product of vectors of length 3 along ``dim``."""
    a, b = xp.moveaxis(a, dim, 0), xp.moveaxis(b, dim, 0)
    return xp.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], axis=dim)
