"""Multi-head attention (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

from engine.nn import functional as F
from engine.nn import init
from engine.nn.linear import Linear
from engine.nn.module import Module
from engine.nn.parameter import Parameter, unfilled
from engine.op import FUNCTIONS
from engine.ops.attention import attended


class NonDynamicallyQuantizableLinear(Linear):
    """The output projection, under the name that torch prints."""


class MultiheadAttention(Module):
    """Attention in ``num_heads`` parts of the embedding at once, with learned projections of queries, keys, values and output."""

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        if add_bias_kv or add_zero_attn:
            raise NotImplementedError("MultiheadAttention: add_bias_kv and add_zero_attn are not supported")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.dropout, self.batch_first = dropout, batch_first
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        made = {"device": device, "dtype": dtype}
        if self._qkv_same_embed_dim:
            self.in_proj_weight = unfilled(3 * embed_dim, embed_dim, **made)
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = unfilled(embed_dim, embed_dim, **made)
            self.k_proj_weight = unfilled(embed_dim, self.kdim, **made)
            self.v_proj_weight = unfilled(embed_dim, self.vdim, **made)
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", unfilled(3 * embed_dim, **made) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **made)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        if self.in_proj_weight is not None:
            init.xavier_uniform_(self.in_proj_weight)
        else:
            for weight in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)

    def forward(
        self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None,
        average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Any, Any]:  # fmt: skip
        """Attention output (L, N, E) and, if asked for, weights (N, L, S), averaged over the heads or (N, heads, L, S).

        Shapes: query (L, N, E), key (S, N, kdim), value (S, N, vdim); batch first if ``batch_first``; without N if unbatched.
        Masks are true (or -inf) where attention is not allowed: ``attn_mask`` (L, S) or (N · heads, L, S),
        ``key_padding_mask`` (N, S).
        """
        if is_causal and attn_mask is None:
            raise RuntimeError(
                "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                "`generate_square_subsequent_mask` to create this mask."
            )
        batched = query.ndim == 3
        q, k, v = self._projected(query, key, value)
        if not batched:
            q, k, v = (x.unsqueeze(0) for x in (q, k, v))
            key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        elif not self.batch_first:
            q, k, v = (x.transpose(0, 1) for x in (q, k, v))
        n, length, _ = q.shape
        q, k, v = (x.reshape(n, x.shape[1], self.num_heads, self.head_dim).transpose(1, 2) for x in (q, k, v))
        mask = self._mask(q, n, attn_mask, key_padding_mask)
        mixed, weights = attended(q, k, v, mask, self.dropout if self.training else 0.0)
        output = self.out_proj(mixed.transpose(1, 2).reshape(n, length, self.embed_dim))
        if batched and not self.batch_first:
            output = output.transpose(0, 1)
        elif not batched:
            output = output.squeeze(0)
        if not need_weights:
            return output, None
        weights = weights.mean(1) if average_attn_weights else weights
        return output, weights if batched else weights.squeeze(0)

    def _projected(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        if query.shape[-1] != self.embed_dim:
            raise AssertionError(f"was expecting embedding dimension of {self.embed_dim}, but got {query.shape[-1]}")
        bias = self.in_proj_bias
        if self.in_proj_weight is None:
            biases = (None,) * 3 if bias is None else bias.chunk(3)
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
            q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
            return q, k, v
        if query is key and key is value:
            return F.linear(query, self.in_proj_weight, bias).chunk(3, -1)
        weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
        return q, k, v

    def _mask(self, q: Any, n: int, attn_mask: Any, key_padding_mask: Any) -> Any:
        """Both masks as one that is added to the scores, broadcastable to (N, heads, L, S); ``None`` without any."""
        found = None
        if attn_mask is not None:
            mask = _additive(attn_mask, q)
            found = mask if mask.ndim == 2 else mask.reshape(n, self.num_heads, *mask.shape[-2:])
        if key_padding_mask is not None:
            padding = _additive(key_padding_mask, q).reshape(n, 1, 1, -1)
            found = padding if found is None else found + padding
        return found


def _additive(mask: Any, like: Any) -> Any:
    """A mask as numbers to add: -inf where a bool mask is true."""
    if mask.data_.dtype.kind != "b":
        return mask
    return FUNCTIONS["where"](mask, like.new_tensor(-math.inf), like.new_tensor(0.0))
