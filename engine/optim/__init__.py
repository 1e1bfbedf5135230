"""Optimizers and learning rate schedules, with torch's names, defaults and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.optim import lr_scheduler
from engine.optim.optimizer import Optimizer
from engine.optim.optimizer import require as _require
from engine.optim.rules import rule as _rule


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum, Nesterov momentum and weight decay where they are asked for."""

    rule = _rule("sgd")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _require(lr >= 0, "learning rate", lr)
        _require(momentum >= 0, "momentum value", momentum)
        _require(weight_decay >= 0, "weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})


class Adam(Optimizer):
    """Adam."""

    rule = _rule("adam")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _check_adam(lr, betas, eps, weight_decay)
        options = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "amsgrad": amsgrad, "maximize": maximize})


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    rule = _rule("adamw")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)


class RMSprop(Optimizer):
    """RMSprop."""

    rule = _rule("rmsprop")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _require(lr >= 0, "learning rate", lr)
        _require(eps >= 0, "epsilon value", eps)
        _require(alpha >= 0, "alpha value", alpha)
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize})


class Adagrad(Optimizer):
    """Adagrad."""

    rule = _rule("adagrad")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _require(lr >= 0, "learning rate", lr)
        _require(lr_decay >= 0, "lr_decay value", lr_decay)
        options = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps, "maximize": maximize}
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value})


class Adadelta(Optimizer):
    """Adadelta."""

    rule = _rule("adadelta")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _require(0 <= rho <= 1, "rho value", rho)
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize})


class Adamax(Optimizer):
    """Adamax."""

    rule = _rule("adamax")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _check_adam(lr, betas, eps, weight_decay)
        options = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)


class NAdam(Optimizer):
    """NAdam."""

    rule = _rule("nadam")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _check_adam(lr, betas, eps, weight_decay)
        options = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        decay = {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, {**options, **decay})


class RAdam(Optimizer):
    """RAdam."""

    rule = _rule("radam")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **_: Any,
    ) -> None:
        _check_adam(lr, betas, eps, weight_decay)
        options = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, {**options, "decoupled_weight_decay": decoupled_weight_decay})


def _check_adam(lr: float, betas: tuple[float, float], eps: float, weight_decay: float) -> None:
    _require(lr >= 0, "learning rate", lr)
    _require(eps >= 0, "epsilon value", eps)
    for i, beta in enumerate(betas):
        _require(0 <= beta < 1, f"beta parameter at index {i}", beta)
    _require(weight_decay >= 0, "weight_decay value", weight_decay)


__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "lr_scheduler",
]
