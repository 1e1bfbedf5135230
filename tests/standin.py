"""A stand-in for CuPy on a machine without a GPU: NumPy inside, CuPy's manners outside.

* Only names that CuPy 14 has (``tests/surface/cupy14.json``) are there.
* Host arrays, lists and implicit conversions are refused, as CuPy refuses them.
* Whatever makes the host wait for the device is counted in :attr:`StandIn.syncs`.
* What CuPy leaves undefined is an error: duplicate indices in an assignment, indices out of range.

It is a device like any other for the engine: ``with standin.plugged_in() as gpu: x.to("cuda")``.
"""

from __future__ import annotations

import contextlib
import json
import operator
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.device import Device, register, unregister

SURFACE: dict[str, Any] = json.loads((Path(__file__).parent / "surface" / "cupy14.json").read_text())

#: what an argument may be besides a device array
_PLAIN = (bool, int, float, complex, np.generic, np.dtype, str, slice, type(None), type(Ellipsis), type)
#: functions whose result has a shape that the host must wait to learn
_WAITING = {"nonzero", "flatnonzero", "argwhere", "unique", "extract", "compress", "bincount", "histogram"}
_ADDABLE = {"int32", "int64", "uint32", "uint64", "float16", "float32", "float64"}  # dtypes of cupy.add.at
_SCATTERING = {"add", "subtract", "maximum", "minimum"}  # ufuncs whose .at CuPy has


class _Counter:
    syncs = 0


class _Place:
    """What an array calls its device: a number that cannot be hashed, as CuPy's."""

    __hash__ = None  # type: ignore[assignment]

    def __int__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Place)


def _sync() -> None:
    _Counter.syncs += 1


class Array:
    """A device array. Its numbers are in ``held``, which only this module looks at."""

    __slots__ = ("__weakref__", "base", "held")
    __array_priority__ = 100
    __array_ufunc__ = None

    def __init__(self, held: np.ndarray[Any, Any], base: Array | None = None) -> None:
        self.held = held
        self.base = base

    device = property(lambda self: _Place())
    shape = property(lambda self: self.held.shape)
    dtype = property(lambda self: self.held.dtype)
    ndim = property(lambda self: self.held.ndim)
    size = property(lambda self: self.held.size)
    nbytes = property(lambda self: self.held.nbytes)
    itemsize = property(lambda self: self.held.itemsize)
    strides = property(lambda self: self.held.strides)
    flags = property(lambda self: self.held.flags)
    T = property(lambda self: _wrapped(self.held.T, [self]))
    mT = property(  # noqa: N815 - NumPy's name
        lambda self: _wrapped(self.held.mT, [self])
    )

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __array_function__(self, function: Any, *_: Any) -> Any:
        raise TypeError(f"np.{function.__name__} was called on a device array: use xp")

    def get(self) -> np.ndarray[Any, Any]:
        _sync()
        return self.held.copy()

    def item(self) -> Any:
        _sync()
        return self.held.item()

    def tolist(self) -> Any:
        _sync()
        return self.held.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __bool__(self) -> bool:
        _sync()
        return bool(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, key: Any) -> Array:
        found = _index(self, key)
        if any(isinstance(part, np.ndarray) and part.dtype == bool for part in _parts(found)):
            _sync()
        return _wrapped(self.held[found], [self])  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        found = _index(self, key)
        picks = [part for part in _parts(found) if isinstance(part, np.ndarray) and part.dtype.kind in "iu"]
        places = np.stack([np.ravel(p) for p in np.broadcast_arrays(*picks)]) if picks else np.zeros((0, 0))
        one = not isinstance(value, Array) or value.size == 1  # whoever wins, the number is the same
        if not one and len(np.unique(places, axis=1).T) < places.shape[1]:
            raise ValueError("duplicate indices in an assignment: which one wins is undefined on CuPy; use add.at")
        self.held[found] = _bare(value, "__setitem__", [])


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _index(array: Array, key: Any) -> Any:
    """An index for NumPy. Raises ``IndexError`` where CuPy would wrap around silently."""
    found = _bare(key, "__getitem__", [])
    axis = 0
    for part in _parts(found):
        if part is Ellipsis:
            break  # what stands behind it counts from the end; NumPy itself refuses what is out of range there
        if isinstance(part, np.ndarray) and part.dtype.kind in "iu" and part.size:
            n = array.shape[axis]
            if part.max() >= n or part.min() < -n:
                raise IndexError(f"index out of bounds for axis {axis} of size {n}: CuPy would wrap around silently")
        axis += 0 if part is None else part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1
    return found


def _bare(x: Any, where: str, seen: list[Array]) -> Any:
    """``x`` for NumPy; the device arrays in it are added to ``seen``. Raises CuPy's ``TypeError`` for host arrays."""
    if isinstance(x, Array):
        seen.append(x)
        return x.held
    if isinstance(x, (list, tuple)):
        return type(x)(_bare(part, where, seen) for part in x)
    if isinstance(x, np.ndarray):
        raise TypeError(f"cupy.{where}: Unsupported type <class 'numpy.ndarray'>")
    if isinstance(x, _PLAIN):
        return x
    raise TypeError(f"cupy.{where}: Unsupported type {type(x)}")


