"""``torch.nn.functional``: everything a layer does, as functions. The ops themselves are in :mod:`engine.ops`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.nn.inplace import REQUIRED, always, with_inplace
from engine.op import FUNCTIONS, function
from engine.ops.activation import (
    celu,
    elu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu6,
    selu,
    silu,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from engine.ops.attention import scaled_dot_product_attention
from engine.ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from engine.ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d
from engine.ops.elementwise import relu
from engine.ops.embedding import embedding, embedding_bag, one_hot
from engine.ops.gelu import gelu
from engine.ops.grid import affine_grid, grid_sample
from engine.ops.linear import bilinear, linear
from engine.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from engine.ops.margin_loss import (
    cosine_embedding_loss,
    cosine_similarity,
    gaussian_nll_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    pairwise_distance,
    poisson_nll_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from engine.ops.norm import batch_normed as batch_norm
from engine.ops.norm import group_norm, instance_norm, layer_norm, local_response_norm, normalize, rms_norm
from engine.ops.padding import pad
from engine.ops.pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from engine.ops.resample import adaptive_avg_pool, resample, upsampled_size
from engine.ops.softmax import log_softmax, softmax
from engine.ops.trigonometry import sigmoid, tanh
from engine.ops.unfold import col2im as fold
from engine.ops.unfold import im2col as unfold
from engine.ops.windows import per_axis
from engine.tensor import Tensor

relu, relu6, selu, silu, mish = (with_inplace(f) for f in (relu, relu6, selu, silu, mish))
hardswish, hardsigmoid = with_inplace(hardswish), with_inplace(hardsigmoid)
elu, celu = with_inplace(elu, alpha=1.0), with_inplace(celu, alpha=1.0)
leaky_relu = with_inplace(leaky_relu, negative_slope=0.01)
hardtanh = with_inplace(hardtanh, min_val=-1.0, max_val=1.0)
threshold = with_inplace(threshold, threshold=REQUIRED, value=REQUIRED)
relu_, leaky_relu_, elu_, selu_, celu_ = (always(f) for f in (relu, leaky_relu, elu, selu, celu))
hardtanh_, threshold_ = always(hardtanh), always(threshold)


# ------------------------------------------------------------------------------------------------ pooling and resampling


@function(method=False)
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The mean over ``output_size`` equal parts of the last axis."""
    return adaptive_avg_pool(1, input, output_size)


@function(function=False, method=False)
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The mean over ``output_size`` equal parts of each of the last two axes."""
    return adaptive_avg_pool(2, input, output_size)


@function(function=False, method=False)
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The mean over ``output_size`` equal parts of each of the last three axes."""
    return adaptive_avg_pool(3, input, output_size)


