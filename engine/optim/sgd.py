"""Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever et al. 2013)."""

from __future__ import annotations

from typing import Any

from engine.optim.optimizer import Group, Optimizer, State, checked, like, move, number


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
        options = {name: group[name] for name in ("weight_decay", "maximize") if group[name]}
        kept = []
        if group["momentum"]:
            options |= {name: group[name] for name in ("momentum", "dampening", "nesterov")}
            options["_first"] = state.get("momentum_buffer") is None
            if options["_first"]:
                state["momentum_buffer"] = like(p)
            kept = [state["momentum_buffer"]]
        move("sgd_step", p, grad, kept, lr=number(group["lr"]), **options)
