"""Backward: the one loop that runs the nodes' rules.

Nodes (:mod:`engine.node`) are numbered as they are made, so descending number is a topological order, and a heap gives it: no
recursion, no walk beforehand. Rules are written in tensor ops, so with ``create_graph`` the gradients have a history of their own
(any order of derivative). Without it gradients are plain arrays until they reach a leaf, a hook or an observer, and come from the
nodes' pulls (:mod:`engine.plan`).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from engine import observe
from engine.mode import mode
from engine.node import Leaf, Node, Pick

if TYPE_CHECKING:
    from engine.tensor import Tensor


def backward(
    roots: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Adds the gradients of ``roots`` to the ``.grad`` of every leaf (or of ``inputs`` only)."""
    wanted = None if inputs is None else ((inputs,) if hasattr(inputs, "node") else tuple(inputs))
    for x in wanted or ():
        if x.node is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    found = run(roots, grads, retain_graph=retain_graph, create_graph=create_graph, wanted=wanted)
    if wanted is None:
        return
    for x, g in zip(wanted, found, strict=True):
        if g is not None:
            accumulate(x, g)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Gradients of ``outputs`` with respect to ``inputs``, each of its input's shape; no ``.grad`` is touched.

    Raises ``RuntimeError`` when an input does not require grad, or does not reach the outputs unless ``allow_unused``.
    """
    if is_grads_batched:
        raise NotImplementedError("autograd.grad: is_grads_batched is not supported; call grad once per vector instead")
    roots = (outputs,) if hasattr(outputs, "node") else tuple(outputs)
    wanted = (inputs,) if hasattr(inputs, "node") else tuple(inputs)
    if grad_outputs is None:
        seeds: tuple[Any, ...] = (None,) * len(roots)
    else:
        seeds = (grad_outputs,) if hasattr(grad_outputs, "node") else tuple(grad_outputs)
    for x in wanted:
        if x.node is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    found = run(roots, seeds, retain_graph=retain_graph, create_graph=create_graph, wanted=wanted)
    if materialize_grads:
        found = [_zeros(x) if g is None else g for x, g in zip(wanted, found, strict=True)]
    elif not allow_unused and any(g is None for g in found):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return tuple(found)


def run(
    roots: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    *,
    retain_graph: bool | None,
    create_graph: bool,
    wanted: Sequence[Tensor] | None,
) -> list[Any]:
    """The loop. With ``wanted``, returns their gradients and leaves every ``.grad`` alone."""
    keep = create_graph if retain_graph is None else retain_graph
    walk = _Walk(keep, create_graph, wanted)
    for root, seed in zip(roots, grads, strict=True):
        walk.start(_checked_root(root), _seed(root, seed))
    for observer in observe.active:
        observer.on_backward_call(roots, grads, retain_graph, wanted)
        observer.on_backward_begin(tuple(roots), create_graph)
    found_grad, found_quiet = mode.grad, mode.quiet
    mode.grad, mode.quiet = create_graph, found_quiet or not (create_graph or observe.inside)
    try:
        walk.go()
        return [walk.found[x.node] for x in wanted or ()]
    finally:
        mode.grad, mode.quiet = found_grad, found_quiet
        for observer in observe.active:
            observer.on_backward_end()


class _Walk:
    """One backward. Gradients in it are arrays, or tensors where they are to have a history or their making is observed."""

    def __init__(self, keep: bool, create_graph: bool, wanted: Sequence[Tensor] | None) -> None:
        self.keep = keep
        self.as_tensors = create_graph or observe.inside
        self.found: dict[Any, Any] = {x.node: None for x in wanted or ()}  #: the gradients that were asked for
        self.everything = wanted is None
        self.pending: dict[
            Any, Any
        ] = {}  #: the gradient so far of each node that was reached; a list for several outputs
        self.waiting: list[tuple[int, Any]] = []  #: a heap of the nodes in ``pending``, the latest first
        self.leaves: dict[Leaf, Any] = {}
        self.summed: set[Any] = set()  #: nodes whose gradient is a sum made here, which may be added to in place
        self.foreign: set[int] = set()  #: ids of arrays that belong to others

    def start(self, node: Any, seed: Tensor) -> None:
        self.foreign.add(id(seed.data_))
        self.add(node, seed if self.as_tensors else seed.data_)

    def add(self, node: Any, g: Any) -> None:
        """Adds to the gradient of a node."""
        if node.__class__ is Pick and not (node.tensor_hooks or node.retained or node in self.found):
            self.add_output(node, g)
            return
        pending = self.pending if node.__class__ is not Leaf else self.leaves
        before = pending.get(node)
        if before is None:
            pending[node] = g
            if node.__class__ is not Leaf:
                heappush(self.waiting, (-node.seq, node))
        elif node in self.summed:
            before += g
            pending[node] = before
        else:
            pending[node] = before + g
            if not self.as_tensors:
                self.summed.add(node)

    def add_output(self, pick: Pick, g: Any) -> None:
        """Adds to the gradient of one of a node's outputs."""
        node, k = pick.node, pick.index
        grads = self.pending.get(node)
        if grads is None:
            grads = self.pending[node] = [None] * len(node.outputs)
            heappush(self.waiting, (-node.seq, node))
        before = grads[k]
        grads[k] = g if before is None else before + g

    def go(self) -> None:
        """Runs the nodes' rules, the latest node's first; then the leaves receive what reached them."""
        pending, waiting, add = self.pending, self.waiting, self.add
        only = None if self.everything else _leading_to(self.found, [*pending, *self.leaves])
        direct = not (self.as_tensors or observe.active)
        while waiting:
            node = heappop(waiting)[1]
            g = pending.pop(node)
            if only is not None and node not in only:
                continue
            if direct and node.__class__ is Node and (pull := node.plan.pull) is not None and node not in self.found:
                grads = pull(node, g)
            else:
                grads = self.visit(node, g)
            if not self.keep and node.__class__ is Node:
                node.saved = None
            for e, gi in zip(node.edges, grads):  # noqa: B905 - a Pick gives none
                if e is not None and gi is not None:
                    if gi.shape != e.shape or gi.dtype is not e.dtype:
                        gi = fit(gi, e, node)
                    add(e, gi)
        for leaf, g in self.leaves.items():
            self.arrive(leaf, g)

    def visit(self, node: Any, g: Any) -> Sequence[Any]:
        """What a node's rules give, where a hook, an observer or a history is involved, or the rules run on tensors."""
        if node.tensor_hooks:
            g = self.hooked(node, g)
        if node in self.found:
            self.found[node] = self.tensor(node, g)
        if node.retained is not None:
            self.retain(node, g)
        if node.__class__ is Pick:
            self.add_output(node, g)
            return ()
        watchers = observe.active
        for observer in watchers:
            observer.on_vjp_begin(node)
        start = perf_counter_ns()
        pull = node.plan.pull
        if self.as_tensors:
            at_once = pull is not None and node.op.gradients is not None and not mode.grad
            grads = self.pulled(node, g) if at_once else self.run_rules(node, g)
        else:
            grads = self.run_rules(node, g) if pull is None else pull(node, g)
        if watchers:
            grads = self.tell(watchers, node, g, grads, start)
        return grads

    def pulled(self, node: Node, g: Any) -> list[Any]:
        """What a node's pull gives, as tensors, for those who write every step down."""
        upstream = g if g.__class__ is list else [g]
        arrays = [gk if gk is None else gk.data_ for gk in upstream]
        found = node.plan.pull(node, arrays if g.__class__ is list else arrays[0])
        as_tensors, self.as_tensors = self.as_tensors, False
        grads = [
            None if e is None or gi is None else self.tensor(node, gi) for e, gi in zip(node.edges, found, strict=False)
        ]
        self.as_tensors = as_tensors
        for observer in observe.active:
            observer.on_pull(node, tuple(upstream), grads)
        return grads

    def run_rules(self, node: Node, g: Any) -> list[Any]:
        """A node's rules on tensors: per input, its contribution or None."""
        grads = vjp(node, self.upstream(node, g))
        if node.hooks:
            grads = _run_node_hooks(node, self.upstream(node, g), grads)
        return grads if self.as_tensors else [gi if gi is None else gi.data_ for gi in grads]

    def tell(
        self, watchers: tuple[observe.Observer, ...], node: Node, g: Any, grads: Sequence[Any], start: int
    ) -> list[Any]:
        fitted = [gi if gi is None or e is None else fit(gi, e, node) for e, gi in zip(node.edges, grads, strict=True)]
        ns = perf_counter_ns() - start
        told = [
            (i, self.tensor(e, after), None if before.shape == after.shape else tuple(before.shape))
            for i, (e, before, after) in enumerate(zip(node.edges, grads, fitted, strict=True))
            if e is not None and after is not None
        ]
        upstream = self.upstream(node, g)
        for observer in watchers:
            observer.on_vjp(node, upstream if isinstance(upstream, tuple) else (upstream,), told, ns)
        return fitted

    def arrive(self, leaf: Leaf, g: Any) -> None:
        """A leaf's gradient is complete."""
        if leaf.tensor_hooks:
            g = self.hooked(leaf, g)
        if leaf in self.found:
            self.found[leaf] = self.tensor(leaf, g)
        tensor = leaf.tensor()
        if tensor is None or not self.everything:
            return
        if observe.inside:
            g = g.clone() if tensor._grad is None and not mode.grad else g
        elif not self.as_tensors:
            if leaf not in self.summed and (g.base is not None or id(g) in self.foreign):
                g = g.copy()  # someone else's memory: an in-place write must not reach it
            g = self.tensor(leaf, g)
            self.foreign.add(id(g.data_))
        accumulate(tensor, g)

    # ---------------------------------------------------------------------------------- gradients as tensors

    def tensor(self, node: Any, g: Any) -> Any:
        """The gradient of a node's output, as others see it."""
        from engine.tensor import Tensor

        return g if self.as_tensors else Tensor(node.device.xp.asarray(g), None, node.device)

    def upstream(self, node: Node, g: Any) -> Any:
        """What a node's rules on tensors get: a tensor, or a tuple with one (or None) per output."""
        if g.__class__ is list:
            return tuple([gk if gk is None else self.tensor(node, gk) for gk in g])
        return self.tensor(node, g)

    def hooked(self, node: Any, g: Any) -> Any:
        """The gradient after the tensor's hooks, each of which may replace it."""
        seen = self.tensor(node, g)
        for hook in tuple(node.tensor_hooks.values()):
            replaced = hook(seen)
            if replaced is not None:
                seen = replaced
        self.foreign.add(id(seen.data_))
        self.summed.discard(node)
        return seen if self.as_tensors else seen.data_

    def retain(self, node: Node | Pick, g: Any) -> None:
        tensor = node.retained()
        if tensor is None:
            return
        seen = self.tensor(node, g)
        self.foreign.add(id(seen.data_))
        accumulate(tensor, seen)


