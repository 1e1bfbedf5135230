"""Grad mode: whether ops are being written down for backward. One flag per thread.

Source: ``torch.no_grad``, ``torch.enable_grad``, ``torch.set_grad_enabled``, ``torch.inference_mode``.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(threading.local):
    grad: bool = True
    inference: bool = False
    quiet: bool = False  #: inside a derivative rule that observers see as a whole


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether ops on tensors that require grad are recorded for backward."""
    return mode.grad


def is_inference_mode_enabled() -> bool:
    """Whether the thread is inside ``inference_mode``."""
    return mode.inference


class _Switch:
    """A context manager that is a decorator as well: sets grad mode, and puts back what it found."""

    grad = True
    inference: bool | None = None

    def __init__(self) -> None:
        self._found: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._found.append((mode.grad, mode.inference))
        mode.grad = self.grad
        if self.inference is not None:
            mode.inference = self.inference

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        mode.grad, mode.inference = self._found.pop()

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return switched  # type: ignore[return-value]


class no_grad(_Switch):  # noqa: N801 - torch's name
    """Ops inside are not recorded for backward; their results do not require grad."""

    grad = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        if function is None:
            return made
        made.__init__()  # type: ignore[misc]
        return made(function)  # used as ``@no_grad`` without parentheses


class enable_grad(no_grad):  # noqa: N801 - torch's name
    """Ops inside are recorded for backward, also within ``no_grad``."""

    grad = True


class inference_mode(_Switch):  # noqa: N801 - torch's name
    """``no_grad`` for code that will never meet backward."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.grad, self.inference = not mode, mode


class set_grad_enabled(_Switch):  # noqa: N801 - torch's name
    """Sets grad mode at once, and puts the former one back when used as a context manager."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.grad = mode
        self._before = is_grad_enabled()
        _set(mode)

    def __enter__(self) -> None:
        self._found.append((self._before, mode.inference))
        mode.grad = self.grad

    def __call__(self, function: F) -> F:
        _set(self._before)
        return super().__call__(function)


def _set(grad: bool) -> None:
    mode.grad = grad
