"""Nodes: what backward walks. One per executed op, one per leaf, and one per output of an op that has several.

They are numbered as they are made, so descending number is a topological order. The public names of a node are those of
``torch.autograd.graph.Node``.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.op import Op
    from engine.tensor import Tensor

next_seq = itertools.count(1).__next__

Hook = Callable[[Any], Any]

_FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


class Handle:
    """Removes a hook: ``handle.remove()``, or leave the ``with`` block."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self.id = next(Handle._ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Node:
    """One executed op as backward sees it: its rules' inputs, and the nodes that its inputs came from.

    ``edges`` are nodes, never tensors, so a value that no rule needs is freed as soon as the script drops it.
    """

    __slots__ = (
        "__dict__", "__weakref__", "attrs", "device", "dtype", "edges", "op", "plan", "saved", "seq", "shape", "versions",
    )  # fmt: skip
    # what few nodes have: found on the class until it is set
    shapes: Any = None  #: per input, where a rule asks
    outputs: Any = None  #: for several outputs: (shape, dtype) of each
    hooks: dict[int, Any] | None = None
    tensor_hooks: dict[int, Any] | None = None
    retained: Any = None  #: weak reference to the tensor that asked for ``retain_grad``
    tag: Any = None

    def __init__(
        self, op: Op, edges: tuple[Any, ...], attrs: dict[str, Any], device: Any, out: Any, plan: Any, saved: Any = (),
        versions: tuple[int, ...] = (),
    ) -> None:  # fmt: skip
        self.op = op
        self.edges = edges  #: per input: Node, Leaf, Pick or None
        self.attrs = attrs
        self.device = device  #: of the output
        self.shape = out.shape  #: of the output (of output 0)
        self.dtype = out.dtype
        self.plan = plan  #: which values are saved under which names, and how they become gradients
        self.saved = saved  #: the saved values, in the plan's order; None once freed
        self.versions = versions  #: the version of each when it was saved
        self.seq = next_seq()

    def name(self) -> str:
        name = self.op.node_name
        return name if isinstance(name, str) else name(self)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        return tuple((e.node, e.index) if isinstance(e, Pick) else (e, 0) for e in self.edges)

    @property
    def metadata(self) -> dict[str, Any]:
        return {}

    def _sequence_nr(self) -> int:
        return self.seq

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Handle:
        """``hook(grad_inputs, grad_outputs)`` runs after the node's rules."""
        self.plan = self.plan.slow
        if self.hooks is None:
            self.hooks = {}
        return Handle(self.hooks, hook)

    def register_tensor_hook(self, hook: Hook) -> Handle:
        self.plan = self.plan.slow
        if self.tensor_hooks is None:
            self.tensor_hooks = {}
        return Handle(self.tensor_hooks, hook)

    def retain(self, tensor: Tensor) -> None:
        self.plan = self.plan.slow
        self.retained = weakref.ref(tensor)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_saved_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute {name!r}")
        first = self.op.inputs[0] if self.op.inputs else ""
        return self.unpack({"self": first, "result": "y"}.get(name[7:], name[7:]))

    def unpack(self, name: str) -> Any:
        """A saved value as it was when saved. Raises ``RuntimeError`` when it was freed or written since."""
        return self.saved_value(self.plan.position[name])

    def unpack_rest(self) -> tuple[Any, ...]:
        """The saved inputs ``*xs``, as :meth:`unpack` gives one."""
        first = len(self.plan.inputs) + len(self.plan.outputs)
        return tuple(self.saved_value(k) for k in range(first, first + len(self.edges) - self.plan.rest))

    def saved_value(self, k: int) -> Any:
        if self.saved is None:
            raise RuntimeError(_FREED)
        value = self.saved[k]
        if value.__class__ is SavedOutput:
            value = value.tensor(self)
        elif not hasattr(value, "node"):
            return value
        now = value._version
        if now != self.versions[k]:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"[torch.{'cuda.' if value.is_cuda else ''}FloatTensor {list(value.shape)}], saved for {self.name()}, "
                f"is at version {now}; expected version {self.versions[k]} instead. "
                "Hint: compute a new tensor instead of writing into this one (y = y + 1, not y += 1), or clone() it first."
            )
        return value

    def check_saved(self) -> None:
        """Raises :meth:`saved_value`'s error if any of the values was written since."""
        for k in range(len(self.saved)):
            self.saved_value(k)

    def share(self, tensor: Tensor) -> None:
        """The storage of an output got a counter of writes: what was saved of it counts along."""
        for value in self.saved or ():
            if value.__class__ is SavedOutput and value.data_ is tensor.data_:
                value.version = tensor.version

    def filled(self, grads: Any) -> tuple[Any, ...]:
        """The gradients (arrays) of all outputs: zeros where nothing flowed back."""
        return tuple(self.device.xp.zeros(*self.outputs[k]) if g is None else g for k, g in enumerate(grads))

    def wanted(self) -> tuple[bool, ...]:
        """Per input, whether its gradient is needed."""
        return tuple(e is not None for e in self.edges)

    def kept_bytes(self) -> int:
        """Bytes of the arrays that this node keeps alive."""
        if not self.saved:
            return 0
        arrays = {id(a): a for v in self.saved if (a := getattr(v, "data_", None)) is not None}
        return sum(int(a.nbytes) for a in arrays.values())