def _adaptive_max_pool(n: int, pool: Callable[..., Any], input: Any, output_size: Any, return_indices: bool) -> Any:
    given = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(output_size)
    space = tuple(input.shape[-n:])
    size = per_axis(tuple(s if o is None else o for o, s in zip(given, space, strict=True)), n, "output_size")
    if not any(s % o for s, o in zip(space, size, strict=True)):
        return pool(input, tuple(s // o for s, o in zip(space, size, strict=True)), return_indices=return_indices)
    if return_indices:
        raise NotImplementedError(
            f"adaptive_max_pool{n}d: return_indices with parts of unequal length ({list(space)} into {list(size)}) is not "
            "supported; choose an output size that divides the input"
        )
    for axis, (length, parts) in enumerate(zip(space, size, strict=True), input.ndim - n):
        cuts = [(k * length // parts, -((k + 1) * -length // parts)) for k in range(parts)]
        input = FUNCTIONS["stack"]([input.narrow(axis, a, b - a).amax(axis) for a, b in cuts], axis)
    return input


@function(method=False, scope=True)
def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of ``output_size`` equal parts of the last axis."""
    return _adaptive_max_pool(1, max_pool1d, input, output_size, return_indices)


@function(function=False, method=False, scope=True)
def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of ``output_size`` equal parts of each of the last two axes."""
    return _adaptive_max_pool(2, max_pool2d, input, output_size, return_indices)


@function(function=False, method=False, scope=True)
def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of ``output_size`` equal parts of each of the last three axes."""
    return _adaptive_max_pool(3, max_pool3d, input, output_size, return_indices)


def _lp_pool(
    n: int, pool: Callable[..., Any], input: Any, p: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    kernel = per_axis(kernel_size, n, "kernel_size")
    mean = pool(input**p, kernel, stride, 0, ceil_mode)
    return (mean.sign() * mean.abs().relu() * math.prod(kernel)) ** (1.0 / p)


@function(function=False, method=False, scope=True)
def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window."""
    return _lp_pool(1, avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode)


@function(function=False, method=False, scope=True)
def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window."""
    return _lp_pool(2, avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode)


def _max_unpool(n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    kernel = per_axis(kernel_size, n, "kernel_size")
    steps = kernel if stride is None else per_axis(stride, n, "stride")
    edges = per_axis(padding, n, "padding")
    if output_size is None:
        places = zip(input.shape[-n:], kernel, steps, edges, strict=True)
        output_size = tuple((m - 1) * s - 2 * p + k for m, k, s, p in places)
    space, lead = tuple(output_size)[-n:], tuple(input.shape[:-n])
    flat = input.new_zeros((*lead, math.prod(space)))
    return flat.scatter(-1, indices.reshape(*lead, -1), input.reshape(*lead, -1)).reshape(*lead, *space)


@function(function=False, method=False, scope=True)
def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Undoes :func:`max_pool1d`: each maximum back at its place, 0 elsewhere."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


@function(function=False, method=False, scope=True)
def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Undoes :func:`max_pool2d`: each maximum back at its place, 0 elsewhere."""
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


@function(function=False, method=False)
def interpolate(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Any:  # fmt: skip
    """The axes of space (from the third on) at another size: ``mode`` "nearest", "nearest-exact", "linear",
    "bilinear", "bicubic", "trilinear" or "area"."""
    n = input.ndim - 2
    kinds = {"nearest": "nearest", "nearest-exact": "nearest-exact", "area": "area"}
    kinds |= {{1: "linear", 2: "bilinear", 3: "trilinear"}.get(n, "linear"): "linear"}
    if n == 2:
        kinds["bicubic"] = "cubic"
    if mode not in kinds:
        raise NotImplementedError(
            f"interpolate: mode {mode!r} is not supported for an input of {input.ndim} dimensions; there is {', '.join(kinds)}"
        )
    if align_corners is not None and kinds[mode] not in ("linear", "cubic"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    new, scales = upsampled_size(tuple(input.shape[2:]), size, scale_factor)
    if recompute_scale_factor or kinds[mode] == "area":
        scales = (None,) * n
    return resample(input, size=new, mode=kinds[mode], scales=scales, align=bool(align_corners))


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """:func:`interpolate` under its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


@function(method=False, scope=True)
def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(..., C r², H, W) becomes (..., C, H r, W r)."""
    r = upscale_factor
    *lead, channels, height, width = input.shape
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {r * r}"
        )
    k = len(lead)
    cut = input.reshape(*lead, channels // (r * r), r, r, height, width)
    return cut.permute(*range(k), k, k + 3, k + 1, k + 4, k + 2).reshape(
        *lead, channels // (r * r), height * r, width * r
    )


@function(method=False, scope=True)
def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """(..., C, H r, W r) becomes (..., C r², H, W)."""
    r = downscale_factor
    *lead, channels, height, width = input.shape
    k = len(lead)
    cut = input.reshape(*lead, channels, height // r, r, width // r, r)
    return cut.permute(*range(k), k, k + 2, k + 4, k + 1, k + 3).reshape(
        *lead, channels * r * r, height // r, width // r
    )


@function(method=False, scope=True)
def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels (axis 1) in groups, dealt out like cards."""
    n, channels, *space = input.shape
    return input.reshape(n, groups, channels // groups, *space).transpose(1, 2).reshape(n, channels, *space)


# ------------------------------------------------------------------------------------------------ randomness


@function(function=False, method=False, scope=True)
def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A draw from a categorical distribution that gradients can pass; ``hard`` rounds it to one-hot on the way forward."""
    from engine.random import default_generator

    drawn = default_generator.exponential(logits.numel()).reshape(tuple(logits.shape)).astype(logits.data_.dtype)
    gumbels = Tensor(logits.device.from_host(drawn), None, logits.device).log().neg()
    soft = softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    chosen = soft.argmax(dim, keepdim=True)
    one = soft.detach() * 0
    return one.scatter(dim, chosen, 1.0) - soft.detach() + soft


@function(function=False, method=False, scope=True)
def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """:func:`leaky_relu` with a slope drawn at random while training, and the middle one otherwise."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    from engine.random import rand_like

    slopes = rand_like(input.detach()) * (upper - lower) + lower
    return input.where(input > 0, input * slopes)


_OWN = ("Any", "Callable", "REQUIRED", "Tensor", "adaptive_avg_pool", "always", "function", "per_axis", "resample",
        "upsampled_size", "with_inplace")  # fmt: skip
__all__ = [name for name, value in globals().items() if callable(value) and name[0] != "_" and name not in _OWN]
