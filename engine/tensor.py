"""The tensor: an array, the node that made it, and how often its storage was written.

``requires_grad`` is "has a node": a leaf's node is an :class:`~engine.node.Leaf`, any other's the
:class:`~engine.node.Node` of the op that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine import dtypes, observe
from engine.backward import backward
from engine.device import CPU, Device
from engine.mode import mode
from engine.node import Leaf, Node, Pick

if TYPE_CHECKING:
    from typing import Self

F = TypeVar("F", bound=Callable[..., Any])


class Version:
    """How often a storage was written in place; shared by a tensor and its views."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


class Size(tuple[int, ...]):
    """A shape. A tuple of ints with torch's face."""

    __slots__ = ()

    def numel(self) -> int:
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Size(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple(self) + tuple(other))


class Tensor:
    """A multi-dimensional array with a memory of how it was made.

    Most methods are the ops and functions of :mod:`engine.ops`, bound by name when that package is imported.
    """

    __slots__ = ("__dict__", "__weakref__", "data_", "device", "node", "version")
    __array_priority__ = 1000
    # what few tensors have: found on the class until it is set
    base: Tensor | None = None  #: the tensor whose storage this one shows
    path: Any = None  #: the view ops that lead from the base here, where they can be gone again
    seen = 0  #: how often the storage had been written when the node was found
    _grad: Tensor | None = None
    tag: Any = None  #: for one observer to know the tensor by

    def __init__(
        self,
        data: Any,
        node: Any = None,
        device: Device = CPU,
        version: Version | None = None,
        base: Tensor | None = None,
    ) -> None:
        self.data_ = data  #: the array, of ``device.array_type``
        self.node = node
        self.device = device
        self.version = version
        if base is not None:
            self.base = base

    if TYPE_CHECKING:  # methods and operators are bound by name when engine.ops is imported

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Tensor: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: object) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: object) -> Tensor: ...  # type: ignore[override]
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...

    # ------------------------------------------------------------------------------------------ what it is

    @property
    def shape(self) -> Size:
        return Size(self.data_.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one of its numbers."""
        return Size(self.data_.shape) if dim is None else self.data_.shape[dim]

    @property
    def ndim(self) -> int:
        return int(self.data_.ndim)

    def dim(self) -> int:
        return int(self.data_.ndim)

    ndimension = dim

    def numel(self) -> int:
        """Number of elements."""
        return int(self.data_.size)

    nelement = numel

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.of(self.data_.dtype)

    @property
    def itemsize(self) -> int:
        return int(self.data_.itemsize)

    def element_size(self) -> int:
        """Bytes of one element."""
        return int(self.data_.itemsize)

    @property
    def nbytes(self) -> int:
        return int(self.data_.nbytes)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def is_floating_point(self) -> bool:
        return self.data_.dtype.kind == "f"

    def is_complex(self) -> bool:
        return self.data_.dtype.kind == "c"

    def stride(self, dim: int | None = None) -> Any:
        """Steps between neighbours, in elements."""
        steps = tuple(s // self.data_.itemsize for s in self.data_.strides)
        return steps if dim is None else steps[dim]

    def is_contiguous(self) -> bool:
        return bool(self.data_.flags.c_contiguous)

    def data_ptr(self) -> int:
        """Address of the first element."""
        array = self.data_
        return int(array.ctypes.data if isinstance(array, np.ndarray) else array.data.ptr)

    # ------------------------------------------------------------------------------------------ autograd

    @property
    def requires_grad(self) -> bool:
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, on: bool) -> None:
        if on == (self.node is not None):
            return
        if self.node is not None and not isinstance(self.node, Leaf):
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if on and self.data_.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if on and self.base is not None:
            self.base = self.path = None  # a leaf is where views of it begin, for backward
        self.node = Leaf(self) if on else None

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets ``requires_grad`` and returns the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        return self.node is None or isinstance(self.node, Leaf)

    @property
    def grad_fn(self) -> Any:
        return None if self.node is None or isinstance(self.node, Leaf) else self.node

    @property
    def output_nr(self) -> int:
        return self.node.index if isinstance(self.node, Pick) else 0

    @property
    def grad(self) -> Tensor | None:
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            for observer in observe.active:
                observer.on_zero_grad([self])
            if self._grad is not None:
                self._grad = None
                for observer in observe.active:
                    observer.on_clear([self])
            return
        if not isinstance(value, Tensor):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
        if value.data_.shape != self.data_.shape:
            raise RuntimeError(
                f"assigned grad has data of a different size: {list(value.shape)} for a tensor of {list(self.shape)}"
            )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Gradients of this tensor with respect to every leaf that led to it are added to the leaves' ``.grad``.

        ``gradient`` has this tensor's shape and may be left out for a scalar. Raises ``RuntimeError`` when the tensor does
        not require grad, is not a scalar, or its graph was freed by an earlier backward.
        """
        backward((self,), (gradient,), retain_graph=retain_graph, create_graph=create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keeps ``.grad`` for this tensor too, though it is no leaf."""
        if self.node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not isinstance(self.node, Leaf):
            self.node.retain(self)

    @property
    def retains_grad(self) -> bool:
        return self.grad_fn is not None and self.node.retained is not None

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """``hook(grad)`` runs when this tensor's gradient is complete; what it returns (unless ``None``) replaces it."""
        if self.node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return self.node.register_tensor_hook(hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        """``hook(tensor)`` runs after the leaf's ``.grad`` received a gradient."""
        if not isinstance(self.node, Leaf):
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return self.node.register_post_hook(hook)

    def detach(self) -> Tensor:
        """The same storage without a history."""
        return Tensor(self.data_, None, self.device, self.shared_version(), self if self.base is None else self.base)

    def detach_(self) -> Self:
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same storage, outside autograd: writes through it are not seen by backward."""
        plain = Tensor(self.data_, None, self.device)
        plain.tag = self.tag  # for observers it is the same tensor
        return plain

    @data.setter
    def data(self, value: Tensor) -> None:
        self.data_ = value.data_
        self.device = value.device
        if isinstance(self.node, Leaf):
            self.node.shape, self.node.dtype, self.node.device = self.data_.shape, self.data_.dtype, self.device

    def shared_version(self) -> Version:
        """The counter of writes, made when first shared."""
        if self.version is None:
            self.version = Version()
            if self.node is not None:
                self.node.share(self)
        return self.version

    @property
    def _version(self) -> int:
        return 0 if self.version is None else self.version.n

    @property
    def _base(self) -> Tensor | None:
        return self.base

    # ------------------------------------------------------------------------------------------ looking at values

    def item(self) -> Any:
        """The only element as a Python number. On a GPU this waits for the device."""
        if self.data_.size != 1:
            raise RuntimeError(f"a Tensor with {self.data_.size} elements cannot be converted to Scalar")
        value = self.data_.item()
        for observer in observe.active:
            observer.on_read(self, value)
        return value

    def tolist(self) -> Any:
        """The elements as (nested lists of) Python numbers."""
        value = self.device.to_host(self.data_).tolist()
        for observer in observe.active:
            observer.on_read(self, value if self.data_.size == 1 else None)
        return value

    def numpy(self, *, force: bool = False) -> Any:
        """The tensor as a NumPy array that shares its memory."""
        if self.node is not None and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.device is not CPU and not force:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        for observer in observe.active:
            observer.on_read(self, None)
        return self.device.to_host(self.data_)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __bool__(self) -> bool:
        if self.data_.size != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if self.data_.size == 0
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.data_.dtype.kind not in "iub" or self.data_.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if self.data_.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self.data_.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if self.data_.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[i] for i in range(self.data_.shape[0])])

    def __hash__(self) -> int:
        return id(self)

    def __format__(self, spec: str) -> str:
        """A 0-d tensor as its number; any other like ``str``. Raises ``TypeError`` for a spec that has no single number."""
        return (
            format(self.item(), spec)
            if self.data_.ndim == 0 and type(self) is Tensor
            else object.__format__(self, spec)
        )

    def __repr__(self) -> str:
        from engine.printing import show

        for observer in observe.active:
            observer.on_print(self)
        return show(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment."
            )
        if id(self) in memo:
            return memo[id(self)]
        with_storage = object.__new__(type(self))
        Tensor.__init__(with_storage, self.data_.copy(), None, self.device)
        with_storage.requires_grad = self.requires_grad
        if self._grad is not None:
            with_storage._grad = self._grad.__deepcopy__(memo)
        memo[id(self)] = with_storage
        return with_storage

    def __reduce__(self) -> tuple[Any, ...]:
        kind = None if type(self) is Tensor else type(self)
        return _rebuild, (kind, self.device.to_host(self.data_), self.requires_grad)


def _rebuild(kind: type[Tensor] | None, array: Any, requires_grad: bool) -> Tensor:
    made = object.__new__(kind or Tensor)
    Tensor.__init__(made, array)
    made.requires_grad = requires_grad
    return made


def write(target: Tensor, array: Any) -> None:
    """Puts ``array`` (broadcast, cast) into the storage of ``target`` and counts the write."""
    if array is not target.data_:  # a forward that writes by itself (an index assignment) returns its array
        target.data_[...] = array
    target.shared_version().n += 1


def check_writable(target: Tensor, name: str) -> None:
    """Raises torch's ``RuntimeError`` where autograd forbids writing to ``target`` in place."""
    if not mode.grad or target.node is None:
        return
    if isinstance(target.node, Leaf):
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. "
            "Write x = x.op(...), or write inside torch.no_grad()."
        )
    if target.base is None:
        return
    if isinstance(target.base.node, Leaf):
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation. "
            "Clone the tensor first, or write inside torch.no_grad()."
        )
    if target.path is None:
        raise RuntimeError(
            f"Output 0 of {target.node.name()} is a view and is being modified inplace. This view is the output of a "
            "function that returns multiple views. Such functions do not allow the output views to be modified inplace. "
            "You should replace the inplace operation by an out-of-place one."
        )


__all__ = ["Node", "Size", "Tensor", "Version", "check_writable", "write"]
