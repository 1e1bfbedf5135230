"""Activation layers: see the functions of the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.nn import functional as F
from engine.nn import init
from engine.nn.module import Module
from engine.nn.parameter import unfilled

_NO_DEFAULT = object()


class _Activation(Module):
    """A function with settings, none of them learned. Subclasses are rows of a table: function, settings, what is printed."""

    function: Callable[..., Any]
    settings: dict[str, Any]  #: name → default, in the order in which the constructor takes them
    shown: str  #: ``extra_repr``, to be formatted with the settings

    def __init__(self, *values: Any, inplace: bool = False, **named: Any) -> None:
        super().__init__()
        names = [*self.settings, "inplace"]
        if len(values) > len(names):
            raise TypeError(
                f"{type(self).__name__}.__init__() takes at most {len(names)} arguments ({len(values)} given)"
            )
        given = {**dict(zip(names, values, strict=False)), **named}
        self.inplace = bool(given.pop("inplace", inplace))
        for name, default in self.settings.items():
            value = given.pop(name, default)
            if value is _NO_DEFAULT:
                raise TypeError(f"{type(self).__name__}.__init__() missing 1 required positional argument: '{name}'")
            setattr(self, name, value)
        if given:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(given))}'"
            )

    def forward(self, input: Any) -> Any:
        settings = {name: getattr(self, name) for name in self.settings}
        if self.inplace:
            settings["inplace"] = True
        return type(self).function(input, **settings)

    def extra_repr(self) -> str:
        shown = self.shown.format(**{name: getattr(self, name) for name in self.settings})
        inplace = "inplace=True" if self.inplace else ""
        return ", ".join(part for part in (shown, inplace) if part)


def _row(name: str, function: Callable[..., Any], shown: str = "", **settings: Any) -> Any:
    body = {
        "function": staticmethod(function), "settings": settings, "shown": shown, "__module__": __name__,
        "__doc__": function.__doc__, "__qualname__": name,
    }  # fmt: skip
    return type(name, (_Activation,), body)


ReLU = _row("ReLU", F.relu)
ReLU6 = _row("ReLU6", F.relu6)
Sigmoid = _row("Sigmoid", F.sigmoid)
Tanh = _row("Tanh", F.tanh)
SiLU = _row("SiLU", F.silu)
Mish = _row("Mish", F.mish)
SELU = _row("SELU", F.selu)
Softsign = _row("Softsign", F.softsign)
Tanhshrink = _row("Tanhshrink", F.tanhshrink)
LogSigmoid = _row("LogSigmoid", F.logsigmoid)
Hardswish = _row("Hardswish", F.hardswish)
Hardsigmoid = _row("Hardsigmoid", F.hardsigmoid)
ELU = _row("ELU", F.elu, "alpha={alpha}", alpha=1.0)
CELU = _row("CELU", F.celu, "alpha={alpha}", alpha=1.0)
GELU = _row("GELU", F.gelu, "approximate={approximate!r}", approximate="none")
GLU = _row("GLU", F.glu, "dim={dim}", dim=-1)
LeakyReLU = _row("LeakyReLU", F.leaky_relu, "negative_slope={negative_slope}", negative_slope=0.01)
Softplus = _row("Softplus", F.softplus, "beta={beta}, threshold={threshold}", beta=1.0, threshold=20.0)
Softshrink = _row("Softshrink", F.softshrink, "{lambd}", lambd=0.5)
Hardshrink = _row("Hardshrink", F.hardshrink, "{lambd}", lambd=0.5)
Hardtanh = _row("Hardtanh", F.hardtanh, "min_val={min_val}, max_val={max_val}", min_val=-1.0, max_val=1.0)
Threshold = _row(
    "Threshold", F.threshold, "threshold={threshold}, value={value}", threshold=_NO_DEFAULT, value=_NO_DEFAULT
)
Softmax = _row("Softmax", F.softmax, "dim={dim}", dim=None)
LogSoftmax = _row("LogSoftmax", F.log_softmax, "dim={dim}", dim=None)
Softmin = _row("Softmin", F.softmin, "dim={dim}", dim=None)


class Softmax2d(Module):
    """Softmax over the channels at every place of (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Any) -> Any:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class RReLU(Module):
    """:class:`LeakyReLU` with a slope drawn at random while training."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """:class:`LeakyReLU` with a learned slope: one for all channels, or one for each."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = unfilled(num_parameters, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The first slope again."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