def _leading_to(targets: dict[Any, Any], roots: list[Any]) -> set[Any]:
    """The nodes from which a target can be reached."""
    reached = set(roots)
    stack = list(roots)
    while stack:
        for e in stack.pop().edges:
            if e is not None and e not in reached:
                reached.add(e)
                stack.append(e)
    found = set(targets)
    for node in sorted(reached, key=_seq):
        if any(e in found for e in node.edges):
            found.add(node)
    return found


def _seq(node: Any) -> int:
    seq: int = node.seq
    return seq


# ------------------------------------------------------------------------------------------------ rules


def vjp(node: Node, g: Any) -> list[Any]:
    """Per input, its contribution by the op's rules on tensors, or None. ``g`` is a tuple for several outputs."""
    op = node.op
    if op.joint is not None:
        return list(op.joint(node, g))
    values = node.plan.values
    found: list[Any] = []
    for i, e in enumerate(node.edges):
        if e is None:
            found.append(None)
            continue
        rule = op.rule(i)
        at = values[i] if i < len(values) else None
        if at is None or g.__class__ is tuple:
            found.append(rule.function(*[take(node, g, i) for take in rule.takes]))
        else:
            found.append(rule.function(g, *[node.saved_value(k) for k in at]))
    return found


def _run_node_hooks(node: Node, g: Any, grads: list[Any]) -> list[Any]:
    for hook in tuple((node.hooks or {}).values()):
        replaced = hook(tuple(grads), g if isinstance(g, tuple) else (g,))
        if replaced is not None:
            grads = list(replaced) if isinstance(replaced, tuple) else [replaced]
    return grads


