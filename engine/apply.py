"""Running an op: the inputs' arrays on one device in one dtype, the forward, the output's node, what observers are told.

This is the path that every op of a script takes, so it is written to be short. :func:`apply` takes any op and any inputs; most
calls are of ops of one or two tensors of one dtype while nobody watches, and go the short way of :func:`unary` and :func:`binary`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from engine import dtypes, observe
from engine.device import CPU, Device
from engine.errors import explain, not_a_tensor
from engine.mode import mode
from engine.node import Node, Pick, SavedOutput
from engine.plan import MIXED, versions
from engine.tensor import Tensor, Version, check_writable, write
from engine.views import rebase, refresh

if TYPE_CHECKING:
    from engine.op import Op


#: what an op without attributes is called with
NO_ATTRS: dict[str, Any] = {}

_MISSING = object()  # an argument that was not given


def apply(op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
    """Runs an op: a tensor, or a tuple of tensors for an op with several outputs."""
    if observe.active and not mode.quiet:
        return _apply_observed(op, inputs, attrs, observe.active)
    device, arrays, nodes, tracked, numbers = _arrays(op, inputs)
    try:
        out = op.forward(device.xp, *arrays, **attrs)
    except Exception as error:
        raise explain(op, arrays, attrs, error) from None
    return _wrap(op, inputs, attrs, out, device, nodes, tracked, numbers)


def _apply_observed(
    op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], watchers: tuple[observe.Observer, ...]
) -> Any:
    arrays: list[Any] = []
    try:
        device, arrays, nodes, tracked, numbers = _arrays(op, inputs)
        start = perf_counter_ns()
        out = op.forward(device.xp, *arrays, **attrs)
        ns = perf_counter_ns() - start
    except Exception as error:
        explained = explain(op, arrays, attrs, error) if arrays else error
        for observer in watchers:
            observer.on_failure(op, inputs, attrs, explained)
        raise explained from None
    result = _wrap(op, inputs, attrs, out, device, nodes, tracked, numbers)
    outputs = result if result.__class__ is tuple else (result,)
    for observer in watchers:
        observer.on_op(op, inputs, outputs, attrs, ns)
    return result


def _arrays(op: Op, inputs: tuple[Any, ...]) -> tuple[Device, list[Any], list[Any], int, int]:
    """The common device, the arrays in their common dtype, the inputs' nodes; a bit for each input that has a node, and that
    is no tensor (or ``MIXED``, where tensors had to be cast)."""
    device: Device | None = None
    dtype: Any = None
    arrays: list[Any] = []
    nodes: list[Any] = []
    tracked, numbers, bit = 0, 0, 1
    alike = weak = True  # the tensors are of one dtype; no number could lift it
    for x in inputs:
        if isinstance(x, Tensor):
            if x.version is not None and x.base is not None:
                refresh(x)
            array, node = x.data_, x.node
            if device is None:
                device, dtype = x.device, array.dtype
            elif x.device is not device:
                device, array, alike = *_other_device(op, device, x, arrays), False
            elif array.dtype is not dtype:
                alike = False
            if node is not None:
                tracked |= bit
            arrays.append(array)
            nodes.append(node)
        else:
            weak = weak and (x is None or x.__class__ is int)
            arrays.append(x.item() if hasattr(x, "item") else x)
            nodes.append(None)
            numbers |= bit
        bit += bit
    if device is None:
        if inputs:
            raise not_a_tensor(op, inputs[0])
        device = CPU
    if op.promotes and not alike:
        numbers = MIXED
    if not (alike and weak) or (op.floats and dtype.kind not in "fc"):
        arrays = prepared(op, arrays)
    return device, arrays, nodes, tracked, numbers


def prepared(op: Op, arrays: list[Any]) -> list[Any]:
    """The arrays (and Python numbers) in the dtype that the op computes in."""
    if op.promotes:
        arrays = dtypes.cast_operands(arrays)
    if op.floats:
        arrays = [_floating(a) for a in arrays]
    return arrays


def _other_device(op: Op, device: Device, x: Tensor, arrays: list[Any]) -> tuple[Device, Any]:
    """A 0-d CPU tensor goes along with any device; any other mixture is an error. The device, and the array of ``x`` there."""
    if x.data_.ndim == 0 and x.device is CPU:
        return device, device.from_host(x.data_)
    if device is CPU and all(getattr(a, "ndim", 0) == 0 for a in arrays):
        arrays[:] = [x.device.from_host(a) if hasattr(a, "dtype") else a for a in arrays]
        return x.device, x.data_
    raise RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {device} and {x.device}! "
        f"({op.name}). Move one of them: x.to('{device}')."
    )


def _floating(a: Any) -> Any:
    if getattr(a, "dtype", None) is None or a.dtype.kind in "fc":
        return a
    return a.astype(dtypes.get_default_dtype().numpy)


def _wrap(
    op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], out: Any, device: Device, nodes: list[Any], tracked: int,
    numbers: int,
) -> Any:  # fmt: skip
    if op.moves:
        device = attrs["device"]
    if out.__class__ is not device.array_type:
        if out.__class__ is tuple:
            return _wrap_many(op, inputs, attrs, out, device, nodes, tracked, numbers)
        out = device.xp.asarray(out)  # NumPy turns 0-d results into scalars
    y = _shown(op, attrs, out, inputs[0], device) if op.view else Tensor(out, None, device)
    if tracked and mode.grad and out.dtype.kind in "fc":
        y.node = _record(op, inputs, attrs, (y,), nodes, tracked, numbers)
    return y


def _wrap_many(
    op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], out: Any, device: Device, nodes: list[Any], tracked: int,
    numbers: int,
) -> Any:  # fmt: skip
    arrays = [device.xp.asarray(o) for o in out]
    ys = tuple(_shown(op, attrs, o, inputs[0], device) if op.view else Tensor(o, None, device) for o in arrays)
    if op.view:
        for y in ys:
            y.path = None  # which of several views it is, a path does not tell
    if tracked and mode.grad:
        node = _record(op, inputs, attrs, ys, nodes, tracked, numbers)
        if node is not None:
            node.outputs = tuple((y.data_.shape, y.data_.dtype) for y in ys)
            for k, y in enumerate(ys):
                if y.data_.dtype.kind in "fc":
                    y.node = Pick(node, k)
    return ys


def _shown(op: Op, attrs: dict[str, Any], out: Any, source: Tensor, device: Device) -> Tensor:
    """The output of an op that may show its input's storage: a view of it where it does."""
    base, shown = out.base, source.data_
    if not (out is shown or (base is not None and (base is shown or base is shown.base))):
        return Tensor(out, None, device)
    version = source.shared_version()
    if source.base is None:
        y = Tensor(out, None, device, version, source)
        path: tuple[Any, ...] | None = ()
    else:
        y = Tensor(out, None, device, version, source.base)
        path = source.path
    if path is not None and mode.grad:
        y.path, y.seen = (*path, (op, attrs)), version.n
    return y


