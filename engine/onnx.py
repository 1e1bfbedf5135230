"""``torch.onnx``: a captured program as an ONNX model, for onnxruntime, Netron and whatever else reads the format.

Needs the ``onnx`` package (``pip install kineograph[onnx]``). An op is one row of :data:`TABLE`: its inputs' names and its
attributes in, nodes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.mode import no_grad
from engine.nn.module import Module
from engine.program import Program, capture
from engine.program.passes import constant_folding, dead_code
from engine.program.rows import Constant, Row

OPSET = 20  #: the first with Gelu


class UnsupportedOperatorError(RuntimeError):
    """An op of the model has no row in the table; the message says which, where, and what there is."""


def export(
    model: Any, args: Any, f: Any = None, *, input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None, **_: Any,
) -> Any:  # fmt: skip
    """Runs ``model(*args)`` once without gradients and writes what it did as an ONNX model to ``f`` (a path or a file).

    Returns the ``onnx.ModelProto``, checked. Shapes are those of ``args``; a module is exported in evaluation mode and
    keeps its own. Raises ``ModuleNotFoundError`` without the ``onnx`` package, :class:`UnsupportedOperatorError` for an op
    that has no ONNX form here, ``ValueError`` for names that are not as many as the inputs or outputs.
    """
    onnx = package()
    given = args if isinstance(args, tuple) else (args,)
    training = [m for m in model.modules() if m.training] if isinstance(model, Module) else []
    for module in training:
        module.training = False
    try:
        with no_grad():
            program = constant_folding(dead_code(capture(model, *given)))
    finally:
        for module in training:
            module.training = True
    made = _Export(onnx, program).model(input_names, output_names)
    onnx.checker.check_model(made, full_check=True)
    if f is not None:
        onnx.save(made, f)
    return made


def load(f: Any) -> Any:
    """An ONNX model as a module: see :func:`engine.onnx_model.load`."""
    from engine.onnx_model import load

    return load(f)


def package() -> Any:
    """The ``onnx`` package. Raises ``ModuleNotFoundError`` that says what to install."""
    try:
        import onnx
    except ImportError:
        raise ModuleNotFoundError(
            "torch.onnx needs the onnx package, which is not installed: pip install kineograph[onnx]", name="onnx"
        ) from None
    return onnx


class _Export:
    """A program being written as a graph. Slot 5 is the value ``v5``."""

    def __init__(self, onnx: Any, program: Program) -> None:
        self.onnx, self.program = onnx, program
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.names = {slot.number: f"v{slot.number}" for slot in program.slots}
        self._many = 0

    def node(self, op: str, inputs: Sequence[str], outputs: Sequence[str] | None = None, **attributes: Any) -> str:
        """Adds a node; the name of its first output."""
        ends = list(outputs or [self.fresh()])
        self.nodes.append(self.onnx.helper.make_node(op, list(inputs), ends, **attributes))
        return ends[0]

    def fresh(self) -> str:
        self._many += 1
        return f"n{self._many}"

    def numbers(self, value: Any, dtype: Any = np.int64) -> str:
        """Numbers that are part of the model."""
        name = self.fresh()
        self.initializers.append(self.onnx.numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def read(self, row: Row) -> list[str]:
        """The names of a row's inputs; a Python number becomes a constant of the tensors' type."""
        slots = self.program.slots
        dtype = next((slots[i].dtype for i in row.inputs if isinstance(i, int)), np.dtype(np.float32))
        found = []
        for i in row.inputs:
            if not isinstance(i, Constant):
                found.append(self.names[i])
            elif i.value is None:
                found.append("")
            else:
                found.append(self.numbers(i.value, dtype))
        return found

    def model(self, inputs: Sequence[str] | None, outputs: Sequence[str] | None) -> Any:
        program, helper = self.program, self.onnx.helper
        self._name(program.feeds, inputs, "input")
        for slot in program.slots:
            held = slot.numbers if slot.kind == "constant" else slot.tensor.data_ if slot.kind == "state" else None
            if held is not None and any(slot.number in row.reads() for row in program.rows):
                host = program.device.to_host(held)
                self.initializers.append(self.onnx.numpy_helper.from_array(host, self.names[slot.number]))
        for row in program.rows:
            self._row(row)
        ends = [self.node("Identity", [self.names[slot]]) for slot in program.fetches]
        wanted = self._names_for(ends, outputs, "output")
        for node, name in zip(self.nodes[len(self.nodes) - len(ends) :], wanted, strict=True):
            node.output[0] = name
        graph = helper.make_graph(
            self.nodes, "kineograph", [self._info(s, self.names[s]) for s in program.feeds],
            [self._info(s, name) for s, name in zip(program.fetches, wanted, strict=True)], self.initializers,
        )  # fmt: skip
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, producer_name="kineograph", ir_version=9)

    def _info(self, number: int, name: str) -> Any:
        slot = self.program.slots[number]
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(slot.dtype))
        return self.onnx.helper.make_tensor_value_info(name, kind, list(slot.shape))

    def _name(self, slots: Sequence[int], wanted: Sequence[str] | None, kind: str) -> None:
        self.names |= dict(zip(slots, self._names_for(slots, wanted, kind), strict=True))

    def _names_for(self, items: Sequence[Any], wanted: Sequence[str] | None, kind: str) -> list[str]:
        if wanted is not None and len(wanted) != len(items):
            raise ValueError(f"{kind}_names: the model has {len(items)} {kind}s, and {len(wanted)} names were given")
        return list(wanted) if wanted is not None else [f"{kind}{k}" for k in range(len(items))]

    def _row(self, row: Row) -> None:
        make = TABLE.get(row.op.name) if row.kind == "op" else None
        if make is None:
            raise UnsupportedOperatorError(
                f"{row.name} has no ONNX form here (at {row.site}). There are: {', '.join(sorted(TABLE))}."
            )
        made = make(self, self.read(row), row.attrs, [self.program.slots[i] for i in row.outputs])
        for slot, name in zip(row.outputs, made if isinstance(made, list) else [made], strict=True):
            self.names[slot] = name


# ------------------------------------------------------------------------------------------------ op → nodes

_Make = Callable[[_Export, list[str], dict[str, Any], list[Any]], Any]


def _same(op: str, **fixed: Any) -> _Make:
    """An op that ONNX has too, attributes aside."""
    return lambda to, x, attrs, out: to.node(op, x, **fixed)


def _linear(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    weight = to.node("Transpose", [x[1]], perm=[1, 0])
    product = to.node("MatMul", [x[0], weight])
    return to.node("Add", [product, x[2]]) if len(x) > 2 and x[2] else product


def _conv(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    pads = [*attrs["padding"], *attrs["padding"]]
    return to.node(
        "Conv", [name for name in x if name], strides=list(attrs["stride"]), pads=pads,
        dilations=list(attrs["dilation"]), group=attrs["groups"],
    )  # fmt: skip


def _pool(op: str) -> _Make:
    def make(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
        return to.node(
            op, x, kernel_shape=list(attrs["kernel"]), strides=list(attrs["stride"]),
            pads=[*attrs["padding"], *attrs["padding"]], dilations=list(attrs["dilation"]), ceil_mode=int(attrs["ceil"]),
        )  # fmt: skip

    return make


def _norm(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    value, mean, var, scale, bias = x
    return to.node("BatchNormalization", [value, scale, bias, mean, var], epsilon=attrs["eps"])


def _layer_norm(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    return to.node("LayerNormalization", [n for n in x if n], axis=-len(attrs["shape"]), epsilon=attrs["eps"])


def _along(op: str) -> _Make:
    return lambda to, x, attrs, out: to.node(op, x, axis=attrs["dim"])


def _shaped(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    return to.node("Reshape", [x[0], to.numbers(out[0].shape)])


def _transpose(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> str:
    perm = list(range(len(out[0].shape)))
    a, b = attrs["dim0"], attrs["dim1"]
    perm[a], perm[b] = perm[b], perm[a]
    return to.node("Transpose", x, perm=perm)


def _split(to: _Export, x: list[str], attrs: dict[str, Any], out: list[Any]) -> list[str]:
    ends = [to.fresh() for _ in out]
    to.node("Split", [x[0], to.numbers(attrs["sizes"])], ends, axis=attrs["dim"])
    return ends


TABLE: dict[str, _Make] = {
    **{name: _same(name.title()) for name in ("add", "sub", "mul", "div", "pow", "neg", "abs", "exp", "log", "sqrt")},
    **{name: _same(name.title()) for name in ("sin", "cos", "tanh", "sigmoid", "relu", "erf", "where", "softplus", "floor")},
    "matmul": _same("MatMul"), "maximum": _same("Max"), "minimum": _same("Min"), "gt": _same("Greater"),
    "lt": _same("Less"), "ge": _same("GreaterOrEqual"), "le": _same("LessOrEqual"), "eq": _same("Equal"),
    "gelu": lambda to, x, attrs, out: to.node("Gelu", x, approximate=attrs["approximate"]),
    "linear": _linear, "conv2d": _conv, "max_pool2d": _pool("MaxPool"), "batch_norm_known": _norm,
    "layer_norm": _layer_norm, "softmax": _along("Softmax"), "log_softmax": _along("LogSoftmax"),
    "flatten": _shaped, "reshape": _shaped, "unsqueeze": _shaped, "squeeze": _shaped, "transpose": _transpose, "split": _split,
}  # fmt: skip


def is_in_onnx_export() -> bool:
    """Always false: a model runs as it is while it is captured."""
    return False


__all__ = ["OPSET", "TABLE", "UnsupportedOperatorError", "export", "is_in_onnx_export", "load", "package"]
