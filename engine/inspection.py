"""Questions about tensors, dtypes and the engine's settings: ``is_tensor``, ``finfo``, ``result_type``, thread counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.dtypes import dtype
from engine.tensor import Tensor

#: finest decimals: torch's numbers
_RESOLUTION = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-15}


class finfo:  # noqa: N801 - torch's name
    """What a floating dtype can hold."""

    def __init__(self, type: Any = None) -> None:
        kind = dtypes.get_default_dtype() if type is None else type
        if not isinstance(kind, dtype) or not kind.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{kind}'")
        info = np.finfo(kind.numpy)
        self.dtype, self.bits, self.resolution = kind.name, 8 * kind.itemsize, _RESOLUTION[kind.name]
        self.max, self.min, self.eps = float(info.max), float(info.min), float(info.eps)
        self.tiny = self.smallest_normal = float(info.smallest_normal)

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")}
        return f"finfo({', '.join(f'{name}={value:g}' for name, value in shown.items())}, dtype={self.dtype})"


class iinfo:  # noqa: N801 - torch's name
    """What an integer dtype can hold."""

    def __init__(self, type: Any) -> None:
        if not isinstance(type, dtype) or type.category != 1:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        info = np.iinfo(type.numpy)
        self.dtype, self.bits, self.max, self.min = type.name, 8 * type.itemsize, int(info.max), int(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def is_tensor(obj: Any) -> bool:
    """Whether this is a tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the tensor holds floating-point numbers."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the tensor holds complex numbers."""
    return input.is_complex()


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero."""
    return bool(input)


def numel(input: Tensor) -> int:
    """Number of elements."""
    return input.numel()


def typename(obj: Any) -> str:
    """The type's name; of a tensor ``"torch.FloatTensor"``."""
    return obj.type() if isinstance(obj, Tensor) else type(obj).__name__


def result_type(a: Any, b: Any) -> dtype:
    """The dtype in which two tensors or numbers are combined."""
    operands = [x.data_ if isinstance(x, Tensor) else x for x in (a, b)]
    if not any(hasattr(x, "dtype") for x in operands):
        operands = [np.asarray(x, dtypes.as_numpy(type(x))) for x in operands]
    return dtypes.of(dtypes.result_numpy(operands))


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both fit into by torch's rules."""
    return dtypes.of(dtypes.result_numpy([np.empty(1, type1.numpy), np.empty(1, type2.numpy)]))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether torch's rules allow writing one dtype into the other."""
    return from_.category <= to.category and not (from_.is_signed and to is dtypes.uint8)


def set_default_tensor_type(name: Any) -> None:
    """Sets the default dtype by a tensor type such as ``torch.DoubleTensor``."""
    short = str(getattr(name, "__name__", name)).split(".")[-1]
    kinds = {"FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64, "HalfTensor": dtypes.float16}
    if short not in kinds:
        raise TypeError(f"invalid type object: only floating-point types are supported as the default type, not {name}")
    dtypes.set_default_dtype(kinds[short])


class _Settings:
    """What scripts set and read back; nothing here depends on it."""

    threads = 1
    deterministic = True
    matmul_precision = "highest"


def get_num_threads() -> int:
    """How many threads a script asked for; NumPy's own libraries decide how many they use."""
    return _Settings.threads


def set_num_threads(n: int) -> None:
    """Kept, for :func:`get_num_threads`."""
    _Settings.threads = n


get_num_interop_threads, set_num_interop_threads = get_num_threads, set_num_threads


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing to do on the CPU: its ops always give the same bits for the same input."""
    _Settings.deterministic = mode


def are_deterministic_algorithms_enabled() -> bool:
    """What :func:`use_deterministic_algorithms` was told."""
    return _Settings.deterministic


def set_float32_matmul_precision(precision: str) -> None:
    """Kept, for :func:`get_float32_matmul_precision`; float32 products are always computed in float32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"{precision} is not one of 'highest', 'high', and 'medium'")
    _Settings.matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """What :func:`set_float32_matmul_precision` was told."""
    return _Settings.matmul_precision


def set_warn_always(on: bool) -> None:
    """Nothing to do: warnings are Python's."""
