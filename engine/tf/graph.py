"""The graph of a define-and-run script: nodes that say what to compute, and compute nothing until a session runs them.

A node holds a function of the engine; running it is running that function, at the line that wrote the node.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

import engine
from engine.program.tape import code_at
from engine.tensor import Tensor as Value

_ENGINE = __file__.rsplit("tf", 1)[0]  #: frames of files below it are not the script's


class InvalidArgumentError(ValueError):
    """A value that is fed does not fit; the message says which, and what to try."""


class FailedPreconditionError(RuntimeError):
    """A variable was read before its initialiser ran."""


class Graph:
    """A set of nodes with names of their own."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.variables: list[Any] = []
        self._names: dict[str, int] = {}
        self.seed: int | None = None

    def name(self, wanted: str) -> str:
        """``wanted``, or ``wanted_1``, ... where that is taken."""
        count = self._names.get(wanted, 0)
        self._names[wanted] = count + 1
        return wanted if count == 0 else f"{wanted}_{count}"

    @contextmanager
    def as_default(self) -> Any:
        """Within the block new nodes go into this graph."""
        _graphs.append(self)
        try:
            yield self
        finally:
            _graphs.remove(self)

    def get_operations(self) -> list[Node]:
        return list(self.nodes)

    def get_tensor_by_name(self, name: str) -> Node:
        """Raises ``KeyError`` where the graph has no node of the name."""
        found = next((n for n in self.nodes if n.name in (name, name.removesuffix(":0"))), None)
        if found is None:
            raise KeyError(f"the graph has no tensor {name!r}; it has {', '.join(n.name for n in self.nodes[:20])}")
        return found


_graphs: list[Graph] = [Graph()]


def get_default_graph() -> Graph:
    return _graphs[-1]


def reset_default_graph() -> None:
    """Begins anew with an empty graph."""
    _graphs[-1] = Graph()


class Node:
    """A symbol: ``function(*inputs)``, once a session runs it. ``None`` as result: an operation, run for what it does."""

    def __init__(
        self, kind: str, inputs: Sequence[Any], function: Callable[..., Any], name: str | None = None, *,
        does: bool = False,
    ) -> None:  # fmt: skip
        """``does``: an operation that changes variables; it runs after all that is only read."""
        self.graph = get_default_graph()
        self.inputs = tuple(node(x) for x in inputs)
        for x in self.inputs:
            if x.graph is not self.graph:
                raise ValueError(f"{x!r} is of another graph than the default one: build both in one tf.Graph()")
        self.name = self.graph.name(name or kind)
        self.kind = kind
        self.function = function
        self.does = does
        self.wanted = False  #: whether some gradient is asked with respect to it
        self.again = False  #: gradients: whether they are differentiated again
        self.code = _written_at()
        self.graph.nodes.append(self)

    if TYPE_CHECKING:  # bound by engine.tf.math, which makes nodes

        def __add__(self, other: Any) -> Node: ...
        def __radd__(self, other: Any) -> Node: ...
        def __sub__(self, other: Any) -> Node: ...
        def __rsub__(self, other: Any) -> Node: ...
        def __mul__(self, other: Any) -> Node: ...
        def __rmul__(self, other: Any) -> Node: ...
        def __truediv__(self, other: Any) -> Node: ...
        def __rtruediv__(self, other: Any) -> Node: ...
        def __pow__(self, other: Any) -> Node: ...
        def __matmul__(self, other: Any) -> Node: ...
        def __gt__(self, other: Any) -> Node: ...
        def __ge__(self, other: Any) -> Node: ...
        def __lt__(self, other: Any) -> Node: ...
        def __le__(self, other: Any) -> Node: ...
        def __neg__(self) -> Node: ...
        def __getitem__(self, index: Any) -> Node: ...

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}'>" if self.does else f"<tf.Tensor '{self.name}:0'>"

    def __bool__(self) -> bool:
        raise TypeError(
            f"using {self!r} as a Python `bool` is not allowed: it has no value before a session runs it. "
            "Use tf.cond(pred, true_fn, false_fn), which is part of the graph."
        )

    def __float__(self) -> float:
        raise TypeError(f"{self!r} has no value before a session runs it: sess.run(...) gives it")

    __int__ = __float__

    def __iter__(self) -> Any:
        raise TypeError(f"{self!r} cannot be iterated over before a session runs it; index it: x[0]")

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Its value, by the session given or the default one."""
        from engine.tf.session import default_session

        return (session or default_session()).run(self, feed_dict)

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs it for what it does."""
        self.eval(feed_dict, session)

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        """What it is, for these inputs."""
        return self.function(*values)


class Placeholder(Node):
    """What is fed. ``shape``: a ``None`` in it fits any size."""

    def __init__(self, dtype: Any, shape: Sequence[int | None] | None = None, name: str | None = None) -> None:
        super().__init__("Placeholder", (), _nothing, name)
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        raise InvalidArgumentError(
            f"You must feed a value for placeholder tensor '{self.name}': sess.run(..., feed_dict={{{self.name}: ...}})"
        )

    def fed(self, given: Any) -> Value:
        """The given numbers as a tensor. Raises :class:`InvalidArgumentError` for another shape."""
        value = given if isinstance(given, Value) else engine.tensor(np.asarray(given), dtype=self.dtype)
        want = self.shape
        fits = want is None or (
            len(want) == value.ndim and all(w in (None, h) for w, h in zip(want, value.shape, strict=True))
        )
        if not fits:
            raise InvalidArgumentError(
                f"Cannot feed value of shape {tuple(value.shape)} for placeholder '{self.name}', which has shape {want}"
            )
        return value


def _nothing(*_: Any) -> Any:
    return None


def node(x: Any) -> Node:
    """A symbol as it is; anything else as a constant."""
    return x if isinstance(x, Node) else constant(x)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Node:
    """Numbers that are part of the graph."""
    array = np.asarray(value)
    if dtype is None and array.dtype == np.float64:
        array = array.astype(np.float32)
    elif dtype is None and array.dtype == np.int64:
        array = array.astype(np.int32 if not isinstance(value, np.ndarray) else np.int64)
    if shape is not None:
        array = np.broadcast_to(array, tuple(shape)).copy()

    def make() -> Value:
        return engine.tensor(array, dtype=dtype)

    return Node("Const", (), make, name)


def _written_at() -> Any:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
        frame = frame.f_back
    return None if frame is None else code_at(frame.f_code, frame.f_lasti)
