"""Distributions over vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import linalg, random
from engine.distributions.distribution import Distribution


class Independent(Distribution):
    """The last ``reinterpreted_batch_ndims`` axes of a batch taken as one event: their log-probabilities are added."""

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        self.base_dist, self._count = base_distribution, reinterpreted_batch_ndims
        cut = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        if cut < 0:
            raise ValueError("Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape)")
        event = (*base_distribution.batch_shape[cut:], *base_distribution.event_shape)
        self.has_rsample = base_distribution.has_rsample
        super().__init__(base_distribution.batch_shape[:cut], event, validate_args)

    mean = property(lambda self: self.base_dist.mean)
    variance = property(lambda self: self.base_dist.variance)

    def sample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def _added(self, x: Any) -> Any:
        return x.sum(tuple(range(-self._count, 0))) if self._count else x

    def log_prob(self, value: Any) -> Any:
        return self._added(self.base_dist.log_prob(value))

    def entropy(self) -> Any:
        return self._added(self.base_dist.entropy())

    def __repr__(self) -> str:
        return f"Independent({self.base_dist!r}, {self._count})"


class MultivariateNormal(Distribution):
    """Normal distribution over vectors, given by one of covariance matrix, precision matrix or Cholesky factor."""

    has_rsample = True

    def __init__(
        self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        given = [m for m in (covariance_matrix, precision_matrix, scale_tril) if m is not None]
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        if scale_tril is None:
            covariance = covariance_matrix if covariance_matrix is not None else linalg.inv(precision_matrix)
            scale_tril = linalg.cholesky(covariance)
        batch = np.broadcast_shapes(tuple(scale_tril.shape[:-2]), tuple(loc.shape[:-1]))
        n = loc.shape[-1]
        self.loc, self.scale_tril = loc.expand((*batch, n)), scale_tril.expand((*batch, n, n))
        super().__init__(batch, (n,), validate_args)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def covariance_matrix(self) -> Any:
        return self.scale_tril @ self.scale_tril.mT

    @property
    def variance(self) -> Any:
        return (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: Any = ()) -> Any:
        z: Any = random.randn(self._extended(sample_shape), dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + (self.scale_tril @ z.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Any:
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        away = (value - self.loc).unsqueeze(-1)
        z = linalg.solve_triangular(self.scale_tril, away, upper=False).squeeze(-1)
        n = self.event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + (z**2).sum(-1)) - self._half_log_det()

    def entropy(self) -> Any:
        n = self.event_shape[0]
        return 0.5 * n * (1 + math.log(2 * math.pi)) + self._half_log_det()
