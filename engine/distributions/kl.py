"""Kullback–Leibler divergences between distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import linalg
from engine.distributions.continuous import Exponential, Laplace, Normal, Uniform
from engine.distributions.discrete import Bernoulli, Categorical, Poisson
from engine.distributions.distribution import Distribution
from engine.distributions.joint import Independent, MultivariateNormal
from engine.op import FUNCTIONS

Rule = Callable[[Any, Any], Any]
RULES: dict[tuple[type, type], Rule] = {}


def register_kl(p: type, q: type) -> Callable[[Rule], Rule]:
    """Declares the rule for two classes of distributions."""

    def declare(rule: Rule) -> Rule:
        RULES[p, q] = rule
        return rule

    return declare


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """Expected value under ``p`` of ``p.log_prob - q.log_prob``. Raises ``NotImplementedError`` for a pair without a rule."""
    for kind_p in type(p).__mro__:
        for kind_q in type(q).__mro__:
            rule = RULES.get((kind_p, kind_q))
            if rule is not None:
                return rule(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Normal, Normal)
def _normals(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    shift = ((p.loc - q.loc) / q.scale) ** 2
    return 0.5 * (ratio + shift - 1 - ratio.log())


@register_kl(Categorical, Categorical)
def _categoricals(p: Any, q: Any) -> Any:
    terms = p.probs * (p.logits - q.logits)
    terms = FUNCTIONS["where"](q.probs == 0, float("inf"), terms)
    return FUNCTIONS["where"](p.probs == 0, 0.0, terms).sum(-1)


@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p: Any, q: Any) -> Any:
    def grown(logits: Any) -> Any:  # log(1 + e^logits), without overflow
        return logits.clamp(min=0) + (-logits.abs()).exp().log1p()

    return p.probs * (p.logits - q.logits) + grown(q.logits) - grown(p.logits)


@register_kl(Exponential, Exponential)
def _exponentials(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Laplace, Laplace)
def _laplaces(p: Any, q: Any) -> Any:
    ratio, away = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + away / q.scale + ratio * (-away / p.scale).exp() - 1


@register_kl(Uniform, Uniform)
def _uniforms(p: Any, q: Any) -> Any:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return FUNCTIONS["where"]((q.low > p.low) | (q.high < p.high), float("inf"), found)


@register_kl(Poisson, Poisson)
def _poissons(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(MultivariateNormal, MultivariateNormal)
def _vectors(p: Any, q: Any) -> Any:
    n = p.event_shape[0]
    spread = linalg.solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    away = linalg.solve_triangular(q.scale_tril, (q.loc - p.loc).unsqueeze(-1), upper=False)
    return q._half_log_det() - p._half_log_det() + 0.5 * ((spread**2).sum((-2, -1)) + (away**2).sum((-2, -1)) - n)


@register_kl(Independent, Independent)
def _independents(p: Any, q: Any) -> Any:
    return p._added(kl_divergence(p.base_dist, q.base_dist))
