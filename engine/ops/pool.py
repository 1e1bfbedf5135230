"""Pooling: the largest, or the mean, of each window."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.op import function, op
from engine.ops.windows import Numbers, cropped, padded, per_axis, span, taps, windows

Function = Callable[..., Any]


def pooled_size(
    space: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers, ceil: bool
) -> Numbers:
    """Windows per axis. With ``ceil`` a window may hang over the end, if it starts inside the input or its left padding."""
    found = []
    for n, c, s, p in zip(space, span(kernel, dilation), stride, padding, strict=True):
        count = (math.ceil if ceil else math.floor)((n + 2 * p - c) / s) + 1
        if ceil and (count - 1) * s >= n + p:
            count -= 1
        found.append(count)
    return tuple(found)


def _check(name: str, input: Any, kernel: Numbers, padding: Numbers, size: Numbers) -> None:
    n = len(kernel)
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"{name}() Expected {n + 1}D or {n + 2}D tensor (optional 0 batch dim) for input, but got {list(input.shape)}"
        )
    if any(p > k / 2 for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(
            f"pad should be at most half of effective kernel size, but got pad={padding} and kernel_size={kernel}"
        )
    if any(s < 1 for s in size):
        raise RuntimeError(
            f"Given input size: ({'x'.join(map(str, input.shape[-n - 1 :]))}). Calculated output size: "
            f"({'x'.join(map(str, (input.shape[-n - 1], *size)))}). Output size is too small"
        )


def _prepared(xp: Any, x: Any, n: int, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers, size: Numbers,
              value: float) -> Any:  # fmt: skip
    """The input with a batch axis, padded as far as ``size`` windows reach."""
    x = x[None] if x.ndim == n + 1 else x
    reach = ((w - 1) * s + c for w, s, c in zip(size, stride, span(kernel, dilation), strict=True))
    extra = tuple(max(r - k - 2 * p, 0) for r, k, p in zip(reach, x.shape[2:], padding, strict=True))
    return padded(xp, x, padding, value, extra)


def _lowest(dtype: Any) -> Any:
    return -math.inf if dtype.kind == "f" else -(2 ** (8 * dtype.itemsize - 1)) if dtype.kind == "i" else 0


def _max_samples(n: int) -> Function:
    def draw(rng: Any) -> Any:
        for space, kernel, stride, padding, dilation, ceil, batch in (
            ((4, 5, 4), 2, 2, 0, 1, False, (2, 2)), ((5, 6, 5), 3, 2, 1, 1, True, (1, 2)), ((5, 5, 5), 2, 1, 0, 2, False, (2,)),
        ):  # fmt: skip
            shape = (*batch, *space[:n])
            x = rng.permutation(math.prod(shape)).reshape(shape) * 0.1  # no two alike: at a tie the derivative jumps
            yield (x,), {
                "kernel": (kernel,) * n, "stride": (stride,) * n, "padding": (padding,) * n, "dilation": (dilation,) * n,
                "ceil": ceil,
            }  # fmt: skip

    return draw


def _with_upstream(samples: Function, forward: Function, extra: int) -> Function:
    """Samples for the linear ops behind a pooling: an upstream gradient (or an input), then the pooling's input and output."""

    def draw(rng: Any) -> Any:
        import numpy

        for (x,), attrs in samples(rng):
            y = forward(numpy, x, **attrs)
            yield (rng.uniform(-1, 1, (x if extra else y).shape), x, y), attrs

    return draw


