"""Layers that learn how many channels come in from their first input, and are plain layers from then on."""

from __future__ import annotations

from typing import Any

from engine.nn.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from engine.nn.module import Module
from engine.nn.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d


def _lazy(kind: Any) -> Any:
    """The lazy form of a layer whose first argument is the number of channels that come in. It has no parameters yet."""

    def build(self: Any, *args: Any, **kwargs: Any) -> None:
        Module.__init__(self)
        self.given = (args, kwargs)

    def first(self: Any, input: Any, *args: Any, **kwargs: Any) -> Any:
        training = self.training
        given, named = self.given
        del self.given
        kind.__init__(self, input.shape[1], *given, **named)
        self.__class__ = kind
        self.train(training)
        return self.forward(input, *args, **kwargs)

    name = f"Lazy{kind.__name__}"
    body = {
        "__init__": build, "forward": first, "extra_repr": lambda self: "", "__module__": __name__, "__qualname__": name,
        "__doc__": f"A :class:`{kind.__name__}` without its first argument, which the first input tells.",
    }  # fmt: skip
    return type(name, (kind,), body)


LazyConv1d, LazyConv2d, LazyConv3d = (_lazy(kind) for kind in (Conv1d, Conv2d, Conv3d))
LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d = (
    _lazy(kind) for kind in (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
)
LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d = (_lazy(kind) for kind in (BatchNorm1d, BatchNorm2d, BatchNorm3d))
