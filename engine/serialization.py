"""``torch.save`` and ``torch.load``: a zip of ``structure.json`` and one ``.npy`` per array. Loading runs no code.

Files that PyTorch wrote (its zip format, tensors in dicts and lists) are read too, by an unpickler that knows tensors only.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from engine import dtypes
from engine.device import Device
from engine.device import device as find_device
from engine.nn.parameter import Parameter
from engine.tensor import Size, Tensor

STRUCTURE = "structure.json"
VERSION = 1

_DTYPES = {d.name: d for d in dtypes.ALL}


def save(obj: Any, f: Any, **_: Any) -> None:
    """Writes tensors in dicts, lists and tuples, with numbers and strings, to a path or a binary file.

    Raises ``TypeError`` for anything else: of a model save ``model.state_dict()``.
    """
    writer = _Writer()
    structure = writer.plain(obj)
    with zipfile.ZipFile(f, "w") as archive:
        archive.writestr(STRUCTURE, json.dumps({"version": VERSION, "value": structure}))
        for k, array in enumerate(writer.arrays):
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(f"{k}.npy", buffer.getvalue())


def load(f: Any, map_location: Any = None, weights_only: bool | None = None, mmap: bool | None = None, **_: Any) -> Any:
    """Reads what :func:`save`, or PyTorch's, wrote. Tensors come to the CPU unless ``map_location`` says where.

    Raises ``RuntimeError`` for a file that is neither, ``pickle.UnpicklingError`` for one that holds more than tensors.
    """
    try:
        archive = zipfile.ZipFile(f)
    except zipfile.BadZipFile:
        raise RuntimeError(
            "torch.load: this is no file of torch.save (PyTorch's format before 1.6 is not read: load it there and save it again)"
        ) from None
    with archive:
        names = archive.namelist()
        if STRUCTURE in names:
            loaded = _read_ours(archive)
        else:
            pickled = next((n for n in names if n.endswith("/data.pkl") or n == "data.pkl"), None)
            if pickled is None:
                raise RuntimeError("torch.load: the zip file holds neither structure.json nor data.pkl")
            loaded = _TorchUnpickler(archive, pickled).load()
    place = _destination(map_location)
    return loaded if place is None else _moved(loaded, place)


def _destination(map_location: Any) -> Device | None:
    if map_location is None or callable(map_location):
        return None
    if isinstance(map_location, dict):
        map_location = next(iter(map_location.values()))
    return find_device(map_location)


def _moved(value: Any, place: Device) -> Any:
    if isinstance(value, Tensor):
        if value.device is place:
            return value
        leaf = value.detach().to(place).requires_grad_(value.requires_grad)
        return Parameter(leaf.detach(), value.requires_grad) if isinstance(value, Parameter) else leaf
    if isinstance(value, dict):
        return type(value)((k, _moved(v, place)) for k, v in value.items())
    if isinstance(value, (list, tuple)) and not isinstance(value, Size):
        return type(value)(_moved(v, place) for v in value)
    return value


# ------------------------------------------------------------------------------------------------ our format


class _Writer:
    """Turns a value into JSON; arrays are put aside and numbered, shared ones once."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []  # an id stays one object's while the object lives

    def plain(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": repr(value)}
        for kind, write in _WRITERS:
            if isinstance(value, kind):
                return write(self, value)
        hint = (
            " Save model.state_dict() and load it with model.load_state_dict()." if hasattr(value, "state_dict") else ""
        )
        can = "tensors, numbers, strings, dicts, lists and tuples can be."
        raise TypeError(f"torch.save: cannot save a {type(value).__name__}; {can}{hint}")

    def array(self, device: Device, data: Any) -> int:
        if id(data) not in self._numbers:
            self._kept.append(data)
            self._numbers[id(data)] = len(self.arrays)
            self.arrays.append(np.ascontiguousarray(device.to_host(data)) if data.ndim else device.to_host(data))
        return self._numbers[id(data)]

    def tensor(self, x: Tensor) -> Any:
        kind = "parameter" if isinstance(x, Parameter) else "tensor"
        return {kind: self.array(x.device, x.data_), "requires_grad": x.requires_grad}


_WRITERS: tuple[tuple[Any, Callable[[_Writer, Any], Any]], ...] = (
    (Tensor, _Writer.tensor),
    (Size, lambda w, v: {"size": list(v)}),
    (dtypes.dtype, lambda w, v: {"dtype": v.name}),
    (Device, lambda w, v: {"device": str(v)}),
    (OrderedDict, lambda w, v: {"ordered": [[w.plain(k), w.plain(x)] for k, x in v.items()]}),
    (dict, lambda w, v: {"dict": [[w.plain(k), w.plain(x)] for k, x in v.items()]}),
    (list, lambda w, v: {"list": [w.plain(x) for x in v]}),
    (tuple, lambda w, v: {"tuple": [w.plain(x) for x in v]}),
    (set, lambda w, v: {"set": [w.plain(x) for x in v]}),
    (complex, lambda w, v: {"complex": [v.real, v.imag]}),
    (np.ndarray, lambda w, v: {"numpy": w.array(find_device("cpu"), v)}),
    (np.generic, lambda w, v: w.plain(v.item())),
)


class _Reader:
    """The reverse of :class:`_Writer`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._arrays: dict[int, Any] = {}

    def value(self, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        kind, held = next(iter(written.items()))
        read = _READERS.get(kind)
        if read is None:
            raise RuntimeError(f"torch.load: {STRUCTURE} holds {kind!r}, which this version does not know")
        return read(self, held, written)

    def array(self, k: int) -> Any:
        if k not in self._arrays:
            self._arrays[k] = np.load(io.BytesIO(self._archive.read(f"{k}.npy")), allow_pickle=False)
        return self._arrays[k]

    def pairs(self, held: list[Any]) -> list[tuple[Any, Any]]:
        return [(self.value(k), self.value(v)) for k, v in held]

    def tensor(self, held: int, written: dict[str, Any]) -> Tensor:
        return Tensor(self.array(held)).requires_grad_(written["requires_grad"])


_READERS: dict[str, Callable[[_Reader, Any, dict[str, Any]], Any]] = {
    "tensor": _Reader.tensor,
    "parameter": lambda r, v, w: Parameter(Tensor(r.array(v)), w["requires_grad"]),
    "size": lambda r, v, w: Size(v),
    "dtype": lambda r, v, w: _DTYPES[v],
    "device": lambda r, v, w: find_device(v),
    "ordered": lambda r, v, w: OrderedDict(r.pairs(v)),
    "dict": lambda r, v, w: dict(r.pairs(v)),
    "list": lambda r, v, w: [r.value(x) for x in v],
    "tuple": lambda r, v, w: tuple(r.value(x) for x in v),
    "set": lambda r, v, w: {r.value(x) for x in v},
    "complex": lambda r, v, w: complex(*v),
    "numpy": lambda r, v, w: r.array(v),
    "float": lambda r, v, w: float(v),
}


def _read_ours(archive: zipfile.ZipFile) -> Any:
    document = json.loads(archive.read(STRUCTURE))
    if document.get("version") != VERSION:
        raise RuntimeError(f"torch.load: the file is of version {document.get('version')}, this engine reads {VERSION}")
    return _Reader(archive).value(document["value"])


# ------------------------------------------------------------------------------------------------ PyTorch's format

_STORAGES = {
    "FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16, "LongStorage": np.int64,
    "IntStorage": np.int32, "ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8, "BoolStorage": np.bool_,
    "ComplexFloatStorage": np.complex64, "ComplexDoubleStorage": np.complex128,
}  # fmt: skip


def _rebuild_tensor(storage: Any, offset: int, size: Any, stride: Any, requires_grad: bool = False, *_: Any) -> Tensor:
    steps = [s * storage.itemsize for s in stride]
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if any(n < 0 for n in size) or any(s < 0 for s in stride) or offset < 0 or (0 not in size and last >= storage.size):
        raise pickle.UnpicklingError("a tensor reaches beyond its storage")
    strided = np.lib.stride_tricks.as_strided
    array = strided(storage[offset:], tuple(size), steps) if 0 not in size else np.empty(size, storage.dtype)
    return Tensor(array).requires_grad_(bool(requires_grad))


def _rebuild_parameter(data: Tensor, requires_grad: bool, *_: Any) -> Parameter:
    return Parameter(data.detach(), bool(requires_grad))


class _TorchUnpickler(pickle.Unpickler):
    """Reads ``data.pkl``; the only names it knows are those that plain tensors need."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(io.BytesIO(archive.read(name)))
        self._archive, self._root = archive, name[: -len("data.pkl")]
        self._storages: dict[str, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module in ("torch", "torch.storage") and name in _STORAGES:
            return _STORAGES[name]
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        found = _KNOWN.get(f"{module}.{name}")
        if found is None:
            raise pickle.UnpicklingError(
                f"torch.load: the file holds a {module}.{name}; only tensors in dicts and lists are read. "
                "Save model.state_dict() instead of the model."
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        kind, dtype, key, _, size = pid
        if kind != "storage" or not str(key).isdigit():
            raise pickle.UnpicklingError(f"torch.load: unknown storage {pid!r}")
        if key not in self._storages:
            self._storages[key] = np.frombuffer(bytearray(self._archive.read(f"{self._root}data/{key}")), dtype)[:size]
        return self._storages[key]


_KNOWN: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch.Size": Size,
    "torch.device": find_device,
}
