"""``tf``'s functions of tensors, each a node that runs a function of the engine; and what Python's operators build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import engine
from engine.nn import functional as F
from engine.tf.graph import Node


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _reduced(kind: str, whole: Callable[..., Any], along: Callable[..., Any]) -> Callable[..., Node]:
    def build(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Node:
        if axis is None:
            return Node(kind, (input_tensor,), whole, name)
        return Node(kind, (input_tensor,), lambda x: along(x, _axes(axis), keepdims), name)

    return build


def _plain(kind: str, function: Callable[..., Any]) -> Callable[..., Node]:
    """A function of tensors alone."""

    def build(*inputs: Any, name: str | None = None) -> Node:
        return Node(kind, inputs, function, name)

    return build


_PLAIN: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
    "negative": lambda a: -a, "pow": lambda a, b: a**b, "square": lambda a: a * a, "sqrt": engine.sqrt, "exp": engine.exp,
    "log": engine.log, "sin": engine.sin, "cos": engine.cos, "tanh": engine.tanh, "sigmoid": engine.sigmoid,
    "abs": engine.abs, "maximum": engine.maximum, "minimum": engine.minimum, "identity": lambda a: a,
    "equal": lambda a, b: a == b, "not_equal": lambda a, b: a != b, "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b, "less": lambda a, b: a < b, "less_equal": lambda a, b: a <= b,
    "logical_not": engine.logical_not, "logical_and": engine.logical_and, "logical_or": engine.logical_or,
    "where": engine.where, "zeros_like": engine.zeros_like, "ones_like": engine.ones_like,
    "stop_gradient": lambda a: a.detach(),
}  # fmt: skip

PLAIN: dict[str, Callable[..., Node]] = {name: _plain(name, function) for name, function in _PLAIN.items()}
REDUCED: dict[str, Callable[..., Node]] = {
    "reduce_sum": _reduced("Sum", engine.sum, lambda x, axis, keep: engine.sum(x, axis, keepdim=keep)),
    "reduce_mean": _reduced("Mean", engine.mean, lambda x, axis, keep: engine.mean(x, axis, keepdim=keep)),
    "reduce_max": _reduced("Max", engine.max, lambda x, axis, keep: engine.amax(x, axis, keepdim=keep)),
    "reduce_min": _reduced("Min", engine.min, lambda x, axis, keep: engine.amin(x, axis, keepdim=keep)),
}


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, name: str | None = None) -> Node:
    """The product of matrices, each transposed first where that is asked."""

    def product(x: Any, y: Any) -> Any:
        return (x.transpose(-1, -2) if transpose_a else x) @ (y.transpose(-1, -2) if transpose_b else y)

    return Node("MatMul", (a, b), product, name)


def reshape(tensor: Any, shape: Sequence[int], name: str | None = None) -> Node:
    return Node("Reshape", (tensor,), lambda x: x.reshape(tuple(shape)), name)


def transpose(a: Any, perm: Sequence[int] | None = None, name: str | None = None) -> Node:
    return Node("Transpose", (a,), lambda x: x.permute(tuple(perm or range(x.ndim)[::-1])), name)


def expand_dims(input: Any, axis: int, name: str | None = None) -> Node:
    return Node("ExpandDims", (input,), lambda x: x.unsqueeze(axis), name)


def squeeze(input: Any, axis: int | None = None, name: str | None = None) -> Node:
    return Node("Squeeze", (input,), lambda x: x.squeeze() if axis is None else x.squeeze(axis), name)


def concat(values: Sequence[Any], axis: int, name: str | None = None) -> Node:
    return Node("Concat", values, lambda *xs: engine.cat(xs, axis), name)


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> Node:
    return Node("Stack", values, lambda *xs: engine.stack(xs, axis), name)


def argmax(input: Any, axis: int = 0, name: str | None = None) -> Node:
    return Node("ArgMax", (input,), lambda x: engine.argmax(x, axis), name)


def cast(x: Any, dtype: Any, name: str | None = None) -> Node:
    return Node("Cast", (x,), lambda value: value.to(dtype), name)


def zeros(shape: Sequence[int], dtype: Any = None, name: str | None = None) -> Node:
    return Node("zeros", (), lambda: engine.zeros(tuple(shape), dtype=dtype), name)


def ones(shape: Sequence[int], dtype: Any = None, name: str | None = None) -> Node:
    return Node("ones", (), lambda: engine.ones(tuple(shape), dtype=dtype), name)


def random_normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, name: str | None = None) -> Node:
    """Drawn anew on each run."""
    return Node("random_normal", (), lambda: engine.randn(tuple(shape)) * stddev + mean, name)


def random_uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, name: str | None = None) -> Node:
    """Drawn anew on each run."""
    return Node("random_uniform", (), lambda: engine.rand(tuple(shape)) * (maxval - minval) + minval, name)


# ------------------------------------------------------------------------------------------------ tf.nn


def softmax(logits: Any, axis: int = -1, name: str | None = None) -> Node:
    return Node("Softmax", (logits,), lambda x: engine.softmax(x, axis), name)


def softmax_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Node:
    """One loss per row; ``labels`` are probabilities of ``logits``' shape."""

    def loss(t: Any, x: Any) -> Any:
        return -(t * engine.log_softmax(x, -1)).sum(-1)

    return Node("SoftmaxCrossEntropy", (labels, logits), loss, name)


