"""What users mean by ``dim`` and by a shape: Python ints, counted from the front."""

from __future__ import annotations

from typing import Any


def axis(dim: int, ndim: int) -> int:
    """One axis, counted from the front. Raises torch's ``IndexError`` when it is out of range."""
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})")
    return dim % bound


def axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """``dim`` as a sorted tuple of axes; ``None`` and ``()`` mean all. Raises torch's ``IndexError``."""
    if dim is None or dim == () or dim == []:
        return tuple(range(ndim))
    found = sorted(each_axis((dim,) if isinstance(dim, int) else dim, ndim))
    if not ndim:  # torch lets a number have an axis 0
        return ()
    if len(set(found)) < len(found):
        raise RuntimeError(
            f"dim {next(d for d in found if found.count(d) > 1)} appears multiple times in the list of dims"
        )
    return tuple(found)


def each_axis(dims: Any, ndim: int) -> tuple[int, ...]:
    """Every one of ``dims`` as :func:`axis` gives it, in the given order."""
    return tuple(axis(int(d), ndim) for d in dims)


def as_shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike, as a tuple of ints."""
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    return tuple(int(n) for n in given)


def put(values: tuple[int, ...], at: int, *new: int) -> tuple[int, ...]:
    """``values`` with the one at position ``at`` replaced by ``new`` (none, one or several)."""
    return (*values[:at], *new, *values[at + 1 :])
