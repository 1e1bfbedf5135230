"""Embeddings: rows of a table, looked up by number."""

from __future__ import annotations

from typing import Any

from engine import dtypes
from engine.op import FUNCTIONS, function, op


def _samples(rng: Any) -> Any:
    yield (rng.uniform(-1, 1, (5, 3)), rng.integers(0, 5, (2, 4))), {"padding": None}
    yield (
        (rng.uniform(-1, 1, (4, 2)), rng.integers(2, 4, 6)),
        {"padding": 1},
    )  # finite differences know nothing of padding


def _back_samples(rng: Any) -> Any:
    yield (rng.uniform(-1, 1, (2, 4, 3)), rng.integers(0, 5, (2, 4))), {"rows": 5, "padding": None}
    yield (rng.uniform(-1, 1, (6, 2)), rng.integers(0, 4, 6)), {"rows": 4, "padding": 1}


def _check(weight: Any, index: Any) -> None:
    if index.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{dtypes.of(index.dtype).name} instead (while checking arguments for embedding). Try .long()."
        )
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, got {list(weight.shape)}")
    if hasattr(index, "get") or not index.size:  # on a GPU, looking at the numbers would wait for the device
        return
    lowest, highest = index.min(), index.max()
    if lowest < 0 or highest >= weight.shape[0]:
        raise IndexError(
            f"index out of range in self: {lowest if lowest < 0 else highest} in a table of {weight.shape[0]} rows "
            f"(0 to {weight.shape[0] - 1})"
        )


@op(
    r"W_{i}",
    weight=(r"\textstyle\sum_{i = r} \bar y_i",
            lambda g, index, weight_shape, padding: embedding_weight(g, index, rows=weight_shape[0], padding=padding)),
    samples=_samples, function=False, method=False, torch_name="Embedding",
)  # fmt: skip
def embedding_rows(xp, weight, index, *, padding):
    """Rows of ``weight`` (rows, width) by number; shape (*index, width). The row numbered ``padding`` gets no gradient."""
    _check(weight, index)
    return weight[index]


@op(
    r"\textstyle\sum_{i = r} \bar y_i",
    g=(r"\bar W_{i}", lambda g, index, padding: _without_padding(embedding_rows(g, index, padding=padding), index, padding)),
    samples=_back_samples, function=False, method=False,
)  # fmt: skip
def embedding_weight(xp, g, index, *, rows, padding):
    """For each row of a table, the sum of the gradients of its look-ups."""
    out = xp.zeros((rows, g.shape[-1]), g.dtype)
    xp.add.at(out, index.reshape(-1), g.reshape(-1, g.shape[-1]))
    if padding is not None:
        out[padding] = 0
    return out


def _without_padding(rows: Any, index: Any, padding: int | None) -> Any:
    return rows if padding is None else rows * (index != padding).unsqueeze(-1)


@function(function=False, method=False)
def embedding(
    input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Any:  # fmt: skip
    """Rows of ``weight`` (rows, width), looked up by the numbers in ``input``; shape (*input, width)."""
    if scale_grad_by_freq or max_norm is not None:
        raise NotImplementedError("embedding: max_norm and scale_grad_by_freq are not supported; leave them out")
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.shape[0]
    return embedding_rows(weight, input, padding=padding_idx)


@function(function=False, method=False, scope=True)
def embedding_bag(
    input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, per_sample_weights: Any = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Any:  # fmt: skip
    """Sums, means or maxima of bags of rows: bags are the rows of ``input`` (N, L), or begin in it (L) at ``offsets`` (N)."""
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if padding_idx is not None or include_last_offset:
        raise NotImplementedError(
            "embedding_bag: padding_idx and include_last_offset are not supported; leave them out"
        )
    if input.ndim == 2:
        rows = embedding(input, weight, None, max_norm, norm_type, scale_grad_by_freq)
        if per_sample_weights is not None:
            rows = rows * per_sample_weights.unsqueeze(-1)
        return rows.amax(1) if mode == "max" else getattr(rows, mode)(1)
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor when input is 1D")
    rows = embedding(input, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    starts = offsets.device.to_host(offsets.data_).tolist()
    bags = []
    for start, end in zip(starts, [*starts[1:], input.shape[0]], strict=True):
        bag = rows.narrow(0, start, end - start)
        empty = start == end
        bags.append(bag.sum(0) if mode == "sum" or empty else bag.amax(0) if mode == "max" else bag.mean(0))
    return FUNCTIONS["stack"](bags, 0)


@op(r"[i = c]", function=False, method=False)
def one_hot_rows(xp, x, *, classes):
    """A 1 at each number's place, 0 elsewhere."""
    return (x[..., None] == xp.arange(classes)).astype(x.dtype)


@function(function=False, method=False)
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """For each class number a row with a single 1; shape (*tensor, num_classes), int64. -1 takes as many as are needed."""
    if tensor.data_.dtype.kind not in "iu":
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor, got {tensor.dtype}. Try .long()."
        )
    host = tensor.device.to_host(tensor.data_)
    if host.size and host.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    most = int(host.max()) if host.size else -1
    if num_classes == -1:
        if not host.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = most + 1
    elif most >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {most} with num_classes={num_classes}.")
    return one_hot_rows(tensor, classes=num_classes)