def _record(
    op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], outputs: tuple[Tensor, ...], nodes: list[Any], tracked: int,
    numbers: int,
) -> Node | None:  # fmt: skip
    """The node of an executed op, with what its rules will need; None where no tracked input has a rule."""
    needed = tracked & op.ruled
    if not needed:
        return None
    if needed != tracked:
        nodes = [n if needed >> i & 1 else None for i, n in enumerate(nodes)]
    plan = op.plan(needed, numbers)
    y = outputs[0]
    node = Node(op, tuple(nodes), attrs, y.device, y.data_, plan, *plan.keep(inputs, outputs))
    if plan.shapes:
        node.shapes = tuple([x.data_.shape if isinstance(x, Tensor) else () for x in inputs])
    return node


# ------------------------------------------------------------------------------------------------ the short way


def unary(op: Op, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """The op as a function of one tensor. What is no plain case goes to ``otherwise``."""
    forward, floats, ruled, plan = op.forward, op.floats, op.ruled, op.plan

    def call(x: Any = _MISSING, /, **named: Any) -> Any:
        if named or observe.active or not isinstance(x, Tensor) or (floats and x.data_.dtype.kind not in "fc"):
            return otherwise(**named) if x is _MISSING else otherwise(x, **named)
        if x.version is not None and x.base is not None:
            refresh(x)
        device, array, node = x.device, x.data_, x.node
        try:
            out = forward(device.xp, array)
        except Exception as error:
            raise explain(op, [array], NO_ATTRS, error) from None
        if out.__class__ is not device.array_type:
            if out.__class__ is tuple:
                return _wrap_many(op, (x,), NO_ATTRS, out, device, [node], int(node is not None), 0)
            out = device.xp.asarray(out)  # NumPy turns 0-d results into scalars
        y = Tensor(out, None, device)
        if node is not None and ruled and mode.grad and out.dtype.kind in "fc":
            kept = plan(1)
            y.node = made = Node(op, (node,), NO_ATTRS, device, out, kept, *kept.keep((x,), (y,)))
            if kept.shapes:
                made.shapes = (array.shape,)
        return y

    return call


def binary(op: Op, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """The op as a function of two tensors, or of a tensor and a number. What is no plain case goes to ``otherwise``."""
    forward, floats, ruled, plan = op.forward, op.floats, op.ruled, op.plan

    def call(a: Any = _MISSING, b: Any = _MISSING, /, **named: Any) -> Any:
        if named or observe.active:
            return otherwise(*(x for x in (a, b) if x is not _MISSING), **named)
        if isinstance(a, Tensor):
            if a.version is not None and a.base is not None:
                refresh(a)
            device, x, n = a.device, a.data_, a.node
            if isinstance(b, Tensor):
                if b.version is not None and b.base is not None:
                    refresh(b)
                numbers, y, m = 0, b.data_, b.node
                plain = x.dtype is y.dtype and b.device is device and (not floats or x.dtype.kind in "fc")
            else:
                numbers, y, m = 2, b, None
                plain = (b.__class__ is float or b.__class__ is int) and x.dtype.kind in "fc"
        elif isinstance(b, Tensor):
            if b.version is not None and b.base is not None:
                refresh(b)
            numbers, device, x, y, n, m = 1, b.device, a, b.data_, None, b.node
            plain = (a.__class__ is float or a.__class__ is int) and y.dtype.kind in "fc"
        else:
            plain = False
        if not plain:
            return otherwise(*(x for x in (a, b) if x is not _MISSING))
        try:
            out = forward(device.xp, x, y)
        except Exception as error:
            raise explain(op, [x, y], NO_ATTRS, error) from None
        if out.__class__ is not device.array_type:
            out = device.xp.asarray(out)  # NumPy turns 0-d results into scalars
        z = Tensor(out, None, device)
        if (n is not None or m is not None) and ruled and mode.grad and out.dtype.kind in "fc":
            kept = plan(1 if m is None else 2 if n is None else 3, numbers)
            z.node = made = Node(op, (n, m), NO_ATTRS, device, out, kept, *kept.keep((a, b), (z,)))
            if kept.shapes:
                made.shapes = (getattr(x, "shape", ()), getattr(y, "shape", ()))
        return z

    return call


# ------------------------------------------------------------------------------------------------ in place


def apply_inplace(op: Op, target: Tensor, inputs: tuple[Any, ...], attrs: dict[str, Any]) -> Tensor:
    """Runs ``op`` on ``inputs`` (``target`` among them, or not) and writes the result into ``target``.

    A view's base receives the write's history as well. Raises ``RuntimeError`` where autograd forbids the write, or the
    result's shape is not the target's.
    """
    check_writable(target, f"{op.name}_")
    watchers = () if mode.quiet else observe.active
    device, arrays, nodes, tracked, numbers = _arrays(op, inputs)
    start = perf_counter_ns()
    try:
        out = op.forward(device.xp, *arrays, **attrs)
        _check_result(out, target)
        node = None
        if tracked and mode.grad and target.data_.dtype.kind in "fc":
            node = _record(op, inputs, attrs, (target,), nodes, tracked, numbers)
            if node is not None:
                node.saved = tuple([_before(v) if v is target else v for v in node.saved])
        write(target, out)
    except Exception as error:
        explained = _shares_elements(target) or explain(op, arrays, attrs, error)
        for observer in watchers:
            observer.on_failure(op, inputs, attrs, explained)
        raise explained from None
    if node is not None:
        for v in node.saved:
            if v.__class__ is SavedOutput:
                v.version = target.version
        node.versions = versions(node.saved)
    rebased = mode.grad and (node is not None or target.node is not None)
    if rebased:
        target.node = node
    ns = perf_counter_ns() - start
    for observer in watchers:
        observer.on_inplace(op, inputs, target, attrs, ns)
    if rebased and target.base is not None:
        rebase(target)
    return target


def _check_result(out: Any, target: Tensor) -> None:
    have, want = tuple(getattr(out, "shape", ())), tuple(target.data_.shape)
    if have != want and (
        len(have) > len(want) or any(s not in (1, w) for s, w in zip(have[::-1], want[::-1], strict=False))
    ):
        raise RuntimeError(f"output with shape {list(want)} doesn't match the broadcast shape {list(have)}")
    if target.data_.dtype.kind in "biu" and getattr(out, "dtype", target.data_.dtype).kind in "fc":
        raise RuntimeError(
            f"result type {_type_name(out.dtype)} can't be cast to the desired output type {_type_name(target.data_.dtype)}"
        )


def _shares_elements(target: Tensor) -> RuntimeError | None:
    """The error of a write into an expanded tensor, whose elements share memory; None for any other tensor."""
    strides = zip(target.data_.shape, target.data_.strides, strict=True)
    if target.base is None or not any(n > 1 and step == 0 for n, step in strides):
        return None
    return RuntimeError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
        "Please clone() the tensor before performing the operation."
    )


def _type_name(numpy: Any) -> str:
    """What torch calls a dtype in this message: Float, Long, Bool, …"""
    name = dtypes.of(numpy).name
    return _TYPE_NAMES.get(name, name.title())


_TYPE_NAMES = {
    "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "float16": "Half", "float32": "Float", "float64": "Double",
}  # fmt: skip


def _before(target: Tensor) -> Tensor:
    """What a rule finds under the written input's name: its numbers before the write."""
    version = Version()
    version.n = target._version  # as it was saved
    return Tensor(target.data_.copy(), target.node, target.device, version)
