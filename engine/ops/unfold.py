"""Windows as columns, and columns added back into an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.op import op
from engine.ops.windows import add_columns, columns, cropped, out_size, padded, per_axis


def _windows(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> dict[str, Any]:
    return {
        "kernel": per_axis(kernel_size, 2, "kernel_size"), "dilation": per_axis(dilation, 2, "dilation"),
        "padding": per_axis(padding, 2, "padding"), "stride": per_axis(stride, 2, "stride"),
    }  # fmt: skip


def _samples(*, folded: bool) -> Callable[..., Any]:
    def draw(rng: Any) -> Any:
        attrs = {"kernel": (2, 3), "dilation": (1, 1), "padding": (1, 0), "stride": (2, 1)}
        size = (4, 5)
        places = out_size((6, 5), attrs["kernel"], attrs["stride"], attrs["dilation"])
        if folded:
            yield (rng.uniform(-1, 1, (2, 2 * 6, places[0] * places[1])),), {**attrs, "size": size}
        else:
            yield (rng.uniform(-1, 1, (2, 2, *size)),), attrs

    return draw


@op(
    r"x_{c,\,s i + d k - p}",
    input=(r"\textstyle\sum_{\text{windows}} \bar y", lambda g, input_shape, kernel, dilation, padding, stride: col2im(
        g, input_shape[-2:], kernel, dilation, padding, stride)),
    samples=_samples(folded=False), function=False, method=False,
    signature=lambda input, kernel_size, dilation=1, padding=0, stride=1: (
        (input,), _windows(kernel_size, dilation, padding, stride)),
)  # fmt: skip
def im2col(xp, input, *, kernel, dilation, padding, stride):
    """Every window of images (N, C, H, W) as a column: (N, C · taps, windows)."""
    cut = columns(xp, padded(xp, input, padding), kernel, stride, dilation, 1)
    return cut[:, 0]


@op(
    r"\textstyle\sum_{\text{windows}} x",
    input=(r"\bar y_{c,\,s i + d k - p}",
           lambda g, kernel, dilation, padding, stride: im2col(g, kernel, dilation, padding, stride)),
    samples=_samples(folded=True), function=False, method=False,
    signature=lambda input, output_size, kernel_size, dilation=1, padding=0, stride=1: (
        (input,), {"size": per_axis(output_size, 2, "output_size"), **_windows(kernel_size, dilation, padding, stride)}),
)  # fmt: skip
def col2im(xp, input, *, size, kernel, dilation, padding, stride):
    """Columns (N, C · taps, windows) added up where their windows lie: images (N, C, *size)."""
    space = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
    places = out_size(space, kernel, stride, dilation)
    taps = kernel[0] * kernel[1]
    if input.shape[1] % taps or input.shape[2] != places[0] * places[1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, expected "
            f"input of shape (N, C * {taps}, {places[0] * places[1]}), but got {list(input.shape)}"
        )
    cut = input.reshape(input.shape[0], input.shape[1] // taps, *kernel, -1)
    return cropped(add_columns(xp, cut, places, space, kernel, stride, dilation), padding, size)
