"""Ops that show the same elements in another shape or order of axes. Most are views: they copy nothing."""

from __future__ import annotations

import math
from typing import Any

from engine.op import METHODS, function, op
from engine.ops.axes import as_shape, axis, each_axis, put
from engine.tensor import Tensor
from engine.testing import arrays, several


def reshaped_back(g: Any, x_shape: tuple[int, ...]) -> tuple[Any]:
    """``gradients`` of the ops that only reshape."""
    return (g.reshape(x_shape),)


def _size_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    shape, n = attrs["shape"], given[0].size
    known = math.prod(s for s in shape if s != -1)
    if shape.count(-1) > 1:
        return "only one dimension can be inferred"
    fits = known == n if -1 not in shape else known != 0 and n % known == 0
    if fits:
        return None
    return (
        f"shape '{list(shape)}' is invalid for input of size {n}. The tensor has shape {list(given[0].shape)}: {n} elements, "
        f"the new shape asks for {'a multiple of ' if -1 in shape else ''}{known}."
    )


def _with_shape(input: Any, *shape: Any, size: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (input,), {"shape": as_shape(shape if size is None else (size,))}


@op(
    r"\mathrm{reshape}(x)",
    x=(r"\mathrm{reshape}(\bar y)", lambda g, x_shape: reshape(g, x_shape)), gradients=reshaped_back,
    samples=several(arrays((2, 3), shape=(3, 2)), arrays((2, 3, 4), shape=(-1, 4)), arrays((), shape=(1, 1)),
        arrays((0, 3), shape=(3, 0))),
    signature=lambda input, *args, shape=None: _with_shape(input, *args, size=shape),
    view=True, torch_name="View", explains=_size_problem,
)  # fmt: skip
def reshape(xp, x, *, shape):
    """The same elements in C order in another shape; one dimension may be -1."""
    return x.reshape(shape)


@op(
    r"\mathrm{view}(x)",
    x=(r"\mathrm{reshape}(\bar y)", lambda g, x_shape: reshape(g, x_shape)), gradients=reshaped_back,
    samples=arrays((2, 3), shape=(3, 2)), signature=_with_shape, function=False, method=False, view=True, explains=_size_problem,
)  # fmt: skip
def view(xp, x, *, shape):
    """The same storage in another shape; one dimension may be -1."""
    out = x.reshape(shape)
    if x.size and out is not x and out.base is not x and (x.base is None or out.base is not x.base):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return out


@function(names=("view",), function=False)
def view_method(self: Tensor, *shape: Any) -> Tensor:
    """The same storage in another shape. Raises ``RuntimeError`` where that needs a copy: use ``reshape``."""
    from engine.dtypes import dtype

    if len(shape) == 1 and isinstance(shape[0], dtype):
        return Tensor(self.data_.view(shape[0].numpy), None, self.device, self.shared_version(), self.base or self)
    result: Tensor = view(self, *shape)
    return result


def _expanded(
    input: Any, *sizes: Any, size: Any = None, implicit: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    shape = as_shape(sizes if size is None else (size,))
    lead = len(shape) - input.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({input.ndim})"
        )
    if -1 in shape[:lead]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {shape.index(-1)}"
        )
    full = tuple(input.data_.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape))
    return (input,), {"shape": full}


def _expand_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    have, want = tuple(given[0].shape), attrs["shape"]
    for back in range(1, len(have) + 1):
        if have[-back] not in (1, want[-back]):
            return (
                f"The expanded size of the tensor ({want[-back]}) must match the existing size ({have[-back]}) at non-singleton "
                f"dimension {len(want) - back}. Target sizes: {list(want)}. Tensor sizes: {list(have)}"
            )
    return None


@op(
    r"\mathrm{expand}(x)",
    x=(r"\sum_{\text{expanded}} \bar y", lambda g, x_shape: sum_to(g, x_shape)),
    gradients=lambda g, x_shape: (folded(g, x_shape),),
    samples=several(arrays((3, 1), shape=(2, 3, 4)), arrays((), shape=(2,))), function=False, signature=_expanded, view=True,
    explains=_expand_problem,
)  # fmt: skip
def expand(xp, x, *, shape):
    """The tensor repeated (without copying) along new axes and axes of length 1; -1 keeps a length."""
    return xp.broadcast_to(x, shape)


@function()
def broadcast_to(input: Tensor, shape: Any) -> Tensor:
    """The tensor repeated (without copying) to ``shape``."""
    result: Tensor = expand(input, shape)
    return result