def _declare_max(n: int) -> tuple[Function, Function]:
    """Max pooling over ``n`` axes of space, and the op that finds the places of the maxima."""
    name = f"max_pool{n}d"

    def signature(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
    ) -> Any:
        kernel = per_axis(kernel_size, n, "kernel_size")
        return (input,), {
            "kernel": kernel,
            "stride": kernel if stride is None or stride == [] else per_axis(stride, n, "stride"),
            "padding": per_axis(padding, n, "padding"),
            "dilation": per_axis(dilation, n, "dilation"),
            "ceil": ceil_mode,
        }  # fmt: skip

    def sized(x: Any, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers, ceil: bool) -> Numbers:
        size = pooled_size(x.shape[-n:], kernel, stride, padding, dilation, ceil)
        _check(name, x, kernel, padding, size)
        return size

    def forward(xp, input, *, kernel, stride, padding, dilation, ceil):
        """The largest element of each window; input (N, C, *space) or (C, *space)."""
        size = sized(input, kernel, stride, padding, dilation, ceil)
        x = _prepared(xp, input, n, kernel, stride, padding, dilation, size, _lowest(input.dtype))
        y: Any = None
        for _, place in taps(size, kernel, stride, dilation):
            y = x[place].copy() if y is None else xp.maximum(y, x[place], out=y)
        return y[0] if input.ndim == n + 1 else y

    def winners(xp, x, y, kernel, stride, padding, dilation, ceil):
        """For each tap: the place of the windows' elements under it, and which of them are their window's (first) maximum."""
        size = sized(x, kernel, stride, padding, dilation, ceil)
        prepared = _prepared(xp, x, n, kernel, stride, padding, dilation, size, _lowest(x.dtype))
        y = y[None] if y.ndim == n + 1 else y
        open_ = xp.ones(y.shape, bool)
        for _, place in taps(size, kernel, stride, dilation):
            won = (prepared[place] == y) & open_
            yield place, won, prepared.shape
            open_ &= ~won

    def towards_input(xp, g, x, y, *, kernel, stride, padding, dilation, ceil):
        """Each upstream gradient at the place of its window's maximum, 0 elsewhere."""
        out: Any = None
        g = g[None] if g.ndim == n + 1 else g
        for place, won, shape in winners(xp, x, y, kernel, stride, padding, dilation, ceil):
            out = xp.zeros(shape, g.dtype) if out is None else out
            out[place] += g * won
        out = cropped(out, padding, x.shape[-n:])
        return out[0] if x.ndim == n + 1 else out

    def picked(xp, v, x, y, *, kernel, stride, padding, dilation, ceil):
        """The elements of ``v`` that lie where the windows of ``x`` have their maxima."""
        size = sized(x, kernel, stride, padding, dilation, ceil)
        v = _prepared(xp, v, n, kernel, stride, padding, dilation, size, 0)
        out: Any = None
        for place, won, _ in winners(xp, x, y, kernel, stride, padding, dilation, ceil):
            part = v[place] * won
            out = part if out is None else out + part
        return out[0] if x.ndim == n + 1 else out

    def places(xp, x, *, kernel, stride, padding, dilation, ceil):
        """Where each window's maximum is, as an index into the flattened space; int64."""
        size = sized(x, kernel, stride, padding, dilation, ceil)
        prepared = _prepared(xp, x, n, kernel, stride, padding, dilation, size, _lowest(x.dtype))
        numbers = xp.arange(math.prod(x.shape[-n:])).reshape(1, 1, *x.shape[-n:])
        numbers = _prepared(xp, numbers, n, kernel, stride, padding, dilation, size, 0)
        cut = windows(xp, prepared, kernel, stride, dilation)
        flat = cut.reshape(*cut.shape[:-n], -1)
        best = flat.argmax(axis=-1)[..., None]
        numbers = windows(xp, numbers, kernel, stride, dilation).reshape(1, 1, *flat.shape[2:])
        found = xp.take_along_axis(xp.broadcast_to(numbers, flat.shape), best, -1)[..., 0]
        return found[0] if x.ndim == n + 1 else found

    forward.__name__, towards_input.__name__, picked.__name__ = name, f"{name}_input", f"{name}_pick"
    places.__name__ = f"{name}_places"
    latex = r"\bar y\ \text{at the maxima}"

    pool = op(
        r"\max_k x_{s i + d k - p}",
        input=(latex, lambda g, input, y, kernel, stride, padding, dilation, ceil: back(
            g, input, y, kernel=kernel, stride=stride, padding=padding, dilation=dilation, ceil=ceil)),
        samples=_max_samples(n), function=False, method=False, signature=signature,
        torch_name=f"MaxPool{n}DWithIndices",
    )(forward)  # fmt: skip
    back = op(
        r"\bar y\ \text{at the maxima of}\ x",
        g=(r"\bar y\ \text{picked at the maxima}", lambda g, x, y, kernel, stride, padding, dilation, ceil: pick(
            g, x, y, kernel=kernel, stride=stride, padding=padding, dilation=dilation, ceil=ceil)),
        samples=_with_upstream(_max_samples(n), forward, 0), function=False, method=False,
    )(towards_input)  # fmt: skip
    pick = op(
        r"v\ \text{picked at the maxima of}\ x",
        v=(latex, lambda g, x, y, kernel, stride, padding, dilation, ceil: back(
            g, x, y, kernel=kernel, stride=stride, padding=padding, dilation=dilation, ceil=ceil)),
        samples=_with_upstream(_max_samples(n), forward, 1), function=False, method=False,
    )(picked)  # fmt: skip
    where = op(
        r"\mathrm{argmax}_k\, x_{s i + d k - p}", samples=_max_samples(n), function=False, method=False, signature=signature,
    )(places)  # fmt: skip
    return pool, where


