"""A tensor's numbers, by its id: from the events where it is small, from the kept tensors where it is large."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from engine.recorder import schema
from engine.recorder.schema import Number, Shape, Summary, Value, number

from ..store.blobs import Blobs
from ..store.log import EventLog
from .intake import PassRow, parse
from .page import PassPage, fold

Array = np.ndarray[Any, Any]

_ID = re.compile(
    r"(?P<tensor>t\d+|(?P<op>(?P<pass>\d+)\.\d+)(?:\.\d+)?)"
    r"(?:@(?P<version>\d+))?(?::(?P<what>grad|vjp\.(?P<input>\d+)))?"
)
_VALUES = re.compile(rb'\{"seq":\d+,"type":"(op|again|tensor)"')
_GRADIENTS = re.compile(rb'\{"seq":\d+,"type":"(vjp|grad)"')
_LIKE = re.compile(rb'"index":(\d+),"like":(\d+)')
_KINDS = "biufc"  # what a child may have kept: numbers, and nothing that runs code


class NoSuchTensor(Exception):
    """The run told of no such tensor, or its numbers were not kept; the message says which."""

    def __init__(self, message: str, summary: Summary | None = None) -> None:
        super().__init__(message)
        self.summary = summary


class BadSlice(Exception):
    """The slice does not fit the tensor; the message says why."""


class TensorDocument(msgspec.Struct):
    """A tensor's numbers, or a slice of them."""

    tensor: str
    dtype: str
    shape: Shape  #: of the whole tensor
    data_shape: Shape  #: of what is in ``data``
    data: list[Number]  #: in C order; booleans are 0 and 1
    slice: str | None = None


@dataclass(frozen=True)
class _Told:
    """A moment at which a tensor's numbers were told."""

    key: str  #: the name under which they were kept, if they were
    value: Value
    shape: Shape | None = None
    dtype: str = "float32"


@dataclass(frozen=True)
class Trace:
    """What there is of a run."""

    run: str
    log: EventLog
    blobs: Blobs
    row: Callable[[int], PassRow | None]  #: finds a pass


def find(trace: Trace, id: str, at: int | None = None) -> Array:
    """The numbers of tensor ``id`` as last told (up to event ``at``). Raises ``NoSuchTensor``."""
    named = _ID.fullmatch(id)
    if named is None:
        raise NoSuchTensor(f"{id!r} is no tensor: try 3.12, 3.12.1, t7, t7@2, 3.12:grad or 3.12:vjp.0")
    told = list(_moments(trace, named, at))
    if not told:
        raise NoSuchTensor(f"the run told of no tensor {id!r}")
    last = told[-1]
    if last.value.data is not None:
        return _array(last.value.data, last.shape if last.shape is not None else [len(last.value.data)], last.dtype)
    kept = sum(moment.value.kept for moment in told if moment.key == last.key)
    npy = trace.blobs.get(last.key, kept - 1) if last.value.kept else None
    if npy is None:
        raise NoSuchTensor(f"the numbers of {id!r} were not kept, only their summary", last.value.summary)
    return load(npy)


def load(npy: bytes) -> Array:
    """The array of a ``.npy`` file that nobody vouches for. Raises ``NoSuchTensor``."""
    file = io.BytesIO(npy)
    try:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"version {version}")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=4096)
        if dtype.kind not in _KINDS or any(n < 0 for n in shape):
            raise ValueError(f"dtype {dtype}")
        numbers = np.frombuffer(npy, dtype, offset=file.tell())
        if numbers.size != math.prod(shape):
            raise ValueError(f"{numbers.size} numbers for shape {shape}")
    except (ValueError, TypeError, OverflowError) as error:
        raise NoSuchTensor(f"what was kept is no tensor: {error}") from error
    return numbers.reshape(shape, order="F" if fortran else "C")


