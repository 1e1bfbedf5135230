"""Nested arguments and results: tuples, lists and dicts with tensors at the leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.tensor import Tensor


def leaves(tree: Any) -> list[Tensor]:
    """The tensors of a tree, from left to right."""
    if isinstance(tree, Tensor):
        return [tree]
    branches = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (tuple, list)) else ()
    return [t for branch in branches for t in leaves(branch)]


def mapped(tree: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same tree with every tensor changed."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {key: mapped(branch, change) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(mapped(branch, change) for branch in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(mapped(branch, change) for branch in tree)
    return tree


def kind_of(tree: Any) -> tuple[Any, ...]:
    """What two trees must have in common for one to be fed in place of the other; it can be compared with ``==``.

    The structure; each tensor's shape, dtype, device, memory order and whether it needs a gradient; which tensors are one and
    the same; and everything that is no tensor.
    """
    arrays = [t.data_ for t in leaves(tree)]
    first = {id(array): k for k, array in reversed(list(enumerate(arrays)))}
    return _kind_of(tree), tuple(first[id(array)] for array in arrays)


def _kind_of(tree: Any) -> Any:
    if isinstance(tree, Tensor):
        array = tree.data_
        return (array.shape, array.dtype, str(tree.device), array.flags.c_contiguous, tree.node is not None)
    if isinstance(tree, dict):
        return tuple((key, _kind_of(branch)) for key, branch in tree.items())
    if isinstance(tree, (tuple, list)):
        return tuple(_kind_of(branch) for branch in tree)
    plain = isinstance(tree, (int, float, complex, str, bytes, type(None)))
    return (type(tree), tree if plain else id(tree))
