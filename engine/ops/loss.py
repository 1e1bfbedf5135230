"""Losses as ops: each compares a prediction with a target and, unless ``reduction`` is ``"none"``, folds all into one number.

Those composed of other ops are in :mod:`engine.ops.margin_loss`.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from engine.errors import broadcast_problem
from engine.op import function, op
from engine.ops.activation import logsigmoid
from engine.ops.shape import broadcast_to
from engine.ops.softmax import log_softmax
from engine.tensor import Size
from engine.testing import Samples, several

REDUCTIONS = ("mean", "sum", "none")


def reduced(values: Any, reduction: str) -> Any:
    """``values`` folded: their mean, their sum, or themselves."""
    return values.mean() if reduction == "mean" else values.sum() if reduction == "sum" else values


def spread(g: Any, x: Any, reduction: str) -> Any:
    """What each element of a loss gets of the upstream gradient."""
    return g / x.numel() if reduction == "mean" else g


def checked(reduction: Any, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """The reduction, also from torch's old pair of flags. Raises ``ValueError`` for anything else."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction. Try one of {', '.join(REDUCTIONS)}.")
    return str(reduction)


def _compared(input: Any, target: Any) -> tuple[Any, Any]:
    """Prediction and target at their common shape. Shapes that differ are nearly always a mistake, so that is told."""
    if not hasattr(target, "node"):
        raise TypeError(f"expected a Tensor as target, not {type(target).__name__}. Try torch.tensor(...) first.")
    a, b = tuple(input.shape), tuple(target.shape)
    if a == b or any(m != n and 1 not in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False)):
        return input, target  # where the shapes do not fit, the op words the error
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=4,
    )
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    padded = (1,) * (len(longer) - len(shorter)) + shorter
    shape = tuple(n if m == 1 else m for m, n in zip(longer, padded, strict=True))
    return broadcast_to(input, shape), broadcast_to(target, shape)


