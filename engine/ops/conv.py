"""Convolutions over one, two and three axes of space.

Three ops per number of axes, each linear in both of its tensors, are one another's derivatives: the convolution, the transposed
convolution (its derivative towards the input), and the correlation of input and output gradient (towards the weight).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import dtypes
from engine.op import op
from engine.ops.windows import Numbers, add_columns, columns, cropped, out_size, padded, per_axis, span

TRANSPOSED_LATEX = r"\mathrm{conv}^\top"


def _batched(x: Any, n: int) -> Any:
    return x[None] if x.ndim == n + 1 else x


def _unbatched(y: Any, like: Any, n: int) -> Any:
    return y[0] if like.ndim == n + 1 else y


def _sizes(numbers: Any) -> str:
    return " x ".join(str(k) for k in numbers)


def _check(name: str, input: Any, weight: Any, bias: Any, n: int, groups: int, *, transposed: bool = False) -> None:
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: {list(input.shape)}"
        )
    if weight.ndim != n + 2:
        raise RuntimeError(f"Expected {n + 2}D weight for {name}, but got weight of size: {list(weight.shape)}")
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"Input type ({dtypes.of(input.dtype).name}) and weight type ({dtypes.of(weight.dtype).name}) should be the same. "
            "Try input.float()."
        )
    channels = input.shape[-n - 1]
    expected = weight.shape[0] if transposed else weight.shape[1] * groups
    if channels != expected:
        raise RuntimeError(
            f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {list(weight.shape)}, expected "
            f"input{list(input.shape)} to have {expected} channels, but got {channels} channels instead"
        )
    out = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and tuple(bias.shape) != (out,):
        raise RuntimeError(
            f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {list(weight.shape)}, expected bias "
            f"to be 1-dimensional with {out} elements, but got bias of size {list(bias.shape)} instead"
        )


def _check_fits(space: Numbers, kernel: Numbers, dilation: Numbers) -> None:
    covered = span(kernel, dilation)
    if any(c > s for c, s in zip(covered, space, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_sizes(space)}). Kernel size: ({_sizes(covered)}). "
            "Kernel size can't be greater than actual input size. Try more padding or a smaller kernel."
        )


def _with_bias(out: Any, bias: Any, n: int) -> Any:
    return out if bias is None else out + bias.reshape(-1, *(1,) * n)


def _bias_axes(g: Any, n: int) -> tuple[int, ...]:
    return tuple(i for i in range(g.ndim) if i != g.ndim - n - 1)


def _crop(y: Any, shape: Numbers) -> Any:
    """``y`` without the windows past ``shape`` (an output padding of a stride or more makes such)."""
    return y if tuple(y.shape) == tuple(shape) else y[tuple(slice(0, k) for k in shape)]


def _samples(n: int, *, transposed: bool) -> Callable[..., Any]:
    """Plain; strided and padded with a bias; dilated in two groups, without a batch."""
    space = (4, 5, 3)[:n]
    many, few = (1,) * n, (0,) * n

    def draw(rng: Any) -> Any:
        for channels, filters, stride, padding, dilation, groups, batch in (
            ((2, 3), False, many, few, many, 1, (2,)),
            ((1, 2), True, (2,) * n, many, many, 1, (2,)),
            ((2, 4), False, many, many, (2,) * n, 2, ()),
        ):
            given, made = channels
            kernel = (2, 3, 2)[:n] if dilation == many else (2,) * n
            weight = (given, made // groups, *kernel) if transposed else (made, given // groups, *kernel)
            attrs = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
            if transposed:
                attrs["size"] = tuple((s - 1) * t - 2 * p + d * (k - 1) + 1 for s, t, p, d, k in
                                      zip(space, stride, padding, dilation, kernel, strict=True))  # fmt: skip
            bias = rng.uniform(-1, 1, made) if filters else None
            yield (rng.uniform(-1, 1, (*batch, given, *space)), rng.uniform(-1, 1, weight), bias), attrs

    return draw


def _weight_samples(n: int) -> Callable[..., Any]:
    def draw(rng: Any) -> Any:
        for (input, weight, _), attrs in _samples(n, transposed=False)(rng):
            kernel = weight.shape[2:]
            space = tuple(s + 2 * p for s, p in zip(input.shape[-n:], attrs["padding"], strict=True))
            out = out_size(space, kernel, attrs["stride"], attrs["dilation"])
            outer = rng.uniform(-1, 1, (*input.shape[: -n - 1], weight.shape[0], *out))
            yield (input, outer), {**attrs, "kernel": kernel}

    return draw


def _declare(n: int) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The three ops for ``n`` axes of space."""
    name = f"conv{n}d"

    def numbers(stride: Any, dilation: Any) -> tuple[Numbers, Numbers]:
        return per_axis(stride, n, "stride"), per_axis(dilation, n, "dilation")

    def signature(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Any:
        stride, dilation = numbers(stride, dilation)
        if isinstance(padding, str):
            input, padding = _named_padding(input, weight, stride, padding, dilation)
        attrs = {"stride": stride, "padding": per_axis(padding, n, "padding"), "dilation": dilation, "groups": groups}
        return (input, weight, bias), attrs

    def transposed_signature(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, dilation: Any = 1, *, size: Numbers | None = None,
    ) -> Any:  # fmt: skip
        stride, dilation = numbers(stride, dilation)
        padding = per_axis(padding, n, "padding")
        if size is None:
            more = per_axis(output_padding, n, "output_padding")
            if any(o >= max(s, d) for o, s, d in zip(more, stride, dilation, strict=True)):
                raise RuntimeError(
                    "output padding must be smaller than either stride or dilation, but got output_padding: "
                    f"{list(more)}, stride: {list(stride)}, dilation: {list(dilation)}"
                )
            places = zip(input.shape[-n:], weight.shape[-n:], stride, padding, dilation, more, strict=True)
            size = tuple((i - 1) * s - 2 * p + d * (k - 1) + o + 1 for i, k, s, p, d, o in places)
        attrs = {"stride": stride, "padding": padding, "size": tuple(size), "dilation": dilation, "groups": groups}
        return (input, weight, bias), attrs

    def forward(xp, input, weight, bias, *, stride, padding, dilation, groups):
        """Slides each filter over the input: at every place the sum of products of filter and input, plus the filter's bias.

        Shapes: input (N, C, *space) or (C, *space), weight (O, C / groups, *kernel), bias (O); the output (N, O, *windows).
        """
        _check(name, input, weight, bias, n, groups)
        x = padded(xp, _batched(input, n), padding)
        kernel = weight.shape[2:]
        _check_fits(x.shape[2:], kernel, dilation)
        out = out_size(x.shape[2:], kernel, stride, dilation)
        filters = weight.reshape(groups, weight.shape[0] // groups, -1)
        y = xp.matmul(filters, columns(xp, x, kernel, stride, dilation, groups))
        return _unbatched(_with_bias(y.reshape(x.shape[0], weight.shape[0], *out), bias, n), input, n)

    def transposed(xp, input, weight, bias, *, stride, padding, size, dilation, groups):
        """Places each filter, times the input there, into the output and adds up: the derivative of a convolution.

        Shapes: input (N, C, *windows) or (C, *windows), weight (C, O / groups, *kernel), bias (O); the output (N, O, *size).
        """
        _check(f"conv_transpose{n}d", input, weight, bias, n, groups, transposed=True)
        x = _batched(input, n)
        kernel = weight.shape[2:]
        made = weight.shape[1] * groups
        filters = weight.reshape(groups, weight.shape[0] // groups, -1).transpose(0, 2, 1)
        cut = xp.matmul(filters, x.reshape(x.shape[0], groups, weight.shape[0] // groups, -1))
        windows = x.shape[2:]
        covered = ((w - 1) * s + c for w, s, c in zip(windows, stride, span(kernel, dilation), strict=True))
        space = tuple(max(k + 2 * p, c) for k, p, c in zip(size, padding, covered, strict=True))
        y = add_columns(xp, cut.reshape(x.shape[0], made, *kernel, -1), windows, space, kernel, stride, dilation)
        return _unbatched(_with_bias(cropped(y, padding, size), bias, n), input, n)

    def towards_weight(xp, input, outer, *, kernel, stride, padding, dilation, groups):
        """For every tap of the filters, the sum over all places of input times output gradient."""
        x, g = padded(xp, _batched(input, n), padding), _batched(outer, n)
        covered = ((w - 1) * s + c for w, s, c in zip(g.shape[2:], stride, span(kernel, dilation), strict=True))
        x = x[(..., *(slice(0, c) for c in covered))]
        cut = columns(xp, x, kernel, stride, dilation, groups)
        g = g.reshape(g.shape[0], groups, g.shape[1] // groups, -1)
        found = xp.matmul(g, cut.transpose(0, 1, 3, 2)).sum(axis=0)
        return found.reshape(g.shape[1] * g.shape[2], x.shape[1] // groups, *kernel)

    forward.__name__, transposed.__name__, towards_weight.__name__ = name, f"conv_transpose{n}d", f"{name}_weight"

    conv = op(
        r"\sum_{c,k} w_{o,c,k}\,x_{c,\,s i + d k - p} + b_o",
        input=(rf"{TRANSPOSED_LATEX}(\bar y, w)",
               lambda g, weight, input_shape, stride, padding, dilation, groups: conv_transpose(
                   g, weight, None, stride, padding, 0, groups, dilation, size=input_shape[-n:])),
        weight=(r"\textstyle\sum_i \bar y_{o,i}\,x_{c,\,s i + d k - p}",
                lambda g, input, weight_shape, stride, padding, dilation, groups: conv_weight(
                    input, g, kernel=weight_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups)),
        bias=(r"\textstyle\sum_i \bar y_{o,i}", lambda g: g.sum(_bias_axes(g, n))),
        samples=_samples(n, transposed=False), method=False, signature=signature, torch_name="Convolution",
    )(forward)  # fmt: skip

    conv_transpose = op(
        r"\sum_{i} w_{c,o,k}\,x_{c,i}\ \text{at}\ s i + d k - p",
        input=(r"\mathrm{conv}(\bar y, w)",
               lambda g, weight, input_shape, stride, padding, dilation, groups: _crop(
                   conv(g, weight, None, stride, padding, dilation, groups),
                   (*g.shape[: -n - 1], *input_shape[-n - 1 :]))),
        weight=(r"\textstyle\sum_i x_{c,i}\,\bar y_{o,\,s i + d k - p}",
                lambda g, input, weight_shape, stride, padding, dilation, groups: conv_weight(
                    g, input, kernel=weight_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups)),
        bias=(r"\textstyle\sum_i \bar y_{o,i}", lambda g: g.sum(_bias_axes(g, n))),
        samples=_samples(n, transposed=True), method=False, signature=transposed_signature, torch_name="Convolution",
    )(transposed)  # fmt: skip

    conv_weight = op(
        r"\sum_i \bar y_{o,i}\,x_{c,\,s i + d k - p}",
        input=(rf"{TRANSPOSED_LATEX}(\bar y, \bar w)",
               lambda g, outer, input_shape, stride, padding, dilation, groups: conv_transpose(
                   outer, g, None, stride, padding, 0, groups, dilation, size=input_shape[-n:])),
        outer=(r"\mathrm{conv}(x, \bar w)",
               lambda g, input, outer_shape, stride, padding, dilation, groups: _crop(
                   conv(input, g, None, stride, padding, dilation, groups), outer_shape)),
        samples=_weight_samples(n), function=False, method=False, torch_name="ConvolutionBackward",
    )(towards_weight)  # fmt: skip
    return conv, conv_transpose, conv_weight


def _named_padding(input: Any, weight: Any, stride: Numbers, padding: str, dilation: Numbers) -> tuple[Any, Numbers]:
    """``"valid"``: none. ``"same"``: so much that the output is as large as the input; where that is odd, more at the end."""
    n = len(stride)
    if padding == "valid":
        return input, (0,) * n
    if padding != "same":
        raise ValueError(f"Invalid padding string '{padding}', should be one of 'valid', 'same'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for k, d in zip(weight.shape[-n:], dilation, strict=True)]
    if any(t % 2 for t in total):
        from engine.ops.padding import pad

        input = pad(input, [side for t in reversed(total) for side in (0, t % 2)])
    return input, tuple(t // 2 for t in total)


conv1d, conv_transpose1d, conv1d_weight = _declare(1)
conv2d, conv_transpose2d, conv2d_weight = _declare(2)
conv3d, conv_transpose3d, conv3d_weight = _declare(3)
