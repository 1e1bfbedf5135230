"""Recording a script in a test: the events it told, in order, and where its tensors' bytes went."""

from __future__ import annotations

from textwrap import dedent
from typing import Any, TypeVar

from engine.recorder import Budget, record, schema

E = TypeVar("E")


class Recording:
    """A sink that keeps everything, and what a script told into it."""

    def __init__(self, script: str, *, budget: Budget | None = None, device: str = "cpu", static: bool = False) -> None:
        self.raw = b""
        self.blobs: dict[str, bytes] = {}
        self.status = record(dedent(script), sink=self, budget=budget, device=device, static=static)
        self.events: list[Any] = [schema.decode(line) for line in self.raw.splitlines()]

    def lines(self, batch: bytes) -> None:
        self.raw += batch

    def blob(self, key: str, npy: bytes) -> None:
        self.blobs[key] = npy

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a kind."""
        return [e for e in self.events if isinstance(e, kind)]

    def only(self, kind: type[E]) -> E:
        """The one event of a kind."""
        (found,) = self.all(kind)
        return found

    @property
    def pages(self) -> list[tuple[str, int]]:
        """Kind and number of ops of every page."""
        return [(end.kind, end.ops) for end in self.all(schema.PassEnd)]

    def ops(self, page: int) -> list[str]:
        """Names of a page's ops, also of those told as repetitions."""
        names: list[str] = []
        for e in self.events:
            if isinstance(e, schema.Op) and e.pass_ == page:
                names.append(e.name)
            elif isinstance(e, schema.Again) and e.pass_ == page:
                names.append(self.ops(e.like)[e.index])
        return names

    @property
    def printed(self) -> str:
        return "".join(e.text for e in self.all(schema.Output))
