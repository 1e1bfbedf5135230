"""Backward: the one loop that runs the nodes' rules.

Nodes (:mod:`engine.node`) are numbered as they are made, so descending number is a topological order: no recursion, no sorting
per insertion. Rules are written in tensor ops, so with ``create_graph`` the gradients have a history of their own (any order of
derivative).
"""

from __future__ import annotations

from collections.abc import Sequence
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
            accumulate(x, g, create_graph, set())


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
    cotangents: dict[Any, Any] = {}
    for root, seed in zip(roots, grads, strict=True):
        _add(cotangents, _checked_root(root), _seed(root, seed))
    for observer in observe.active:
        observer.on_backward_begin(tuple(roots), create_graph)
    found_grad, found_quiet = mode.grad, mode.quiet
    mode.grad, mode.quiet = create_graph, found_quiet or not (create_graph or observe.inside)
    try:
        return _loop(cotangents, keep, create_graph, wanted)
    finally:
        mode.grad, mode.quiet = found_grad, found_quiet
        for observer in observe.active:
            observer.on_backward_end()


def _loop(cotangents: dict[Any, Any], keep: bool, create_graph: bool, wanted: Sequence[Tensor] | None) -> list[Any]:
    targets = None if wanted is None else {x.node: None for x in wanted}
    owned: set[int] = set()
    for node in _order(cotangents, targets):
        g = cotangents.pop(node, None)
        if g is None:
            continue
        if node.tensor_hooks:
            g = _run_tensor_hooks(node, g)
        if targets is not None and node in targets:
            targets[node] = g
        op = node.op if node.__class__ is not Pick else None
        if op is None:
            if node.__class__ is Pick:
                _retain(node, g)
                _add_output(cotangents, node, g)
            elif targets is None:
                tensor = node.tensor()
                if tensor is not None:
                    accumulate(tensor, g, create_graph, owned)
            continue
        if node.retained is not None:
            _retain(node, g)
        watchers = observe.active
        if watchers:
            _vjp_observed(node, g, cotangents, watchers)
        else:
            for i, gi in vjp(node, g):
                e = node.edges[i]
                array = gi.data_
                if array.shape != e.shape or array.dtype is not e.dtype:
                    gi = fit(gi, e, node)
                before = cotangents.get(e)
                cotangents[e] = gi if before is None else total(before, gi)
        if not keep:
            node.saved = None
    return [] if targets is None or wanted is None else [targets[x.node] for x in wanted]


def vjp(node: Node, g: Any) -> list[tuple[int, Any]]:
    """``(input, contribution)`` for each input edge, by the op's rules. ``g`` is a tuple for several outputs."""
    op = node.op
    if op.joint is not None:
        grads = op.joint(node, g)
        return [(i, gi) for i, gi in enumerate(grads) if gi is not None and node.edges[i] is not None]
    found = []
    values = node.plan.values
    for i, e in enumerate(node.edges):
        if e is None:
            continue
        rule = op.rule(i)
        at = values[i] if i < len(values) else None
        if at is None or g.__class__ is tuple:
            gi = rule.function(*[take(node, g, i) for take in rule.takes])
        elif not at:
            gi = rule.function(g)
        elif len(at) == 1:
            gi = rule.function(g, node.saved_value(at[0]))
        else:
            gi = rule.function(g, *[node.saved_value(k) for k in at])
        if gi is not None:
            found.append((i, gi))
    if node.hooks:
        found = _run_node_hooks(node, g, found)
    return found


def _vjp_observed(node: Node, g: Any, cotangents: dict[Any, Any], watchers: tuple[observe.Observer, ...]) -> None:
    for observer in watchers:
        observer.on_vjp_begin(node)
    start = perf_counter_ns()
    told = []
    for i, gi in vjp(node, g):
        e = node.edges[i]
        before = gi.data_.shape
        fitted = fit(gi, e, node)
        told.append((i, fitted, before if before != fitted.data_.shape else None))
        _add(cotangents, e, fitted)
    ns = perf_counter_ns() - start
    upstream = g if isinstance(g, tuple) else (g,)
    for observer in watchers:
        observer.on_vjp(node, upstream, told, ns)


