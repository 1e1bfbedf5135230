"""Losses composed of other ops: margins, similarities, likelihoods of counts and of normal variables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.op import function
from engine.ops.activation import logsigmoid
from engine.ops.loss import checked, reduced


@function(method=False, scope=True)
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Cosine of the angle between vectors along ``dim``."""
    lengths = x1.norm(2, dim).clamp(min=eps) * x2.norm(2, dim).clamp(min=eps)
    return (x1 * x2).sum(dim) / lengths


@function(method=False, scope=True)
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of the difference of vectors (last axis); ``eps`` is added to it, so that its slope is finite at 0."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


@function(method=False, scope=True)
def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """A distance where the target is 1, what it lacks to the margin where it is -1."""
    apart = (margin - input).clamp(min=0).masked_fill(target == 1, 0.0)
    near = input.masked_fill(target == -1, 0.0)
    return reduced(apart + near, checked(reduction, size_average, reduce))


@function(method=False, scope=True)
def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cosine where the target is 1, the cosine above the margin where it is -1."""
    eps = 1e-12  # torch's, inside the root
    lengths = (((input1 * input1).sum(-1) + eps) * ((input2 * input2).sum(-1) + eps)).sqrt()
    cosine = (input1 * input2).sum(-1) / lengths
    near = (1 - cosine).masked_fill(target != 1, 0.0)
    apart = (cosine - margin).clamp(min=0).masked_fill(target != -1, 0.0)
    return reduced(near + apart, checked(reduction, size_average, reduce))


@function(method=False, scope=True)
def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """What the first lacks to be ``margin`` above the second (target 1) or below it (target -1)."""
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), checked(reduction, size_average, reduce))


@function(method=False, scope=True)
def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2, eps: float = 1e-6, swap: bool = False,
    size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """By how much the positive is not ``margin`` nearer to the anchor than the negative."""
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=lambda a, b: pairwise_distance(a, b, p, eps), margin=margin, swap=swap,
        reduction=checked(reduction, size_average, reduce),
    )  # fmt: skip


@function(function=False, method=False, scope=True)
def triplet_margin_with_distance_loss(
    anchor: Any, positive: Any, negative: Any, *, distance_function: Callable[[Any, Any], Any] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Any:  # fmt: skip
    """:func:`triplet_margin_loss` with a distance of one's own."""
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((near - far + margin).clamp(min=0), checked(reduction))


@function(function=False, method=False, scope=True)
def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """log(1 + e^(-t x)) for targets 1 and -1."""
    return reduced(-logsigmoid(target * input), checked(reduction, size_average, reduce))


@function(function=False, method=False, scope=True)
def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    """How far the other classes' scores come within ``margin`` of the right one's. Scores (N, C) or (C), targets (N) or ()."""
    x, t = (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.reshape(1))
    right = x.gather(1, t.unsqueeze(1))
    missing = (margin - right + x).clamp(min=0) ** p
    if weight is not None:
        missing = missing * weight[t].unsqueeze(1)
    losses = missing.scatter(1, t.unsqueeze(1), 0.0).sum(1) / x.shape[1]
    return reduced(losses if input.ndim == 2 else losses.squeeze(0), checked(reduction, size_average, reduce))


@function(function=False, method=False, scope=True)
def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """How far the scores of wrong classes come within 1 of those of right ones. Scores (N, C) or (C); ``target`` of the same
    shape lists the right classes' numbers, closed by -1."""
    x, t = (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.unsqueeze(0))
    listed = (t < 0).to(t.dtype).cumsum(1) == 0  # up to the first -1
    classes = t.masked_fill(~listed, 0)
    right = (t * 0).scatter_add(1, classes, listed.to(t.dtype)) > 0
    short = (1 - x.gather(1, classes).unsqueeze(2) + x.unsqueeze(1)).clamp(min=0)  # (N, listed, classes)
    counted = short.masked_fill(~listed.unsqueeze(2), 0.0).masked_fill(right.unsqueeze(1), 0.0)
    losses = counted.sum((1, 2)) / x.shape[1]
    return reduced(losses if input.ndim == 2 else losses.squeeze(0), checked(reduction, size_average, reduce))


@function(function=False, method=False, scope=True)
def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Mean over the classes of each one's binary cross-entropy with logits."""
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(losses.sum(-1) / input.shape[-1], checked(reduction, size_average, reduce))


@function(names=("poisson_nll_loss",), method=False, scope=True)
def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, size_average: Any = None, eps: float = 1e-8,
    reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """Negative log-likelihood of counts, up to a constant (``full``: with Stirling's approximation of it)."""
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + stirling.masked_fill(target <= 1, 0.0)
    return reduced(losses, checked(reduction, size_average, reduce))


@function(function=False, method=False, scope=True)
def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Negative log-likelihood of normal variables with mean ``input`` and variance ``var`` (not below ``eps``)."""
    if not hasattr(var, "node"):
        var = input.detach() * 0 + var
    if var.ndim == input.ndim - 1 and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    held = var.detach().clamp(min=eps)
    var = var + (held - var.detach())  # the floor takes no gradient away
    losses = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, checked(reduction))
