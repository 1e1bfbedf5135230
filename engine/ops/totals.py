"""Sums of arrays over the axes that normalisation and softmax fold. A product with ones is the fastest sum that NumPy has."""

from __future__ import annotations

from typing import Any


def along(xp: Any, x: Any, dim: int) -> Any:
    """The sum along one axis, which stays with length 1."""
    if dim != x.ndim - 1 or x.dtype.itemsize < 4 or x.dtype.kind != "f":
        return x.sum(axis=dim, keepdims=True)
    n = x.shape[-1]
    return (x.reshape(-1, n) @ xp.ones(n, x.dtype)).reshape(*x.shape[:-1], 1)


def of_rows(xp: Any, x: Any) -> Any:
    """The sum of a matrix's rows, a vector."""
    return xp.ones(x.shape[0], x.dtype) @ x if x.dtype.itemsize >= 4 else x.sum(axis=0)


def of_channels(xp: Any, x: Any) -> Any:
    """Per channel (axis 1) the sum over all other axes, a vector."""
    if x.ndim == 2:
        return of_rows(xp, x)
    if x.dtype.itemsize < 4:
        return x.sum(axis=tuple(i for i in range(x.ndim) if i != 1))
    flat = x.reshape(*x.shape[:2], -1)
    return (flat @ xp.ones(flat.shape[-1], x.dtype)).sum(axis=0)
