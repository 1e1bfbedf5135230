"""Padding: more elements on either side of the last axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.op import op
from engine.testing import arrays, several

Widths = tuple[tuple[int, int], ...]


def _sources(xp: Any, n: int, before: int, after: int, mode: str) -> Any:
    """Which element each of the padded axis' places shows."""
    i = xp.arange(-before, n + after)
    if mode == "circular":
        return i % n
    if mode == "replicate":
        return xp.minimum(xp.maximum(i, 0), n - 1)
    return n - 1 - xp.abs(n - 1 - xp.abs(i))  # reflect


@op(
    r"\mathrm{pad}(x)",
    x=(r"\bar y\ \text{folded back}", lambda g, x_shape, widths, mode: unpad(g, shape=x_shape, widths=widths, mode=mode)),
    samples=several(
        arrays((2, 3), widths=((1, 0), (2, 1)), mode="constant", value=0.5),
        arrays((2, 4), widths=((0, 0), (-1, 2)), mode="constant", value=0.0),
        *(
            arrays((2, 3, 4), widths=((0, 0), (1, 2), (2, 1)), mode=mode, value=0.0)
            for mode in ("reflect", "replicate", "circular")
        ),
    ),
    function=False, method=False, torch_name="ConstantPadNd",
)  # fmt: skip
def padding(xp, x, *, widths, mode, value):
    """The tensor with more elements before and after each axis (fewer, for negative numbers)."""
    if mode != "constant":
        for axis, (before, after) in enumerate(widths):
            if before or after:
                x = xp.take(x, _sources(xp, x.shape[axis], before, after, mode), axis=axis)
        return x
    shape = tuple(n + before + after for n, (before, after) in zip(x.shape, widths, strict=True))
    out = xp.full(shape, value, x.dtype)
    inner, outer = _overlap(x.shape, widths)
    out[outer] = x[inner]
    return out


@op(
    r"\bar y\ \text{folded back}",
    g=(r"\mathrm{pad}(\bar y)", lambda g, widths, mode: padding(g, widths=widths, mode=mode, value=0.0)),
    samples=several(
        arrays((3, 6), shape=(2, 3), widths=((1, 0), (2, 1)), mode="constant"),
        arrays((2, 6, 7), shape=(2, 3, 4), widths=((0, 0), (1, 2), (2, 1)), mode="reflect"),
    ),
    function=False, method=False,
)  # fmt: skip
def unpad(xp, g, *, shape, widths, mode):
    """The derivative of :func:`padding`: what the padding showed is added to where it came from."""
    if mode == "constant":
        out = xp.zeros(shape, g.dtype)
        inner, outer = _overlap(shape, widths)
        out[inner] = g[outer]
        return out
    for axis, (before, after) in enumerate(widths):
        if before or after:
            rows = _sources(xp, shape[axis], before, after, mode)[:, None] == xp.arange(shape[axis])[None, :]
            g = xp.moveaxis(xp.matmul(xp.moveaxis(g, axis, -1), rows.astype(g.dtype)), -1, axis)
    return g


def _overlap(shape: Sequence[int], widths: Widths) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The part of the inner tensor that is shown, and where in the outer one."""
    inner = tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(shape, widths, strict=True))
    outer = tuple(slice(max(b, 0), max(b, 0) + s.stop - s.start) for s, (b, _) in zip(inner, widths, strict=True))
    return inner, outer


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Pads the last axes: ``pad`` holds ``(before, after)`` of the last axis, then of the one before it, and so on.

    ``mode`` is ``"constant"`` (of ``value``), ``"reflect"``, ``"replicate"`` or ``"circular"``.
    """
    given = [int(p) for p in pad]
    if len(given) % 2 or len(given) // 2 > input.ndim:
        raise RuntimeError(
            f"Padding length must be divisible by 2 and at most twice the number of dimensions of the input ({input.ndim}), "
            f"but got {len(given)} numbers"
        )
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if mode != "constant" and value:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    axes = len(given) // 2
    widths = tuple((given[2 * k], given[2 * k + 1]) for k in reversed(range(axes)))
    widths = ((0, 0),) * (input.ndim - axes) + widths
    for axis, (before, after) in enumerate(widths):
        n = input.shape[axis]
        if mode == "reflect" and max(before, after) >= n:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {axis} of input {list(input.shape)}"
            )
        if mode == "circular" and max(before, after) > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {before} and {after}, resulted in a negative output size"
            )
    return padding(input, widths=widths, mode=mode, value=0.0 if value is None else value)
