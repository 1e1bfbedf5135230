"""Variables, their initialisers, assignments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import engine
from engine.mode import no_grad
from engine.tensor import Tensor as Value
from engine.tf.graph import FailedPreconditionError, Node, get_default_graph, node
from engine.tf.session import evaluate


class Variable(Node):
    """A value that stays from run to run. It has none until its initialiser has run."""

    def __init__(
        self, initial_value: Any, trainable: bool = True, name: str = "Variable", dtype: Any = None, shape: Any = None
    ) -> None:
        super().__init__("Variable", (), _nothing, name)
        self.trainable = trainable
        self.initial_value = node(initial_value() if callable(initial_value) else initial_value)
        self.dtype = dtype
        self.graph.variables.append(self)
        self.initializer = _Initializer([self])

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> Any:
        if self not in session.values:
            raise FailedPreconditionError(
                f"Attempting to use uninitialized value {self.name}: run sess.run(tf.global_variables_initializer()) first"
            )
        return session.values[self]

    def assign(self, value: Any) -> Node:
        return assign(self, value)

    def assign_add(self, value: Any) -> Node:
        return assign_add(self, value)


def _nothing() -> None:
    return None


class _Initializer(Node):
    def __init__(self, variables: list[Variable]) -> None:
        super().__init__("init", (), _nothing, does=True)
        self.variables = variables

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> None:
        for variable in self.variables:
            value = evaluate(variable.initial_value, session, {})
            fresh = value.detach().clone()
            if variable.dtype is not None:
                fresh = fresh.to(variable.dtype)
            if variable.trainable and fresh.is_floating_point():
                fresh = engine.nn.Parameter(fresh)
            session.values[variable] = fresh


class _Assign(Node):
    def __init__(self, kind: str, ref: Variable, value: Any, write: Callable[[Value, Value], Any]) -> None:
        super().__init__(kind, (ref, value), _nothing, does=True)
        self.ref, self.write = ref, write

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> None:
        with no_grad():
            self.write(values[0], values[1])


def assign(ref: Any, value: Any) -> Node:
    """An operation that sets a variable."""
    return _Assign("Assign", _variable(ref), value, lambda at, new: at.copy_(new))


def assign_add(ref: Any, value: Any) -> Node:
    """An operation that adds to a variable."""
    return _Assign("AssignAdd", _variable(ref), value, lambda at, new: at.add_(new))


def assign_sub(ref: Any, value: Any) -> Node:
    """An operation that subtracts from a variable."""
    return _Assign("AssignSub", _variable(ref), value, lambda at, new: at.sub_(new))


def _variable(ref: Any) -> Variable:
    if not isinstance(ref, Variable):
        raise TypeError(f"{ref!r} cannot be assigned to: only a tf.Variable keeps a value")
    return ref


def get_variable(
    name: str, shape: Sequence[int] | None = None, dtype: Any = None, initializer: Any = None, trainable: bool = True
) -> Variable:
    """The variable of that name, or a new one; without an initialiser, Glorot's uniform one."""
    known = next((v for v in get_default_graph().variables if v.name == name), None)
    if known is not None:
        raise ValueError(f"Variable {name} already exists: give another name, or use the one that there is")
    first = initializer or glorot_uniform_initializer()
    if callable(first) and not isinstance(first, Node):
        if shape is None:
            raise ValueError(f"Shape of a new variable ({name}) must be fully defined: get_variable({name!r}, [2, 3])")
        first = first(tuple(shape))
    return Variable(first, trainable, name, dtype)


def global_variables_initializer() -> Node:
    """An operation that gives every variable its first value."""
    return _Initializer(list(get_default_graph().variables))


def trainable_variables() -> list[Variable]:
    return [v for v in get_default_graph().variables if v.trainable]


def global_variables() -> list[Variable]:
    return list(get_default_graph().variables)


Initializer = Callable[[tuple[int, ...]], Node]


def zeros_initializer() -> Initializer:
    return lambda shape: Node("zeros", (), lambda: engine.zeros(shape))


def ones_initializer() -> Initializer:
    return lambda shape: Node("ones", (), lambda: engine.ones(shape))


def constant_initializer(value: float) -> Initializer:
    return lambda shape: Node("Const", (), lambda: engine.full(shape, float(value)))


def random_normal_initializer(mean: float = 0.0, stddev: float = 0.05) -> Initializer:
    return lambda shape: Node("random_normal", (), lambda: engine.randn(shape) * stddev + mean)


def random_uniform_initializer(minval: float = -0.05, maxval: float = 0.05) -> Initializer:
    return lambda shape: Node("random_uniform", (), lambda: engine.rand(shape) * (maxval - minval) + minval)


def glorot_uniform_initializer() -> Initializer:
    """U(-a, a) with a = sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010)."""

    def make(shape: tuple[int, ...]) -> Node:
        ends = (shape[0], shape[-1]) if shape else (1, 1)
        a = float(np.sqrt(6.0 / sum(ends)))
        return random_uniform_initializer(-a, a)(shape)

    return make
