"""Normalisation: numbers shifted and scaled to mean 0 and variance 1 over some axes, then scaled and shifted by learned ones.

What differs between batch, layer, group and instance normalisation is only over which axes.
"""

from __future__ import annotations

import math
from typing import Any

from engine.mode import no_grad
from engine.op import OPS, apply_inplace, function, op
from engine.tensor import Size, Tensor

Axes = tuple[int, ...]

LATEX = r"w \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + b"
INPUT_LATEX = (
    r"\tfrac{1}{\sigma}\left(\hat g - \overline{\hat g} - \hat x\,\overline{\hat g \odot \hat x}\right),"
    r"\ \hat g = w \odot \bar y"
)
WEIGHT_LATEX = r"\textstyle\sum \bar y \odot \hat x"
BIAS_LATEX = r"\textstyle\sum \bar y"


# ------------------------------------------------------------------------------------------------ shared


def _standardized(xp: Any, x: Any, axes: Axes, eps: float) -> Any:
    """Mean 0 and (biased) variance 1 over ``axes``."""
    d = x - x.mean(axis=axes, keepdims=True)
    return d / xp.sqrt((d * d).mean(axis=axes, keepdims=True) + eps)


def _affine(y: Any, weight: Any, bias: Any) -> Any:
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _hat(x: Any, axes: Axes, eps: float) -> tuple[Any, Any]:
    """The standardised tensor and what it was multiplied with, in tensor ops."""
    d = x - x.mean(axes, keepdim=True)
    scale = ((d * d).mean(axes, keepdim=True) + eps).rsqrt()
    return d * scale, scale


def _towards_input(g: Any, x: Any, axes: Axes, eps: float) -> Any:
    """The contribution of ``g``, the gradient of the standardised tensor."""
    hat, scale = _hat(x, axes, eps)
    return scale * (g - g.mean(axes, keepdim=True) - hat * (g * hat).mean(axes, keepdim=True))


def _on_channels(values: Any, ndim: int) -> Any:
    """One number per channel (axis 1), shaped to be broadcast against the whole."""
    return None if values is None else values.reshape(1, -1, *(1,) * (ndim - 2))


def _all_but(axis: int, ndim: int) -> Axes:
    return tuple(i for i in range(ndim) if i != axis)


# ------------------------------------------------------------------------------------------------ layer normalisation


def _last(shape: tuple[int, ...], ndim: int) -> Axes:
    return tuple(range(ndim - len(shape), ndim))


def _first(shape: tuple[int, ...], ndim: int) -> Axes:
    return tuple(range(ndim - len(shape)))


def _fold(g: Any, shape: tuple[int, ...]) -> Any:
    """Summed over the axes before ``shape``."""
    axes = _first(shape, g.ndim)
    return g.sum(axes) if axes else g


def _layer_samples(rng: Any) -> Any:
    for shape, over, affine in (((3, 4), (4,), True), ((2, 3, 4), (3, 4), True), ((2, 3), (3,), False)):
        pair = (rng.uniform(-1, 1, over), rng.uniform(-1, 1, over)) if affine else (None, None)
        yield (rng.uniform(-2, 2, shape), *pair), {"shape": over, "eps": 1e-5}


def _layer_call(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(int(n) for n in normalized_shape)
    return (input, weight, bias), {"shape": shape, "eps": eps}


def _check_last(name: str, input: Any, shape: tuple[int, ...], weight: Any) -> None:
    if tuple(input.shape[input.ndim - len(shape) :]) != shape or input.ndim < len(shape):
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], "
            f"but got input of size{list(input.shape)}"
        )
    if weight is not None and tuple(weight.shape) != shape:
        raise RuntimeError(
            f"Expected weight to be of same shape as normalized_shape, but got weight of shape {list(weight.shape)} and "
            f"normalized_shape = {list(shape)}"
        )