def fit(g: Any, edge: Any, node: Node) -> Any:
    """A contribution (tensor or array) brought to its tensor's shape (summed over broadcast axes) and dtype."""
    from engine.op import OPS
    from engine.ops.cast import to
    from engine.ops.shape import sum_to

    plain = not hasattr(g, "data_")
    if g.shape != edge.shape:
        if not node.op.elementwise:
            raise RuntimeError(
                f"{node.name()} returned an invalid gradient: got shape {list(g.shape)} "
                f"but expected shape compatible with {list(edge.shape)}"
            )
        g = OPS["sum_to"].forward(None, g, shape=edge.shape) if plain else sum_to(g, edge.shape)
    if plain:
        return g if g.dtype == edge.dtype else g.astype(edge.dtype)
    return g if g.data_.dtype == edge.dtype else to(g, dtype=edge.dtype)


def accumulate(tensor: Tensor, g: Tensor) -> None:
    """Adds ``g`` to ``tensor.grad``."""
    had = tensor._grad
    tensor._grad = g if had is None else had + g
    for observer in observe.active:
        observer.on_grad(tensor, tensor._grad, had is not None)
    leaf = tensor.node
    if leaf.__class__ is Leaf and leaf.post_hooks:
        for hook in tuple(leaf.post_hooks.values()):
            hook(tensor)


def _checked_root(root: Tensor) -> Any:
    if root.node is None:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    return root.node


def _seed(root: Tensor, seed: Tensor | None) -> Tensor:
    if seed is None:
        if root.data_.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return type(root.detach())(root.device.xp.ones_like(root.data_), None, root.device)
    if seed.data_.shape != root.data_.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {seed.shape} and output[0] has a shape of {root.shape}."
        )
    return seed


def _zeros(x: Tensor) -> Tensor:
    return type(x.detach())(x.device.xp.zeros_like(x.data_), None, x.device)
