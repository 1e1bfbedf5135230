"""An ONNX model as a module of this engine: each node runs an op, so that it is drawn, fed, captured and differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import engine
from engine.nn import functional as F
from engine.nn.module import Module
from engine.nn.parameter import Parameter
from engine.onnx import UnsupportedOperatorError, package
from engine.tensor import Tensor


def load(f: Any) -> OnnxModel:
    """The model in ``f`` (a path or a file). Its floating initialisers become parameters, under their own names.

    Raises ``ModuleNotFoundError`` without the ``onnx`` package; :class:`engine.onnx.UnsupportedOperatorError` where a node
    has no op here, with all of those; what the ``onnx`` checker raises for a file that is no model.
    """
    onnx = package()
    model = onnx.load(f, load_external_data=False)
    onnx.checker.check_model(model)
    return OnnxModel(onnx, model.graph)


class OnnxModel(Module):
    """Called with the graph's inputs, in order; gives its outputs: a tensor, or a tuple of several."""

    def __init__(self, onnx: Any, graph: Any) -> None:
        super().__init__()
        unknown = sorted({node.op_type for node in graph.node if node.op_type not in TABLE})
        if unknown:
            raise UnsupportedOperatorError(
                f"the model has nodes that this engine has no op for: {', '.join(unknown)}. There are: {', '.join(sorted(TABLE))}."
            )
        self._numbers: dict[str, np.ndarray[Any, Any]] = {}  #: integers: shapes, axes, sizes
        self._held: dict[str, str] = {}  #: initialiser → attribute
        for initializer in graph.initializer:
            self._keep(initializer.name, onnx.numpy_helper.to_array(initializer))
        self.inputs = [i.name for i in graph.input if i.name not in self._held and i.name not in self._numbers]
        self.outputs = [o.name for o in graph.output]
        self._nodes = [
            (node.op_type, list(node.input), list(node.output), _attributes(onnx, node)) for node in graph.node
        ]

    def _keep(self, name: str, array: np.ndarray[Any, Any]) -> None:
        if array.dtype.kind != "f":
            self._numbers[name] = array
            return
        attribute = name.replace(".", "_")
        self._held[name] = attribute
        self.register_parameter(attribute, Parameter(engine.tensor(array.copy())))

    def forward(self, *given: Tensor) -> Any:
        """Raises ``TypeError`` for another number of inputs than the model's."""
        if len(given) != len(self.inputs):
            raise TypeError(
                f"the model takes {len(self.inputs)} inputs ({', '.join(self.inputs)}), {len(given)} were given"
            )
        values: dict[str, Any] = dict(zip(self.inputs, given, strict=True))
        values |= {name: getattr(self, attribute) for name, attribute in self._held.items()}
        values |= self._numbers
        values[""] = None
        for kind, read, made, attributes in self._nodes:
            found = TABLE[kind](attributes, *(values[name] for name in read))
            values |= dict(zip(made, found if isinstance(found, (tuple, list)) else (found,), strict=False))
        ends = [values[name] for name in self.outputs]
        return ends[0] if len(ends) == 1 else tuple(ends)


def _attributes(onnx: Any, node: Any) -> dict[str, Any]:
    found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "Constant":
        found["value"] = onnx.numpy_helper.to_array(found["value"])
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}


def _tensor(x: Any) -> Any:
    return engine.tensor(x) if isinstance(x, np.ndarray) else x


