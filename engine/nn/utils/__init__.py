"""``torch.nn.utils``: gradients kept in bounds, parameters as one vector, sequences of different lengths."""

from __future__ import annotations

from engine.nn.utils import rnn
from engine.nn.utils.clip import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from engine.nn.utils.norms import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
from engine.nn.utils.vector import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector",
    "remove_spectral_norm", "remove_weight_norm", "rnn", "spectral_norm", "vector_to_parameters", "weight_norm",
]  # fmt: skip
