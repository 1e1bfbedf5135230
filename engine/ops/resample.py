"""Ops that give the axes of space other lengths: adaptive mean pooling, upsampling.

Each axis is multiplied by a matrix whose rows say how much of every input element an output element takes; so these ops are linear,
and the derivative is the same with the matrices transposed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.op import op
from engine.ops.windows import Numbers, per_axis
from engine.testing import arrays, several


def _mean_rows(xp: Any, n: int, m: int, dtype: Any, scale: float | None, align: bool) -> Any:
    """Output i is the mean of the inputs from floor(i n / m) to ceil((i + 1) n / m)."""
    i, j = xp.arange(m)[:, None], xp.arange(n)[None, :]
    start, end = i * n // m, -((i + 1) * -n // m)
    return ((j >= start) & (j < end)).astype(dtype) / (end - start).astype(dtype)


def _nearest_rows(xp: Any, n: int, m: int, dtype: Any, scale: float | None, align: bool) -> Any:
    """Output i is the input at floor(i n / m)."""
    ratio = n / m if scale is None else 1 / scale
    source = xp.minimum(xp.floor(xp.arange(m) * ratio).astype(int), n - 1)
    return (source[:, None] == xp.arange(n)[None, :]).astype(dtype)


def _exact_rows(xp: Any, n: int, m: int, dtype: Any, scale: float | None, align: bool) -> Any:
    """Output i is the input that its middle falls on."""
    ratio = n / m if scale is None else 1 / scale
    source = xp.minimum(xp.floor((xp.arange(m) + 0.5) * ratio).astype(int), n - 1)
    return (source[:, None] == xp.arange(n)[None, :]).astype(dtype)


def _centres(xp: Any, n: int, m: int, scale: float | None, align: bool) -> Any:
    """Where the middles of ``m`` outputs lie among ``n`` inputs; with ``align``, the first and the last lie on each other."""
    i = xp.arange(m).astype(float)
    if align:
        return i * ((n - 1) / max(m - 1, 1))
    return (i + 0.5) * (n / m if scale is None else 1 / scale) - 0.5


def _linear_rows(xp: Any, n: int, m: int, dtype: Any, scale: float | None, align: bool) -> Any:
    """Output i lies between two inputs, and takes of each the more the nearer it is."""
    at = xp.maximum(_centres(xp, n, m, scale, align), 0)
    low = xp.minimum(xp.floor(at), n - 1)
    share = xp.minimum(at - low, 1)[:, None]
    j = xp.arange(n)[None, :]
    high = xp.minimum(low + 1, n - 1)[:, None]
    return ((j == low[:, None]) * (1 - share) + (j == high) * share).astype(dtype)


def _cubic_rows(xp: Any, n: int, m: int, dtype: Any, scale: float | None, align: bool) -> Any:
    """Output i is a mix of the four inputs around it (Keys 1981, with a = -0.75); beyond the ends the last ones go on."""
    at = _centres(xp, n, m, scale, align)
    low = xp.floor(at)
    j = xp.arange(n)[None, :]
    rows = xp.zeros((m, n), float)
    for step in (-1, 0, 1, 2):
        d = xp.abs(at - low - step)
        near = ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1
        far = ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC
        weight = xp.where(d <= 1, near, far)
        place = xp.minimum(xp.maximum(low + step, 0), n - 1)
        rows = rows + (j == place[:, None]) * weight[:, None]
    return rows.astype(dtype)


CUBIC = -0.75  # torch's a

ROWS: dict[str, Callable[..., Any]] = {
    "area": _mean_rows, "nearest": _nearest_rows, "nearest-exact": _exact_rows, "linear": _linear_rows,
    "cubic": _cubic_rows,
}  # fmt: skip


def _resampled(
    xp: Any, x: Any, old: Numbers, new: Numbers, mode: str, scales: tuple[Any, ...], align: bool, back: bool
) -> Any:
    """Each of the last axes times its matrix from ``old`` to ``new`` lengths (``back``: the other way, transposed)."""
    lead = x.ndim - len(old)
    for k, (n, m, scale) in enumerate(zip(old, new, scales, strict=True)):
        if n == m and scale is None:
            continue
        rows = ROWS[mode](xp, n, m, x.dtype, scale, align)
        axis = lead + k
        x = xp.moveaxis(xp.matmul(xp.moveaxis(x, axis, -1), rows if back else rows.T), -1, axis)
    return xp.ascontiguousarray(x)


@op(
    r"\textstyle\sum_j P_{ij}\,x_j",
    x=(r"P^\top \bar y",
       lambda g, x_shape, size, mode, scales, align: resample_back(
           g, space=x_shape[-len(size):], size=size, mode=mode, scales=scales, align=align)),
    samples=several(
        arrays((2, 4, 5), size=(2, 3), mode="area", scales=(None, None), align=False),
        arrays((2, 3), size=(5,), mode="nearest", scales=(None,), align=False),
        arrays((2, 3, 2), size=(5, 4), mode="linear", scales=(None, 2.0), align=False),
        arrays((2, 3, 3), size=(5, 2), mode="linear", scales=(None, None), align=True),
    ),
    floats=True, function=False, method=False,
)  # fmt: skip
def resample(xp, x, *, size, mode, scales, align):
    """The last axes at other lengths: each output element is a mix of the input elements around its place."""
    return _resampled(xp, x, x.shape[-len(size) :], size, mode, scales, align, back=False)


@op(
    r"P^\top \bar y",
    g=(r"P \bar y", lambda g, size, mode, scales, align: resample(g, size=size, mode=mode, scales=scales, align=align)),
    samples=several(
        arrays((2, 2, 3), space=(4, 5), size=(2, 3), mode="area", scales=(None, None), align=False),
        arrays((2, 5, 2), space=(3, 3), size=(5, 2), mode="linear", scales=(None, None), align=True),
    ),
    function=False, method=False,
)  # fmt: skip
def resample_back(xp, g, *, space, size, mode, scales, align):
    """The derivative of :func:`resample`: each gradient goes to the elements it was mixed from."""
    return _resampled(xp, g, space, size, mode, scales, align, back=True)


def adaptive_avg_pool(n: int, input: Any, output_size: Any) -> Any:
    """The mean over as many equal parts of the last ``n`` axes as ``output_size`` says (``None``: as many as there are)."""
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"adaptive_avg_pool{n}d(): Expected {n + 1}D or {n + 2}D tensor, but got {list(input.shape)}"
        )
    given = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(output_size)
    size = tuple(input.shape[k - n] if s is None else s for k, s in enumerate(given))
    return resample(input, size=per_axis(size, n, "output_size"), mode="area", scales=(None,) * n, align=False)


def upsampled_size(space: Numbers, size: Any, scale_factor: Any) -> tuple[Numbers, tuple[Any, ...]]:
    """The new lengths, and the scale along each axis where it was given as such. Raises torch's ``ValueError``."""
    n = len(space)
    if (size is None) == (scale_factor is None):
        what = (
            "either size or scale_factor should be defined"
            if size is None
            else "only one of size or scale_factor should be defined"
        )
        raise ValueError(what)
    if size is not None:
        return per_axis(size, n, "size"), (None,) * n
    scales = (
        (float(scale_factor),) * n if isinstance(scale_factor, (int, float)) else tuple(float(s) for s in scale_factor)
    )
    if len(scales) != n:
        raise ValueError(
            f"Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of "
            f"{list(space)} and scale_factor of shape {list(scales)}."
        )
    return tuple(math.floor(k * s) for k, s in zip(space, scales, strict=True)), scales
