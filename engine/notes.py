"""Remarks to the script's author on standard error, each once per process."""

from __future__ import annotations

import sys

_said: set[str] = set()


def note(text: str) -> None:
    """Says ``text``, unless it was said before."""
    if text not in _said:
        _said.add(text)
        print(f"note: {text}", file=sys.stderr)


def forget() -> None:
    """Every remark may be made again."""
    _said.clear()
