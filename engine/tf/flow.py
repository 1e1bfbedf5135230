"""Control flow that is part of the graph, and gradients as nodes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import engine
from engine.tf.graph import Node, Placeholder, node
from engine.tf.session import evaluate


class _Cond(Node):
    def __init__(self, pred: Node, yes: Node, no: Node, name: str) -> None:
        super().__init__("cond", (pred,), bool, name)
        self.ways = (no, yes)

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        return evaluate(self.ways[bool(values[0].item())], session, memo)


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str = "cond") -> Node:
    """A node that is ``true_fn()`` or ``false_fn()``. Both are built; a run computes the one that ``pred`` says then."""
    return _Cond(node(pred), node(true_fn()), node(false_fn()), name)


class _Loop(Node):
    def __init__(self, going: Node, body: tuple[Node, ...], slots: list[Placeholder], first: Sequence[Any]) -> None:
        super().__init__("while", first, tuple)
        self.going, self.body, self.slots = going, body, slots

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        outside = dict(memo)  # what the loop does not change is computed once
        while True:
            now = outside | dict(zip(self.slots, values, strict=True))
            if not bool(evaluate(self.going, session, now).item()):
                return tuple(values)
            values = [evaluate(each, session, now) for each in self.body]


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Sequence[Any], name: str = "while"
) -> Any:
    """Nodes for ``loop_vars`` after ``while cond(*vars): vars = body(*vars)``. The body is built once, and run again and again.

    Raises ``ValueError`` when the body gives another number of values than it takes.
    """
    slots = [Placeholder(None, name=f"{name}_var") for _ in loop_vars]
    made = body(*slots)
    made = tuple(node(x) for x in (made if isinstance(made, (list, tuple)) else (made,)))
    if len(made) != len(slots):
        raise ValueError(f"while_loop: the body takes {len(slots)} values and gives {len(made)}; they must be as many")
    loop = _Loop(node(cond(*slots)), made, slots, loop_vars)
    ends = [_part(loop, k) for k in range(len(slots))]
    return ends[0] if len(ends) == 1 else type(loop_vars)(ends) if isinstance(loop_vars, (list, tuple)) else ends


def _part(whole: Node, k: int) -> Node:
    return Node("Identity", (whole,), lambda values: values[k])


class _Gradients(Node):
    def __init__(self, ys: list[Node], xs: list[Node]) -> None:
        super().__init__("gradients", (*ys, *xs), tuple)
        self.many = len(ys)

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        ys, xs = values[: self.many], values[self.many :]
        ys = [y if y.ndim == 0 else y.sum() for y in ys]
        return engine.autograd.grad(ys, xs, retain_graph=True, create_graph=self.again, allow_unused=True)


def gradients(ys: Any, xs: Any) -> list[Node]:
    """Nodes of the gradients of the sum of ``ys`` with respect to each of ``xs``. Gradients of gradients work too."""
    of = [node(y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]
    to = [node(x) for x in (xs if isinstance(xs, (list, tuple)) else [xs])]
    for x in to:
        x.wanted = True
    for before in _before(of):
        if isinstance(before, _Gradients):
            before.again = True
    found = _Gradients(of, to)
    return [_part(found, k) for k in range(len(to))]


def _before(nodes: list[Node]) -> set[Node]:
    """The nodes, and all that they are computed from."""
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            inside = at.ways if isinstance(at, _Cond) else (at.going, *at.body) if isinstance(at, _Loop) else ()
            waiting += [*at.inputs, *inside]
    return seen


def group(*operations: Node, name: str = "group_deps") -> Node:
    """An operation that runs them all."""
    return Node("group_deps", operations, lambda *_: None, name, does=True)
