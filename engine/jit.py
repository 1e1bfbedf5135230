"""``torch.jit``: functions and modules as they are; there is nothing to compile here."""

from __future__ import annotations

from typing import Any

from engine.notes import note


def script(obj: Any = None, **_: Any) -> Any:
    """The function or module itself. Says so once."""
    note("torch.jit: this engine runs Python itself; the function or module is used as it is.")
    return obj if obj is not None else lambda function: function


def trace(func: Any, example_inputs: Any = None, **_: Any) -> Any:
    """The function or module itself. Says so once."""
    return script(func)


def ignore(function: Any = None, **_: Any) -> Any:
    """The function itself."""
    return function if function is not None else lambda f: f


unused = export = script_method = ignore


def is_scripting() -> bool:
    """Never: Python runs the script."""
    return False


is_tracing = is_scripting
