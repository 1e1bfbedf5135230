"""``torch.autograd.graph``: the nodes of the graph and what they keep."""

from __future__ import annotations

from typing import Any

from engine.node import Node
from engine.tensor import Tensor


def increment_version(tensor: Tensor) -> None:
    """Counts one more write into the tensor's storage."""
    tensor.shared_version().n += 1


def get_gradient_edge(tensor: Tensor) -> tuple[Any, int]:
    """The node whose gradient is the tensor's, and which of its outputs."""
    if tensor.node is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return getattr(tensor.node, "node", tensor.node), tensor.output_nr


__all__ = ["Node", "get_gradient_edge", "increment_version"]