def _op(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors alone."""
    return lambda attributes, *x: function(*(_tensor(each) for each in x))


def _ints(x: Any) -> list[int]:
    return [int(n) for n in np.atleast_1d(x.numpy() if isinstance(x, Tensor) else x)]


def _pads(a: dict[str, Any], rank: int) -> tuple[int, ...]:
    pads = a.get("pads", [0] * (2 * rank))
    if a.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or list(pads[:rank]) != list(pads[rank:]):
        raise UnsupportedOperatorError("padding that differs between the two sides of an axis is not supported")
    return tuple(pads[:rank])


def _conv(a: dict[str, Any], x: Any, weight: Any, bias: Any = None) -> Any:
    rank = weight.ndim - 2
    conv = {1: F.conv1d, 2: F.conv2d}.get(rank)
    if conv is None:
        raise UnsupportedOperatorError(f"Conv over {rank} axes is not supported; 1 and 2 are")
    ones = [1] * rank
    stride, dilation = tuple(a.get("strides", ones)), tuple(a.get("dilations", ones))
    return conv(x, weight, bias, stride, _pads(a, rank), dilation, a.get("group", 1))


def _max_pool(a: dict[str, Any], x: Any) -> Any:
    kernel = tuple(a["kernel_shape"])
    ones = [1] * len(kernel)
    return F.max_pool2d(
        x, kernel, tuple(a.get("strides", ones)), _pads(a, len(kernel)), tuple(a.get("dilations", ones)),
        bool(a.get("ceil_mode", 0)),
    )  # fmt: skip


def _gemm(a: dict[str, Any], x: Any, y: Any, z: Any = None) -> Any:
    x = x.transpose(0, 1) if a.get("transA") else x
    y = y.transpose(0, 1) if a.get("transB") else y
    product = x @ y
    product = product * a["alpha"] if a.get("alpha", 1.0) != 1.0 else product
    if z is None:
        return product
    return product + (z * a["beta"] if a.get("beta", 1.0) != 1.0 else z)


def _layer_norm(a: dict[str, Any], x: Any, scale: Any, bias: Any = None) -> Any:
    axis = a.get("axis", -1)
    shape = tuple(x.shape[axis:])
    return F.layer_norm(x, shape, scale, bias, a.get("epsilon", 1e-5))


def _reshape(a: dict[str, Any], x: Any, shape: Any) -> Any:
    sizes = [x.shape[k] if n == 0 and not a.get("allowzero") else n for k, n in enumerate(_ints(shape))]
    return x.reshape(tuple(sizes))


def _flatten(a: dict[str, Any], x: Any) -> Any:
    axis = a.get("axis", 1)
    return x.reshape((int(np.prod(x.shape[:axis])), -1))


def _unsqueeze(a: dict[str, Any], x: Any, axes: Any) -> Any:
    x = _tensor(x)
    for axis in sorted(_ints(axes)):
        x = x.unsqueeze(axis)
    return x


def _squeeze(a: dict[str, Any], x: Any, axes: Any = None) -> Any:
    return x.squeeze() if axes is None else x.squeeze(tuple(_ints(axes)))


def _split(a: dict[str, Any], x: Any, sizes: Any = None) -> Any:
    axis = a.get("axis", 0)
    return x.chunk(a["num_outputs"], axis) if sizes is None else x.split(_ints(sizes), axis)


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def make(a: dict[str, Any], x: Any, axes: Any = None) -> Any:
        along = tuple(_ints(axes if axes is not None else a.get("axes", list(range(x.ndim)))))
        return function(x, along, keepdim=bool(a.get("keepdims", 1)))

    return make


TABLE: dict[str, Callable[..., Any]] = {
    **{n: _op(getattr(engine, n.lower())) for n in (
        "Add", "Sub", "Mul", "Div", "Pow", "Neg", "Abs", "Exp", "Log", "Sqrt", "Sin", "Cos", "Tanh", "Sigmoid", "Relu",
        "Erf", "Where", "Floor", "MatMul",
    )},
    "Max": _op(engine.maximum), "Min": _op(engine.minimum), "Softplus": _op(F.softplus), "Identity": _op(lambda x: x),
    "Greater": _op(engine.gt), "Less": _op(engine.lt), "GreaterOrEqual": _op(engine.ge), "LessOrEqual": _op(engine.le),
    "Equal": _op(engine.eq),
    "Constant": lambda a: a["value"], "Gemm": _gemm, "Conv": _conv, "MaxPool": _max_pool,
    "GlobalAveragePool": lambda a, x: x.mean(tuple(range(2, x.ndim)), keepdim=True),
    "BatchNormalization": lambda a, x, scale, bias, mean, var: F.batch_norm(
        x, mean.detach(), var.detach(), scale, bias, False, 0.1, a.get("epsilon", 1e-5)
    ),
    "LayerNormalization": _layer_norm, "Gelu": lambda a, x: F.gelu(x, approximate=a.get("approximate", "none")),
    "Softmax": lambda a, x: engine.softmax(x, a.get("axis", -1)),
    "LogSoftmax": lambda a, x: engine.log_softmax(x, a.get("axis", -1)),
    "Reshape": _reshape, "Flatten": _flatten, "Unsqueeze": _unsqueeze, "Squeeze": _squeeze, "Split": _split,
    "Transpose": lambda a, x: x.permute(tuple(a.get("perm", range(x.ndim)[::-1]))),
    "Concat": lambda a, *x: engine.cat([_tensor(each) for each in x], a["axis"]),
    "ReduceSum": _reduced(engine.sum), "ReduceMean": _reduced(engine.mean),
    "Dropout": lambda a, x, *_: x,
}  # fmt: skip
