"""``torch.func``: derivatives of functions as functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from engine.autograd import functional
from engine.backward import grad as _gradients
from engine.mode import enable_grad, is_grad_enabled
from engine.op import FUNCTIONS
from engine.tensor import Tensor

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp", "vmap",
]  # fmt: skip

Argnums = int | tuple[int, ...]


def _mapped(tree: Any, f: Callable[[Tensor], Any]) -> Any:
    """``f`` of each tensor in nested dicts, lists and tuples."""
    if isinstance(tree, Tensor):
        return f(tree)
    if isinstance(tree, dict):
        return {k: _mapped(v, f) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(_mapped(v, f) for v in tree)
    return tree


def _selecting(dim: int, i: int) -> Callable[[Tensor], Any]:
    return lambda x: x.select(dim, i)


def _variables(args: tuple[Any, ...], argnums: Argnums, leaves: list[Tensor]) -> tuple[Any, ...]:
    """The arguments, those of ``argnums`` as variables of their own; these are listed in ``leaves``."""
    chosen = (argnums,) if isinstance(argnums, int) else argnums

    def variable(x: Tensor) -> Tensor:
        made: Tensor = x.view_as(x) if x.requires_grad else x.detach().requires_grad_()
        leaves.append(made)
        return made

    picked = {n % len(args) for n in chosen}
    return tuple(_mapped(x, variable) if i in picked else x for i, x in enumerate(args))


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that gives ``(gradients, value)``: gradients are nested as the arguments of ``argnums`` are."""

    @functools.wraps(func)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        outer = is_grad_enabled() and any(x.requires_grad for x in _tensors(args))
        with enable_grad():
            leaves: list[Tensor] = []
            given = _variables(args, argnums, leaves)
            result = func(*given, **kwargs)
            y = result[0] if has_aux else result
            if not isinstance(y, Tensor) or y.ndim != 0:
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got {_shown(y)}"
                )
            found = iter(_differentiate(y, leaves))
        chosen = (argnums,) if isinstance(argnums, int) else argnums
        nested = tuple(_mapped(given[n], lambda _: _kept(next(found), outer)) for n in chosen)
        return nested[0] if isinstance(argnums, int) else nested, _mapped(result, lambda x: _kept(x, outer))

    return differentiated


def _differentiate(y: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
    if not y.requires_grad:
        return tuple(x.detach() * 0 for x in leaves)
    return _gradients(y, leaves, create_graph=True, allow_unused=True, materialize_grads=True)


def _kept(x: Tensor, outer: bool) -> Tensor:
    return x if outer else x.detach()


def _tensors(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    _mapped(tree, found.append)
    return found


def _shown(y: Any) -> str:
    return f"tensor of shape {tuple(y.shape)}" if isinstance(y, Tensor) else type(y).__name__


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function with one number as its value, as a function of the same arguments."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def _at(func: Callable[..., Any], args: tuple[Any, ...], argnums: Argnums) -> tuple[Callable[..., Any], Any]:
    """The function of the arguments ``argnums`` alone, and those."""
    chosen = (argnums,) if isinstance(argnums, int) else argnums

    def of_chosen(*xs: Tensor) -> Any:
        full = list(args)
        for n, x in zip(chosen, xs, strict=True):
            full[n] = x
        return func(*full)

    picked = tuple(args[n] for n in chosen)
    return of_chosen, picked[0] if isinstance(argnums, int) else picked


def jacrev(func: Callable[..., Any], argnums: Argnums = 0, **_: Any) -> Callable[..., Any]:
    """The Jacobian as a function: shape ``output.shape + input.shape``."""

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        of_chosen, picked = _at(func, args, argnums)
        outer = is_grad_enabled() and any(x.requires_grad for x in _tensors(args))
        return functional.jacobian(of_chosen, picked, create_graph=outer)

    return jacobian


jacfwd = jacrev  # the same numbers, row by row


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The matrix of second derivatives as a function: shape ``input.shape + input.shape``."""

    @functools.wraps(func)
    def second(*args: Any) -> Any:
        of_chosen, picked = _at(func, args, argnums)
        return functional.hessian(of_chosen, picked)

    return second


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``(value, pull)``, where ``pull(v)`` gives vᵀ·J as a tuple, one per argument."""
    leaves: list[Tensor] = []
    with enable_grad():
        given = _variables(primals, tuple(range(len(primals))), leaves)
        result = func(*given)
    y, aux = result if has_aux else (result, None)

    def pull(*vs: Any) -> Any:
        seeds = vs[0] if len(vs) == 1 else vs
        roots, given_seeds = _tensors(y), _tensors(seeds)
        found = _gradients(
            roots,
            leaves,
            given_seeds,
            retain_graph=True,
            create_graph=is_grad_enabled(),
            allow_unused=True,
            materialize_grads=True,
        )
        values = iter(found)
        return tuple(_mapped(x, lambda _: next(values).detach()) for x in given)

    value = _mapped(y, lambda x: x.detach())
    return (value, pull, aux) if has_aux else (value, pull)


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """``(value, J·v)``."""
    single = len(primals) == 1
    return functional.jvp(func, primals[0] if single else primals, tangents[0] if single else tangents)


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """``func`` over an axis of its arguments: called once per position, the results stacked (no faster than a loop)."""

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims = (in_dims,) * len(args) if isinstance(in_dims, int) else tuple(in_dims)
        sizes = {x.shape[d] for a, d in zip(args, dims, strict=True) if d is not None for x in _tensors(a)}
        if len(sizes) != 1:
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, "
                f"got sizes {sorted(sizes)} for the mapped dimension"
            )
        results = [
            func(
                *(a if d is None else _mapped(a, _selecting(d, i)) for a, d in zip(args, dims, strict=True)),
                **kwargs,
            )
            for i in range(sizes.pop())
        ]
        return _stacked(results, out_dims)

    return mapped


def _stacked(results: list[Any], out_dims: Any) -> Any:
    first = results[0]
    if isinstance(first, Tensor):
        return FUNCTIONS["stack"](results, out_dims)
    if isinstance(first, dict):
        return {k: _stacked([r[k] for r in results], out_dims) for k in first}
    if isinstance(first, (list, tuple)):
        dims = (out_dims,) * len(first) if isinstance(out_dims, int) else out_dims
        return type(first)(_stacked([r[k] for r in results], d) for k, d in enumerate(dims))
    raise ValueError(f"vmap: the function must return tensors, got {type(first).__name__}")


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, **_: Any
) -> Any:
    """A call of the module with other tensors in the place of its parameters and buffers."""
    given = parameter_and_buffer_dicts
    values = given if isinstance(given, dict) else {k: v for each in given for k, v in each.items()}
    found = []
    for path, value in values.items():
        owner = module.get_submodule(path.rpartition(".")[0])
        name = path.rpartition(".")[2]
        kept = owner._parameters if name in owner._parameters else owner._buffers
        if name not in kept:
            raise KeyError(f"functional_call: the module has no parameter or buffer {path!r}")
        found.append((kept, name, kept[name]))
        kept[name] = value
    try:
        return module(*(args if isinstance(args, tuple) else () if args is None else (args,)), **(kwargs or {}))
    finally:
        for kept, name, before in reversed(found):
            kept[name] = before
