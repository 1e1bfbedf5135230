"""Distributions over real numbers."""

from __future__ import annotations

import math
from typing import Any

from engine import random
from engine.distributions.distribution import Distribution, require, together
from engine.op import FUNCTIONS
from engine.tensor import Tensor

EULER = 0.57721566490153286060  #: Euler's constant: the mean of the standard Gumbel distribution


def _uniform(like: Tensor, shape: tuple[int, ...]) -> Tensor:
    return random.rand(shape, dtype=like.dtype, device=like.device)


class _LocationScale(Distribution):
    """``loc + scale · standard``."""

    has_rsample = True
    _names = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = together(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)
        if self._validate:
            require(type(self).__name__, "scale", self.scale, self.scale > 0, "GreaterThan(lower_bound=0.0)")

    def _standard(self, shape: tuple[int, ...]) -> Tensor:
        raise NotImplementedError

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.loc + self._standard(self._extended(sample_shape)) * self.scale

    def _standardized(self, value: Any) -> Any:
        return (value - self.loc) / self.scale


class Normal(_LocationScale):
    """Normal distribution of mean ``loc`` and standard deviation ``scale``."""

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale**2

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended(sample_shape)
        return random.normal(self.loc.detach().expand(shape), self.scale.detach().expand(shape))

    def _standard(self, shape: tuple[int, ...]) -> Tensor:
        return random.randn(shape, dtype=self.loc.dtype, device=self.loc.device)

    def log_prob(self, value: Any) -> Any:
        return -((value - self.loc) ** 2) / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def entropy(self) -> Any:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def cdf(self, value: Any) -> Any:
        return 0.5 * (1 + FUNCTIONS["erf"](self._standardized(value) / math.sqrt(2)))

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * FUNCTIONS["erfinv"](2 * value - 1) * math.sqrt(2)


class LogNormal(Normal):
    """e to the power of a normal variable."""

    def __repr__(self) -> str:
        return "LogNormal()"  # torch knows it as a transformed Normal, without parameters of its own

    @property
    def mean(self) -> Any:
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def variance(self) -> Any:
        spread = self.scale**2
        return spread.expm1() * (2 * self.loc + spread).exp()

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        return super().sample(sample_shape).exp()

    def rsample(self, sample_shape: Any = ()) -> Any:
        return super().rsample(sample_shape).exp()

    def log_prob(self, value: Any) -> Any:
        log = value.log()
        squared = ((log - self.loc) / self.scale) ** 2
        return -squared / 2 - self.scale.log() - math.log(math.sqrt(2 * math.pi)) - log

    def entropy(self) -> Any:
        return super().entropy() + self.loc


class HalfNormal(Distribution):
    """Size of a normal variable of mean 0."""

    has_rsample = True

    def __repr__(self) -> str:
        return "HalfNormal()"  # as LogNormal

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = together(scale)
        super().__init__(self.scale.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale**2 * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return (
            random.randn(self._extended(sample_shape), dtype=self.scale.dtype, device=self.scale.device) * self.scale
        ).abs()

    def log_prob(self, value: Any) -> Any:
        return Normal(self.scale * 0, self.scale).log_prob(value) + math.log(2)

    def entropy(self) -> Any:
        return Normal(self.scale * 0, self.scale).entropy() - math.log(2)


class Laplace(_LocationScale):
    """Laplace distribution: two exponential slopes."""

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return 2 * self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        like = self.loc.detach()
        u = like.new_empty(self._extended(sample_shape)).uniform_(-1 + 2**-23, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Any) -> Any:
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def entropy(self) -> Any:
        return 1 + (2 * self.scale).log()

    def cdf(self, value: Any) -> Any:
        away = self._standardized(value)
        return 0.5 - 0.5 * away.sign() * (-away.abs()).expm1()


class Cauchy(_LocationScale):
    """Cauchy distribution: it has no mean."""

    def _standard(self, shape: tuple[int, ...]) -> Tensor:
        return self.loc.detach().new_empty(shape).cauchy_()

    def log_prob(self, value: Any) -> Any:
        return -math.log(math.pi) - self.scale.log() - (self._standardized(value) ** 2).log1p()

    def entropy(self) -> Any:
        return math.log(4 * math.pi) + self.scale.log()


class Gumbel(_LocationScale):
    """Gumbel distribution: of the greatest of many."""

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Any:
        return (math.pi / math.sqrt(6)) ** 2 * self.scale**2

    def _standard(self, shape: tuple[int, ...]) -> Tensor:
        u = self.loc.detach().new_empty(shape).uniform_(2**-23, 1 - 2**-23)
        return -(-u.log()).log()

    def log_prob(self, value: Any) -> Any:
        y = -self._standardized(value)
        return y - y.exp() - self.scale.log()

    def entropy(self) -> Any:
        return self.scale.log() + (1 + EULER)


class Uniform(Distribution):
    """Uniform distribution over [low, high)."""

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = together(low, high)
        super().__init__(self.low.shape, (), validate_args)
        if self._validate and not bool((self.low < self.high).data_.all()):
            raise ValueError("Uniform is not defined when low>= high")

    @property
    def mean(self) -> Any:
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Any:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.low + _uniform(self.low, self._extended(sample_shape)) * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        self._require(value, (value >= self.low) & (value <= self.high), "Interval(lower_bound=low, upper_bound=high)")
        inside = (self.low <= value) * (self.high > value)
        return inside.to(self.low.dtype).log() - (self.high - self.low).log()

    def entropy(self) -> Any:
        return (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Any:
        return value * (self.high - self.low) + self.low


class Exponential(Distribution):
    """Exponential distribution of the given rate."""

    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = together(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        return self.rate.reciprocal()

    @property
    def variance(self) -> Any:
        return self.rate**-2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.rate.detach().new_empty(self._extended(sample_shape)).exponential_() / self.rate

    def log_prob(self, value: Any) -> Any:
        return self.rate.log() - self.rate * value

    def entropy(self) -> Any:
        return 1 - self.rate.log()

    def cdf(self, value: Any) -> Any:
        return 1 - (-self.rate * value).exp()
