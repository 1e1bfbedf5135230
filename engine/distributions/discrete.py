"""Distributions over classes and counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import random
from engine.distributions.distribution import Distribution, require, together
from engine.mode import no_grad
from engine.op import FUNCTIONS
from engine.tensor import Tensor


def _tiny(probs: Tensor) -> Tensor:
    """Probabilities kept off 0 and 1 by one step, so that logarithms are finite."""
    eps = float(np.finfo(probs.data_.dtype).eps)
    return probs.clamp(min=eps, max=1 - eps)


class _Weighted(Distribution):
    """A distribution that is given by probabilities or by their logits; exactly one of them."""

    def _set(self, probs: Any, logits: Any) -> Tensor:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        (given,) = together(probs if logits is None else logits)
        self._probs: Any = given if logits is None else None
        self._logits: Any = None if logits is None else given
        return given

    def _parameters(self) -> dict[str, Any]:
        return {"probs": self._probs} if self._logits is None else {"logits": self._logits}


class Categorical(_Weighted):
    """One of the classes 0 … n-1, n being the length of the last axis of ``probs`` (any positive weights) or ``logits``."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        given = self._set(probs, logits)
        if given.ndim < 1:
            raise ValueError(
                "`probs` parameter must be at least one-dimensional."
                if logits is None
                else "`logits` parameter must be at least one-dimensional."
            )
        if self._logits is None:
            if validate_args is not False:
                require("Categorical", "probs", given, (given >= 0), "Simplex()")
            self._probs = given / given.sum(-1, keepdim=True)
        else:
            self._logits = given - given.logsumexp(-1, keepdim=True)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], (), validate_args)

    @property
    def probs(self) -> Any:
        return self._probs if self._logits is None else self._logits.softmax(-1)

    @property
    def logits(self) -> Any:
        return _tiny(self._probs).log() if self._logits is None else self._logits

    @property
    def mode(self) -> Any:
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Class numbers, int64."""
        n = int(np.prod(tuple(sample_shape), dtype=np.int64))
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn: Any = random.multinomial(rows, n, True)
        return drawn.T.reshape(self._extended(sample_shape))

    def log_prob(self, value: Any) -> Any:
        index = value.long().unsqueeze(-1)
        logits = self.logits
        shape = np.broadcast_shapes(tuple(index.shape[:-1]), tuple(logits.shape[:-1]))
        index, logits = index.expand((*shape, 1)), logits.expand((*shape, self._num_events))
        self._require(
            value,
            (value >= 0) & (value < self._num_events),
            f"IntegerInterval(lower_bound=0, upper_bound={self._num_events - 1})",
        )
        return logits.gather(-1, index).squeeze(-1)

    def entropy(self) -> Any:
        logits = self.logits
        low = float(np.finfo(logits.data_.dtype).min)
        return -(logits.clamp(min=low) * self.probs).sum(-1)


class OneHotCategorical(Distribution):
    """:class:`Categorical` whose values are one-hot vectors."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, (self._categorical._num_events,), validate_args)

    probs = property(lambda self: self._categorical.probs)
    logits = property(lambda self: self._categorical.logits)
    mean = probs

    def sample(self, sample_shape: Any = ()) -> Any:
        return _one_hot(self._categorical.sample(sample_shape), self._categorical._num_events, self.probs)

    def log_prob(self, value: Any) -> Any:
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Any:
        return self._categorical.entropy()


def _one_hot(index: Tensor, classes: int, like: Tensor) -> Tensor:
    zeros = like.detach().new_zeros((*index.shape, classes))
    return zeros.scatter(-1, index.unsqueeze(-1), 1.0)


class Bernoulli(_Weighted):
    """1 with probability ``probs``, else 0."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        given = self._set(probs, logits)
        super().__init__(given.shape, (), validate_args)
        if self._logits is None and self._validate:
            require(
                "Bernoulli", "probs", given, (given >= 0) & (given <= 1), "Interval(lower_bound=0.0, upper_bound=1.0)"
            )

    @property
    def probs(self) -> Any:
        return self._probs if self._logits is None else self._logits.sigmoid()

    @property
    def logits(self) -> Any:
        if self._logits is not None:
            return self._logits
        p = _tiny(self._probs)
        return p.log() - (-p).log1p()

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return random.bernoulli(self.probs.expand(self._extended(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        self._require(value, (value == 0) | (value == 1), "Boolean()")
        logits, value = FUNCTIONS["broadcast_tensors"](self.logits, value)
        return value * logits - logits.clamp(min=0) - (-logits.abs()).exp().log1p()

    def entropy(self) -> Any:
        logits = self.logits
        return logits.clamp(min=0) + (-logits.abs()).exp().log1p() - self.probs * logits


class Geometric(_Weighted):
    """Failures before the first success."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        given = self._set(probs, logits)
        super().__init__(given.shape, (), validate_args)

    @property
    def probs(self) -> Any:
        return self._probs if self._logits is None else self._logits.sigmoid()

    @property
    def mean(self) -> Any:
        return 1 / self.probs - 1

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            tiny = float(np.finfo(self.probs.data_.dtype).tiny)
            u = self.probs.new_empty(self._extended(sample_shape)).uniform_(tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        return value * (-self.probs).log1p() + self.probs.log()


class Binomial(_Weighted):
    """Successes among ``total_count`` trials."""

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        given = self._set(probs, logits)
        self.total_count, _ = together(total_count, given)
        super().__init__(self.total_count.shape, (), validate_args)

    @property
    def probs(self) -> Any:
        return self._probs if self._logits is None else self._logits.sigmoid()

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Counts, as many Bernoulli draws added up. (The numbers are not torch's.)"""
        shape, most = self._extended(sample_shape), int(self.total_count.data_.max())
        with no_grad():
            draws = random.bernoulli(self.probs.expand((most, *shape)))
            place = self.probs.device
            trial = Tensor(place.from_host(np.arange(most).reshape(-1, *(1,) * len(shape))), None, place)
            return (draws * (trial < self.total_count)).sum(0)

    def log_prob(self, value: Any) -> Any:
        n, lgamma, p = self.total_count, FUNCTIONS["lgamma"], _tiny(self.probs)
        ways = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        return ways + value * p.log() + (n - value) * (-p).log1p()


class Poisson(Distribution):
    """Counts of the given rate."""

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = together(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        return self.rate

    variance = mean

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return random.poisson(self.rate.expand(self._extended(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        return FUNCTIONS["xlogy"](value, self.rate) - self.rate - FUNCTIONS["lgamma"](value + 1)
