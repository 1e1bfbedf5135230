"""Distances and similarities between vectors."""

from __future__ import annotations

import math
from typing import Any

from engine.op import function
from engine.ops.compare import clamp
from engine.ops.linalg import matmul
from engine.ops.reduce import sum_, vector_norm
from engine.ops.shape import unsqueeze
from engine.tensor import Tensor


def _length(x: Any, p: float, dim: int, keepdim: bool = False) -> Any:
    return vector_norm(x, p=float(p), dim=(dim % x.ndim,), keepdim=keepdim)


@function(scope=True, method=False)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """p-norm distances of every row of the first to every row of the second: (..., n, d) and (..., m, d) give (..., n, m)."""
    if x1.data_.shape[-1] != x2.data_.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    return _length(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


@function(scope=True, method=False)
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """p-norm distances of every pair of rows, (n (n - 1) / 2)."""
    from engine.ops.move import triu_indices

    rows, columns = triu_indices(input.data_.shape[0], input.data_.shape[0], 1, device=input.device)
    return _length(input[rows] - input[columns], p, -1)


@function(scope=True, method=False)
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """p-norm of ``x1 - x2 + eps`` along the last axis."""
    return _length(x1 - x2 + eps, p, -1, keepdim)


@function(scope=True, method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Cosine of the angle between vectors along ``dim``; lengths below ``eps`` count as ``eps``."""
    ndim = max(x1.ndim, x2.ndim)
    d = dim % ndim
    products = sum_(x1 * x2, d)
    lengths = [clamp(_length(x, 2, d - ndim), eps, None) for x in (x1, x2)]
    return products / (lengths[0] * lengths[1])


@function()
def cov(input: Tensor, *, correction: int = 1) -> Tensor:
    """Covariances of variables (rows) over observations (columns)."""
    x = input if input.ndim > 1 else unsqueeze(input, 0)
    away = x - x.mean(-1, True)
    n = x.data_.shape[-1] - correction
    found = matmul(away, away.mT) / (n if n > 0 else math.nan)
    return found if input.ndim > 1 else found.squeeze()


@function()
def corrcoef(input: Tensor) -> Tensor:
    """Correlation coefficients of variables (rows) over observations (columns)."""
    found = cov(input)
    if found.ndim == 0:
        return found / found
    spread = found.diagonal().sqrt()
    return found / (spread.unsqueeze(0) * spread.unsqueeze(1))
