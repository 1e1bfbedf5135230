"""Windows over the last axes of an array: padding, cutting into columns, and adding columns back (im2col and col2im).

Arrays are (N, C, *space). A window has a ``kernel`` of taps, ``dilation`` apart, and moves by ``stride``; each has one number
per axis of space.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

Numbers = tuple[int, ...]


def per_axis(value: Any, n: int, name: str) -> Numbers:
    """An int for all axes, or a sequence with one for each. Raises ``RuntimeError`` for another length."""
    if isinstance(value, int):
        return (value,) * n
    given = tuple(int(v) for v in value)
    if len(given) == 1:
        return given * n
    if len(given) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values, but got {name}={list(given)}"
        )
    return given


def span(kernel: Numbers, dilation: Numbers) -> Numbers:
    """How much of each axis a window covers."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def padded(xp: Any, x: Any, padding: Numbers, value: float = 0, extra: Numbers | None = None) -> Any:
    """``x`` with ``padding`` on both sides of each axis of space, and ``extra`` more at the end of each."""
    extra = extra or (0,) * len(padding)
    if not any(padding) and not any(extra):
        return x
    space = tuple(n + 2 * p + e for n, p, e in zip(x.shape[2:], padding, extra, strict=True))
    out = xp.full((*x.shape[:2], *space), value, x.dtype) if value else xp.zeros((*x.shape[:2], *space), x.dtype)
    out[(..., *(slice(p, p + n) for p, n in zip(padding, x.shape[2:], strict=True)))] = x
    return out


def cropped(x: Any, padding: Numbers, size: Numbers) -> Any:
    """``padded`` undone: the ``size`` elements after the padding."""
    return x[(..., *(slice(p, p + n) for p, n in zip(padding, size, strict=True)))]


def windows(xp: Any, x: Any, kernel: Numbers, stride: Numbers, dilation: Numbers) -> Any:
    """Every window as a view, (N, C, *out, *kernel)."""
    axes = tuple(range(2, x.ndim))
    cut = xp.lib.stride_tricks.sliding_window_view(x, span(kernel, dilation), axes)
    return cut[(..., *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))]


def columns(xp: Any, x: Any, kernel: Numbers, stride: Numbers, dilation: Numbers, groups: int) -> Any:
    """Every window as a column, (N, groups, C / groups · taps, windows); copies."""
    cut = windows(xp, x, kernel, stride, dilation)
    n = len(kernel)
    taps_first = cut.transpose(0, 1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n))
    taps = taps_first.shape[1]
    for k in kernel:
        taps *= k
    return taps_first.reshape(x.shape[0], groups, taps // groups, -1)


def taps(
    size: Numbers, kernel: Numbers, stride: Numbers, dilation: Numbers
) -> Iterator[tuple[Numbers, tuple[Any, ...]]]:
    """Each tap of the kernel, and the index (after ``...``) of the elements that ``size`` windows have under it."""
    for tap in itertools.product(*(range(k) for k in kernel)):
        places = zip(tap, size, stride, dilation, strict=True)
        yield tap, (..., *(slice(t * d, t * d + s * (n - 1) + 1, s) for t, n, s, d in places))


def add_columns(
    xp: Any, columns: Any, size: Numbers, space: Numbers, kernel: Numbers, stride: Numbers, dilation: Numbers
) -> Any:
    """Columns (N, C, *kernel, windows) added up where their windows lie, ``size`` of them per axis: (N, C, *space)."""
    columns = columns.reshape(*columns.shape[: 2 + len(kernel)], *size)
    out = xp.zeros((*columns.shape[:2], *space), columns.dtype)
    for tap, place in taps(size, kernel, stride, dilation):
        out[place] += columns[(slice(None), slice(None), *tap)]
    return out


def out_size(space: Numbers, kernel: Numbers, stride: Numbers, dilation: Numbers) -> Numbers:
    """How many windows fit into each (padded) axis."""
    covered = span(kernel, dilation)
    return tuple((n - c) // s + 1 for n, c, s in zip(space, covered, stride, strict=True))
