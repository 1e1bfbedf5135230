"""The loader: a dataset in batches, in order or shuffled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from engine.mode import mode
from engine.random import Generator
from engine.utils.data.collate import default_collate, default_convert
from engine.utils.data.dataset import IterableDataset, TensorDataset
from engine.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler, fresh_seed

Batch = TypeVar("Batch", covariant=True)


@contextmanager
def _unseen() -> Iterator[None]:
    """Ops inside are not told to observers: picking rows and stacking them is no part of a forward pass."""
    found, mode.quiet = mode.quiet, True
    try:
        yield
    finally:
        mode.quiet = found


class DataLoader(Generic[Batch]):
    """Batches of a dataset. With the same seed they come in torch's order.

    ``num_workers`` and what belongs to it is taken and has no effect: batches are made in this process, when they are asked for.
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None, num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False, drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None,
        multiprocessing_context: Any = None, generator: Generator | None = None, *, prefetch_factor: int | None = None,
        persistent_workers: bool = False, pin_memory_device: str = "", in_order: bool = True,
    ) -> None:  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        iterable = isinstance(dataset, IterableDataset)
        if iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "DataLoader with IterableDataset: expected unspecified shuffle, sampler and batch_sampler options"
            )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last and batch_sampler is None:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None and not iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        elif batch_size is not None and not iterable:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)  # type: ignore[arg-type]
        batched = batch_size is not None or batch_sampler is not None
        self.dataset, self.batch_size, self.drop_last, self.generator = dataset, batch_size, drop_last, generator
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self.num_workers, self.pin_memory, self.timeout, self.worker_init_fn = (
            num_workers,
            pin_memory,
            timeout,
            worker_init_fn,
        )
        self.prefetch_factor, self.persistent_workers = prefetch_factor, persistent_workers

    def __iter__(self) -> Iterator[Any]:
        fresh_seed(self.generator)  # torch draws one for its workers here, even without any
        return self._batches()

    def _batches(self) -> Iterator[Any]:
        if isinstance(self.dataset, IterableDataset):
            yield from self._from_iterable()
            return
        for indices in self.batch_sampler if self.batch_sampler is not None else self.sampler:  # type: ignore[union-attr]
            with _unseen():
                batch = self._fetch(indices)
            yield batch

    def _fetch(self, indices: Any) -> Any:
        if self.batch_sampler is None:
            return self.collate_fn(self.dataset[indices])
        if type(self.dataset) is TensorDataset and self.collate_fn is default_collate and indices:
            return [tensor[list(indices)] for tensor in self.dataset.tensors]  # the rows at once: the same, and faster
        if hasattr(self.dataset, "__getitems__"):
            return self.collate_fn(self.dataset.__getitems__(indices))
        return self.collate_fn([self.dataset[k] for k in indices])

    def _from_iterable(self) -> Iterator[Any]:
        samples = iter(self.dataset)
        if self.batch_size is None:
            yield from (self.collate_fn(sample) for sample in samples)
            return
        while batch := list(itertools.islice(samples, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            with _unseen():
                made = self.collate_fn(batch)
            yield made

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self.batch_sampler if self.batch_sampler is not None else self.sampler)  # type: ignore[arg-type]
        count = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def get_worker_info() -> None:
    """``None``: there are no worker processes."""
    return None
