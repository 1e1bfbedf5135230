"""The optimizers' rules: a parameter's new value from its gradient. Each is one op, with its paper's formula.

``_kept`` are the arrays of the parameter's own state (running means and the like), which a rule brings up to date in place;
its name begins with ``_`` because observers are not told of it.
"""

from __future__ import annotations

from typing import Any

from engine.op import op


def _descent(grad: Any, param: Any, weight_decay: float, maximize: bool) -> Any:
    """The gradient to go down along: turned round to go up, with the weight decay's part."""
    grad = -grad if maximize else grad
    return grad + weight_decay * param if weight_decay else grad


def _lerp(old: Any, new: Any, share: float) -> None:
    """Moves ``old`` towards ``new`` by ``share`` of the way, in place."""
    if share < 0.5:
        old += share * (new - old)
    else:
        old[...] = new - (new - old) * (1 - share)


def _moments(grad: Any, mean: Any, square: Any, beta1: float, beta2: float) -> None:
    """Brings the running means of gradients and of their squares up to date."""
    _lerp(mean, grad, 1 - beta1)
    square *= beta2
    square += (1 - beta2) * grad * grad


@op(r"\theta - \eta\,v,\quad v \leftarrow \mu v + (1 - \tau)\,g", function=False, method=False)
def sgd_step(
    xp, param, grad, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False, _first=False,
    _kept=(),
):  # fmt: skip
    """A step down the gradient, times the learning rate; with momentum, along the running sum of gradients."""
    d = _descent(grad, param, weight_decay, maximize)
    if momentum:
        (buffer,) = _kept
        if _first:
            buffer[...] = d
        else:
            buffer *= momentum
            buffer += (1 - dampening) * d
        d = d + momentum * buffer if nesterov else buffer
    return param - lr * d


@op(
    r"\theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon},\quad \hat m = \frac{m}{1 - \beta_1^t},\ "
    r"\hat v = \frac{v}{1 - \beta_2^t}",
    function=False, method=False,
)  # fmt: skip
def adam_step(
    xp, param, grad, *, lr, beta1, beta2, eps, step, weight_decay=0.0, decoupled=False, maximize=False, _kept=()
):  # fmt: skip
    """A step along the mean of past gradients m, shorter where past squares v are large; both corrected for their start at 0."""
    mean, square, *largest = _kept
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = _descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(grad, mean, square, beta1, beta2)
    if largest:
        (top,) = largest
        square = xp.maximum(top, square, out=top)
    root = xp.sqrt(square) / (1 - beta2**step) ** 0.5 + eps
    return param - lr / (1 - beta1**step) * (mean / root)


@op(
    r"\theta - \frac{\eta}{1 - \beta_1^t}\,\frac{m}{u},\quad u \leftarrow \max(\beta_2 u, |g| + \varepsilon)",
    function=False, method=False,
)  # fmt: skip
def adamax_step(xp, param, grad, *, lr, beta1, beta2, eps, step, weight_decay=0.0, maximize=False, _kept=()):
    """A step along the mean of past gradients, divided by their (fading) largest absolute value."""
    mean, largest = _kept
    grad = _descent(grad, param, weight_decay, maximize)
    _lerp(mean, grad, 1 - beta1)
    largest *= beta2
    xp.maximum(largest, xp.abs(grad) + eps, out=largest)
    return param - lr / (1 - beta1**step) * (mean / largest)


@op(
    r"\theta - \frac{\eta}{\sqrt{\hat v} + \varepsilon}\left(\frac{(1 - \mu_t)\,g}{1 - \prod\mu} + "
    r"\frac{\mu_{t+1}\,m}{1 - \mu_{t+1}\prod\mu}\right)",
    function=False, method=False,
)  # fmt: skip
def nadam_step(
    xp, param, grad, *, lr, beta1, beta2, eps, step, mu, mu_next, mu_product, weight_decay=0.0, decoupled=False,
    maximize=False, _kept=(),
):  # fmt: skip
    """Adam's step with Nesterov's look ahead: along this gradient and the next mean of gradients."""
    mean, square = _kept
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = _descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(grad, mean, square, beta1, beta2)
    root = xp.sqrt(square / (1 - beta2**step)) + eps
    param = param - lr * (1 - mu) / (1 - mu_product) * (grad / root)
    return param - lr * mu_next / (1 - mu_product * mu_next) * (mean / root)


