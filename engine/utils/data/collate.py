"""Samples put together into batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.creation import as_tensor, tensor
from engine.dtypes import float64
from engine.op import FUNCTIONS
from engine.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """A list of samples as one: tensors and arrays stacked, numbers as tensors, tuples and dicts part by part."""
    first = batch[0]
    if isinstance(first, Tensor):
        return FUNCTIONS["stack"](list(batch), 0)
    if isinstance(first, np.ndarray):
        return FUNCTIONS["stack"]([as_tensor(x) for x in batch], 0)
    if isinstance(first, np.generic):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}. "
        "Give the DataLoader a collate_fn that puts a list of your samples together."
    )


def default_convert(data: Any) -> Any:
    """A sample with its arrays as tensors: what a loader without batches gives."""
    if isinstance(data, (np.ndarray, np.generic)):
        return as_tensor(np.asarray(data))
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(x) for x in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [default_convert(x) for x in data]
    return data
