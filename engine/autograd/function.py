"""``torch.autograd.Function``: an op of the script's own, with the rule that it writes for it.

Observers see one op under the class's name; what its ``forward`` runs inside is not told.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from engine import observe
from engine.mode import mode, no_grad
from engine.node import Node, Pick, SavedOutput
from engine.op import Op
from engine.plan import versions
from engine.tensor import Tensor


class Context:
    """``ctx``: what ``forward`` leaves for ``backward``. Any attribute may be set on it."""

    pull = None  #: it stands where an op's node has its plan: the script's backward runs on tensors

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad  #: per argument of ``apply``
        self.node: Node | None = None  #: while ``backward`` runs; kept longer, the two would keep each other alive
        self.to_save: tuple[Tensor | None, ...] = ()
        self.dirty: tuple[Tensor, ...] = ()
        self.non_differentiable: tuple[Tensor, ...] = ()
        self.materialize_grads = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps inputs, outputs or other tensors; backward finds them in ``ctx.saved_tensors``."""
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument is of type {type(x).__name__}. "
                    "Set other values as attributes: ctx.alpha = alpha"
                )
        self.to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved. Raises ``RuntimeError`` when it was freed, or written in place since."""
        if self.node is None:
            return self.to_save
        return tuple(self.node.saved_value(k) for k in range(len(self.node.versions)))

    saved_variables = saved_tensors

    @property
    def slow(self) -> Context:
        return self

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Says that ``forward`` wrote into these inputs and returns them."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Says that these outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` receives zeros (as it does unless told) or ``None`` where nothing flowed back."""
        self.materialize_grads = value


class FunctionOp(Op):
    """The op that a :class:`Function` subclass is to the engine and its observers."""

    def __init__(self, written: type[Function]) -> None:
        name = written.__name__
        super().__init__(
            _not_called,
            r"\text{" + name.replace("_", r"\_") + "}",
            {"xs": (r"\text{backward}(\bar y)", lambda g: g)},
            name=name,
        )
        self.doc = (written.__doc__ or "").strip()
        self.node_name = f"{name}Backward"
        self.elementwise = True  # a gradient of a broadcast shape is summed back
        self.joint = functools.partial(_rule, written)


def _not_called(xp: Any, *xs: Any) -> Any:
    """The script's own function."""
    raise AssertionError("a Function runs by itself")


