"""The optimizers' rules: a parameter's new value from its gradient. Each is one op, with its paper's formula.

``_state`` is the parameter's own dict; a rule keeps its running averages there, as tensors under torch's names.
"""

from __future__ import annotations

import math
from typing import Any

from engine.op import OPS, Op, op
from engine.tensor import Tensor


def _kept(state: dict[str, Any], name: str, xp: Any, p: Any, fill: float = 0.0) -> Any:
    """A running average's array, made of ``fill`` at first."""
    if name not in state:
        from engine.device import CPU, device

        where = CPU if type(p).__module__.startswith("numpy") else device(f"cuda:{p.device.id}")
        state[name] = Tensor(xp.full_like(p, fill), None, where)
    return state[name].data_


def _count(state: dict[str, Any]) -> int:
    """The number of this step, from 1."""
    from engine.creation import tensor

    step = state.setdefault("step", tensor(0.0, device="cpu")).data_
    step += 1
    return int(step)


@op(r"w - \eta\, m,\quad m \leftarrow \mu m + (1-\tau)(\bar w + \lambda w)", function=False, method=False)
def sgd(xp, p, g, *, lr, momentum, dampening, weight_decay, nesterov, maximize, _state):
    """Stochastic gradient descent (Robbins and Monro 1951), with momentum (Sutskever et al. 2013) where it is not 0."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    if momentum:
        first = _state.get("momentum_buffer") is None
        m = _kept(_state, "momentum_buffer", xp, p)
        m[...] = d if first else momentum * m + (1 - dampening) * d
        d = d + momentum * m if nesterov else m
    return p - lr * d


@op(
    r"w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon},\quad m \leftarrow \beta_1 m + (1-\beta_1)\bar w,"
    r"\quad v \leftarrow \beta_2 v + (1-\beta_2)\bar w^2",
    function=False, method=False,
)  # fmt: skip
def adam(xp, p, g, *, lr, betas, eps, weight_decay, amsgrad, maximize, _state):
    """Adam (Kingma and Ba 2015); ``weight_decay`` is added to the gradient."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    return _adam(xp, p, d, lr, betas, eps, amsgrad, _state)


@op(
    r"(1 - \eta\lambda) w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
    function=False, method=False,
)  # fmt: skip
def adamw(xp, p, g, *, lr, betas, eps, weight_decay, amsgrad, maximize, _state):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""
    return _adam(xp, p * (1 - lr * weight_decay), -g if maximize else g, lr, betas, eps, amsgrad, _state)


def _adam(xp: Any, p: Any, d: Any, lr: float, betas: Any, eps: float, amsgrad: bool, state: dict[str, Any]) -> Any:
    step = _count(state)
    m, v = _kept(state, "exp_avg", xp, p), _kept(state, "exp_avg_sq", xp, p)
    m += (d - m) * (1 - betas[0])
    v *= betas[1]
    v += (1 - betas[1]) * d * d
    if amsgrad:
        largest = _kept(state, "max_exp_avg_sq", xp, p)
        xp.maximum(largest, v, out=largest)
        v = largest
    denominator = xp.sqrt(v) / math.sqrt(1 - betas[1] ** step) + eps
    return p - (lr / (1 - betas[0] ** step)) * m / denominator


@op(
    r"w - \eta\, \frac{\bar w}{\sqrt{v} + \epsilon},\quad v \leftarrow \alpha v + (1-\alpha)\bar w^2",
    function=False, method=False,
)  # fmt: skip
def rmsprop(xp, p, g, *, lr, alpha, eps, weight_decay, momentum, centered, maximize, _state):
    """RMSprop (Tieleman and Hinton 2012); ``centered`` subtracts the squared mean (Graves 2013)."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    _count(_state)
    v = _kept(_state, "square_avg", xp, p)
    v *= alpha
    v += (1 - alpha) * d * d
    spread = v
    if centered:
        mean = _kept(_state, "grad_avg", xp, p)
        mean += (d - mean) * (1 - alpha)
        spread = v - mean * mean
    step = d / (xp.sqrt(spread) + eps)
    if momentum:
        m = _kept(_state, "momentum_buffer", xp, p)
        m *= momentum
        m += step
        step = m
    return p - lr * step


@op(r"w - \eta\, \frac{\bar w}{\sqrt{s} + \epsilon},\quad s \leftarrow s + \bar w^2", function=False, method=False)
def adagrad(xp, p, g, *, lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize, _state):
    """Adagrad (Duchi, Hazan and Singer 2011)."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    step = _count(_state)
    s = _kept(_state, "sum", xp, p, initial_accumulator_value)
    s += d * d
    return p - lr / (1 + (step - 1) * lr_decay) * d / (xp.sqrt(s) + eps)


