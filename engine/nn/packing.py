"""Sequences of different lengths: padded to one length, or packed without padding, time after time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.creation import place, tensor
from engine.op import FUNCTIONS
from engine.tensor import Tensor


class PackedSequence(NamedTuple):
    """The elements of all sequences, time by time, longest sequence first; ``batch_sizes`` says how many are running at each."""

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None


def _sizes(lengths: Any) -> Any:
    """How many sequences run at each time."""
    return np.array([int((lengths > t).sum()) for t in range(int(lengths.max()))], np.int64)


def _rows(sizes: Any, batch: int) -> Any:
    """Where packed elements lie in (time · batch)."""
    return np.concatenate([t * batch + np.arange(n) for t, n in enumerate(sizes)])


def _index(numbers: Any, like: Tensor) -> Tensor:
    return place(np.asarray(numbers, np.int64), None, like.device)


def _host(x: Any) -> Any:
    return x.device.to_host(x.data_) if isinstance(x, Tensor) else np.asarray(x)


def pad_sequence(
    sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences (length, *) as one tensor (T, N, *), shorter ones filled up with ``padding_value``."""
    from engine.ops.padding import pad

    longest = max(s.shape[0] for s in sequences)
    filled = []
    for s in sequences:
        lack = longest - s.shape[0]
        sides = (0, lack) if padding_side == "right" else (lack, 0)
        filled.append(pad(s, (0, 0) * (s.ndim - 1) + sides, value=padding_value) if lack else s)
    return FUNCTIONS["stack"](filled, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """Undoes :func:`pad_sequence`."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [rows[k][: int(n)] for k, n in enumerate(_host(lengths))]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """(T, N, *) (or batch first) and each sequence's length, packed. Unsorted lengths need ``enforce_sorted=False``."""
    x = input.transpose(0, 1) if batch_first else input
    host = _host(lengths).astype(np.int64)
    if (host <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-host, kind="stable")
        host, x = host[order], x.index_select(1, _index(order, x))
    elif (np.diff(host) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` "
            "to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
    sizes = _sizes(host)
    flat = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
    data = flat.index_select(0, _index(_rows(sizes, x.shape[1]), x))
    if order is None:
        return PackedSequence(data, tensor(sizes))
    return PackedSequence(data, tensor(sizes), _index(order, x), _index(np.argsort(order), x))


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """A list of sequences (length, *), packed."""
    return pack_padded_sequence(pad_sequence(sequences), [s.shape[0] for s in sequences], False, enforce_sorted)


def pack_like(x: Any, packed: PackedSequence) -> PackedSequence:
    """The elements of (T, N, *), in the packed one's order of sequences, packed alike."""
    flat = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
    return packed._replace(data=flat.index_select(0, _index(_rows(_host(packed.batch_sizes), x.shape[1]), x)))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None,
    *, sorted_: bool = False,
) -> tuple[Any, Tensor]:  # fmt: skip
    """A packed sequence as (T, N, *) and the lengths; in the original order unless ``sorted_``."""
    sizes = _host(sequence.batch_sizes)
    steps, batch = len(sizes) if total_length is None else total_length, int(sizes[0])
    if steps < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {len(sizes)}"
        )
    data = sequence.data
    source = np.full(steps * batch, data.shape[0], np.int64)  # one row past the end: padding
    source[_rows(sizes, batch)] = np.arange(data.shape[0])
    padding = data.new_full((1, *data.shape[1:]), padding_value)
    x = (
        FUNCTIONS["cat"]([data, padding], 0)
        .index_select(0, _index(source, data))
        .reshape(steps, batch, *data.shape[1:])
    )
    lengths = np.array([int((sizes > k).sum()) for k in range(batch)], np.int64)
    if not sorted_ and sequence.unsorted_indices is not None:
        x = x.index_select(1, sequence.unsorted_indices)
        lengths = lengths[_host(sequence.unsorted_indices)]
    return (x.transpose(0, 1) if batch_first else x), tensor(lengths)