@op(
    r"\sum_{\text{axes}} x",
    x=(r"\mathrm{expand}(\bar y)", lambda g, x_shape: expand(g, x_shape)),
    gradients=lambda xp, g, x_shape: (xp.broadcast_to(g, x_shape),),
    samples=several(arrays((2, 3, 4), shape=(3, 1)), arrays((2, 3), shape=())), names=("sum_to_size",), function=False,
    signature=_with_shape,
)  # fmt: skip
def sum_to(xp, x, *, shape):
    """Sum over the axes along which ``shape`` was broadcast to the tensor's shape: the reverse of broadcasting."""
    return folded(x, shape)


def folded(x: Any, shape: tuple[int, ...]) -> Any:
    """:func:`sum_to` of an array."""
    if x.shape == shape:
        return x
    lead = x.ndim - len(shape)
    stretched = tuple([i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1])
    return x.sum(axis=tuple(range(lead)) + stretched).reshape(shape)


@op(
    r"x^\top",
    x=(r"\bar y^\top", lambda g, dim0, dim1: transpose(g, dim0, dim1)),
    gradients=lambda g, dim0, dim1: (g.swapaxes(dim0, dim1) if g.ndim else g,),
    samples=arrays((2, 3, 4), dim0=0, dim1=2), names=("transpose", "swapaxes", "swapdims"), view=True,
    signature=lambda input, dim0, dim1: ((input,), {"dim0": axis(dim0, input.ndim), "dim1": axis(dim1, input.ndim)}),
)  # fmt: skip
def transpose(xp, x, *, dim0, dim1):
    """Two axes exchanged."""
    return xp.swapaxes(x, dim0, dim1) if x.ndim else x[...]


def _permutation(input: Any, *dims: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    order = each_axis(as_shape(dims), input.ndim)
    if sorted(order) != list(range(input.ndim)):
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}"
            if len(order) != input.ndim else f"permute(): duplicate dims are not allowed. They are {list(as_shape(dims))}."
        )  # fmt: skip
    return (input,), {"dims": order}


@op(
    r"\mathrm{permute}(x)",
    x=(r"\mathrm{permute}^{-1}(\bar y)", lambda g, dims: permute(g, *sorted(range(len(dims)), key=dims.__getitem__))),
    gradients=lambda g, dims: (g.transpose(sorted(range(len(dims)), key=dims.__getitem__)),),
    samples=arrays((2, 3, 4), dims=(2, 0, 1)), view=True,
    signature=lambda input, *args, dims=None: _permutation(input, *(args if dims is None else (dims,))),
)  # fmt: skip
def permute(xp, x, *, dims):
    """The axes in another order."""
    return xp.transpose(x, dims)


@op(
    r"\mathrm{unsqueeze}(x)",
    x=(r"\mathrm{squeeze}(\bar y)", lambda g, x_shape: reshape(g, x_shape)), gradients=reshaped_back,
    samples=arrays((2, 3), dim=1), view=True,
    signature=lambda input, dim: ((input,), {"dim": axis(dim, input.ndim + 1)}),
)  # fmt: skip
def unsqueeze(xp, x, *, dim):
    """A new axis of length 1 at ``dim``."""
    return xp.expand_dims(x, dim)


def _squeezed(input: Any, dim: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    shape = input.data_.shape
    given = range(len(shape)) if dim is None else each_axis((dim,) if isinstance(dim, int) else dim, len(shape))
    return (input,), {"dim": tuple(d for d in given if shape and shape[d] == 1)}


@op(
    r"\mathrm{squeeze}(x)",
    x=(r"\mathrm{unsqueeze}(\bar y)", lambda g, x_shape: reshape(g, x_shape)), gradients=reshaped_back,
    samples=arrays((2, 1, 3, 1), dim=(1,)), view=True, signature=_squeezed,
)  # fmt: skip
def squeeze(xp, x, *, dim):
    """Without the axes of length 1 (or without those of ``dim``, where they are of length 1)."""
    return xp.squeeze(x, axis=dim) if dim else x[...]


def _flattened(input: Any, start_dim: int = 0, end_dim: int = -1) -> tuple[tuple[Any, ...], dict[str, Any]]:
    shape = input.data_.shape
    first, last = axis(start_dim, len(shape)), axis(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return (input,), {"shape": (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])}


@op(
    r"\mathrm{flatten}(x)",
    x=(r"\mathrm{reshape}(\bar y)", lambda g, x_shape: reshape(g, x_shape)), gradients=reshaped_back,
    samples=arrays((2, 3, 4), shape=(2, 12)), view=True, signature=_flattened, torch_name="View",
)  # fmt: skip
def flatten(xp, x, *, shape):
    """The axes from ``start_dim`` to ``end_dim`` joined into one."""
    return x.reshape(shape)


@function()
def ravel(input: Tensor) -> Tensor:
    """All elements in one axis."""
    return flatten(input)


@function()
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """The axis ``dim`` split into axes of these ``sizes``; one may be -1."""
    d = axis(dim, input.ndim)
    whole, sizes = input.data_.shape[d], as_shape((sizes,) if isinstance(sizes, (tuple, list)) else (tuple(sizes),))
    known = math.prod(n for n in sizes if n != -1)
    if whole % known if -1 in sizes and known else whole != known:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({whole}) in the input tensor"
        )
    return reshape(input, put(tuple(input.data_.shape), d, *sizes))


