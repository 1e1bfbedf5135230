"""The base class of distributions, and how parameters are brought together."""

from __future__ import annotations

from typing import Any

from engine import creation, dtypes
from engine.mode import no_grad
from engine.op import FUNCTIONS
from engine.tensor import Size, Tensor


class Distribution:
    """A batch of distributions: ``batch_shape`` many, each over values of ``event_shape``.

    Subclasses define :meth:`rsample` (samples through which gradients flow) or :meth:`sample`, and :meth:`log_prob`.
    """

    has_rsample = False

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        self._validate = validate_args is not False

    @property
    def batch_shape(self) -> Size:
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        return self._event_shape

    @property
    def mean(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no mean here")

    @property
    def variance(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no variance here")

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples of shape ``sample_shape + batch_shape + event_shape``, differentiable with respect to the parameters."""
        raise NotImplementedError(
            f"{type(self).__name__} cannot be sampled differentiably: use sample() and log_prob()"
        )

    def sample(self, sample_shape: Any = ()) -> Any:
        """Samples of shape ``sample_shape + batch_shape + event_shape``, without a history."""
        with no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        """Logarithm of the density (or probability) at ``value``."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """Expected value of ``-log_prob``."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy here")

    def cdf(self, value: Any) -> Any:
        """Probability of a value up to ``value``."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The value up to which the probability is ``value``."""
        raise NotImplementedError

    def _extended(self, sample_shape: Any) -> tuple[int, ...]:
        return (*sample_shape, *self._batch_shape, *self._event_shape)

    def _require(self, value: Tensor, holds: Any, what: str) -> None:
        """Raises torch's ``ValueError`` for a value outside the support."""
        if self._validate and not bool(holds.detach().data_.all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the support ({what}) "
                f"of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}: {v if v.numel() == 1 else v.size()}" for k, v in self._parameters().items())
        return f"{type(self).__name__}({shown})"

    def _parameters(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if isinstance(v, Tensor) and k[0] != "_"}


def together(*parameters: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape."""
    like = next((p for p in parameters if isinstance(p, Tensor)), None)
    kind = dtypes.get_default_dtype() if like is None else like.dtype
    where = None if like is None else like.device
    made = [p if isinstance(p, Tensor) else creation.tensor(float(p), dtype=kind, device=where) for p in parameters]
    shared: tuple[Any, ...] = FUNCTIONS["broadcast_tensors"](*made)
    return shared


def require(name: str, parameter: str, value: Tensor, holds: Any, what: str) -> None:
    """Raises torch's ``ValueError`` for a parameter outside its domain."""
    if not bool(holds.detach().data_.all()):
        raise ValueError(
            f"Expected parameter {parameter} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {name} "
            f"to satisfy the constraint {what}, but found invalid values:\n{value}"
        )