@op(
    LATEX,
    x=(INPUT_LATEX, lambda g, x, weight, shape, eps:
       _towards_input(g if weight is None else g * weight, x, _last(shape, x.ndim), eps)),
    weight=(WEIGHT_LATEX, lambda g, x, shape, eps: _fold(g * _hat(x, _last(shape, x.ndim), eps)[0], shape)),
    bias=(BIAS_LATEX, lambda g, shape: _fold(g, shape)),
    samples=_layer_samples, floats=True, method=False, signature=_layer_call, torch_name="NativeLayerNorm",
)  # fmt: skip
def layer_norm(xp, x, weight, bias, *, shape, eps):
    """Each sample brought to mean 0 and variance 1 over its last axes, then scaled and shifted element by element."""
    _check_last("layer_norm", x, shape, weight)
    return _affine(_standardized(xp, x, _last(shape, x.ndim), eps), weight, bias)


def _rms_samples(rng: Any) -> Any:
    yield (rng.uniform(-2, 2, (3, 4)), rng.uniform(-1, 1, 4)), {"shape": (4,), "eps": 1e-5}
    yield (rng.uniform(-2, 2, (2, 3, 4)), None), {"shape": (3, 4), "eps": 1e-5}


def _rms_call(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    (input, weight, _), attrs = _layer_call(input, normalized_shape, weight)
    if eps is None:  # the distance from 1 to the next number of the dtype
        eps = 2.0 ** -{2: 10, 4: 23, 8: 52}[input.data_.dtype.itemsize]
    return (input, weight), {**attrs, "eps": eps}


def _rms_scale(x: Any, axes: Axes, eps: float) -> Any:
    return ((x * x).mean(axes, keepdim=True) + eps).rsqrt()


def _rms_towards_input(g: Any, x: Any, axes: Axes, eps: float) -> Any:
    scale = _rms_scale(x, axes, eps)
    return scale * (g - x * scale * scale * (g * x).mean(axes, keepdim=True))


@op(
    r"w \odot \frac{x}{\sqrt{\overline{x^2} + \varepsilon}}",
    x=(r"\tfrac1r\left(\hat g - \tfrac{x}{r^2}\,\overline{\hat g \odot x}\right),\ \hat g = w \odot \bar y",
       lambda g, x, weight, shape, eps:
           _rms_towards_input(g if weight is None else g * weight, x, _last(shape, x.ndim), eps)),
    weight=(r"\textstyle\sum \bar y \odot \tfrac{x}{r}",
            lambda g, x, shape, eps: _fold(g * x * _rms_scale(x, _last(shape, x.ndim), eps), shape)),
    samples=_rms_samples, floats=True, method=False, signature=_rms_call, torch_name="FusedRmsNorm",
)  # fmt: skip
def rms_norm(xp, x, weight, *, shape, eps):
    """Each sample divided by its root mean square over its last axes, then scaled element by element."""
    _check_last("rms_norm", x, shape, weight)
    axes = _last(shape, x.ndim)
    return _affine(x / xp.sqrt((x * x).mean(axis=axes, keepdims=True) + eps), weight, None)


# ------------------------------------------------------------------------------------------------ batch normalisation


def _lonely(arrays: list[Any], attrs: dict[str, Any]) -> BaseException | None:
    x = arrays[0]
    if x.size // max(x.shape[1], 1) != 1:
        return None
    return ValueError(
        f"Expected more than 1 value per channel when training, got input size {Size(x.shape)}. "
        "Try a larger batch, or model.eval()."
    )


def _batch_samples(rng: Any) -> Any:
    for shape, affine in (((4, 3), True), ((3, 2, 2, 2), True), ((4, 2, 3), False)):
        pair = (rng.uniform(-1, 1, shape[1]), rng.uniform(-1, 1, shape[1])) if affine else (None, None)
        yield (rng.uniform(-2, 2, shape), *pair), {"eps": 1e-5}


@op(
    LATEX,
    x=(INPUT_LATEX, lambda g, x, weight, eps:
       _towards_input(g if weight is None else g * _on_channels(weight, x.ndim), x, _all_but(1, x.ndim), eps)),
    weight=(WEIGHT_LATEX, lambda g, x, eps: (g * _hat(x, _all_but(1, x.ndim), eps)[0]).sum(_all_but(1, x.ndim))),
    bias=(BIAS_LATEX, lambda g: g.sum(_all_but(1, g.ndim))),
    samples=_batch_samples, floats=True, function=False, method=False, torch_name="NativeBatchNorm", explains=_lonely,
)  # fmt: skip
def batch_norm(xp, x, weight, bias, *, eps):
    """Each channel (axis 1) brought to mean 0 and variance 1 over the batch and space, then scaled and shifted."""
    problem = _lonely([x], {})
    if problem is not None:
        raise problem
    y = _standardized(xp, x, _all_but(1, x.ndim), eps)
    return _affine(y, _on_channels(weight, x.ndim), _on_channels(bias, x.ndim))


def _known_samples(rng: Any) -> Any:
    for shape, affine in (((4, 3), True), ((2, 2, 3), False)):
        c = shape[1]
        pair = (rng.uniform(-1, 1, c), rng.uniform(-1, 1, c)) if affine else (None, None)
        yield (rng.uniform(-2, 2, shape), rng.uniform(-1, 1, c), rng.uniform(0.5, 2, c), *pair), {"eps": 1e-5}


def _known_scale(x: Any, var: Any, weight: Any, eps: float) -> Any:
    scale = _on_channels((var + eps).rsqrt(), x.ndim)
    return scale if weight is None else scale * _on_channels(weight, x.ndim)


@op(
    LATEX,
    x=(r"\tfrac{w}{\sigma} \odot \bar y", lambda g, var, weight, eps: g * _known_scale(g, var, weight, eps)),
    mean=(r"-\textstyle\sum \tfrac{w}{\sigma} \odot \bar y",
          lambda g, var, weight, eps: -(g * _known_scale(g, var, weight, eps)).sum(_all_but(1, g.ndim))),
    var=(r"-\textstyle\sum \tfrac{w}{2\sigma^3} (x - \mu) \odot \bar y",
         lambda g, x, mean, var, weight, eps:
             (g * (x - _on_channels(mean, x.ndim)) * _known_scale(x, var, weight, eps)).sum(_all_but(1, x.ndim))
             / (-2 * (var + eps))),
    weight=(WEIGHT_LATEX, lambda g, x, mean, var, eps:
            (g * (x - _on_channels(mean, x.ndim)) * _known_scale(x, var, None, eps)).sum(_all_but(1, x.ndim))),
    bias=(BIAS_LATEX, lambda g: g.sum(_all_but(1, g.ndim))),
    samples=_known_samples, floats=True, function=False, method=False, torch_name="NativeBatchNorm",
)  # fmt: skip
def batch_norm_known(xp, x, mean, var, weight, bias, *, eps):
    """Each channel (axis 1) shifted and scaled by a mean and a variance known beforehand (evaluation), then by learned ones."""
    n = x.ndim
    y = (x - _on_channels(mean, n)) / xp.sqrt(_on_channels(var, n) + eps)
    return _affine(y, _on_channels(weight, n), _on_channels(bias, n))


@op(r"(1 - m)\,\mu + m\,\overline{x}", function=False, method=False)
def running_mean(xp, running, x, *, momentum):
    """The kept mean of each channel (axis 1), moved towards that of this batch."""
    return (1 - momentum) * running + momentum * x.mean(axis=_all_but(1, x.ndim))


@op(r"(1 - m)\,\sigma^2 + m\,\mathrm{var}(x)", function=False, method=False)
def running_var(xp, running, x, *, momentum):
    """The kept (unbiased) variance of each channel (axis 1), moved towards that of this batch."""
    return (1 - momentum) * running + momentum * x.var(axis=_all_but(1, x.ndim), ddof=1)


def _batch_normed(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Batch normalisation; with ``training`` over this batch (whose statistics the running ones move towards), else over those."""
    if input.ndim < 2:
        raise RuntimeError(
            f"batch_norm: expected an input of at least 2 dimensions (N, C, ...), got {list(input.shape)}"
        )
    for name, values in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if values is not None and values.numel() != input.shape[1]:
            raise RuntimeError(
                f"{name} should contain {input.shape[1]} elements not {values.numel()}: the input {list(input.shape)} has that "
                "many channels (axis 1)"
            )
    if not training:
        return batch_norm_known(input, running_mean, running_var, weight, bias, eps=eps)
    y = batch_norm(input, weight, bias, eps=eps)
    _follow(input, running_mean, running_var, momentum)
    return y


def _follow(x: Any, mean: Tensor | None, var: Tensor | None, momentum: float) -> None:
    """Moves running statistics towards those of a batch."""
    with no_grad():
        for name, kept in (("running_mean", mean), ("running_var", var)):
            if kept is not None:
                apply_inplace(OPS[name], kept, (kept, x), {"momentum": momentum})


function(names=("batch_norm",), method=False)(_batch_normed)
batch_normed = _batch_normed


# ------------------------------------------------------------------------------------------------ groups and instances


def _group_samples(rng: Any) -> Any:
    for shape, groups, affine in (((2, 4, 3), 2, True), ((2, 4), 2, False), ((1, 2, 2, 2), 2, True)):
        pair = (rng.uniform(-1, 1, shape[1]), rng.uniform(-1, 1, shape[1])) if affine else (None, None)
        yield (rng.uniform(-2, 2, shape), *pair), {"groups": groups, "eps": 1e-5}


def _group_call(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enabled: bool = True
) -> Any:
    return (input, weight, bias), {"groups": num_groups, "eps": eps}


def _grouped(x: Any, groups: int) -> Any:
    return x.reshape(x.shape[0], groups, -1)


def _group_towards_input(g: Any, x: Any, weight: Any, groups: int, eps: float) -> Any:
    g = g if weight is None else g * _on_channels(weight, x.ndim)
    return _towards_input(_grouped(g, groups), _grouped(x, groups), (2,), eps).reshape(x.shape)


def _group_hat(x: Any, groups: int, eps: float) -> Any:
    return _hat(_grouped(x, groups), (2,), eps)[0].reshape(x.shape)


@op(
    LATEX,
    x=(INPUT_LATEX, lambda g, x, weight, groups, eps: _group_towards_input(g, x, weight, groups, eps)),
    weight=(WEIGHT_LATEX, lambda g, x, groups, eps: (g * _group_hat(x, groups, eps)).sum(_all_but(1, x.ndim))),
    bias=(BIAS_LATEX, lambda g: g.sum(_all_but(1, g.ndim))),
    samples=_group_samples, floats=True, method=False, signature=_group_call, torch_name="NativeGroupNorm",
)  # fmt: skip
def group_norm(xp, x, weight, bias, *, groups, eps):
    """Each sample's channels (axis 1), in groups, brought to mean 0 and variance 1, then scaled and shifted per channel."""
    if x.ndim < 2 or x.shape[1] % groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(x.shape)} and "
            f"num_groups={groups}"
        )
    y = _standardized(xp, _grouped(x, groups), (2,), eps).reshape(x.shape)
    return _affine(y, _on_channels(weight, x.ndim), _on_channels(bias, x.ndim))


