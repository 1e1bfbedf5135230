"""``torch.distributions``: probability distributions whose densities and samples can be differentiated."""

from __future__ import annotations

from engine.distributions.continuous import (
    Cauchy,
    Exponential,
    Gumbel,
    HalfNormal,
    Laplace,
    LogNormal,
    Normal,
    Uniform,
)
from engine.distributions.discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from engine.distributions.distribution import Distribution
from engine.distributions.joint import Independent, MultivariateNormal
from engine.distributions.kl import kl_divergence, register_kl

__all__ = [
    "Bernoulli", "Binomial", "Categorical", "Cauchy", "Distribution", "Exponential", "Geometric", "Gumbel", "HalfNormal",
    "Independent", "Laplace", "LogNormal", "MultivariateNormal", "Normal", "OneHotCategorical", "Poisson", "Uniform",
    "kl_divergence", "register_kl",
]  # fmt: skip