class SavedOutput:
    """An op's own output, kept without its node: a tensor would make a cycle that only the garbage collector frees."""

    __slots__ = ("data_", "index", "version")

    def __init__(self, output: Tensor, index: int) -> None:
        self.data_ = output.data_
        self.index = index
        self.version = output.version  # None until someone shares the storage: see Node.share

    def tensor(self, node: Node) -> Tensor:
        from engine.tensor import Tensor

        return Tensor(self.data_, node if node.outputs is None else Pick(node, self.index), node.device, self.version)


class Pick:
    """One output of a node that has several."""

    __slots__ = ("dtype", "edges", "index", "node", "retained", "seq", "shape", "tensor_hooks")

    def __init__(self, node: Node, index: int) -> None:
        self.node = node
        self.index = index
        self.shape, self.dtype = node.outputs[index]
        self.edges = (node,)
        self.seq = next_seq()
        self.tensor_hooks: dict[int, Any] | None = None
        self.retained: Any = None

    name = property(lambda self: self.node.name)
    next_functions = property(lambda self: self.node.next_functions)
    tag = property(lambda self: self.node.tag)
    device = property(lambda self: self.node.device)
    register_hook = property(lambda self: self.node.register_hook)

    def register_tensor_hook(self, hook: Hook) -> Handle:
        if self.tensor_hooks is None:
            self.tensor_hooks = {}
        return Handle(self.tensor_hooks, hook)

    def retain(self, tensor: Tensor) -> None:
        self.retained = weakref.ref(tensor)

    def share(self, tensor: Tensor) -> None:
        self.node.share(tensor)

    def __repr__(self) -> str:
        return repr(self.node)


class Leaf:
    """Where a gradient stops: adds it to the tensor's ``.grad`` (torch's AccumulateGrad)."""

    __slots__ = ("__weakref__", "device", "dtype", "post_hooks", "seq", "shape", "tensor", "tensor_hooks")
    op = None
    edges: tuple[Any, ...] = ()
    next_functions: tuple[Any, ...] = ()

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)
        self.shape, self.dtype, self.device = tensor.data_.shape, tensor.data_.dtype, tensor.device
        self.seq = 0
        self.tensor_hooks: dict[int, Any] | None = None
        self.post_hooks: dict[int, Any] | None = None

    variable = property(lambda self: self.tensor())

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    register_tensor_hook = Pick.register_tensor_hook

    def share(self, tensor: Tensor) -> None: ...

    def register_post_hook(self, hook: Hook) -> Handle:
        if self.post_hooks is None:
            self.post_hooks = {}
        return Handle(self.post_hooks, hook)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"
