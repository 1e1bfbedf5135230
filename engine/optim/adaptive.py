"""Optimizers with a rate for every element, learned from its past gradients: RMSprop, Adagrad, Adadelta, Rprop."""

from __future__ import annotations

from typing import Any

from engine.optim.optimizer import Group, Optimizer, State, checked, counted, counter, like, move, number


class RMSprop(Optimizer):
    """Hinton 2012, lecture 6e; ``centered`` by Graves 2013."""

    def __init__(
        self, params: Any, lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
            "capturable": capturable, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), square_avg=like(p))
            if group["momentum"] > 0:
                state["momentum_buffer"] = like(p)
            if group["centered"]:
                state["grad_avg"] = like(p)
        counted(state)
        kept = [state[name] for name in ("square_avg", "grad_avg", "momentum_buffer") if name in state]
        move(
            "rmsprop_step", p, grad, kept, lr=number(group["lr"]), alpha=group["alpha"], eps=group["eps"],
            momentum=group["momentum"], centered=group["centered"],
            weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


class Adagrad(Optimizer):
    """Duchi et al. 2011."""

    def __init__(
        self, params: Any, lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0, initial_accumulator_value: float = 0,
        eps: float = 1e-10, foreach: bool | None = None, *, maximize: bool = False, differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:  # fmt: skip
        checked(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        checked(initial_accumulator_value=initial_accumulator_value)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = {"step": counter(), "sum": like(p, group["initial_accumulator_value"])}

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:  # of a group that was added later
            state.update(step=counter(), sum=like(p, group["initial_accumulator_value"]))
        rate = number(group["lr"]) / (1 + (counted(state) - 1) * group["lr_decay"])
        move(
            "adagrad_step", p, grad, [state["sum"]], lr=rate, eps=group["eps"], weight_decay=group["weight_decay"],
            maximize=group["maximize"],
        )  # fmt: skip


class Adadelta(Optimizer):
    """Zeiler 2012."""

    def __init__(
        self, params: Any, lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
        foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "capturable": capturable,
            "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), square_avg=like(p), acc_delta=like(p))
        counted(state)
        move(
            "adadelta_step", p, grad, [state["square_avg"], state["acc_delta"]], lr=number(group["lr"]), rho=group["rho"],
            eps=group["eps"], weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


class Rprop(Optimizer):
    """Riedmiller and Braun 1993."""

    def __init__(
        self, params: Any, lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), prev=like(p), step_size=like(p, number(group["lr"])))
        counted(state)
        (slower, faster), (least, most) = group["etas"], group["step_sizes"]
        move(
            "rprop_step", p, grad, [state["prev"], state["step_size"]], slower=slower, faster=faster, least=least, most=most,
            maximize=group["maximize"],
        )  # fmt: skip