def _public_max(n: int) -> Function:
    pool, where = _declare_max(n)

    def call(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:  # fmt: skip
        """The largest element of each window; with ``return_indices`` also where each is in its flattened space."""
        y = pool(input, kernel_size, stride, padding, dilation, ceil_mode)
        return (y, where(input, kernel_size, stride, padding, dilation, ceil_mode)) if return_indices else y

    call.__name__ = f"max_pool{n}d"
    return function(method=False)(call)


max_pool1d, max_pool2d, max_pool3d = (_public_max(n) for n in (1, 2, 3))


# ------------------------------------------------------------------------------------------------ mean


def _mean_samples(n: int) -> Function:
    def draw(rng: Any) -> Any:
        for space, kernel, stride, padding, ceil, include, divisor in (
            ((4, 5, 4), 2, 2, 0, False, True, None), ((5, 6, 5), 3, 2, 1, True, False, None), ((5, 4, 4), 2, 1, 1, False, True, 3),
        ):  # fmt: skip
            attrs = {"kernel": (kernel,) * n, "stride": (stride,) * n, "padding": (padding,) * n, "ceil": ceil,
                     "include": include, "divisor": divisor}  # fmt: skip
            yield (rng.uniform(-1, 1, (2, 1, *space[:n])),), attrs

    return draw


def _back_samples(n: int) -> Function:
    def draw(rng: Any) -> Any:
        for (x,), attrs in _mean_samples(n)(rng):
            size = pooled_size(x.shape[2:], attrs["kernel"], attrs["stride"], attrs["padding"], (1,) * n, attrs["ceil"])
            yield (rng.uniform(-1, 1, (*x.shape[:2], *size)),), {**attrs, "space": x.shape[2:]}

    return draw


def _counts(xp: Any, space: Numbers, size: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers, include: bool,
            divisor: int | None, dtype: Any) -> Any:  # fmt: skip
    """What each window's sum is divided by: its elements, counting padding or not, never what hangs over the padded end."""
    if divisor is not None:
        return divisor
    total: Any = 1
    for axis, (n, w, k, s, p) in enumerate(zip(space, size, kernel, stride, padding, strict=True)):
        start = xp.arange(w) * s - p
        end = xp.minimum(start + k, n + p)
        count = end - start if include else xp.minimum(end, n) - xp.maximum(start, 0)
        total = total * count.reshape(-1, *(1,) * (len(size) - axis - 1))
    return total.astype(dtype)


def _declare_mean(n: int) -> Function:
    name = f"avg_pool{n}d"
    ones = (1,) * n

    def signature(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Any:  # fmt: skip
        kernel = per_axis(kernel_size, n, "kernel_size")
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        return (input,), {
            "kernel": kernel,
            "stride": kernel if stride is None or stride == [] else per_axis(stride, n, "stride"),
            "padding": per_axis(padding, n, "padding"),
            "ceil": ceil_mode, "include": count_include_pad, "divisor": divisor_override,
        }  # fmt: skip

    def forward(xp, input, *, kernel, stride, padding, ceil, include, divisor):
        """The mean of each window; input (N, C, *space) or (C, *space)."""
        space = input.shape[-n:]
        size = pooled_size(space, kernel, stride, padding, ones, ceil)
        _check(name, input, kernel, padding, size)
        x = _prepared(xp, input, n, kernel, stride, padding, ones, size, 0)
        y: Any = None
        for _, place in taps(size, kernel, stride, ones):
            y = x[place].copy() if y is None else xp.add(y, x[place], out=y)
        y = y / _counts(xp, space, size, kernel, stride, padding, include, divisor, input.dtype)
        return y[0] if input.ndim == n + 1 else y

    def towards_input(xp, g, *, space, kernel, stride, padding, ceil, include, divisor):
        """Each upstream gradient, shared equally by the elements of its window."""
        batched = g[None] if g.ndim == n + 1 else g
        size = batched.shape[2:]
        shares = batched / _counts(xp, space, size, kernel, stride, padding, include, divisor, g.dtype)
        reach = tuple(
            max((w - 1) * s + k, m + 2 * p) for w, s, k, m, p in zip(size, stride, kernel, space, padding, strict=True)
        )
        out = xp.zeros((*batched.shape[:2], *reach), g.dtype)
        for _, place in taps(size, kernel, stride, ones):
            out[place] += shares
        out = cropped(out, padding, space)
        return out[0] if g.ndim == n + 1 else out

    forward.__name__, towards_input.__name__ = name, f"{name}_input"
    pool = op(
        r"\tfrac{1}{|k|}\textstyle\sum_k x_{s i + k - p}",
        input=(r"\tfrac{1}{|k|}\,\bar y\ \text{to each of the window}",
               lambda g, input_shape, kernel, stride, padding, ceil, include, divisor: back(
                   g, space=input_shape[-n:], kernel=kernel, stride=stride, padding=padding, ceil=ceil, include=include,
                   divisor=divisor)),
        samples=_mean_samples(n), floats=True, method=False, signature=signature,
    )(forward)  # fmt: skip
    back = op(
        r"\tfrac{1}{|k|}\,\bar y\ \text{to each of the window}",
        g=(r"\tfrac{1}{|k|}\textstyle\sum_k \bar y_{s i + k - p}",
           lambda g, kernel, stride, padding, ceil, include, divisor: pool(
               g, kernel, stride, padding, ceil, include, divisor)),
        samples=_back_samples(n), function=False, method=False,
    )(towards_input)  # fmt: skip
    return pool


avg_pool1d, avg_pool2d, avg_pool3d = (_declare_mean(n) for n in (1, 2, 3))