def _against(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Any:
    return _compared(input, target), {"reduction": checked(reduction, size_average, reduce)}


def _different_sizes(arrays: list[Any], attrs: dict[str, Any]) -> str | None:
    return broadcast_problem(arrays[:2])


def _pair(low: float, high: float, low_target: float, high_target: float, **attrs: Any) -> Samples:
    """A prediction and a target, for every reduction."""

    def draw(rng: Any) -> Any:
        for reduction in REDUCTIONS:
            yield (
                (rng.uniform(low, high, (3, 2)), rng.uniform(low_target, high_target, (3, 2))),
                {"reduction": reduction, **attrs},
            )

    return draw


def _apart(**attrs: Any) -> Samples:
    """Prediction and target at distances where the derivative does not jump."""

    def draw(rng: Any) -> Any:
        for reduction in REDUCTIONS:
            t = rng.uniform(-1, 1, (3, 2))
            yield (t + rng.choice([-2.3, -0.4, 0.3, 1.9], (3, 2)), t), {"reduction": reduction, **attrs}

    return draw


# ------------------------------------------------------------------------------------------------ regression


@op(
    r"\tfrac1n \textstyle\sum_i (x_i - t_i)^2",
    input=(r"\tfrac2n \bar y (x - t)", lambda g, input, target, reduction: _mse_slope(g, input, target, reduction)),
    target=(r"\tfrac2n \bar y (t - x)", lambda g, input, target, reduction: _mse_slope(g, target, input, reduction)),
    samples=_pair(-2, 2, -2, 2), floats=True, promotes=True, function=False, method=False, explains=_different_sizes,
    signature=_against,
)  # fmt: skip
def mse_loss(xp, input, target, *, reduction):
    """Mean squared error."""
    d = input - target
    return reduced(d * d, reduction)


def _mse_slope(g: Any, a: Any, b: Any, reduction: str) -> Any:
    return spread(g, a, reduction) * (2 * (a - b))


@op(
    r"\tfrac1n \textstyle\sum_i |x_i - t_i|",
    input=(r"\tfrac1n \bar y\,\mathrm{sign}(x - t)",
           lambda g, input, target, reduction: spread(g, input, reduction) * (input - target).sign()),
    target=(r"\tfrac1n \bar y\,\mathrm{sign}(t - x)",
            lambda g, input, target, reduction: spread(g, input, reduction) * (target - input).sign()),
    samples=_apart(), floats=True, promotes=True, function=False, method=False, explains=_different_sizes,
    signature=_against, torch_name="Mean",
)  # fmt: skip
def l1_loss(xp, input, target, *, reduction):
    """Mean absolute error."""
    return reduced(xp.abs(input - target), reduction)


@op(
    r"\tfrac1n \textstyle\sum_i "
    r"\begin{cases} d_i^2 / 2\beta & |d_i| < \beta \\ |d_i| - \beta/2 & \text{else} \end{cases},\ d = x - t",
    input=(r"\tfrac1n \bar y\,\mathrm{clip}(d / \beta, -1, 1)",
           lambda g, input, target, reduction, beta: _smooth_l1_slope(g, input, target, reduction, beta)),
    target=(r"-\tfrac1n \bar y\,\mathrm{clip}(d / \beta, -1, 1)",
            lambda g, input, target, reduction, beta: _smooth_l1_slope(g, target, input, reduction, beta)),
    samples=several(_apart(beta=1.0), _apart(beta=0.5)), floats=True, promotes=True, function=False, method=False,
    explains=_different_sizes,
    signature=lambda input, target, size_average=None, reduce=None, reduction="mean", beta=1.0: (
        _compared(input, target), {"reduction": checked(reduction, size_average, reduce), "beta": beta}),
)  # fmt: skip
def smooth_l1_loss(xp, input, target, *, reduction, beta):
    """Squared near 0 (within ``beta``), absolute further out; ``beta = 0`` is the mean absolute error."""
    d = xp.abs(input - target)
    if beta == 0:
        return reduced(d, reduction)
    return reduced(xp.where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)


def _smooth_l1_slope(g: Any, a: Any, b: Any, reduction: str, beta: float) -> Any:
    d = a - b
    return spread(g, a, reduction) * ((d / beta).clamp(-1, 1) if beta else d.sign())


@op(
    r"\tfrac1n \textstyle\sum_i "
    r"\begin{cases} d_i^2 / 2 & |d_i| < \delta \\ \delta(|d_i| - \delta/2) & \text{else} \end{cases},\ d = x - t",
    input=(r"\tfrac1n \bar y\,\mathrm{clip}(d, -\delta, \delta)",
           lambda g, input, target, reduction, delta: spread(g, input, reduction) * (input - target).clamp(-delta, delta)),
    target=(r"-\tfrac1n \bar y\,\mathrm{clip}(d, -\delta, \delta)",
            lambda g, input, target, reduction, delta: spread(g, input, reduction) * (target - input).clamp(-delta, delta)),
    samples=_apart(delta=1.0), floats=True, promotes=True, function=False, method=False, explains=_different_sizes,
    signature=lambda input, target, reduction="mean", delta=1.0, weight=None: (
        _compared(input, target), {"reduction": checked(reduction), "delta": delta}),
)  # fmt: skip
def huber_loss(xp, input, target, *, reduction, delta):
    """Squared near 0 (within ``delta``), linear further out."""
    d = xp.abs(input - target)
    return reduced(xp.where(d < delta, 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)


# ------------------------------------------------------------------------------------------------ probabilities


def _bce_problem(arrays: list[Any], attrs: dict[str, Any]) -> BaseException | None:
    input, target = arrays[:2]
    if input.shape != target.shape:
        return ValueError(
            f"Using a target size ({Size(target.shape)}) that is different to the input size ({Size(input.shape)}) is "
            "deprecated. Please ensure they have the same size. Try target.reshape(input.shape) or input.squeeze(-1)."
        )
    if hasattr(input, "get") or not input.size:  # on a GPU, looking at the numbers would wait for the device
        return None
    if input.min() < 0 or input.max() > 1:
        return RuntimeError(
            f"all elements of input should be between 0 and 1: found {input.min():.4g} to {input.max():.4g}. "
            "Try binary_cross_entropy_with_logits, or a sigmoid before."
        )
    return None


def _logits_problem(arrays: list[Any], attrs: dict[str, Any]) -> BaseException | None:
    input, target = arrays[:2]
    if input.shape == target.shape:
        return None
    return ValueError(
        f"Target size ({Size(target.shape)}) must be the same as input size ({Size(input.shape)}). "
        "Try target.reshape(input.shape) or input.squeeze(-1)."
    )


def _bce_samples(rng: Any) -> Any:
    for weight in (None, rng.uniform(0.5, 2, (3, 2))):
        for reduction in REDUCTIONS:
            yield (rng.uniform(0.1, 0.9, (3, 2)), rng.uniform(0.1, 0.9, (3, 2)), weight), {"reduction": reduction}


@op(
    r"-\tfrac1n \textstyle\sum_i w_i \left(t_i \log x_i + (1 - t_i)\log(1 - x_i)\right)",
    input=(r"\tfrac1n \bar y\,w \odot \frac{x - t}{x(1 - x)}",
           lambda g, input, target, weight, reduction:
               _weighted(spread(g, input, reduction), weight) * (input - target) / (input * (1 - input)).clamp(min=1e-12)),
    target=(r"\tfrac1n \bar y\,w \odot (\log(1 - x) - \log x)",
            lambda g, input, weight, reduction:
                _weighted(spread(g, input, reduction), weight) * ((1 - input).log().clamp(min=-100) - input.log().clamp(min=-100))),
    samples=_bce_samples, floats=True, promotes=True, function=False, method=False, explains=_bce_problem,
    signature=lambda input, target, weight=None, size_average=None, reduce=None, reduction="mean": (
        (input, target, weight), {"reduction": checked(reduction, size_average, reduce)}),
)  # fmt: skip
def binary_cross_entropy(xp, input, target, weight, *, reduction):
    """Cross-entropy of a yes/no prediction, a probability in [0, 1]. Logarithms are cut off at -100, as in torch."""
    problem = _bce_problem([input, target], {})
    if problem is not None:
        raise problem
    values = -(target * xp.maximum(xp.log(input), -100) + (1 - target) * xp.maximum(xp.log1p(-input), -100))
    return reduced(values if weight is None else values * weight, reduction)


def _weighted(g: Any, weight: Any) -> Any:
    return g if weight is None else g * weight


def _bce_logits_samples(rng: Any) -> Any:
    for weight, pos_weight in ((None, None), (rng.uniform(0.5, 2, (2,)), rng.uniform(0.5, 2, (2,)))):
        for reduction in REDUCTIONS:
            yield (rng.uniform(-3, 3, (3, 2)), rng.uniform(0, 1, (3, 2)), weight, pos_weight), {"reduction": reduction}


@op(
    r"\tfrac1n \textstyle\sum_i w_i \left((1 - t_i) x_i + (1 + (p - 1) t_i) \log(1 + e^{-x_i})\right)",
    input=(r"\tfrac1n \bar y\,w \odot \left(1 - t - (1 + (p - 1) t)\,\sigma(-x)\right)",
           lambda g, input, target, weight, pos_weight, reduction:
               _weighted(spread(g, input, reduction), weight) * _logit_slope(input, target, pos_weight)),
    target=(r"\tfrac1n \bar y\,w \odot \left(-x + (p - 1)\log(1 + e^{-x})\right)",
            lambda g, input, weight, pos_weight, reduction:
                _weighted(spread(g, input, reduction), weight) * _logit_target_slope(input, pos_weight)),
    samples=_bce_logits_samples, floats=True, promotes=True, function=False, method=False, explains=_logits_problem,
    signature=lambda input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None: (
        (input, target, weight, pos_weight), {"reduction": checked(reduction, size_average, reduce)}),
)  # fmt: skip
def binary_cross_entropy_with_logits(xp, input, target, weight, pos_weight, *, reduction):
    """:func:`binary_cross_entropy` of the sigmoid of ``input``, computed without overflow; ``pos_weight`` weighs the yes side."""
    if input.shape != target.shape:
        raise ValueError
    softplus = xp.logaddexp(-input, xp.zeros_like(input))  # log(1 + e^-x)
    values = (1 - target) * input + (softplus if pos_weight is None else (1 + (pos_weight - 1) * target) * softplus)
    return reduced(values if weight is None else values * weight, reduction)


def _logit_slope(x: Any, t: Any, p: Any) -> Any:
    if p is None:
        return x.sigmoid() - t
    return 1 - t - (1 + (p - 1) * t) * (-x).sigmoid()


def _logit_target_slope(x: Any, p: Any) -> Any:
    return -x if p is None else -x - (p - 1) * logsigmoid(x)


@op(
    r"\textstyle\sum_i t_i (\log t_i - x_i)",
    input=(r"-\bar y\,t", lambda g, input, target, reduction, log_target:
           spread(g, input, reduction) * -(target.exp() if log_target else target)),
    target=(r"\bar y\,(\log t + 1 - x)", lambda g, input, target, reduction, log_target:
            spread(g, input, reduction) * _kl_target_slope(input, target, log_target)),
    samples=several(_pair(-3, -0.1, 0.1, 0.9, log_target=False), _pair(-3, -0.1, -2, -0.1, log_target=True)),
    floats=True, promotes=True, function=False, method=False, explains=_different_sizes, torch_name="Mean",
)  # fmt: skip
def kl_divergence(xp, input, target, *, reduction, log_target):
    """Kullback-Leibler divergence of the target (probabilities, or their logarithms) from ``input`` (log-probabilities)."""
    if log_target:
        return reduced(xp.exp(target) * (target - input), reduction)
    positive = target > 0
    entropy = xp.where(positive, target * xp.log(xp.where(positive, target, 1)), 0)  # 0 log 0 is 0
    return reduced(entropy - target * input, reduction)


def _kl_target_slope(x: Any, t: Any, log_target: bool) -> Any:
    return t.exp() * (t - x + 1) if log_target else t.log() + 1 - x


@function(function=False, method=False)
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """Kullback-Leibler divergence; ``reduction="batchmean"`` divides the sum by the batch size, as mathematics has it."""
    input, target = _compared(input, target)
    if reduction == "batchmean":
        return kl_divergence(input, target, reduction="sum", log_target=log_target) / (
            input.shape[0] if input.ndim else 1
        )
    return kl_divergence(input, target, reduction=checked(reduction, size_average, reduce), log_target=log_target)


# ------------------------------------------------------------------------------------------------ classes


def _nll_samples(rng: Any) -> Any:
    for shape, weight in (((3, 4), None), ((3, 4), rng.uniform(0.5, 2, 4)), ((2, 3, 2), None), ((4,), None)):
        classes = shape[0] if len(shape) == 1 else shape[1]
        target = rng.integers(0, classes, shape[:1] + shape[2:] if len(shape) > 1 else ())
        for reduction in REDUCTIONS:
            yield (rng.uniform(-2, 0, shape), target, weight), {"ignore_index": 1, "reduction": reduction}


def _nll_call(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    return (input, target, weight), {
        "ignore_index": ignore_index,
        "reduction": checked(reduction, size_average, reduce),
    }


def _nll_problem(arrays: list[Any], attrs: dict[str, Any]) -> BaseException | None:
    """What is wrong with classes that cannot be looked up, in torch's words; ``None`` when nothing is."""
    input, target, weight = arrays
    axis = 1 if input.ndim > 1 else 0
    classes = input.shape[axis]
    if target.ndim and target.shape[0] != (input.shape[0] if axis else 1):
        given = (
            f"batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})"
            if axis
            else f"{list(target.shape)}"
        )
        return ValueError(f"Expected input {given}.")
    if target.dtype.name not in ("int64", "uint8"):
        names = {"float32": "Float", "float64": "Double", "int32": "Int", "bool": "Bool"}
        return RuntimeError(
            f"expected target dtype to be Long or Byte, but got {names.get(target.dtype.name, target.dtype.name)}. "
            "Class numbers are whole: try target.long()."
        )
    expected = input.shape[:axis] + input.shape[axis + 1 :]
    if target.shape != expected and axis and input.ndim == 2:
        return RuntimeError(
            f"0D or 1D target tensor expected, multi-target not supported: the target is {list(target.shape)}. Class numbers "
            "have one axis; class probabilities are floats."
        )
    if target.shape != expected:
        return RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}")
    if weight is not None and weight.shape != (classes,):
        return RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )
    if hasattr(target, "get"):  # on a GPU, looking at the numbers would wait for the device
        return None
    wrong = target[(target != attrs["ignore_index"]) & ((target < 0) | (target >= classes))]
    if not wrong.size:
        return None
    return IndexError(f"Target {wrong.flat[0]} is out of bounds. There are {classes} classes: 0 to {classes - 1}.")


@op(
    r"-\frac{\sum_i w_{t_i} x_{i, t_i}}{\sum_i w_{t_i}}",
    input=(r"\bar y \odot \left(-\frac{w_{t_i} [c = t_i]}{\sum_j w_{t_j}}\right)",
           lambda g, target, weight, input_shape, ignore_index, reduction:
               (g.unsqueeze(1) if reduction == "none" and len(input_shape) > 1 else g)
               * nll_coefficients(target, weight, classes=input_shape[1 if len(input_shape) > 1 else 0],
                                  dtype=g.data_.dtype, ignore_index=ignore_index, reduction=reduction)),
    samples=_nll_samples, function=False, method=False, signature=_nll_call, explains=_nll_problem,
)  # fmt: skip
def nll_loss(xp, input, target, weight, *, ignore_index, reduction):
    """Negative log-likelihood of the right class: ``input`` (N, C, ...) holds log-probabilities, ``target`` (N, ...) class numbers.

    Classes weigh ``weight`` (C,); targets equal to ``ignore_index`` count nothing. The mean is over the weights.
    """
    axis = 1 if input.ndim > 1 else 0
    problem = _nll_problem([input, target, weight], {"ignore_index": ignore_index})
    if problem is not None:
        raise problem
    safe = xp.where(target == ignore_index, 0, target)
    picked = xp.take_along_axis(input, xp.expand_dims(safe, axis), axis).squeeze(axis)
    weights = _target_weights(xp, target, weight, safe, ignore_index, input.dtype)
    values = -picked * weights
    return values.sum() / weights.sum() if reduction == "mean" else reduced(values, reduction)


@op(r"-\frac{w_{t_i} [c = t_i]}{\sum_j w_{t_j}}", function=False, method=False)
def nll_coefficients(xp, target, weight, *, classes, dtype, ignore_index, reduction):
    """What :func:`nll_loss` multiplies each log-probability with: the derivative that does not depend on the prediction."""
    safe = xp.where(target == ignore_index, 0, target)
    weights = _target_weights(xp, target, weight, safe, ignore_index, dtype)
    if reduction == "mean":
        weights = weights / weights.sum()
    axis = min(target.ndim, 1)
    numbers = xp.arange(classes).reshape(classes, *(1,) * (target.ndim - axis))
    return xp.where(xp.expand_dims(safe, axis) == numbers, -xp.expand_dims(weights, axis), xp.zeros((), dtype))


def _target_weights(xp: Any, target: Any, weight: Any, safe: Any, ignore_index: int, dtype: Any) -> Any:
    valid = (target != ignore_index).astype(dtype)
    return valid if weight is None else weight[safe] * valid


@function(function=False, method=False, scope=True)
def cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    """:func:`nll_loss` of the log-softmax of ``input`` (N, C, ...).

    ``target`` holds class numbers (N, ...), or class probabilities of the input's shape. ``label_smoothing`` mixes that
    share of the uniform distribution into the target. Raises ``IndexError`` for a class that is not there.
    """
    reduction = checked(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = 1 if input.ndim > 1 else 0
    log_p = log_softmax(input, axis)
    if tuple(target.shape) == tuple(input.shape) and target.data_.dtype.kind == "f":
        return _soft_cross_entropy(log_p, target, weight, reduction, label_smoothing, axis)
    nll = nll_loss(log_p, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0.0:
        return nll
    smooth = _uniform_cross_entropy(log_p, target, weight, ignore_index, reduction, axis)
    return (1 - label_smoothing) * nll + smooth * (label_smoothing / input.shape[axis])


def _soft_cross_entropy(log_p: Any, target: Any, weight: Any, reduction: str, smoothing: float, axis: int) -> Any:
    classes = log_p.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    values = log_p * target if weight is None else log_p * target * _on_axis(weight, log_p, axis)
    if reduction == "none":
        return -values.sum(axis)
    return -values.sum() / (math.prod(log_p.shape) // classes) if reduction == "mean" else -values.sum()


def _uniform_cross_entropy(log_p: Any, target: Any, weight: Any, ignore_index: int, reduction: str, axis: int) -> Any:
    """Cross-entropy with every class equally right, summed over the classes."""
    values = -(log_p if weight is None else log_p * _on_axis(weight, log_p, axis)).sum(axis)
    values = values.masked_fill(target == ignore_index, 0.0)
    if reduction != "mean":
        return reduced(values, reduction)
    counted = (target != ignore_index).to(log_p.dtype)
    if weight is not None:
        counted = counted * weight[target.masked_fill(target == ignore_index, 0)]
    return values.sum() / counted.sum()


def _on_axis(weight: Any, x: Any, axis: int) -> Any:
    return weight.reshape(-1, *(1,) * (x.ndim - axis - 1))
