"""``torch.linalg``: linear algebra under its own names. The ops are in :mod:`engine.ops.decompose` and :mod:`engine.ops.linalg`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import dtypes
from engine.op import FUNCTIONS, METHODS, function
from engine.ops.axes import axes, each_axis
from engine.ops.cast import to
from engine.ops.decompose import (
    cholesky,
    det,
    eigh_,
    inv,
    pinv_,
    qr_,
    slogdet_,
    svd_,
    svdvals,
)
from engine.ops.decompose import (
    eigvalsh as _eigvalsh,
)
from engine.ops.decompose import (
    solve as _solve,
)
from engine.ops.extremes import amax, amin
from engine.ops.linalg import cross as _cross
from engine.ops.linalg import matmul
from engine.ops.move import diagonal as _diagonal
from engine.ops.move import tril, triu
from engine.ops.reduce import sum_
from engine.ops.reduce import vector_norm as _vector_norm
from engine.ops.shape import transpose, unsqueeze
from engine.result_types import named
from engine.tensor import Tensor

LinAlgError = RuntimeError  #: what a matrix without an inverse or a factor raises

_SLOGDET, _QR, _EIGH, _SVD = (
    named(f"linalg_{name}", fields)
    for name, fields in (
        ("slogdet", "sign logabsdet"),
        ("qr", "Q R"),
        ("eigh", "eigenvalues eigenvectors"),
        ("svd", "U S Vh"),
    )
)
_LSTSQ = named("linalg_lstsq", "solution residuals rank singular_values")


def slogdet(A: Tensor) -> Any:
    """Sign and logarithm of the magnitude of the determinant: ``(sign, logabsdet)``."""
    return _SLOGDET(*slogdet_(A))


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X with A X = B (X A = B where not ``left``); B holds columns, or is one vector."""
    if not left:
        return transpose(_solve(transpose(A, -2, -1), transpose(B, -2, -1)), -2, -1)
    return _solve(A, B)


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The X with A X = B, reading one triangle of A only."""
    triangle = triu(A) if upper else tril(A)
    if unitriangular:
        n = A.data_.shape[-1]
        eye = Tensor(A.device.xp.eye(n, dtype=A.data_.dtype), None, A.device)
        triangle = (triu(A, 1) if upper else tril(A, -1)) + eye
    return solve(triangle, B, left=left)


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """Orthonormal Q and upper triangular R: ``(Q, R)``. Only the reduced mode."""
    if mode != "reduced":
        raise NotImplementedError(f"linalg.qr: mode={mode!r} is not supported in this engine; use mode='reduced'")
    return _QR(*qr_(A))


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """Eigenvalues in order and eigenvectors (columns) of a symmetric matrix."""
    return _EIGH(*eigh_(A))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """Eigenvalues in order of a symmetric matrix."""
    return _eigvalsh(A)


def svd(A: Tensor, full_matrices: bool = False) -> Any:
    """Singular value decomposition: ``(U, S, Vh)``, reduced. (torch's default is the full one, which has no gradient.)"""
    return _SVD(*svd_(A))


def pinv(A: Tensor, *, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """Pseudo-inverse; singular values below ``rtol`` times the largest count as 0."""
    small = max(A.data_.shape[-2:]) * float(np.finfo(A.data_.dtype).eps) if rtol is None else rtol
    return pinv_(A, rcond=small)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X for which A X is nearest to B: ``(solution, residuals, rank, singular_values)``; the last two stay empty."""
    found = matmul(pinv(A, rtol=rcond), B)
    away = matmul(A, found) - B
    empty = Tensor(A.device.xp.zeros((0,), A.data_.dtype), None, A.device)
    m, n = A.data_.shape[-2:]
    return _LSTSQ(found, sum_(away * away, -2) if m > n and B.ndim > 1 else empty, empty, empty)


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The matrix times itself ``n`` times; its inverse for negative ``n``."""
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return A * 0 + Tensor(A.device.xp.eye(A.data_.shape[-1], dtype=A.data_.dtype), None, A.device)
    half = matrix_power(A, n // 2) if n > 1 else A
    squared = matmul(half, half) if n > 1 else half
    return matmul(squared, A) if n % 2 and n > 1 else squared


def matrix_exp(A: Tensor) -> Tensor:
    """The matrix exponential: a Taylor series of the matrix divided by 2⁸, squared eight times."""
    small = A * (1 / 256)
    eye = Tensor(A.device.xp.eye(A.data_.shape[-1], dtype=A.data_.dtype), None, A.device)
    total = small + eye
    power = small
    for k in range(2, 10):
        power = matmul(power, small) / k
        total = total + power
    for _ in range(8):
        total = matmul(total, total)
    return total


def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The p-norm over the axes ``dim`` (all by default)."""
    x = x if dtype is None else to(x, dtype=dtypes.as_numpy(dtype))
    return _vector_norm(x, p=float(ord), dim=axes(dim, x.ndim), keepdim=keepdim)


def matrix_norm(A: Tensor, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False) -> Tensor:
    """A norm of each matrix: "fro", "nuc", 1, -1, 2, -2, inf, -inf."""
    rows, columns = each_axis(dim, A.ndim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        from engine.ops.shape import movedim

        s = svdvals(movedim(A, (rows, columns), (-2, -1)))
        found = sum_(s, -1) if ord == "nuc" else amax(s, -1) if ord == 2 else amin(s, -1)
        if not keepdim:
            return found
        return found.reshape([1 if d in (rows, columns) else n for d, n in enumerate(A.data_.shape)])
    over, then = (rows, columns) if ord in (1, -1) else (columns, rows)
    totals = sum_(A.abs(), over, True)
    fold = amax if ord > 0 else amin
    return fold(totals, (over, then), keepdim)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector norm (2 of all elements by default), or a matrix norm where ``ord`` or two axes ask for it."""
    A = A if dtype is None else to(A, dtype=dtypes.as_numpy(dtype))
    pair = isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is None or not (pair or (dim is None and A.ndim == 2) or isinstance(ord, str)):
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim)
    return matrix_norm(A, ord, tuple(dim) if pair else (-2, -1), keepdim)


def matrix_rank(A: Tensor, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """How many singular values are not (nearly) 0."""
    s = svdvals(A)
    small = max(A.data_.shape[-2:]) * float(np.finfo(A.data_.dtype).eps) if rtol is None else rtol
    return sum_(s > (amax(s, -1, True) * small if atol is None else atol), -1)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """Condition number: the largest singular value over the smallest, or the product of norms."""
    if p is None or p == 2:
        s = svdvals(A)
        return amax(s, -1) / amin(s, -1)
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Cross product of vectors of length 3 along ``dim``."""
    return _cross(input, other, dim)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Scalar products along ``dim``."""
    return sum_(x * y, dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of the matrices."""
    return _diagonal(A, offset, dim1, dim2)


def multi_dot(tensors: Any) -> Tensor:
    """The product of matrices (and vectors at the ends), grouped so that the fewest multiplications are made."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    waiting = list(tensors)
    first = unsqueeze(waiting[0], 0) if waiting[0].ndim == 1 else waiting[0]
    last = unsqueeze(waiting[-1], 1) if waiting[-1].ndim == 1 else waiting[-1]
    row, column = waiting[0].ndim == 1, waiting[-1].ndim == 1
    waiting[0], waiting[-1] = first, last
    terms = [letters[k : k + 2] for k in range(len(waiting))]
    shapes = [np.broadcast_to(np.empty(()), tuple(x.data_.shape)) for x in waiting]
    path, _ = np.einsum_path(f"{','.join(terms)}->{letters[0]}{letters[len(waiting)]}", *shapes, optimize="optimal")
    spans = list(terms)
    for step in path[1:]:
        if len(step) < 2:
            continue
        (i, j) = sorted(step)
        b, tb, a, ta = waiting.pop(j), spans.pop(j), waiting.pop(i), spans.pop(i)
        a, b, ta, tb = (a, b, ta, tb) if ta[-1] == tb[0] else (b, a, tb, ta)
        waiting.append(matmul(a, b))
        spans.append(ta[0] + tb[-1])
    found = waiting[0]
    found = found.squeeze(0) if row else found
    return found.squeeze(-1) if column else found


def cholesky_ex(A: Tensor) -> Any:
    """Cholesky factor and a 0 for "it worked"; a matrix that has none raises."""
    return cholesky(A), Tensor(A.device.xp.zeros(A.data_.shape[:-2], dtypes.int32.numpy), None, A.device)


def inv_ex(A: Tensor) -> Any:
    """Inverse and a 0 for "it worked"; a matrix that has none raises."""
    return inv(A), Tensor(A.device.xp.zeros(A.data_.shape[:-2], dtypes.int32.numpy), None, A.device)


@function()
def logdet(input: Tensor) -> Tensor:
    """Logarithm of the determinant; nan where that is negative."""
    sign, magnitude = slogdet_(input)
    from engine.ops.compare import where

    return where(sign < 0, math.nan, magnitude)


@function()
def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The X with A X = B, from A's Cholesky factor."""
    lower = transpose(L, -2, -1) if upper else L
    half = solve_triangular(lower, input, upper=False)
    return solve_triangular(transpose(lower, -2, -1), half, upper=True)


@function()
def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, from its Cholesky factor."""
    back = inv(L)
    return matmul(back, transpose(back, -2, -1)) if upper else matmul(transpose(back, -2, -1), back)


@function(names=("svd",))
def svd_v(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """torch.svd: ``(U, S, V)``, with V, not its transpose."""
    u, s, vh = svd_(input)
    return u, s, transpose(vh, -2, -1)


inverse = inv
for _name in ("slogdet", "qr", "pinv", "matrix_power", "matrix_exp"):
    FUNCTIONS[_name] = METHODS[_name] = globals()[_name]
FUNCTIONS["pinverse"] = METHODS["pinverse"] = pinv

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "inv_ex",
    "lstsq", "matmul",
    "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular",
    "svd", "svdvals", "vecdot", "vector_norm",
]  # fmt: skip
