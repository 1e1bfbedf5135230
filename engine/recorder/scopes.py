"""Scopes: which module call, composite function or optimizer step an op runs in.

Each is told once per path and ordinal within a page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.recorder.schema import Event, Scope, ScopeKind


class _Open:
    __slots__ = ("kind", "name", "number", "owner")

    def __init__(self, kind: ScopeKind, name: str, owner: Any) -> None:
        self.kind, self.name, self.owner = kind, name, owner
        self.number: int | None = None  #: handed out when the first op inside is told


class Scopes:
    """The stack of open scopes."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._stack: list[_Open] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._calls: dict[tuple[Any, ...], int] = {}
        self._modules = 0
        self._optimizers = 0

    @property
    def in_module(self) -> bool:
        return self._modules > 0

    @property
    def updating(self) -> bool:
        """Whether an optimizer is stepping."""
        return self._optimizers > 0

    def begin_page(self) -> None:
        """Starts counting calls anew."""
        self._calls = {}
        for each in self._stack:
            each.number = None

    def enter(self, kind: ScopeKind, name: str, owner: Any) -> None:
        self._stack.append(_Open(kind, name, owner))
        self._modules += kind == "module"
        self._optimizers += kind == "optimizer"

    def leave(self) -> ScopeKind:
        left = self._stack.pop()
        self._modules -= left.kind == "module"
        self._optimizers -= left.kind == "optimizer"
        return left.kind

    def current(self, page: int) -> int | None:
        """Number of the innermost scope."""
        parent: int | None = None
        for each in self._stack:
            if each.number is None:
                each.number = self._number(each, parent)
            parent = each.number
        return parent

    def _number(self, each: _Open, parent: int | None) -> int:
        cls = type(each.owner).__name__ if each.owner is not None else None
        path = (parent, each.kind, each.name, cls)
        call = self._calls.get(path, 0)
        self._calls[path] = call + 1
        known = self._known.get((*path, call))
        if known is not None:
            return known
        number = self._known[(*path, call)] = len(self._known) + 1
        detail = each.owner.extra_repr() if each.kind == "module" and hasattr(each.owner, "extra_repr") else ""
        self._tell(
            Scope(scope=number, name=each.name, kind=each.kind, parent=parent, cls=cls, detail=detail, call=call)
        )
        return number
