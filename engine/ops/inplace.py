"""Writing into a tensor: filling, copying, and the in-place forms of functions that are made of several ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.apply import check_writable
from engine.op import METHODS, function, op
from engine.ops.cast import convert
from engine.ops.index import assign, masked_scatter
from engine.ops.linalg import addbmm, addmm, addmv, addr, baddbmm
from engine.ops.reduce import renorm
from engine.ops.shape import squeeze, sum_to, t, transpose, unsqueeze
from engine.ops.trigonometry import logit
from engine.tensor import Tensor
from engine.testing import arrays, several

# ------------------------------------------------------------------------------------------------ new numbers


def _copied(input: Any, src: Any, non_blocking: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if src.device is not input.device:
        src = convert(src, input.device)
    return (input, src), {}


def _too_large(given: list[Any], attrs: dict[str, Any]) -> str | None:
    have, want = list(given[1].shape), list(given[0].shape)
    return (
        f"The size of tensor a ({want[-1] if want else 1}) must match the size of tensor b ({have[-1] if have else 1}): "
        f"a tensor of shape {have} cannot be copied into one of shape {want}."
    )


@op(
    r"x \leftarrow s",
    source=(r"\sum_{\text{copies}} \bar y", lambda g, source_shape: sum_to(g, source_shape)),
    samples=several(arrays((2, 3), (2, 3)), arrays((2, 3), (3,)), arrays((2, 3), ())),
    function=False, method=False, inplace=True, signature=_copied, explains=_too_large, torch_name="Copy",
)  # fmt: skip
def copy(xp, x, source):
    """The numbers of ``source`` (broadcast), in the dtype of ``x``."""
    return xp.broadcast_to(source, x.shape).astype(x.dtype)


@op(
    r"x \leftarrow v",
    value=(r"\sum \bar y", lambda g: g.sum()),
    samples=arrays((2, 3), ()), function=False, method=False, inplace=True,
    signature=lambda input, value: ((input, value), {}),
)  # fmt: skip
def fill(xp, x, value):
    """One number everywhere."""
    return xp.broadcast_to(xp.asarray(value).astype(x.dtype), x.shape)


@op(r"x \leftarrow 0", samples=arrays((2, 3)), function=False, method=False, inplace=True)
def zero(xp, x):
    """Zeros everywhere."""
    return xp.zeros_like(x)


@function(names=("fill_diagonal_",), function=False)
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Writes one number along the main diagonal of a matrix (of a tensor with all axes of one length)."""
    if self.ndim < 2 or (self.ndim > 2 and len(set(self.shape)) > 1):
        raise RuntimeError("fill_diagonal_: all dimensions of the input must be of equal length, 2 of them at least")
    k = Tensor(self.device.xp.arange(min(self.shape)), None, self.device)
    assign(self, (k,) * self.ndim, fill_value)
    return self


# ------------------------------------------------------------------------------------------------ the results of functions


def _written(name: str, compute: Callable[..., Any]) -> Callable[..., Tensor]:
    """The in-place form of a function made of ops: runs it, then copies the result into the tensor."""

    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(self, f"{name}_")
        METHODS["copy_"](self, compute(self.clone(), *args, **kwargs))  # a copy: rules may need what is written over
        return self

    call.__doc__ = f"In-place version of ``{name}``: writes the result into the tensor and returns it."
    return call


_WRITTEN = (addmm, addmv, addr, addbmm, baddbmm, logit, masked_scatter, renorm)
METHODS.update({f"{f.__name__}_": _written(f.__name__, f) for f in _WRITTEN})


@function(names=("clamp_min_",), function=False)
def clamp_min_(self: Tensor, min: Any) -> Tensor:
    """In-place version of ``clamp_min``."""
    return METHODS["clamp_"](self, min)


@function(names=("clamp_max_",), function=False)
def clamp_max_(self: Tensor, max: Any) -> Tensor:
    """In-place version of ``clamp_max``."""
    return METHODS["clamp_"](self, None, max)


# ------------------------------------------------------------------------------------------------ another face


def become(self: Tensor, other: Tensor) -> Tensor:
    """Makes the tensor show what ``other`` shows, with its history."""
    self.data_, self.device, self.node = other.data_, other.device, other.node
    self.version, self.base = other.version, other.base
    self.path, self.seen = other.path, other.seen
    self.tag = other.tag  # for observers it is the op's output now
    return self


def _turned(name: str, look: Callable[..., Any]) -> Callable[..., Tensor]:
    """The in-place form of an op that shows the same storage in another shape."""

    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(self, f"{name}_")
        source = Tensor(self.data_, self.node, self.device, self.shared_version(), self.base)
        source.tag = self.tag
        return become(self, look(source, *args, **kwargs))

    call.__doc__ = f"In-place version of ``{name}``: the tensor itself changes its shape."
    return call


_TURNED = {
    "t": t,
    "transpose": transpose,
    "swapaxes": transpose,
    "swapdims": transpose,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
}
METHODS.update({f"{name}_": _turned(name, look) for name, look in _TURNED.items()})


@function(names=("set_",), function=False)
def set_(self: Tensor, source: Tensor) -> Tensor:
    """Makes the tensor share the storage of ``source``."""
    check_writable(self, "set_")
    return become(self, source)
