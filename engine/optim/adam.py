"""Adam and its kin: steps along the running mean of gradients, divided by the root of the running mean of their squares."""

from __future__ import annotations

from typing import Any

from engine.optim.optimizer import Group, Optimizer, State, checked, counted, counter, like, move, number

Betas = tuple[float, float]


class Adam(Optimizer):
    """Kingma and Ba 2014."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False, fused: bool | None = None, decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, betas=betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), exp_avg=like(p), exp_avg_sq=like(p))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = like(p)
        beta1, beta2 = group["betas"]
        options = {
            "lr": number(group["lr"]),
            "beta1": beta1,
            "beta2": beta2,
            "eps": group["eps"],
            "step": counted(state),
        }
        if group["weight_decay"]:
            options |= {"weight_decay": group["weight_decay"], "decoupled": group["decoupled_weight_decay"]}
        if group["maximize"]:
            options["maximize"] = True
        kept = [state[name] for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if name in state]
        move("adam_step", p, grad, kept, **options)


class AdamW(Adam):
    """Adam whose weight decay acts on the parameters themselves (Loshchilov and Hutter 2017)."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **options)


class Adamax(Optimizer):
    """Kingma and Ba 2014, section 7."""

    def __init__(
        self, params: Any, lr: Any = 2e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        foreach: bool | None = None, *, maximize: bool = False, differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, betas=betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), exp_avg=like(p), exp_inf=like(p))
        beta1, beta2 = group["betas"]
        move(
            "adamax_step", p, grad, [state["exp_avg"], state["exp_inf"]], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=counted(state), weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


class NAdam(Optimizer):
    """Dozat 2016."""

    def __init__(
        self, params: Any, lr: Any = 2e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, betas=betas, weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), mu_product=counter(), exp_avg=like(p), exp_avg_sq=like(p))
            state["mu_product"].data_[...] = 1
        beta1, beta2 = group["betas"]
        step = counted(state)
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (step, step + 1))
        state["mu_product"].data_[...] *= mu
        move(
            "nadam_step", p, grad, [state["exp_avg"], state["exp_avg_sq"]], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=step, mu=mu, mu_next=mu_next, mu_product=float(state["mu_product"].data_),
            weight_decay=group["weight_decay"], decoupled=group["decoupled_weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


class RAdam(Optimizer):
    """Liu et al. 2019."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        decoupled_weight_decay: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked(lr=lr, eps=eps, betas=betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        if not state:
            state.update(step=counter(), exp_avg=like(p), exp_avg_sq=like(p))
        beta1, beta2 = group["betas"]
        move(
            "radam_step", p, grad, [state["exp_avg"], state["exp_avg_sq"]], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=counted(state), weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
