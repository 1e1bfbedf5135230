"""Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever et al. 2013)."""

from __future__ import annotations

from typing import Any

from engine.op import op
from engine.optim.optimizer import Group, Optimizer, State, checked, descent, like, move, number


@op(r"\theta - \eta\,v,\quad v = \mu v + (1 - \tau)\,g", function=False, method=False)
def sgd_step(
    xp, param, grad, buffer, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False, first=False
):  # fmt: skip
    """A step down the gradient, times the learning rate; with momentum, along the running sum of gradients."""
    d = descent(grad, param, weight_decay, maximize)
    if buffer is not None:
        if first:
            buffer[...] = d
        else:
            buffer *= momentum
            buffer += (1 - dampening) * d
        d = d + momentum * buffer if nesterov else buffer
    return param - lr * d


class SGD(Optimizer):
    """Stochastic gradient descent."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None, differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:  # fmt: skip
        checked(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        options = {"lr": number(group["lr"])}
        buffer, first = state.get("momentum_buffer"), False
        if group["momentum"]:
            if buffer is None:
                buffer, first = like(p), True
                state["momentum_buffer"] = buffer
            options |= {name: group[name] for name in ("momentum", "dampening", "nesterov")} | {"first": first}
        options |= {name: group[name] for name in ("weight_decay", "maximize") if group[name]}
        move("sgd_step", p, grad, buffer if group["momentum"] else None, **options)
