"""Activations as ``torch.nn.functional`` calls them: with ``inplace=True`` the result is written into the input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.apply import apply_inplace
from engine.op import Op

REQUIRED = object()  #: a setting without a default


def with_inplace(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    """``function(input, *settings, inplace=False)`` for an op's public function; ``settings`` are its attributes' defaults."""
    op: Op = function.op  # type: ignore[attr-defined]
    names = (*settings, "inplace")

    def call(input: Any, *args: Any, **named: Any) -> Any:
        if not args and not named and not settings:
            return function(input)
        if len(args) > len(names):
            raise TypeError(f"{op.name}() takes at most {len(names) + 1} arguments ({len(args) + 1} given)")
        given = {**settings, **dict(zip(names, args, strict=False)), **named}
        inplace = given.pop("inplace", False)
        for name, value in given.items():
            if name not in settings:
                raise TypeError(f"{op.name}() got an unexpected keyword argument '{name}'")
            if value is REQUIRED:
                raise TypeError(f"{op.name}() missing 1 required positional argument: '{name}'")
        return apply_inplace(op, input, (input,), given) if inplace else function(input, **given)

    call.__name__, call.__doc__ = op.name, function.__doc__
    call.op = op  # type: ignore[attr-defined]
    return call


def always(function: Callable[..., Any]) -> Callable[..., Any]:
    """``f_``: the function of :func:`with_inplace` that always writes into its input."""

    def call(input: Any, *args: Any, **named: Any) -> Any:
        return function(input, *args, **named, inplace=True)

    call.__name__ = f"{function.__name__}_"
    call.__doc__ = f"In-place version of :func:`{function.__name__}`."
    return call