@function()
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """The axes ``source`` moved to the places ``destination``; the others keep their order."""
    n = input.ndim
    sources = each_axis((source,) if isinstance(source, int) else source, n)
    places = each_axis((destination,) if isinstance(destination, int) else destination, n)
    order = [d for d in range(n) if d not in sources]
    for place, origin in sorted(zip(places, sources, strict=True)):
        order.insert(place, origin)
    return permute(input, *order)


@function(names=("moveaxis",))
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Same as :func:`movedim`."""
    return movedim(input, source, destination)


def _matrix(input: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D. Try .transpose(-2, -1) or .mT."
        )
    return (input,), {}


@op(
    r"x^\top",
    x=(r"\bar y^\top", lambda g: t(g)), gradients=lambda g: (g.T,),
    samples=several(arrays((2, 3)), arrays((3,)), arrays(())), view=True, signature=_matrix,
)  # fmt: skip
def t(xp, x):
    """The transpose of a matrix; a vector or a number as it is."""
    return x.T if x.ndim == 2 else x[...]


@function()
def adjoint(input: Tensor) -> Tensor:
    """The last two axes exchanged, conjugated."""
    return transpose(input, -2, -1)


METHODS["T"] = property(  # type: ignore[assignment]
    lambda self: transpose(self, 0, 1) if self.ndim == 2 else permute(self, *reversed(range(self.ndim))),
    doc="The axes in reverse order.",
)
METHODS["mT"] = METHODS["mH"] = property(lambda self: transpose(self, -2, -1), doc="The last two axes exchanged.")  # type: ignore[assignment]
METHODS["H"] = property(lambda self: t(self), doc="The transpose of a matrix.")  # type: ignore[assignment]


@function(function=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the shape of ``other``, sharing storage."""
    return view_method(self, tuple(other.data_.shape))


@function(function=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the shape of ``other``."""
    return reshape(self, tuple(other.data_.shape))


@function(function=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor repeated (without copying) to the shape of ``other``."""
    return expand(self, tuple(other.data_.shape))


@function(method=False)
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors, all in their common broadcast shape."""
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


@function(method=False)
def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that tensors of these shapes have together. Raises ``RuntimeError`` where they do not fit."""
    from engine.tensor import Size

    ndim = max((len(s) for s in shapes), default=0)
    found = [1] * ndim
    for shape in shapes:
        for back in range(1, len(shape) + 1):
            n = int(shape[-back])
            if n != 1 and found[-back] not in (1, n):
                raise RuntimeError(
                    f"Shape mismatch: objects cannot be broadcast to a single shape: {' and '.join(str(list(s)) for s in shapes)}"
                )
            if n != 1:
                found[-back] = n
    return Size(found)


def _at_least(ndim: int, tensors: tuple[Any, ...], reach: Any) -> Any:
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    found = tuple(x if x.ndim >= ndim else reach(x) for x in given)
    return found[0] if len(found) == 1 and given is tensors else found


@function(method=False)
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with one axis at least."""
    return _at_least(1, tensors, lambda x: reshape(x, 1))


@function(method=False)
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with two axes at least: a vector becomes one row."""
    return _at_least(2, tensors, lambda x: reshape(x, (1, -1)))


@function(method=False)
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with three axes at least: a matrix gets its third at the end."""
    return _at_least(3, tensors, lambda x: unsqueeze(x, -1) if x.ndim == 2 else reshape(x, (1, -1, 1)))
