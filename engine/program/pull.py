"""A node's gradients as one row: where the engine computes them all at once, on arrays, a program does the same."""

from __future__ import annotations

from typing import Any

from engine.node import Node
from engine.op import Op

_ARRAY = object()


class _Saved:
    """A saved value, as a pull reads it."""

    __slots__ = ("data_",)
    version = None

    def __init__(self, array: Any) -> None:
        self.data_ = array


class PullOp(Op):
    """The op of such a row. Inputs: the gradient of each output, then the arrays that the node saved, in its order."""

    def __init__(self, node: Node, upstream: int, contributions: tuple[int, ...]) -> None:
        """``upstream``: how many gradients come in; ``contributions``: for which inputs of the node one goes out."""
        super().__init__(_pulled, "", {}, name=f"{node.op.name}_backward")
        self.doc = f"What {node.op.name} sends back to its inputs, all at once."
        self.view = True  # some of it may show the memory of what came in
        self.inputs = [f"g{k}" for k in range(upstream)]
        self._several = node.outputs is not None
        self._upstream = upstream
        self._contributions = contributions
        self._pull = node.plan.pull
        self._node: Any = object.__new__(Node)
        for name in ("op", "edges", "attrs", "device", "shape", "dtype", "plan"):
            setattr(self._node, name, getattr(node, name))
        self._node.versions = (0,) * len(node.saved)
        self._node.shapes, self._node.outputs = node.shapes, node.outputs
        self._node.edges = tuple(
            None if e is None else True for e in node.edges
        )  # which there are is all that is asked
        #: the saved Python numbers; ``_ARRAY`` where an array was saved, which comes as an input
        self._saved = tuple(_ARRAY if hasattr(v, "data_") else v for v in node.saved)
        self.forward = self._run

    def _run(self, xp: Any, *arrays: Any) -> Any:
        node = self._node
        fresh = iter(arrays[self._upstream :])
        node.saved = tuple(_Saved(next(fresh)) if v is _ARRAY else v for v in self._saved)
        found = self._pull(node, list(arrays[: self._upstream]) if self._several else arrays[0])
        node.saved = ()
        return tuple(found[i] for i in self._contributions)


def _pulled(xp: Any, *arrays: Any) -> Any:
    """Gradients of several inputs at once."""
    raise AssertionError("a pull calls its plan's function")
