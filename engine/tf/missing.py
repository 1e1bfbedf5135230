"""The error for a name of TensorFlow's that is not here."""

from __future__ import annotations

import difflib
from typing import Any


def missing(module: str, name: str, names: dict[str, Any]) -> AttributeError:
    """Says which names are near, and which there are."""
    there = sorted(n for n in names if not n.startswith("_") and n not in _INSIDE)
    near = difflib.get_close_matches(name, there, 3, 0.5)
    tip = f"Did you mean {' or '.join(f'{module}.{n}' for n in near)}? " if near else ""
    return AttributeError(f"{module} has no {name!r} here. {tip}There are: {', '.join(there)}.")


_INSIDE = {
    "annotations",
    "Any",
    "Callable",
    "Sequence",
    "missing",
    "engine",
    "np",
    "F",
    "Node",
    "node",
    "evaluate",
    "Value",
}