def save(array: Array) -> bytes:
    """The array as a ``.npy`` file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def take(array: Array, text: str) -> Array:
    """``array[text]`` for a slice such as ``0,:,2:5``. Raises ``BadSlice``."""
    parts = text.split(",")
    if len(parts) > max(array.ndim, 1):
        raise BadSlice(
            f"{text!r} has {len(parts)} parts; the tensor has {array.ndim} dimensions, shape {list(array.shape)}"
        )
    try:
        return np.asarray(array[tuple(map(_part, parts))])
    except (IndexError, ValueError) as error:
        raise BadSlice(f"{text!r} does not fit shape {list(array.shape)}: {error}") from error


def document(id: str, whole: Array, part: Array, text: str | None) -> TensorDocument:
    """The JSON form."""
    flat = part.ravel()
    if flat.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)  # real and imaginary part in turns
    data: list[Number] = [int(x) for x in flat] if flat.dtype.kind in "biu" else [number(float(x)) for x in flat]
    return TensorDocument(id, whole.dtype.name, list(whole.shape), list(part.shape), data, text)


def _part(text: str) -> int | slice:
    numbers = text.strip().split(":")
    try:
        if len(numbers) == 1:
            return int(numbers[0])
        if len(numbers) > 3:
            raise ValueError
        return slice(*(int(n) if n.strip() else None for n in numbers))
    except ValueError:
        raise BadSlice(f"{text!r} is no index and no slice: try 0 or : or 2:5 or ::2") from None


def _array(data: list[Number], shape: Shape, dtype: str) -> Array:
    try:
        if np.dtype(dtype).kind not in _KINDS:
            raise ValueError(f"dtype {dtype}")
        return np.array([float(x) if isinstance(x, str) else x for x in data], dtype).reshape(shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise NoSuchTensor(f"what was told is no tensor: {error}") from error


def _told(info: schema.TensorInfo) -> _Told:
    return _Told(_key(info.id, info.version), info.value, info.shape, info.dtype)


def _key(id: str, version: int) -> str:
    return f"{id}@{version}" if version else id


def _moments(trace: Trace, named: re.Match[str], at: int | None) -> Iterator[_Told]:
    """Every time the numbers that ``named`` asks for were told, in order, up to event ``at``."""
    if named["input"]:
        return _contributions(trace, named, at)
    if named["what"]:
        return _gradients(trace, named, at)
    return _of_page(trace, named) if named["pass"] else _of_leaf(trace, named, at)


def _page(trace: Trace, number: str) -> PassPage | None:
    row = trace.row(int(number)) if len(number) < 10 else None
    return fold(trace.run, row, trace.log, trace.row) if row is not None else None


def _of_page(trace: Trace, named: re.Match[str]) -> Iterator[_Told]:
    """The numbers of an op's output."""
    page = _page(trace, named["pass"])
    version = int(named["version"]) if named["version"] else None
    for node in page.nodes if page is not None else ():
        for output in node.outputs:
            if output.id == named["tensor"] and version in (None, output.version):
                yield _told(output)


def _of_leaf(trace: Trace, named: re.Match[str], at: int | None) -> Iterator[_Told]:
    """The numbers of a tensor that no op made: as it was first read, and each time it was written in place."""
    id, version = named["tensor"], int(named["version"]) if named["version"] else None
    quoted = b'"%b"' % id.encode()
    written: dict[tuple[int, int], int] = {}  # (pass, index) of ops that write it in place → which output
    info: schema.TensorInfo | None = None
    for line in trace.log.lines(0, at):
        head = _VALUES.match(line)
        if head is None:
            continue
        if head[1] == b"again":
            like = _LIKE.search(line)
            origin = (int(like[2]), int(like[1])) if like is not None else None
            if origin not in written or info is None:
                continue
            event = parse(line)[1]
            assert isinstance(event, schema.Again)
            k = written[origin]
            now = event.versions[k] if event.versions else 0
            if version in (None, now):
                yield _Told(_key(id, now), event.values[k], info.shape, info.dtype)
        elif quoted in line:
            match parse(line)[1]:
                case schema.Leaf(tensor=told) if told.id == id:
                    info = told
                    if version in (None, told.version):
                        yield _told(told)
                case schema.Op() as op:
                    for k, output in enumerate(op.outputs):
                        if output.id == id:
                            written[op.pass_, op.index] = k
                            info = info or output
                            if version in (None, output.version):
                                yield _told(output)


def _gradients(trace: Trace, named: re.Match[str], at: int | None) -> Iterator[_Told]:
    """The gradients that reached a tensor: through the op that made it, and in its ``.grad``."""
    id, op = named["tensor"], named["op"]
    output = int(id[len(op) + 1 :] or 0) if op else -1
    own = next(_of_page(trace, named) if op else _of_leaf(trace, named, at), None)
    shape, dtype = (own.shape, own.dtype) if own is not None else (None, "float32")
    for event in _backward_events(trace, at, id, op or id):
        if isinstance(event, schema.Grad) and event.tensor == id:
            yield _Told(named[0], event.value, shape, dtype)
        elif isinstance(event, schema.Vjp) and event.op == op and output < len(event.upstream):
            value = event.upstream[output]
            if value is not None:
                yield _Told(named[0], value, shape, dtype)


def _contributions(trace: Trace, named: re.Match[str], at: int | None) -> Iterator[_Told]:
    """What an op sent back along one input edge."""
    page = _page(trace, named["pass"]) if named["pass"] else None
    position = int(named["input"])
    node = next((node for node in page.nodes if node.id == named["tensor"]), None) if page is not None else None
    if page is None or node is None or position >= len(node.inputs):
        return
    read = node.inputs[position].tensor
    infos = [output for node in page.nodes for output in node.outputs] + [leaf.tensor for leaf in page.leaves]
    info = next((info for info in infos if info.id == read), None)
    for event in _backward_events(trace, at, node.id):
        if isinstance(event, schema.Vjp) and event.op == node.id:
            for c in event.contributions:
                if c.input == position:
                    yield _Told(named[0], c.value, info.shape if info else None, info.dtype if info else "float32")


def _backward_events(trace: Trace, at: int | None, *ids: str) -> Iterator[schema.Event]:
    """The ``vjp`` and ``grad`` events that name one of these ids."""
    quoted = [b'"%b"' % id.encode() for id in ids]
    for line in trace.log.lines(0, at):
        if _GRADIENTS.match(line) and any(name in line for name in quoted):
            yield parse(line)[1]