def sparse_softmax_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Node:
    """One loss per row; ``labels`` are class numbers."""

    def loss(t: Any, x: Any) -> Any:
        return F.cross_entropy(x, t.to(engine.int64), reduction="none")

    return Node("SparseSoftmaxCrossEntropy", (labels, logits), loss, name)


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Node:
    def loss(t: Any, x: Any) -> Any:
        return F.binary_cross_entropy_with_logits(x, t, reduction="none")

    return Node("SigmoidCrossEntropy", (labels, logits), loss, name)


NN: dict[str, Callable[..., Node]] = {
    "relu": _plain("Relu", engine.relu), "sigmoid": PLAIN["sigmoid"], "tanh": PLAIN["tanh"],
    "softplus": _plain("Softplus", F.softplus), "elu": _plain("Elu", F.elu), "softmax": softmax,
    "log_softmax": _plain("LogSoftmax", lambda x: engine.log_softmax(x, -1)),
    "l2_loss": _plain("L2Loss", lambda x: (x * x).sum() / 2),
    "bias_add": PLAIN["add"],
    "softmax_cross_entropy_with_logits": softmax_cross_entropy_with_logits,
    "softmax_cross_entropy_with_logits_v2": softmax_cross_entropy_with_logits,
    "sparse_softmax_cross_entropy_with_logits": sparse_softmax_cross_entropy_with_logits,
    "sigmoid_cross_entropy_with_logits": sigmoid_cross_entropy_with_logits,
}  # fmt: skip

_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "pow", "matmul": "",
}  # fmt: skip


def _bind() -> None:
    """Gives nodes Python's operators. ``==`` stays identity, as in TensorFlow 1: it is ``tf.equal`` that compares."""
    for python, name in _OPERATORS.items():
        build = PLAIN.get(name, matmul)
        setattr(Node, f"__{python}__", lambda a, b, build=build: build(a, b))
        setattr(Node, f"__r{python}__", lambda a, b, build=build: build(b, a))
    for python, name in {"gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal"}.items():
        setattr(Node, f"__{python}__", lambda a, b, build=PLAIN[name]: build(a, b))
    setattr(Node, "__neg__", lambda a: PLAIN["negative"](a))  # noqa: B010
    setattr(Node, "__getitem__", lambda a, index: Node("StridedSlice", (a,), lambda x: x[index]))  # noqa: B010


_bind()
