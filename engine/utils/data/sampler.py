"""Samplers: in which order a loader takes the items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T", covariant=True)


class Sampler(Generic[T]):
    """Base: give ``__iter__`` (item numbers, or lists of them) and, where known, ``__len__``."""

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ..."""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """A new random order every time, drawn as torch draws it: from a generator that the default one seeds."""

    def __init__(
        self, data_source: Any, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        from engine import random

        total, generator = len(self.data_source), self.generator
        if generator is None:
            generator = random.Generator()
            generator.manual_seed(draw_seed(None))
        if self.replacement:
            for _ in range(self.num_samples // 32):
                yield from _host(random.randint(0, total, (32,), generator=generator, device="cpu"))
            rest = self.num_samples % 32
            yield from _host(random.randint(0, total, (32,), generator=generator, device="cpu"))[:rest]
            return
        for _ in range(self.num_samples // total):
            yield from _host(random.randperm(total, generator=generator, device="cpu"))
        rest = self.num_samples % total
        if rest:
            yield from _host(random.randperm(total, generator=generator, device="cpu"))[:rest]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The listed numbers in a random order."""

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        from engine.random import randperm

        for i in _host(randperm(len(self.indices), generator=self.generator, device="cpu")):
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Numbers drawn with the given weights."""

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        from engine.creation import as_tensor
        from engine.dtypes import float64

        self.weights = as_tensor(weights, dtype=float64)
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        from engine.random import multinomial

        yield from _host(multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator))

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of ``batch_size`` numbers of another sampler."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool) -> None:
        if type(batch_size) is not int or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)


def draw_seed(generator: Any) -> int:
    """A 64-bit seed, drawn as ``torch.empty((), dtype=torch.int64).random_().item()`` draws it."""
    from engine.random import default_generator

    source = default_generator if generator is None else generator
    return int(source.bits64(1)[0]) & (2**63 - 1)


def _host(drawn: Any) -> list[int]:
    numbers: list[int] = drawn.device.to_host(drawn.data_).tolist()
    return numbers
