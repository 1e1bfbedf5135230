"""Attention."""

from __future__ import annotations

import math
from typing import Any

from engine.op import function
from engine.ops.dropout import dropout
from engine.ops.softmax import softmax
from engine.tensor import Tensor


@function(function=False, method=False, scope=True)
def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """Values mixed by how well their keys fit each query: ``softmax(Q Kᵀ · scale + mask) V``.

    Shapes: query (..., L, E), key (..., S, E), value (..., S, V), mask broadcastable to (..., L, S): bool (true takes part)
    or floating (added). ``is_causal`` lets each query see no later key. Result (..., L, V).
    """
    return attended(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)[0]


def attended(
    query: Any, key: Any, value: Any, mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """:func:`scaled_dot_product_attention` and its weights (..., L, S)."""
    if is_causal and mask is not None:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        heads = query.shape[-3]
        key = key.repeat_interleave(heads // key.shape[-3], -3)
        value = value.repeat_interleave(heads // value.shape[-3], -3)
    scores = query.matmul(key.transpose(-2, -1)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        mask = causal(scores)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.data_.dtype.kind == "b" else scores + mask
    weights = dropout(softmax(scores, -1), dropout_p)
    return weights.matmul(value), weights


def causal(scores: Tensor) -> Tensor:
    """Which keys each query may see: those up to its own place. Shape (L, S) of the scores' last axes, bool."""
    xp = scores.device.xp
    rows, columns = scores.shape[-2:]
    return Tensor(xp.arange(rows)[:, None] >= xp.arange(columns)[None, :], None, scores.device)
