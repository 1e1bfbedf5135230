"""Convolutional layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.nn import functional as F
from engine.nn import init
from engine.nn.module import Module
from engine.nn.parameter import Parameter, unfilled
from engine.ops.windows import Numbers, per_axis

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Conv(Module):
    """What convolutions of all dimensions share. ``n``: axes of space; ``transposed``: which of the two ops."""

    n: int
    transposed = False
    function: Callable[..., Any]
    bias: Parameter | None

    def _build(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
        if padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {set(PADDING_MODES)}, but got padding_mode='{padding_mode}'")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = (
            in_channels,
            out_channels,
            groups,
            padding_mode,
        )
        self.kernel_size = per_axis(kernel_size, self.n, "kernel_size")
        self.stride = per_axis(stride, self.n, "stride")
        self.padding = padding if isinstance(padding, str) else per_axis(padding, self.n, "padding")
        self.dilation = per_axis(dilation, self.n, "dilation")
        self.output_padding = per_axis(output_padding, self.n, "output_padding")
        if padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = unfilled(outer, inner // groups, *self.kernel_size, device=device, dtype=dtype)
        self.register_parameter("bias", unfilled(out_channels, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, uniform within 1 / sqrt(fan in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init.fans(self.weight)
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def extra_repr(self) -> str:
        shown = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        plain = (0,) * self.n
        if self.padding != plain:
            shown += f", padding={self.padding}"
        if self.dilation != (1,) * self.n:
            shown += f", dilation={self.dilation}"
        if self.output_padding != plain:
            shown += f", output_padding={self.output_padding}"
        if self.groups != 1:
            shown += f", groups={self.groups}"
        if self.bias is None:
            shown += ", bias=False"
        if self.padding_mode != "zeros":
            shown += f", padding_mode={self.padding_mode}"
        return shown


class _Forward(_Conv):
    """A convolution."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._build(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Any) -> Any:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._sides(), mode=self.padding_mode), 0
        return type(self).function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _sides(self) -> list[int]:
        """The padding as :func:`engine.nn.functional.pad` takes it: last axis first, before and after."""
        if self.padding == "valid":
            return [0] * (2 * self.n)
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [side for t in reversed(total) for side in (t // 2, t - t // 2)]
        numbers: Any = self.padding
        return [p for p in reversed(numbers) for _ in range(2)]


class Conv1d(_Forward):
    """Convolution over (N, C, L): see :func:`engine.nn.functional.conv1d`."""

    n, function = 1, staticmethod(F.conv1d)


class Conv2d(_Forward):
    """Convolution over (N, C, H, W): see :func:`engine.nn.functional.conv2d`."""

    n, function = 2, staticmethod(F.conv2d)


class Conv3d(_Forward):
    """Convolution over (N, C, D, H, W): see :func:`engine.nn.functional.conv3d`."""

    n, function = 3, staticmethod(F.conv3d)


class _Transposed(_Conv):
    """A transposed convolution."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._build(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip

    def forward(self, input: Any, output_size: Any = None) -> Any:
        more = self.output_padding if output_size is None else self._more_for(input, tuple(output_size)[-self.n :])
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )

    def _more_for(self, input: Any, size: Numbers) -> Numbers:
        """The output padding that leads to ``size``. Raises torch's ``ValueError`` where none does."""
        numbers: Any = self.padding
        places = zip(input.shape[-self.n :], self.stride, numbers, self.dilation, self.kernel_size, strict=True)
        least = [(i - 1) * s - 2 * p + d * (k - 1) + 1 for i, s, p, d, k in places]
        most = [low + s - 1 for low, s in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for low, n, high in zip(least, size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {list(size)}, but valid sizes range from {least} to {most} "
                f"(for an input of {list(input.shape[2:])})"
            )
        return tuple(n - low for n, low in zip(size, least, strict=True))


class ConvTranspose1d(_Transposed):
    """Transposed convolution over (N, C, L)."""

    n, function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_Transposed):
    """Transposed convolution over (N, C, H, W)."""

    n, function = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_Transposed):
    """Transposed convolution over (N, C, D, H, W)."""

    n, function = 3, staticmethod(F.conv_transpose3d)
