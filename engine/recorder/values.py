"""A tensor's numbers as an event carries them: whole when small, else min, max, mean, std, norm, counts, histogram.

On a GPU everything is computed where the numbers are and fetched later, many values in one transfer: no op waits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.recorder.schema import Number, Summary, Value, number

BINS = 16
_SAMPLE = 1 << 12  #: a histogram looks at no more elements than about this many


def whole(array: np.ndarray[Any, Any]) -> list[Number]:
    """Every element in C order."""
    numbers: list[Any] = array.ravel().tolist() if array.ndim else [array.item()]
    if array.dtype.kind == "f":
        total = math.fsum(numbers) if len(numbers) > 1 and all(map(math.isfinite, numbers)) else sum(numbers)
        return numbers if total - total == 0.0 else [number(x) for x in numbers]
    if array.dtype.kind == "b":
        return [int(x) for x in numbers]
    if array.dtype.kind == "c":
        return [number(abs(x)) for x in numbers]
    return numbers


def summarize(array: np.ndarray[Any, Any]) -> Summary:
    """Statistics over the finite elements; NaN and infinities are counted."""
    flat = np.abs(array).ravel() if array.dtype.kind == "c" else array.ravel()
    if flat.size == 0:
        return Summary()
    x = flat.astype(np.float64, copy=False)
    low, high = float(x.min()), float(x.max())
    nan = inf = 0
    if not (low - low == 0.0 and high - high == 0.0):
        nan = int(np.count_nonzero(np.isnan(x)))
        x = x[np.isfinite(x)]
        inf = flat.size - nan - x.size
        if x.size == 0:
            return Summary(nan=nan, inf=inf)
        low, high = float(x.min()), float(x.max())
    mean = float(x.mean())
    square = float(x @ x)
    away = x - mean
    return Summary(
        min=low,
        max=high,
        mean=mean,
        std=math.sqrt(float(away @ away) / x.size) if square - square == 0.0 else None,
        norm=number(math.sqrt(square)),
        nan=nan,
        inf=inf,
        zero=int(x.size - np.count_nonzero(x)),
        histogram=_histogram(x, low, high),
    )


def _histogram(x: np.ndarray[Any, Any], low: float, high: float) -> list[int]:
    if x.size > _SAMPLE:
        x = x[:: x.size // _SAMPLE + 1]
    width = high - low
    if not (0.0 < width < math.inf):
        return [x.size]
    bins = ((x - low) * (BINS / width)).astype(np.intp)
    counts: list[int] = np.bincount(np.minimum(bins, BINS - 1), minlength=BINS).tolist()
    return counts


def is_bad(value: Value) -> bool:
    """Whether a NaN or an infinity is among the numbers."""
    if value.summary is not None:
        return bool(value.summary.nan or value.summary.inf)
    return any(isinstance(x, str) for x in value.data or ())


class Pending:
    """A value whose numbers are still on a device."""

    __slots__ = ("array", "small", "value", "xp")

    def __init__(self, value: Value, array: Any, small: bool, xp: Any) -> None:
        self.value = value
        self.xp = xp
        self.small = small
        self.array = array.astype(xp.float64).ravel() if small else _statistics(xp, array)

    @staticmethod
    def fetch(waiting: list[Pending]) -> None:
        """Fills in all values, with one transfer per device."""
        by_device: dict[int, list[Pending]] = {}
        for each in waiting:
            by_device.setdefault(int(getattr(each.array, "device", 0)), []).append(each)  # a CuPy device has no hash
        for group in by_device.values():
            host = group[0].xp.concatenate([p.array for p in group]).get()
            at = 0
            for p in group:
                size = int(p.array.size)
                p.fill(host[at : at + size])
                at += size

    def fill(self, numbers: np.ndarray[Any, Any]) -> None:
        """Takes the numbers as they came from the device."""
        if self.small:
            self.value.data = whole(numbers)
            return
        low, high, mean, std, norm, nan, inf, zero = numbers[:8].tolist()
        some = math.isfinite(low)
        counts = [int(n) for n in numbers[8:]]
        self.value.summary = Summary(
            min=low if some else None, max=high if some else None, mean=number(mean) if some else None,
            std=number(std) if some else None, norm=number(norm) if some else None,
            nan=int(nan), inf=int(inf), zero=int(zero), histogram=counts if high > low else [sum(counts)] if some else [],
        )  # fmt: skip


def _statistics(xp: Any, array: Any) -> Any:
    """The summary of :func:`summarize` as one small array on the device: 8 numbers and the histogram."""
    x = array.ravel().astype(xp.float64)
    if x.size == 0:
        return xp.asarray([math.nan] * 8 + [0.0] * BINS)
    finite = xp.isfinite(x)
    count = xp.maximum(finite.sum(), 1)
    inner = xp.where(finite, x, 0.0)
    low = xp.where(finite, x, math.inf).min()
    high = xp.where(finite, x, -math.inf).max()
    mean = inner.sum() / count
    std = xp.sqrt(xp.where(finite, (inner - mean) ** 2, 0.0).sum() / count)
    norm = xp.sqrt((inner * inner).sum())
    nan = xp.isnan(x).sum().astype(xp.float64)
    inf = x.size - finite.sum() - nan
    zero = (finite & (inner == 0)).sum().astype(xp.float64)
    width = xp.where(high > low, high - low, 1.0)
    step = x.size // _SAMPLE + 1
    bins = xp.clip((inner[::step] - low) * (BINS / width), 0, BINS - 1).astype(xp.int64)
    edges = xp.arange(BINS).reshape(BINS, 1)
    histogram = ((bins.reshape(1, -1) == edges) & finite[::step].reshape(1, -1)).sum(axis=1).astype(xp.float64)
    return xp.concatenate([xp.stack([low, high, mean, std, norm, nan, inf, zero]), histogram])
