"""Linear algebra: determinants, inverses, factorisations. ``torch.linalg`` names are gathered in :mod:`engine.linalg`.

Rules: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008);
QR: Walter and Lehmann (2010); pseudo-inverse: Golub and Pereyra (1973). Leading axes are batches throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.op import op
from engine.ops.compare import where
from engine.ops.linalg import matmul
from engine.ops.move import diag_embed, tril
from engine.ops.shape import unsqueeze


def _matrices(*shapes: tuple[int, ...], symmetric: bool = False, positive: bool = False) -> Any:
    """Well-conditioned matrices: random plus twice the identity."""

    def draw(rng: np.random.Generator) -> Any:
        for shape in shapes:
            x = rng.uniform(-1, 1, shape) + 2 * np.eye(shape[-2], shape[-1]) * np.arange(1, shape[-1] + 1)
            if symmetric or positive:
                x = x + np.swapaxes(x, -1, -2)
            yield (x @ np.swapaxes(x, -1, -2) if positive else x,), {}

    return draw


_SQUARE = _matrices((3, 3), (2, 2, 2))


def _fails(name: str, why: str = "it did not converge") -> Callable[..., str]:
    """Words the failure of an op on square matrices, by its name in torch: first the shape, then the numbers."""

    def problem(given: list[Any], attrs: dict[str, Any]) -> str:
        shape = list(given[0].shape)
        if len(shape) < 2:
            return f"{name}: The input tensor A must have at least 2 dimensions. Its shape is {shape}."
        if shape[-1] != shape[-2]:
            return f"{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        return f"{name}: {why}"

    return problem


def _column(x: Any) -> Any:
    """A number per matrix as a 1 × 1 matrix."""
    return unsqueeze(unsqueeze(x, -1), -1)


@op(
    r"\det A", x=(r"\bar y\,y\,A^{-\top}", lambda g, x, y: _column(g * y) * inv(x).mT), samples=_SQUARE,
    names=("det",), explains=_fails("linalg.det"), floats=True, torch_name="LinalgDet",
)  # fmt: skip
def det(xp, x):
    """Determinant of each matrix."""
    return xp.linalg.det(x)


@op(
    r"\mathrm{sign} \det A,\ \ln|\det A|", x=(r"\bar y_2\,A^{-\top}", lambda g, g1, x: _column(g1) * inv(x).mT), samples=_SQUARE,
    function=False, method=False, explains=_fails("linalg.slogdet"), floats=True, torch_name="LinalgSlogdet",
)  # fmt: skip
def slogdet_(xp, x):
    """Sign and logarithm of the magnitude of each matrix's determinant."""
    sign, logabsdet = xp.linalg.slogdet(x)
    return sign, logabsdet


@op(
    r"A^{-1}", x=(r"-Y^\top \bar Y Y^\top", lambda g, y: -matmul(matmul(y.mT, g), y.mT)), samples=_SQUARE,
    names=("inverse",),
    explains=_fails("linalg.inv", "The inversion could not be completed because the input matrix is singular."),
    floats=True, torch_name="LinalgInvEx",
)  # fmt: skip
def inv(xp, x):
    """Inverse of each matrix."""
    return xp.linalg.inv(x)


