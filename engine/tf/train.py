"""``tf.train``: optimizers whose step is an operation of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import engine
from engine.tf.flow import gradients
from engine.tf.graph import Node
from engine.tf.missing import missing
from engine.tf.variables import Variable, trainable_variables


class _Step(Node):
    """Goes backward from the loss and steps."""

    def __init__(
        self, optimizer: Optimizer, inputs: tuple[Any, ...], variables: list[Variable], from_loss: bool
    ) -> None:
        super().__init__(type(optimizer).__name__, inputs, bool, does=True)
        self.optimizer, self.variables, self.from_loss = optimizer, variables, from_loss

    def compute(self, values: list[Any], session: Any, memo: dict[Node, Any]) -> None:
        parameters = [session.values[v] for v in self.variables if v in session.values]
        known = session.optimizers.get(self)
        if known is None or [id(p) for p in known[1]] != [id(p) for p in parameters]:  # initialised anew: its state too
            known = session.optimizers[self] = self.optimizer.make(parameters), parameters
        stepper = known[0]
        stepper.zero_grad()
        if self.from_loss:
            (values[0] if values[0].ndim == 0 else values[0].sum()).backward(retain_graph=True)
        else:
            for parameter, g in zip(parameters, values[: len(parameters)], strict=True):
                parameter.grad = g.detach()
        stepper.step()


class Optimizer:
    """Makes the operation that steps: ``minimize(loss)``."""

    def __init__(self, make: Callable[[list[Any]], Any]) -> None:
        self.make = make

    def minimize(self, loss: Node, var_list: list[Variable] | None = None, **_: Any) -> Node:
        """Raises ``ValueError`` where there is no variable to train."""
        variables = list(var_list or trainable_variables())
        if not variables:
            raise ValueError("No variables to optimize: make one with tf.Variable(...)")
        return _Step(self, (loss, *variables), variables, from_loss=True)

    def compute_gradients(self, loss: Node, var_list: list[Variable] | None = None) -> list[tuple[Node, Variable]]:
        variables = list(var_list or trainable_variables())
        return list(zip(gradients(loss, variables), variables, strict=True))

    def apply_gradients(self, grads_and_vars: list[tuple[Node, Variable]], **_: Any) -> Node:
        variables = [v for _, v in grads_and_vars]
        return _Step(self, (*(g for g, _ in grads_and_vars), *variables), variables, from_loss=False)


class GradientDescentOptimizer(Optimizer):
    def __init__(self, learning_rate: float, name: str = "GradientDescent") -> None:
        super().__init__(lambda parameters: engine.optim.SGD(parameters, lr=learning_rate))


class MomentumOptimizer(Optimizer):
    def __init__(self, learning_rate: float, momentum: float, use_nesterov: bool = False) -> None:
        super().__init__(lambda p: engine.optim.SGD(p, lr=learning_rate, momentum=momentum, nesterov=use_nesterov))


class AdamOptimizer(Optimizer):
    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(lambda p: engine.optim.Adam(p, lr=learning_rate, betas=(beta1, beta2), eps=epsilon))


def __getattr__(name: str) -> Any:
    raise missing("tf.train", name, globals())
