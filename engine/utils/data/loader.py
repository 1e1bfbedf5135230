"""The loader: batches of a data set, made in this process.

Making a batch is not part of the model's computation: observers do not see its ops; a batch is an input of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from engine import dtypes
from engine.creation import as_tensor, tensor
from engine.mode import mode
from engine.tensor import Tensor
from engine.utils.data.dataset import IterableDataset
from engine.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed


class DataLoader:
    """Iterates over batches. ``num_workers`` and the like are accepted; the work is done in this process.

    Raises ``ValueError`` for options that exclude each other, as torch does.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Any = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        **_: Any,
    ) -> None:
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if isinstance(dataset, IterableDataset) and (shuffle or sampler is not None):
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}"
            )
        self.dataset, self.num_workers, self.generator = dataset, num_workers, generator
        self.batch_size, self.drop_last = (None if batch_sampler is not None else batch_size), drop_last
        self.collate_fn = collate_fn or (
            default_collate if batch_size is not None or batch_sampler is not None else _convert
        )
        self.pin_memory, self.timeout = pin_memory, timeout
        if isinstance(dataset, IterableDataset):
            self.sampler = self.batch_sampler = None
            return
        self.sampler = sampler or (
            RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        )
        self.batch_sampler = batch_sampler or (
            BatchSampler(self.sampler, batch_size, drop_last) if batch_size is not None else None
        )

    def __len__(self) -> int:
        if self.sampler is None:
            whole, rest = divmod(len(self.dataset), self.batch_size or 1)
            return whole + (rest > 0 and not self.drop_last)
        return len(self.batch_sampler if self.batch_sampler is not None else self.sampler)

    def __iter__(self) -> Iterator[Any]:
        draw_seed(self.generator)  # torch draws its workers' base seed here, and so moves the generator on
        batches = self._stream() if self.sampler is None else self._numbered()
        return _Unobserved(batches)

    def _numbered(self) -> Iterator[Any]:
        if self.batch_sampler is None:
            for index in self.sampler or ():
                yield self.collate_fn(self.dataset[index])
            return
        for numbers in self.batch_sampler:
            if hasattr(self.dataset, "__getitems__"):
                items = self.dataset.__getitems__(numbers)
            else:
                items = [self.dataset[i] for i in numbers]
            yield self.collate_fn(items)

    def _stream(self) -> Iterator[Any]:
        if self.batch_size is None:
            yield from (self.collate_fn(item) for item in self.dataset)
            return
        batch = []
        for item in self.dataset:
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self.collate_fn(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.collate_fn(batch)


class _Unobserved:
    """An iterator whose steps observers do not see."""

    def __init__(self, inner: Iterator[Any]) -> None:
        self._inner = inner

    def __iter__(self) -> _Unobserved:
        return self

    def __next__(self) -> Any:
        found, mode.quiet = mode.quiet, True
        try:
            return next(self._inner)
        finally:
            mode.quiet = found


def default_collate(batch: list[Any]) -> Any:
    """Items put together: tensors and arrays stacked, numbers as a tensor, tuples and dicts part by part."""
    first = batch[0]
    if isinstance(first, Tensor):
        import engine

        return engine.stack(batch, 0)
    if isinstance(first, np.ndarray):
        return default_collate([as_tensor(b) for b in batch])
    if isinstance(first, np.generic):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(list(parts)) for parts in zip(*batch, strict=True)))
    if isinstance(first, (tuple, list)):
        return [default_collate(list(parts)) for parts in zip(*batch, strict=True)]
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first).__name__}. Give DataLoader a collate_fn."
    )


def _convert(item: Any) -> Any:
    return as_tensor(item) if isinstance(item, np.ndarray) else item
