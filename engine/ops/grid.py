"""Looking an image up at given places (spatial transformers, Jaderberg et al. 2015)."""

from __future__ import annotations

from typing import Any

from engine.op import FUNCTIONS, function


@function(function=False, method=False, scope=True)
def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """Places (N, H, W, 2) where an affine map (N, 2, 3) sends the pixels of an output of ``size`` (N, C, H, W)."""
    n, _, height, width = tuple(size)
    x, y = (_places(theta, k, bool(align_corners)) for k in (width, height))
    base = FUNCTIONS["stack"](
        [x.expand(height, width), y.unsqueeze(1).expand(height, width), (x * 0 + 1).expand(height, width)], -1
    )
    return base.reshape(1, -1, 3).matmul(theta.mT).reshape(n, height, width, 2)


def _places(like: Any, k: int, align: bool) -> Any:
    """The middles of ``k`` pixels between -1 and 1; with ``align``, the first and last at the ends."""
    i = like.new_tensor(list(range(k)))
    if align:
        return i * (2 / max(k - 1, 1)) - 1 if k > 1 else i * 0
    return (i * 2 + 1) / k - 1


@function(function=False, method=False, scope=True)
def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """Images (N, C, H, W) at places (N, H', W', 2), given as (x, y) from -1 to 1: (N, C, H', W').

    ``mode`` is "bilinear" or "nearest", ``padding_mode`` (what lies outside) "zeros" or "border".
    """
    if mode not in ("bilinear", "nearest") or padding_mode not in ("zeros", "border"):
        raise NotImplementedError(
            f"grid_sample: mode {mode!r} with padding_mode {padding_mode!r} is not supported; there is 'bilinear' and 'nearest' "
            "with 'zeros' and 'border'"
        )
    height, width = input.shape[2:]
    if align_corners:
        x, y = ((grid[..., k] + 1) / 2 * (m - 1) for k, m in ((0, width), (1, height)))
    else:
        x, y = (((grid[..., k] + 1) * m - 1) / 2 for k, m in ((0, width), (1, height)))
    if padding_mode == "border":
        x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    if mode == "nearest":
        return _pixels(input, x.detach().round(), y.detach().round())
    left, top = x.detach().floor(), y.detach().floor()
    right_share, low_share = (x - left).unsqueeze(1), (y - top).unsqueeze(1)
    upper = _pixels(input, left, top) * (1 - right_share) + _pixels(input, left + 1, top) * right_share
    lower = _pixels(input, left, top + 1) * (1 - right_share) + _pixels(input, left + 1, top + 1) * right_share
    return upper * (1 - low_share) + lower * low_share


def _pixels(image: Any, x: Any, y: Any) -> Any:
    """The pixels at whole places (N, H', W'); 0 outside."""
    n, c, height, width = image.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    place = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).long().reshape(n, 1, -1).expand(n, c, x[0].numel())
    found = image.reshape(n, c, height * width).gather(2, place).reshape(n, c, *x.shape[1:])
    return found * inside.unsqueeze(1).to(image.dtype)