@op(
    r"w - \eta\, \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}\, \bar w",
    function=False, method=False,
)  # fmt: skip
def adadelta(xp, p, g, *, lr, rho, eps, weight_decay, maximize, _state):
    """Adadelta (Zeiler 2012)."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    _count(_state)
    v, u = _kept(_state, "square_avg", xp, p), _kept(_state, "acc_delta", xp, p)
    v *= rho
    v += (1 - rho) * d * d
    delta = xp.sqrt(u + eps) / xp.sqrt(v + eps) * d
    u *= rho
    u += (1 - rho) * delta * delta
    return p - lr * delta


@op(
    r"w - \frac{\eta}{1 - \beta_1^t}\, \frac{m}{u},\quad u \leftarrow \max(\beta_2 u, |\bar w| + \epsilon)",
    function=False,
    method=False,
)
def adamax(xp, p, g, *, lr, betas, eps, weight_decay, maximize, _state):
    """Adamax: Adam with the infinity norm (Kingma and Ba 2015)."""
    d = -g if maximize else g
    if weight_decay:
        d = d + weight_decay * p
    step = _count(_state)
    m, u = _kept(_state, "exp_avg", xp, p), _kept(_state, "exp_inf", xp, p)
    m += (d - m) * (1 - betas[0])
    u[...] = xp.maximum(betas[1] * u, xp.abs(d) + eps)
    return p - lr / (1 - betas[0] ** step) * m / u


@op(r"w - \eta\, \frac{\mu_{t+1}\hat m + (1-\mu_t)\hat g}{\sqrt{\hat v} + \epsilon}", function=False, method=False)
def nadam(xp, p, g, *, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize, _state):
    """NAdam: Adam with Nesterov momentum (Dozat 2016)."""
    d = -g if maximize else g
    if weight_decay and decoupled_weight_decay:
        p = p * (1 - lr * weight_decay)
    elif weight_decay:
        d = d + weight_decay * p
    step = _count(_state)
    mu = betas[0] * (1 - 0.5 * 0.96 ** (step * momentum_decay))
    mu_next = betas[0] * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
    product = _state["mu_product"] = _state.get("mu_product", 1.0) * mu
    m, v = _kept(_state, "exp_avg", xp, p), _kept(_state, "exp_avg_sq", xp, p)
    m += (d - m) * (1 - betas[0])
    v *= betas[1]
    v += (1 - betas[1]) * d * d
    denominator = xp.sqrt(v / (1 - betas[1] ** step)) + eps
    return (
        p - lr * (1 - mu) / (1 - product) * d / denominator - lr * mu_next / (1 - product * mu_next) * m / denominator
    )


@op(r"w - \eta\, \hat m\, r_t / \sqrt{\hat v}", function=False, method=False)
def radam(xp, p, g, *, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize, _state):
    """RAdam: Adam whose early steps are rectified (Liu et al. 2020)."""
    d = -g if maximize else g
    if weight_decay and decoupled_weight_decay:
        p = p * (1 - lr * weight_decay)
    elif weight_decay:
        d = d + weight_decay * p
    step = _count(_state)
    m, v = _kept(_state, "exp_avg", xp, p), _kept(_state, "exp_avg_sq", xp, p)
    m += (d - m) * (1 - betas[0])
    v *= betas[1]
    v += (1 - betas[1]) * d * d
    corrected = m / (1 - betas[0] ** step)
    longest = 2 / (1 - betas[1]) - 1
    length = longest - 2 * step * betas[1] ** step / (1 - betas[1] ** step)
    if length <= 5:
        return p - lr * corrected
    rectified = math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
    return p - lr * corrected * rectified * math.sqrt(1 - betas[1] ** step) / (xp.sqrt(v) + eps)


def rule(name: str) -> Op:
    """The op that an optimizer runs."""
    return OPS[name]
