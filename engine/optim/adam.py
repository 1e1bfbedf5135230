"""Adam and its kin: steps along the running mean of gradients, divided by the root of the running mean of their squares."""

from __future__ import annotations

from typing import Any

from engine.op import op
from engine.optim.optimizer import (
    Group,
    Optimizer,
    State,
    checked,
    counted,
    counter,
    descent,
    lerp,
    like,
    move,
    number,
)

Betas = tuple[float, float]


def _moments(xp: Any, grad: Any, mean: Any, square: Any, beta1: float, beta2: float) -> None:
    lerp(xp, mean, grad, 1 - beta1)
    square *= beta2
    square += (1 - beta2) * grad * grad


@op(
    r"\theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon},\quad \hat m = \frac{m}{1 - \beta_1^t},\ \hat v = \frac{v}{1 - \beta_2^t}",
    function=False, method=False,
)  # fmt: skip
def adam_step(
    xp, param, grad, mean, square, largest, *, lr, beta1, beta2, eps, step, weight_decay=0.0, decoupled=False, maximize=False
):  # fmt: skip
    """A step along the mean of past gradients m, scaled down where past squares v are large; both corrected for their start at 0."""
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(xp, grad, mean, square, beta1, beta2)
    if largest is not None:
        xp.maximum(largest, square, out=largest)
        square = largest
    root = xp.sqrt(square) / (1 - beta2**step) ** 0.5 + eps
    return param - lr / (1 - beta1**step) * (mean / root)


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
        options = {"lr": number(group["lr"]), "beta1": beta1, "beta2": beta2, "eps": group["eps"], "step": counted(state)}
        if group["weight_decay"]:
            options |= {"weight_decay": group["weight_decay"], "decoupled": group["decoupled_weight_decay"]}
        if group["maximize"]:
            options["maximize"] = True
        move("adam_step", p, grad, state["exp_avg"], state["exp_avg_sq"], state.get("max_exp_avg_sq"), **options)


class AdamW(Adam):
    """Adam whose weight decay acts on the parameters themselves (Loshchilov and Hutter 2017)."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **options)


@op(
    r"\theta - \frac{\eta}{1 - \beta_1^t}\,\frac{m}{u},\quad u = \max(\beta_2 u, |g| + \varepsilon)",
    function=False, method=False,
)  # fmt: skip
def adamax_step(xp, param, grad, mean, largest, *, lr, beta1, beta2, eps, step, weight_decay=0.0, maximize=False):
    """A step along the mean of past gradients, divided by their (fading) largest absolute value."""
    grad = descent(grad, param, weight_decay, maximize)
    lerp(xp, mean, grad, 1 - beta1)
    largest *= beta2
    xp.maximum(largest, xp.abs(grad) + eps, out=largest)
    return param - lr / (1 - beta1**step) * (mean / largest)


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
            "adamax_step", p, grad, state["exp_avg"], state["exp_inf"], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=counted(state), weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


@op(
    r"\theta - \frac{\eta}{\sqrt{\hat v} + \varepsilon}\left(\frac{(1 - \mu_t)\,g}{1 - \prod\mu} + \frac{\mu_{t+1}\,m}{1 - \mu_{t+1}\prod\mu}\right)",
    function=False, method=False,
)  # fmt: skip
def nadam_step(
    xp, param, grad, mean, square, *, lr, beta1, beta2, eps, step, mu, mu_next, mu_product, weight_decay=0.0, decoupled=False,
    maximize=False,
):  # fmt: skip
    """Adam's step with Nesterov's look ahead: along this gradient and the next mean of gradients."""
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(xp, grad, mean, square, beta1, beta2)
    root = xp.sqrt(square / (1 - beta2**step)) + eps
    param = param - lr * (1 - mu) / (1 - mu_product) * (grad / root)
    return param - lr * mu_next / (1 - mu_product * mu_next) * (mean / root)


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
            "nadam_step", p, grad, state["exp_avg"], state["exp_avg_sq"], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=step, mu=mu, mu_next=mu_next, mu_product=float(state["mu_product"].data_),
            weight_decay=group["weight_decay"], decoupled=group["decoupled_weight_decay"], maximize=group["maximize"],
        )  # fmt: skip


@op(
    r"\theta - \eta\,r\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}\ \text{if}\ \rho_t > 5\ \text{else}\ \theta - \eta\,\hat m",
    function=False, method=False,
)  # fmt: skip
def radam_step(
    xp, param, grad, mean, square, *, lr, beta1, beta2, eps, step, weight_decay=0.0, decoupled=False, maximize=False
):  # fmt: skip
    """Adam's step, rectified by how well the squares are known so far; plain momentum while they are not."""
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(xp, grad, mean, square, beta1, beta2)
    correction2 = 1 - beta2**step
    corrected = mean / (1 - beta1**step)
    most = 2 / (1 - beta2) - 1  # length of the running mean of squares, in steps: at last, and so far
    length = most - 2 * step * beta2**step / correction2
    if length <= 5.0:
        return param - corrected * lr
    rectified = ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) ** 0.5
    return param - corrected * lr * (correction2**0.5 / (xp.sqrt(square) + eps)) * rectified


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
            "radam_step", p, grad, state["exp_avg"], state["exp_avg_sq"], lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], step=counted(state), weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