class Function:
    """Base class of functions with a derivative rule of their own.

    Subclasses define the static methods ``forward(ctx, *args)`` and ``backward(ctx, *grad_outputs)``, which returns one gradient
    (or ``None``) per argument of ``forward``; or ``forward(*args)`` and ``setup_context(ctx, inputs, output)``. Call
    ``MyFunction.apply(*args)``.
    """

    op: FunctionOp

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.op = FunctionOp(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated. Methods on autograd functions are static: call .apply(...)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The value. Subclasses define it."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keeps what ``backward`` needs, where ``forward`` takes no ``ctx``."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients. Subclasses define it."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Runs ``forward`` and writes the call down for backward."""
        tensors = [isinstance(x, Tensor) for x in args]
        ctx = Context(tuple(is_tensor and x.node is not None for is_tensor, x in zip(tensors, args, strict=True)))
        tracked = mode.grad and any(ctx.needs_input_grad)
        returned = _forward(cls, ctx, args)
        outputs = returned if isinstance(returned, tuple) else (returned,)
        made = tuple(_output(cls, ctx, args, y) for y in outputs)
        if tracked:
            _record(cls, ctx, args, outputs, made)
        _tell(cls, args, made)
        return made if isinstance(returned, tuple) else made[0]


def _forward(cls: type[Function], ctx: Context, args: tuple[Any, ...]) -> Any:
    kept, mode.quiet = mode.quiet, mode.quiet or not observe.inside
    try:
        with no_grad():
            if cls.setup_context is Function.setup_context:
                return cls.forward(ctx, *args)
            returned = cls.forward(*args)
            cls.setup_context(ctx, args, returned)
            return returned
    finally:
        mode.quiet = kept


def _output(cls: type[Function], ctx: Context, args: tuple[Any, ...], y: Any) -> Any:
    """An output as ``apply`` returns it: an input that was returned unwritten comes back as a view of itself."""
    if not isinstance(y, Tensor):
        return y
    if any(y is x for x in ctx.dirty):
        y.shared_version().n += 1
        return y
    if any(y is x for x in args):
        return y.detach()
    return y


def _record(
    cls: type[Function], ctx: Context, args: tuple[Any, ...], outputs: tuple[Any, ...], made: tuple[Any, ...]
) -> None:
    tensors = [y for y in made if isinstance(y, Tensor)]
    if not tensors:
        return
    edges = tuple(x.node if needed else None for x, needed in zip(args, ctx.needs_input_grad, strict=True))
    node = Node(cls.op, edges, {}, tensors[0].device, tensors[0].data_, ctx)
    saved = [_saved(x, outputs, made) for x in ctx.to_save]
    several = len(made) > 1
    if several:
        node.outputs = tuple((y.data_.shape, y.data_.dtype) if isinstance(y, Tensor) else ((), None) for y in made)
    for k, (y, returned) in enumerate(zip(made, outputs, strict=True)):
        fixed = any(returned is x for x in ctx.non_differentiable)
        if isinstance(y, Tensor) and y.data_.dtype.kind in "fc" and not fixed:
            y.node = Pick(node, k) if several else node
    node.saved = tuple(saved)
    node.versions = versions(node.saved)
    ctx.to_save = ctx.dirty = ctx.non_differentiable = ()


def _saved(x: Tensor | None, outputs: tuple[Any, ...], made: tuple[Any, ...]) -> Any:
    for k, returned in enumerate(outputs):
        if x is returned and x is not None:
            return SavedOutput(made[k], k)
    return x


def _tell(cls: type[Function], args: tuple[Any, ...], made: tuple[Any, ...]) -> None:
    watchers = () if mode.quiet or observe.inside else observe.active  # inside, its ops are told
    shown = tuple(y for y in made if isinstance(y, Tensor))
    inputs = tuple(x if isinstance(x, (Tensor, int, float, complex, bool, type(None))) else str(x)[:80] for x in args)
    for observer in watchers:
        observer.on_op(cls.op, inputs, shown, {}, 0)


def _rule(cls: type[Function], node: Node, g: Any) -> list[Any]:
    ctx = node.plan
    if node.saved is None:
        node.saved_value(0)  # raises torch's error
    grads = g if isinstance(g, tuple) else (g,)
    if ctx.materialize_grads and None in grads:
        grads = tuple(_zeros(node, k, grads) if gk is None else gk for k, gk in enumerate(grads))
    ctx.node = node
    try:
        returned = cls.backward(ctx, *grads)
    finally:
        ctx.node = None
    found = list(returned) if isinstance(returned, tuple) else [returned]
    want = len(node.edges)
    if len(found) > want and all(gi is None for gi in found[want:]):
        found = found[:want]
    if len(found) != want:
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients (expected {want}, got {len(found)})"
        )
    for i, (gi, edge) in enumerate(zip(found, node.edges, strict=True)):
        _check(node, i, gi, edge)
    return found


def _zeros(node: Node, k: int, grads: tuple[Any, ...]) -> Any:
    shape, dtype = node.outputs[k]
    if dtype is None:
        return None
    device = next(gk.device for gk in grads if gk is not None)
    return Tensor(device.xp.zeros(shape, dtype), None, device)


def _check(node: Node, i: int, g: Any, edge: Any) -> None:
    if g is None or edge is None:
        return
    if not isinstance(g, Tensor):
        raise TypeError(f"expected Variable or None (got {type(g).__name__}): {node.name()} must return tensors")
    have, want = tuple(g.shape), tuple(edge.shape)
    lead = len(have) - len(want)
    if lead < 0 or any(w not in (1, h) for h, w in zip(have[lead:], want, strict=True)):
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient at index {i} - got {list(have)} "
            f"but expected shape compatible with {list(want)}"
        )


def once_differentiable(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a ``backward`` that is not written in differentiable ops: a second derivative through it is refused."""

    @functools.wraps(rule)
    def called(ctx: Any, *grads: Any) -> Any:
        wanted = mode.grad and any(isinstance(g, Tensor) and g.node is not None for g in grads)
        with no_grad():
            found = rule(ctx, *grads)
        if not wanted:
            return found
        listed = found if isinstance(found, tuple) else (found,)
        return tuple(_Refusal.apply(gi, *grads) if isinstance(gi, Tensor) else gi for gi in listed)

    return called


class _Refusal(Function):
    """Stands for a derivative that does not exist."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, *upstream: Any) -> Tensor:
        return g.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