@op(
    r"\theta - \eta\,r\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}\ \text{if}\ \rho_t > 5\ \text{else}\ \theta - \eta\,\hat m",
    function=False, method=False,
)  # fmt: skip
def radam_step(
    xp, param, grad, *, lr, beta1, beta2, eps, step, weight_decay=0.0, decoupled=False, maximize=False, _kept=()
):  # fmt: skip
    """Adam's step, rectified by how well the squares are known so far; plain momentum while they are not."""
    mean, square = _kept
    if decoupled:
        param = param * (1 - lr * weight_decay)
    grad = _descent(grad, param, 0.0 if decoupled else weight_decay, maximize)
    _moments(grad, mean, square, beta1, beta2)
    correction2 = 1 - beta2**step
    corrected = mean / (1 - beta1**step)
    most = 2 / (1 - beta2) - 1  # length of the running mean of squares, in steps: at last, and so far
    length = most - 2 * step * beta2**step / correction2
    if length <= 5.0:
        return param - corrected * lr
    rectified = ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) ** 0.5
    return param - corrected * lr * (correction2**0.5 / (xp.sqrt(square) + eps)) * rectified


@op(
    r"\theta - \eta\,\frac{g}{\sqrt{v} + \varepsilon},\quad v \leftarrow \alpha v + (1 - \alpha)\,g^2",
    function=False, method=False,
)  # fmt: skip
def rmsprop_step(
    xp, param, grad, *, lr, alpha, eps, momentum=0.0, centered=False, weight_decay=0.0, maximize=False, _kept=()
):  # fmt: skip
    """A step down the gradient, divided by the root of the running mean of its squares."""
    square, *more = _kept
    grad = _descent(grad, param, weight_decay, maximize)
    square *= alpha
    square += (1 - alpha) * grad * grad
    spread = square
    if centered:
        mean = more[0]
        _lerp(mean, grad, 1 - alpha)
        spread = square - mean * mean
    d = grad / (xp.sqrt(spread) + eps)
    if momentum:
        buffer = more[-1]
        buffer *= momentum
        buffer += d
        d = buffer
    return param - lr * d


@op(
    r"\theta - \eta\,\frac{g}{\sqrt{s} + \varepsilon},\quad s \leftarrow s + g^2",
    function=False, method=False,
)  # fmt: skip
def adagrad_step(xp, param, grad, *, lr, eps, weight_decay=0.0, maximize=False, _kept=()):
    """A step down the gradient, divided by the root of the sum of all its squares so far."""
    (total,) = _kept
    grad = _descent(grad, param, weight_decay, maximize)
    total += grad * grad
    return param - lr * (grad / (xp.sqrt(total) + eps))


@op(
    r"\theta - \eta\,\delta,\quad \delta = \sqrt{\frac{u + \varepsilon}{v + \varepsilon}}\,g,\ "
    r"u \leftarrow \rho u + (1 - \rho)\,\delta^2",
    function=False, method=False,
)  # fmt: skip
def adadelta_step(xp, param, grad, *, lr, rho, eps, weight_decay=0.0, maximize=False, _kept=()):
    """A step down the gradient, in units of the parameter: past steps over past gradients (roots of running means of squares)."""
    square, moved = _kept
    grad = _descent(grad, param, weight_decay, maximize)
    square *= rho
    square += (1 - rho) * grad * grad
    delta = xp.sqrt(moved + eps) / xp.sqrt(square + eps) * grad
    moved *= rho
    moved += (1 - rho) * delta * delta
    return param - lr * delta


@op(r"\theta - \mathrm{sign}(g) \odot s", function=False, method=False)
def rprop_step(xp, param, grad, *, slower, faster, least, most, maximize=False, _kept=()):
    """A step of each element's own size against the gradient's sign; sizes grow while the sign stays, and shrink when it turns."""
    before, size = _kept
    grad = -grad if maximize else grad
    agreement = grad * before
    turned = agreement < 0
    size *= xp.where(agreement > 0, faster, xp.where(turned, slower, 1.0)).astype(size.dtype)
    size[...] = xp.minimum(xp.maximum(size, least), most)
    before[...] = xp.where(turned, 0, grad)
    return param - xp.sign(before) * size


@op(r"\theta + t\,d", function=False, method=False)
def lbfgs_step(xp, param, direction, *, t):
    """A step of length t along the search direction."""
    return param + t * direction.reshape(param.shape)