def _wrapped(x: Any, sources: list[Array]) -> Any:
    """NumPy's result as device arrays, each of which knows whose memory it shows."""
    if isinstance(x, (np.ndarray, np.generic)):
        held = np.asarray(x)
        shown = next((s for s in sources if held is s.held), None)
        if shown is not None:
            return shown
        base = next((s for s in sources if held.base is not None and np.may_share_memory(held, s.held)), None)
        return Array(held, None if base is None else base if base.base is None else base.base)
    if isinstance(x, (list, tuple)):
        parts = [_wrapped(part, sources) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def _call(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    sources: list[Array] = []
    bare = [_bare(a, name, sources) for a in args]
    named = {k: _bare(v, name, sources) for k, v in kwargs.items()}
    if name in _WAITING:
        _sync()
    with np.errstate(all="ignore"):  # CuPy raises no floating-point warnings
        return _wrapped(function(*bare, **named), sources)


def _give_operators() -> None:
    """Array's operators and methods: those that CuPy's has, done by NumPy's."""

    def binary(name: str) -> Callable[[Array, Any], Any]:
        return lambda self, other: _call(name, getattr(operator, name), self, other)

    def reflected(name: str) -> Callable[[Array, Any], Any]:
        return lambda self, other: _call(name, lambda a, b: getattr(operator, name)(b, a), self, other)

    def unary(name: str) -> Callable[[Array], Any]:
        return lambda self: _call(name, getattr(operator, name), self)

    def inplace(name: str) -> Callable[[Array, Any], Array]:
        def write(self: Array, other: Any) -> Array:
            _call(name, getattr(operator, name), self, other)
            return self

        return write

    def method(name: str) -> Callable[..., Any]:
        return lambda self, *args, **kwargs: _call(name, getattr(np.ndarray, name), self, *args, **kwargs)

    for word in [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
    ]:
        function = f"{word}_" if word in ("and", "or") else word
        setattr(Array, f"__{word}__", binary(function))
        setattr(Array, f"__r{word}__", reflected(function))
        if f"__i{word}__" in SURFACE["ndarray"]:
            setattr(Array, f"__i{word}__", inplace(f"i{word}"))
    for word in ["lt", "le", "gt", "ge", "eq", "ne"]:
        setattr(Array, f"__{word}__", binary(word))
    for word in ["neg", "pos", "abs", "invert"]:
        setattr(Array, f"__{word}__", unary(word))
    for word in SURFACE["ndarray"]:
        if not word.startswith("_") and not hasattr(Array, word) and callable(getattr(np.ndarray, word, None)):
            setattr(Array, word, method(word))


_give_operators()


class _Ufunc:
    """An element-by-element function with ``.at``."""

    def __init__(self, function: np.ufunc) -> None:
        self.function = function
        self.__name__ = function.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(a, (list, tuple)) for a in args):
            raise TypeError(f"cupy.{self.__name__}: Unsupported type <class 'list'>")
        return _call(self.__name__, self.function, *args, **kwargs)

    def at(self, array: Array, key: Any, values: Any) -> None:
        if self.__name__ not in _SCATTERING:
            raise NotImplementedError(f"`{self.__name__}.at` is not supported yet")
        if array.dtype.name not in _ADDABLE:
            raise TypeError(f"cupy.{self.__name__}.at does not support dtype {array.dtype}")
        self.function.at(array.held, _index(array, key), _bare(values, "at", []))


class _Namespace:
    """A module of NumPy's, with only the names that CuPy's has."""

    def __init__(self, path: str, module: Any, names: list[str]) -> None:
        self._path, self._module, self._names = path, module, set(names)

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(f"module '{self._path}' {SURFACE['version']} has no attribute {name!r}")
        found = getattr(self._module, name)
        if isinstance(found, np.ufunc):
            return _Ufunc(found)
        if isinstance(found, type) or not callable(found):
            return found
        return lambda *args, **kwargs: _call(name, found, *args, **kwargs)


class StandIn(_Namespace):
    """The module ``cupy``."""

    ndarray = Array

    def __init__(self) -> None:
        super().__init__("cupy", np, SURFACE["top"])
        self.linalg = _Namespace("cupy.linalg", np.linalg, SURFACE["linalg"])
        tricks = _Namespace("cupy.lib.stride_tricks", np.lib.stride_tricks, ["as_strided", "sliding_window_view"])
        self.lib = type("lib", (), {"stride_tricks": tricks})

    @property
    def syncs(self) -> int:
        """How often the host waited for the device."""
        return _Counter.syncs

    @syncs.setter
    def syncs(self, n: int) -> None:
        _Counter.syncs = n

    def asarray(self, x: Any, dtype: Any = None) -> Array:
        """The one way onto the device: a host array or numbers are copied, a device array stays what it is."""
        if isinstance(x, Array):
            return x if dtype is None or x.dtype == dtype else Array(x.held.astype(dtype))
        return Array(np.array(x, dtype=dtype))

    def array(self, x: Any, dtype: Any = None) -> Array:
        """Like :meth:`asarray`, always a copy."""
        return Array(np.array(x.held if isinstance(x, Array) else x, dtype=dtype))


@contextlib.contextmanager
def plugged_in() -> Iterator[StandIn]:
    """While this lasts, ``cuda:0`` is the stand-in."""
    xp = StandIn()
    xp.syncs = 0
    register(Device("cuda", 0, xp))
    try:
        yield xp
    finally:
        unregister("cuda:0")  # a real one, where there is one, is found again when it is next asked for
