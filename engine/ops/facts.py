"""Questions about a tensor that scripts ask, and orders that mean nothing where there is one process and one memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.op import METHODS, function
from engine.ops.compare import eq
from engine.tensor import Tensor


def _fact(answer: Callable[[Tensor], Any], doc: str) -> Any:
    return property(answer, doc=doc)


METHODS.update({
    "is_cpu": _fact(lambda self: self.device.type == "cpu", "Whether the tensor is in host memory."),
    "is_meta": _fact(lambda self: False, "Never: every tensor here has numbers."),
    "is_sparse": _fact(lambda self: False, "Never: every tensor here is dense."),
    "is_quantized": _fact(lambda self: False, "Never."),
    "is_mps": _fact(lambda self: False, "Never."),
    "is_xla": _fact(lambda self: False, "Never."),
    "is_nested": _fact(lambda self: False, "Never."),
    "layout": _fact(lambda self: "strided", "How the elements lie in memory."),
    "real": _fact(lambda self: self if self.data_.dtype.kind != "c" else _part(self, "real"), "The real parts."),
})  # fmt: skip


def _part(x: Tensor, name: str) -> Tensor:
    if x.node is not None:
        raise NotImplementedError(f"Tensor.{name}: complex tensors have no gradients in this engine")
    return Tensor(getattr(x.data_, name), None, x.device, x.shared_version(), x.base or x)


def _imag(self: Tensor) -> Tensor:
    if self.data_.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part(self, "imag")


METHODS["imag"] = _fact(_imag, "The imaginary parts.")


@function()
def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero. On a GPU this waits for the device."""
    return bool(input.item() != 0)


@function()
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return input.dtype.is_signed


@function()
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input.data_.shape == other.data_.shape)


@function()
def is_inference(input: Tensor) -> bool:
    """Never: tensors made in inference mode are ordinary ones here."""
    return False


@function(names=("is_conj", "is_neg"))
def is_lazily_changed(input: Tensor) -> bool:
    """Never: nothing is put off here."""
    return False


@function()
def get_device(input: Tensor) -> int:
    """The number of the GPU; -1 for host memory."""
    return -1 if input.device.index is None else input.device.index


@function(function=False)
def storage_offset(self: Tensor) -> int:
    """Elements between the start of the storage and the tensor's first one."""
    if self.base is None:
        return 0
    return (self.data_ptr() - self.base.data_ptr()) // self.itemsize


@function(names=("pin_memory", "share_memory_"), function=False)
def kept_as_it_is(self: Tensor, *_: Any, **__: Any) -> Tensor:
    """The tensor itself: there is one process, and nothing to pin."""
    return self


@function(names=("is_pinned", "is_shared"), function=False)
def never(self: Tensor) -> bool:
    """No: there is one process, and nothing to pin."""
    return False


@function(names=("apply_",), function=False)
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces every element by what a Python function makes of it. Slow; only for tensors in host memory."""
    from engine.tensor import check_writable, write

    if self.is_cuda:
        raise TypeError("apply_ is only implemented on CPU tensors")
    check_writable(self, "apply_")
    flat = [callable(value) for value in self.data_.reshape(-1).tolist()]
    write(self, self.device.xp.asarray(flat, dtype=self.data_.dtype).reshape(self.data_.shape))
    return self


@function(names=("__contains__",), function=False)
def contains(self: Tensor, element: Any) -> bool:
    """``element in x``: whether any element equals it. On a GPU this waits for the device."""
    if not isinstance(element, (Tensor, int, float, complex, bool)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
    return bool(eq(self, element).any().item())


@function(names=("__reversed__",), function=False)
def backwards(self: Tensor) -> Tensor:
    """The tensor with its first axis in reverse order."""
    return self.flip(0) if self.ndim else self


@function(names=("__complex__",), function=False)
def as_complex(self: Tensor) -> complex:
    """The only element as a Python complex number."""
    return complex(self.item())


@function(method=False)
def detach(input: Tensor) -> Tensor:
    """The same storage without a history."""
    return input.detach()


@function(names=("split_with_sizes",))
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> Any:
    """The tensor cut along ``dim`` into parts of these lengths."""
    return input.split(list(split_sizes), dim)
