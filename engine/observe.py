"""Observers: guests that are told what the engine does, while it does it.

``active`` is the tuple of observers; while it is empty the engine pays one truth test per op and nothing else.
An observer must not keep arrays that it did not copy, and must not run tensor ops while it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.node import Node
    from engine.op import Op
    from engine.tensor import Tensor


class Observer:
    """What can be seen. Every method may be left out; the base ones do nothing."""

    def on_op(
        self, op: Op, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...], attrs: dict[str, Any], ns: int
    ) -> None:
        """An op ran. ``inputs`` are tensors, Python scalars or ``None``; ``ns`` is the forward's time in nanoseconds."""

    def on_inplace(self, op: Op, inputs: tuple[Any, ...], target: Tensor, attrs: dict[str, Any], ns: int) -> None:
        """An op wrote its result into ``target``, whose version is the new one."""

    def on_failure(self, op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], error: BaseException) -> None:
        """An op could not run."""

    def on_read(self, tensor: Tensor, value: Any) -> None:
        """Python looked at a tensor's value: ``bool()``, ``.item()``, ``float()``, ``.tolist()``, ``len(nonzero)``."""

    def on_backward_call(self, roots: Any, grads: Any, retain_graph: bool | None, wanted: Any) -> None:
        """What the backward that is about to begin was called with; ``wanted``: the inputs of ``grad``, else ``None``."""

    def on_backward_begin(self, roots: tuple[Tensor, ...], create_graph: bool) -> None:
        """A backward starts from ``roots``."""

    def on_vjp(
        self, node: Node, upstream: tuple[Any, ...], contributions: list[tuple[int, Tensor, Any]], ns: int
    ) -> None:
        """A node's rules ran: gradients of its outputs (or ``None``), then ``(input, gradient, shape before it was summed
        over broadcast axes or None)`` per input edge."""

    def on_vjp_begin(self, node: Node) -> None:
        """A node's rules are about to run; ops seen until :meth:`on_vjp` belong to them."""

    def on_pull(self, node: Node, upstream: tuple[Any, ...], contributions: list[Any]) -> None:
        """Only told to those who see inside rules: a node gave all its gradients at once, by its op's ``gradients``.

        Tensors, or ``None``: per output what came in, per input what goes out.
        """

    def on_grad(self, tensor: Tensor, grad: Tensor, accumulated: bool) -> None:
        """``tensor.grad`` received a gradient; ``grad`` is its value now."""

    def on_backward_end(self) -> None:
        """The backward is through (or failed)."""

    def on_clear(self, tensors: list[Tensor]) -> None:
        """The gradients of these tensors were taken away."""

    def on_zero_grad(self, tensors: list[Tensor]) -> None:
        """The script takes these tensors' gradients away, whether they have one or not."""

    def on_create(self, tensor: Tensor) -> None:
        """A tensor was made from Python's numbers: ``zeros``, ``tensor``, ``arange`` and their like."""

    def on_draw_begin(self) -> None:
        """A function that draws random numbers is about to run; what is seen until :meth:`on_draw` belongs to it."""

    def on_draw(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], made: Tensor) -> None:
        """It ran, and made (or filled and returned) this tensor."""

    def on_print(self, tensor: Tensor) -> None:
        """A tensor's numbers are being written out as text."""

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        """A module call, composite function or optimizer step begins."""

    def on_scope_exit(self) -> None:
        """It ends."""


active: tuple[Observer, ...] = ()
#: whether observers are told of the ops inside derivative rules and a script's own Functions, too
inside = False


def attach(observer: Observer) -> None:
    """From now on ``observer`` is told."""
    global active
    active = (*active, observer)


def detach(observer: Observer) -> None:
    """``observer`` is told no more."""
    global active
    active = tuple(o for o in active if o is not observer)


@contextmanager
def only(observers: tuple[Observer, ...], *, inside: bool) -> Iterator[None]:
    """Within the block these observers, and no others, are told; with ``inside`` also of the ops that rules are made of."""
    global active
    kept = active, globals()["inside"]
    active, globals()["inside"] = observers, inside
    try:
        yield
    finally:
        active, globals()["inside"] = kept


class Scope:
    """``with Scope("composite", "cross_entropy", None): ...``: groups the ops inside for observers."""

    __slots__ = ("kind", "name", "owner", "told")

    def __init__(self, kind: str, name: str, owner: Any = None) -> None:
        self.kind, self.name, self.owner = kind, name, owner

    def __enter__(self) -> None:
        self.told = active
        for observer in self.told:
            observer.on_scope_enter(self.kind, self.name, self.owner)

    def __exit__(self, *_: object) -> None:
        for observer in self.told:
            observer.on_scope_exit()
