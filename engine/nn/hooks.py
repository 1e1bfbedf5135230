"""Hooks that see a module's gradients: an identity op on its inputs and one on its outputs let backward pass by them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.apply import apply
from engine.op import OPS, op
from engine.tensor import Tensor
from engine.testing import arrays

if TYPE_CHECKING:
    from engine.nn.module import Module

Gradients = tuple[Any, ...]


class Hooked(NamedTuple):
    """A forward hook and how it wants to be called."""

    hook: Callable[..., Any]
    with_kwargs: bool
    always: bool = False


@op(
    "x",
    xs=(r"\bar y", lambda g, gs, i: gs[i]),
    samples=arrays((2,), (2, 3)), function=False, method=False, torch_name="BackwardHookFunction",
)  # fmt: skip
def module_edge(xp: Any, *xs: Any) -> Any:
    """The tensors themselves: the edge of a module that has backward hooks, where they meet the gradients."""
    return tuple(x.copy() for x in xs)


def _edge(tensors: list[Tensor], meet: Callable[[Gradients], Gradients]) -> list[Tensor]:
    """The tensors with a new node that shows their gradients to ``meet`` and passes on what it returns."""
    made = copy.copy(OPS["module_edge"])
    made.joint = lambda node, g: meet(g)
    return list(apply(made, tuple(tensors), {}))


def _tensors(nested: Any) -> list[Tensor]:
    if isinstance(nested, Tensor):
        return [nested]
    return [x for x in nested if isinstance(x, Tensor)] if isinstance(nested, (list, tuple)) else []


def _with(nested: Any, tensors: list[Tensor]) -> Any:
    """``nested`` with its tensors replaced, in order."""
    if isinstance(nested, Tensor):
        return tensors[0]
    given = iter(tensors)
    return type(nested)(next(given) if isinstance(x, Tensor) else x for x in nested)


class BackwardHooks:
    """One call of a module with backward hooks: holds the gradients of its outputs until those of its inputs are there."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.grad_outputs: Gradients = ()
        self.waits_for_inputs = False

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The module's positional arguments, to be used instead."""
        tensors = _tensors(args)
        self.waits_for_inputs = any(t.requires_grad for t in tensors)
        self.inputs = len(tensors)
        if not self.waits_for_inputs:
            return args
        return tuple(_with(args, _edge(tensors, self._at_inputs)))

    def leave(self, result: Any) -> Any:
        """The module's result, to be used instead."""
        tensors = _tensors(result)
        if not any(t.requires_grad for t in tensors):
            return result
        return _with(result, _edge(tensors, self._at_outputs))

    def _at_outputs(self, grads: Gradients) -> Gradients:
        for pre in tuple(self.module._backward_pre_hooks.values()):
            grads = _replaced(pre(self.module, grads), grads)
        self.grad_outputs = grads
        if not self.waits_for_inputs:
            self._run((None,) * self.inputs)
        return grads

    def _at_inputs(self, grads: Gradients) -> Gradients:
        return self._run(grads)

    def _run(self, grads: Gradients) -> Gradients:
        for hook in tuple(self.module._backward_hooks.values()):
            grads = _replaced(hook(self.module, grads, self.grad_outputs), grads)
        return grads


def _replaced(returned: Any, grads: Gradients) -> Gradients:
    if returned is None:
        return grads
    given = returned if isinstance(returned, tuple) else (returned,)
    if len(given) != len(grads):
        raise RuntimeError(
            f"Backward hook returned an invalid number of grad_input, got {len(given)}, but expected {len(grads)}"
        )
    return given
