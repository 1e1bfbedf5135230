"""``torch.autograd.functional``: Jacobians, Hessians and their products with vectors, of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.backward import grad
from engine.mode import enable_grad
from engine.op import FUNCTIONS
from engine.tensor import Tensor

__all__ = [
    "hessian", "hvp", "jacobian", "jvp", "vhp", "vjp",
]  # fmt: skip

Tensors = tuple[Tensor, ...]


def _tuple(x: Any) -> tuple[Tensors, bool]:
    """Tensors as a tuple, and whether they came as one."""
    return (tuple(x), True) if isinstance(x, (tuple, list)) else ((x,), False)


def _leaves(inputs: Tensors, create_graph: bool) -> Tensors:
    """The inputs as variables to differentiate by; with ``create_graph`` they keep their own history."""
    return tuple(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in inputs)


def _pack(found: tuple[Any, ...], as_tuple: bool) -> Any:
    return found if as_tuple else found[0]


def _grads(outputs: Tensors, inputs: Tensors, seeds: Any, create_graph: bool, retain: bool | None = None) -> Tensors:
    """Gradients of the outputs that have any; zeros for inputs that do not matter."""
    pairs = [(y, v) for y, v in zip(outputs, seeds, strict=True) if y.requires_grad]
    if not pairs:
        return tuple(_zeros(x) for x in inputs)
    roots, given = zip(*pairs, strict=True)
    return grad(
        roots, inputs, given, retain_graph=retain, create_graph=create_graph, allow_unused=True, materialize_grads=True
    )


def _zeros(x: Tensor) -> Tensor:
    return Tensor(x.device.xp.zeros_like(x.data_), None, x.device)


def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """Each output's derivative with respect to each input: shape ``output.shape + input.shape``, row by row."""
    with enable_grad():
        given, inputs_as_tuple = _tuple(inputs)
        xs = _leaves(given, create_graph)
        ys, outputs_as_tuple = _tuple(func(*xs))
        rows = tuple(_jacobian_of(y, xs, create_graph) for y in ys)
    return _pack(tuple(_pack(row, inputs_as_tuple) for row in rows), outputs_as_tuple)


def _jacobian_of(y: Tensor, xs: Tensors, create_graph: bool) -> Tensors:
    flat = y.reshape(-1)
    rows = []
    for k in range(y.numel()):
        seed = Tensor(y.device.xp.zeros(flat.data_.shape, flat.data_.dtype), None, y.device)
        seed.data_[k] = 1
        rows.append(_grads((flat,), xs, (seed,), create_graph, retain=True))
    if not rows:
        return tuple(x.new_zeros((*y.shape, *x.shape)) for x in xs)
    columns = zip(*rows, strict=True)
    return tuple(
        FUNCTIONS["stack"](list(column)).reshape((*y.shape, *x.shape)) for column, x in zip(columns, xs, strict=True)
    )


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Second derivatives of a function with one number as its value: shape ``input.shape + input.shape``."""
    given, as_tuple = _tuple(inputs)

    def slope(*xs: Tensor) -> Any:
        y = _scalar(func(*xs))
        return _grads((y,), xs, (None,), create_graph=True)

    rows = jacobian(slope, given, create_graph=create_graph)
    return rows if as_tuple else rows[0][0]


def _scalar(y: Any) -> Tensor:
    if not isinstance(y, Tensor) or y.numel() != 1:
        raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
    return y.reshape(())


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``(outputs, vᵀ·J)``: one backward pass."""
    with enable_grad():
        given, as_tuple = _tuple(inputs)
        xs = _leaves(given, create_graph)
        ys, outputs_as_tuple = _tuple(func(*xs))
        seeds = (None,) * len(ys) if v is None else _tuple(v)[0]
        found = _grads(ys, xs, seeds, create_graph)
    return _pack(_out(ys, create_graph), outputs_as_tuple), _pack(found, as_tuple)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``(outputs, J·v)``, by two backward passes: vᵀJᵀ is the derivative of uᵀJ, which is linear in u."""
    with enable_grad():
        given, _ = _tuple(inputs)
        xs = _leaves(given, create_graph)
        ys, outputs_as_tuple = _tuple(func(*xs))
        us = tuple(_zeros(y).requires_grad_() for y in ys)
        pulled = _grads(ys, xs, us, create_graph=True)
        vs = (None,) * len(xs) if v is None else _tuple(v)[0]
        found = _grads(pulled, us, vs, create_graph)
    return _pack(_out(ys, create_graph), outputs_as_tuple), _pack(found, outputs_as_tuple)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``(output, vᵀ·H)`` of a function with one number as its value."""
    with enable_grad():
        given, as_tuple = _tuple(inputs)
        xs = _leaves(given, create_graph)
        y = _scalar(func(*xs))
        slopes = _grads((y,), xs, (None,), create_graph=True)
        found = _grads(slopes, xs, (None,) * len(xs) if v is None else _tuple(v)[0], create_graph)
    return _out((y,), create_graph)[0], _pack(found, as_tuple)


hvp = vhp  # H is symmetric


def _out(ys: Tensors, create_graph: bool) -> Tensors:
    return ys if create_graph else tuple(y.detach() for y in ys)