@function(method=False, scope=True)
def instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Each channel of each sample brought to mean 0 and variance 1 over space: :func:`group_norm` with a group per channel."""
    if not use_input_stats:
        return batch_norm_known(input, running_mean, running_var, weight, bias, eps=eps)
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if running_mean is not None:
        _follow_instances(input, running_mean, running_var, momentum)
    return group_norm(input, input.shape[1], weight, bias, eps)


def _follow_instances(input: Any, mean: Tensor, var: Tensor, momentum: float) -> None:
    """Running statistics move towards the samples' mean statistics."""
    with no_grad():
        axes = tuple(range(2, input.ndim))
        mean.copy_((1 - momentum) * mean + momentum * input.mean(axes).mean(0))
        var.copy_((1 - momentum) * var + momentum * input.var(axes).mean(0))


@function(names=("local_response_norm",), function=False, method=False, scope=True)
def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Each element divided by a power of the mean square of its neighbours in the channels (axis 1) around it."""
    from engine.ops.padding import pad

    squares = pad(input * input, (0, 0) * (input.ndim - 2) + (size // 2, (size - 1) // 2))
    total = squares.narrow(1, 0, input.shape[1])
    for k_ in range(1, size):
        total = total + squares.narrow(1, k_, input.shape[1])
    return input / (total * (alpha / size) + k) ** beta


@function(names=("normalize",), function=False, method=False, scope=True)
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """Vectors along ``dim`` at length 1."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)
