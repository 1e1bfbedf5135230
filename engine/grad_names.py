"""What PyTorch calls the nodes of ops whose node's name depends on the call: ``SumBackward0`` of all, ``SumBackward1`` along a dim.

Each function maps a node to its name; an op says which by ``torch_name``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.node import Node


def second(node: Node) -> str:
    """torch knows the op with this signature as its second."""
    return f"{node.op.title()}Backward1"


def reduction(node: Node) -> str:
    """Of all elements: 0; along axes: 1."""
    return f"{node.op.title()}Backward{0 if node.shape == () else 1}"


def power(node: Node) -> str:
    """A tensor to a number: 0; a tensor to a tensor: 1; a number to a tensor: 2."""
    base, exponent = (e is not None for e in node.edges)
    return f"PowBackward{0 if not exponent else 1 if base else 2}"


def product(node: Node) -> str:
    """By the number of axes of the result."""
    return ("DotBackward0", "MvBackward0", "MmBackward0", "UnsafeViewBackward0")[min(len(node.shape), 3)]


def linear(node: Node) -> str:
    """A matrix and a bias are one op in torch; other shapes pass through views."""
    biased = node.edges[2] is not None
    if len(node.shape) == 2:
        return "AddmmBackward0" if biased else "MmBackward0"
    return "ViewBackward0" if biased else "UnsafeViewBackward0"


def item(node: Node) -> str:
    """torch applies an index part by part; the last one that does something gives the name."""
    names = [name for part in node.attrs["key"] if (name := _part(part)) is not None]
    return f"{names[-1]}Backward0" if names else "AliasBackward0"


def _part(part: Any) -> str | None:
    if part is None:
        return "Unsqueeze"
    if isinstance(part, slice):
        return None if part == slice(None) else "Slice"
    return "Select" if isinstance(part, int) else None