def _is_vector(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> bool:
    return len(b_shape) == 1 or (len(b_shape) == len(a_shape) - 1 and b_shape == a_shape[:-1])


def _solve_left(g: Any, a: Any, y: Any) -> Any:
    from engine.ops.shape import sum_to

    s = solve(a.mT, g)
    if _is_vector(a.data_.shape, y.data_.shape):
        return sum_to(-unsqueeze(s, -1) * unsqueeze(y, -2), a.data_.shape)
    return sum_to(-matmul(s, y.mT), a.data_.shape)


def _solve_problem(given: list[Any], attrs: dict[str, Any]) -> str:
    (a, b), square = given, _fails("torch.linalg.solve", "The solver failed because the input matrix is singular.")
    rows = b.shape[0] if b.ndim == 1 else b.shape[-2] if b.ndim else 1
    if a.ndim >= 2 and a.shape[-1] == a.shape[-2] != rows:
        return (
            f"linalg.solve: Incompatible shapes of A {list(a.shape)} and B {list(b.shape)}: "
            f"A has {a.shape[-1]} columns, B {rows} rows"
        )
    return square(given, attrs)


def _solve_samples(rng: np.random.Generator) -> Any:
    for shape, right in (((3, 3), (3, 2)), ((3, 3), (3,)), ((2, 2, 2), (2, 2, 1))):
        (a,), _ = next(_matrices(shape)(rng))
        yield (a, rng.uniform(-1, 1, right)), {}


@op(
    r"A^{-1} B",
    a=(r"-A^{-\top} \bar Y\,Y^\top", _solve_left),
    b=(r"A^{-\top} \bar Y", lambda g, a, b_shape: _fold(solve(a.mT, g), b_shape)),
    samples=_solve_samples, function=False, method=False, promotes=True, floats=True, explains=_solve_problem,
    torch_name="LinalgSolveEx",
)  # fmt: skip
def solve(xp, a, b):
    """The X with A X = B; B holds columns, or is one vector."""
    if _is_vector(a.shape, b.shape):
        return xp.linalg.solve(a, b[..., None])[..., 0]
    return xp.linalg.solve(a, b)


def _fold(x: Any, shape: tuple[int, ...]) -> Any:
    from engine.ops.shape import sum_to

    return x if x.data_.shape == shape else sum_to(x, shape)


def _symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


def _half_lower(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return tril(x) - diag_embed(x.diagonal(0, -2, -1)) * 0.5


def _cholesky_rule(g: Any, y: Any) -> Any:
    back = inv(y)
    return _symmetric(matmul(matmul(back.mT, _half_lower(matmul(y.mT, g))), back))


@op(
    r"L\ \text{with}\ L L^\top = A", x=(r"\mathrm{sym}\,L^{-\top} \Phi(L^\top \bar L) L^{-1}", _cholesky_rule),
    samples=_matrices((3, 3), (2, 2, 2), positive=True),
    explains=_fails("linalg.cholesky",
        "The factorization could not be completed because the input is not positive-definite."),
    floats=True, torch_name="LinalgCholeskyEx",
)  # fmt: skip
def cholesky(xp, x):
    """Lower triangular factor of each symmetric positive definite matrix."""
    return xp.linalg.cholesky((x + xp.swapaxes(x, -1, -2)) / 2)


def _qr_rule(g: Any, g1: Any, y: Any, y1: Any) -> Any:
    m = matmul(y1, g1.mT) - matmul(g.mT, y)
    lower = tril(m, -1)
    both = lower + lower.mT + diag_embed(m.diagonal(0, -2, -1))
    return matmul(g + matmul(y, both), inv(y1).mT)


@op(
    r"Q R = A", x=(r"(\bar Q + Q\,\mathrm{copyltu}(R \bar R^\top - \bar Q^\top Q)) R^{-\top}", _qr_rule),
    samples=_matrices((3, 3), (4, 2)), function=False, method=False, floats=True, torch_name="LinalgQr",
)  # fmt: skip
def qr_(xp, x):
    """Orthonormal Q and upper triangular R of each matrix (reduced; the gradient wants no more columns than rows)."""
    q, r = xp.linalg.qr(x)
    return q, r


def _gaps(values: Any) -> Any:
    """``1 / (v_j - v_i)`` off the diagonal, 0 on it."""
    gap = unsqueeze(values, -2) - unsqueeze(values, -1)
    equal = gap == 0
    return where(equal, 0.0, 1.0 / where(equal, 1.0, gap))


def _eigh_rule(g: Any, g1: Any, y: Any, y1: Any) -> Any:
    inner = diag_embed(g) + matmul(y1.mT, g1) * _gaps(y)
    return _symmetric(matmul(matmul(y1, inner), y1.mT))


@op(
    r"V \Lambda V^\top = A", x=(r"V(\mathrm{diag}\,\bar\lambda + V^\top \bar V \odot F) V^\top", _eigh_rule),
    samples=_matrices((3, 3), (2, 2, 2), symmetric=True), function=False, method=False, floats=True,
    explains=_fails("linalg.eigh"), torch_name="LinalgEigh",
)  # fmt: skip
def eigh_(xp, x):
    """Eigenvalues in order and orthonormal eigenvectors (columns) of each symmetric matrix."""
    values, vectors = xp.linalg.eigh((x + xp.swapaxes(x, -1, -2)) / 2)
    return values, vectors


@op(
    r"\lambda(A)", x=(r"V\,\mathrm{diag}(\bar\lambda)\,V^\top", lambda g, x: _eigenvalue_rule(g, x)),
    samples=_matrices((3, 3), (2, 2, 2), symmetric=True), function=False, method=False, floats=True,
    explains=_fails("linalg.eigvalsh"), torch_name="LinalgEigh",
)  # fmt: skip
def eigvalsh(xp, x):
    """Eigenvalues in order of each symmetric matrix."""
    return xp.linalg.eigvalsh((x + xp.swapaxes(x, -1, -2)) / 2)


def _eigenvalue_rule(g: Any, x: Any) -> Any:
    vectors = eigh_(x)[1]
    return matmul(vectors * unsqueeze(g, -2), vectors.mT)


def _svd_rule(g: Any, g1: Any, g2: Any, y: Any, y1: Any, y2: Any) -> Any:
    """``g``, ``g1``, ``g2`` are the gradients of U, S and Vᵀ."""
    u, s, v = y, y1, y2.mT
    gu, gv = g, g2.mT
    f = _gaps(s * s)
    su, sv = matmul(u.mT, gu), matmul(v.mT, gv)
    row, column = unsqueeze(s, -2), unsqueeze(s, -1)
    inner = ((su - su.mT) * f) * row + column * ((sv - sv.mT) * f) + diag_embed(g1)
    found = matmul(matmul(u, inner), v.mT)
    if u.data_.shape[-2] > s.data_.shape[-1]:
        away = gu - matmul(u, su)
        found = found + matmul(away / row, v.mT)
    if v.data_.shape[-2] > s.data_.shape[-1]:
        away = gv - matmul(v, sv)
        found = found + matmul(u, (away / row).mT)
    return found


@op(
    r"U \Sigma V^\top = A", x=(r"U(\mathrm{diag}\,\bar\sigma + \ldots) V^\top", _svd_rule),
    samples=_matrices((3, 3), (4, 2), (2, 3)), function=False, method=False, floats=True, torch_name="LinalgSvd",
)  # fmt: skip
def svd_(xp, x):
    """Orthonormal U, singular values in falling order, and orthonormal Vᵀ of each matrix (reduced)."""
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    return u, s, vh


@op(
    r"\sigma(A)", x=(r"U\,\mathrm{diag}(\bar\sigma)\,V^\top", lambda g, x: _singular_rule(g, x)),
    samples=_matrices((3, 3), (4, 2), (2, 3)), function=False, method=False, floats=True, torch_name="LinalgSvd",
)  # fmt: skip
def svdvals(xp, x):
    """Singular values of each matrix in falling order."""
    return xp.linalg.svd(x, compute_uv=False)


def _singular_rule(g: Any, x: Any) -> Any:
    u, _, vh = svd_(x)
    return matmul(u * unsqueeze(g, -2), vh)


def _pinv_rule(g: Any, x: Any, y: Any) -> Any:
    p, gt = y, g.mT
    ap, pa = matmul(x, p), matmul(p, x)
    right = matmul(matmul(gt, p), p.mT)
    left = matmul(matmul(p.mT, p), gt)
    return -matmul(matmul(p.mT, g), p.mT) + right - matmul(ap, right) + left - matmul(left, pa)


@op(
    r"A^{+}", x=(r"-Y^\top \bar Y Y^\top + \ldots", _pinv_rule), samples=_matrices((3, 3), (4, 2), (2, 3)),
    function=False, method=False, floats=True, torch_name="LinalgPinv",
)  # fmt: skip
def pinv_(xp, x, *, rcond=1e-15):
    """Pseudo-inverse of each matrix; singular values below ``rcond`` times the largest count as 0."""
    return xp.linalg.pinv(x, rcond)
