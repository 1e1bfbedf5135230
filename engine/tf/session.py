"""Sessions: they hold the variables' values, and run what is fetched of a graph."""

from __future__ import annotations

from typing import Any

import engine
from engine.tensor import Tensor as Value
from engine.tf.graph import Graph, InvalidArgumentError, Node, Placeholder, get_default_graph

_open: list[Session] = []


class Session:
    """``Session().run(fetches, feed_dict)``. Variables keep their values from run to run, until the session is gone."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        self.graph = graph or get_default_graph()
        self.values: dict[Node, Value] = {}  #: of the variables
        self.optimizers: dict[Any, Any] = {}
        self.closed = False

    def run(self, fetches: Any, feed_dict: dict[Any, Any] | None = None) -> Any:
        """The values of ``fetches`` (a node, or lists, tuples and dicts of them) as NumPy arrays; ``None`` for an operation.

        Raises :class:`InvalidArgumentError` for a placeholder without a value or of another shape, ``TypeError`` for a
        fetch that is no node.
        """
        if self.closed:
            raise RuntimeError("Attempted to use a closed Session: open another with tf.Session()")
        if self.graph.seed is not None:
            engine.manual_seed(self.graph.seed)
            self.graph.seed = None
        memo: dict[Node, Any] = {}
        for x, given in (feed_dict or {}).items():
            if not isinstance(x, Node):
                raise TypeError(f"feed_dict: a placeholder is needed as key, not {type(x).__name__}")
            memo[x] = x.fed(given) if isinstance(x, Placeholder) else engine.tensor(given)
            _want(x, memo)
        wanted = _flat(fetches)
        for x in wanted:
            if x.graph is not self.graph:
                raise ValueError(f"{x!r} is not an element of this session's graph")
        read = [x for x in wanted if not x.does]
        found = {x: evaluate(x, self, memo) for x in read}
        shown = {x: _numbers(value) for x, value in found.items()}  # before anything is written
        for x in wanted:
            if x.does:
                evaluate(x, self, memo)
                shown[x] = None
        return _shaped(fetches, shown)

    def close(self) -> None:
        """Lets the variables' values go."""
        self.closed = True
        self.values.clear()
        if self in _open:
            _open.remove(self)

    def as_default(self) -> Session:
        return self

    def __enter__(self) -> Session:
        _open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class InteractiveSession(Session):
    """A session that is the default one from its making on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _open.append(self)


def default_session() -> Session:
    """The innermost open session. Raises ``ValueError`` where there is none."""
    if not _open:
        raise ValueError("No default session is registered: use `with tf.Session():` or pass session=")
    return _open[-1]


def evaluate(fetched: Node, session: Session, memo: dict[Node, Any]) -> Any:
    """The node's value; what it needs is computed before it, each node once."""
    waiting = [fetched]
    while waiting:
        at = waiting[-1]
        if at in memo:
            waiting.pop()
            continue
        missing = [x for x in at.inputs if x not in memo]
        if missing:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        memo[at] = _computed(at, session, memo)
        _want(at, memo)
    return memo[fetched]


def _computed(at: Node, session: Session, memo: dict[Node, Any]) -> Any:
    values = [memo[x] for x in at.inputs]
    if at.code is None:
        return at.compute(values, session, memo)
    found: list[Any] = []
    exec(at.code, {"__do__": lambda _: found.append(at.compute(values, session, memo)), "__values__": None})
    return found[0]


def _want(at: Node, memo: dict[Node, Any]) -> None:
    """A gradient is asked with respect to it: it begins a history where it has none."""
    value = memo[at]
    if at.wanted and isinstance(value, Value) and value.node is None and value.is_floating_point():
        value.requires_grad_()


def _numbers(value: Any) -> Any:
    if isinstance(value, Value):
        array = value.detach().cpu().numpy()
        return array[()] if array.ndim == 0 else array.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(_numbers(v) for v in value)
    return value


def _flat(fetches: Any) -> list[Node]:
    if isinstance(fetches, Node):
        return [fetches]
    if isinstance(fetches, dict):
        fetches = list(fetches.values())
    if not isinstance(fetches, (list, tuple)):
        raise TypeError(
            f"Fetch argument {fetches!r} has invalid type {type(fetches).__name__}: fetch nodes of the graph"
        )
    return [x for each in fetches for x in _flat(each)]


def _shaped(fetches: Any, shown: dict[Node, Any]) -> Any:
    if isinstance(fetches, Node):
        return shown[fetches]
    if isinstance(fetches, dict):
        return {key: _shaped(each, shown) for key, each in fetches.items()}
    return type(fetches)(_shaped(each, shown) for each in fetches)


__all__ = ["InteractiveSession", "InvalidArgumentError", "Session", "default_session", "evaluate"]