def _order(cotangents: dict[Any, Any], targets: dict[Any, Any] | None) -> list[Any]:
    """The nodes that backward must visit, latest first; leaves last. With targets: only those that lead to one."""
    reached = set(cotangents)
    stack = list(cotangents)
    while stack:
        for e in stack.pop().edges:
            if e is not None and e not in reached:
                reached.add(e)
                stack.append(e)
    ordered = sorted(reached, key=_seq, reverse=True)
    if targets is None:
        return ordered
    needed = set(targets)
    for node in reversed(ordered):
        if any(e in needed for e in node.edges):
            needed.add(node)
    return [node for node in ordered if node in needed]


def _seq(node: Any) -> int:
    seq: int = node.seq
    return seq


def fit(g: Tensor, edge: Any, node: Node) -> Tensor:
    """A contribution brought to its tensor's shape (summed over broadcast axes) and dtype."""
    from engine.ops.cast import to
    from engine.ops.shape import sum_to

    if g.data_.shape != edge.shape:
        if not node.op.elementwise:
            raise RuntimeError(
                f"{node.name()} returned an invalid gradient: got shape {list(g.data_.shape)} "
                f"but expected shape compatible with {list(edge.shape)}"
            )
        g = sum_to(g, edge.shape)
    return g if g.data_.dtype == edge.dtype else to(g, dtype=edge.dtype)


def accumulate(tensor: Tensor, g: Tensor, create_graph: bool, owned: set[int]) -> None:
    """Adds ``g`` to ``tensor.grad``. ``owned``: ids of arrays that are some tensor's ``.grad`` already in this backward."""
    had = tensor._grad
    if had is not None:
        tensor._grad = had + g
    elif create_graph:
        tensor._grad = g
    elif observe.inside:
        tensor._grad = g.clone()
    else:
        array = g.data_
        if array.base is not None or id(array) in owned:  # someone else's memory: an in-place write must not reach it
            array = array.copy()
        owned.add(id(array))
        tensor._grad = type(g)(array, None, g.device)
    for observer in observe.active:
        observer.on_grad(tensor, tensor._grad, had is not None)
    leaf = tensor.node
    if leaf.__class__ is Leaf and leaf.post_hooks:
        for hook in tuple(leaf.post_hooks.values()):
            hook(tensor)


def total(a: Tensor, b: Tensor) -> Tensor:
    """The sum of two gradients of one tensor: recorded where gradients have a history, plain arrays otherwise."""
    if mode.grad or observe.inside:
        return a + b
    device = a.device
    array = a.data_ + b.data_
    return type(a)(array if array.__class__ is device.array_type else device.xp.asarray(array), None, device)


def _add(cotangents: dict[Any, Any], edge: Any, g: Tensor) -> None:
    before = cotangents.get(edge)
    cotangents[edge] = g if before is None else total(before, g)


def _add_output(cotangents: dict[Any, Any], pick: Pick, g: Tensor) -> None:
    node = pick.node
    had = cotangents.get(node)
    grads: list[Any] = list(had) if had is not None else [None] * len(node.outputs)
    grads[pick.index] = g if grads[pick.index] is None else total(grads[pick.index], g)
    cotangents[node] = tuple(grads)


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


def _retain(node: Node | Pick, g: Tensor) -> None:
    tensor = node.retained() if node.retained is not None else None
    if tensor is not None:
        had = tensor._grad
        tensor._grad = g if had is None else had + g
        for observer in observe.active:
            observer.on_grad(tensor, tensor._grad, had is not None)


def _run_tensor_hooks(node: Any, g: Any) -> Any:
    for hook in tuple(node.tensor_hooks.values()):
        replaced = hook(g)
        if replaced is not None:
            g = replaced
    return g


def _run_node_hooks(node: Node, g: Any, found: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    by_input = dict(found)
    for hook in tuple((node.hooks or {}).values()):
        grads = tuple(by_input.get(i) for i in range(len(node.edges)))
        replaced = hook(grads, g if isinstance(g, tuple) else (g,))
        if replaced is not None:
            replaced = replaced if isinstance(replaced, tuple) else (replaced,)
            by_input = {i: gi for i, gi in enumerate(replaced) if gi is not None and node.edges[i] is not None}
    return list(by_input.items())
