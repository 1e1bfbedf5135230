"""Results with names: ``values, indices = x.max(dim=1)``, or ``x.max(dim=1).values``."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def named(name: str, fields: str) -> Any:
    """A tuple class with named fields, printed as torch prints ``torch.return_types.<name>``."""
    base = namedtuple(name, fields.split())  # type: ignore[misc]

    def show(self: Any) -> str:
        return (
            f"torch.return_types.{name}(\n"
            + ",\n".join(f"{field}={getattr(self, field)!r}" for field in self._fields)
            + ")"
        )

    return type(name, (base,), {"__slots__": (), "__repr__": show, "__module__": "torch.return_types"})
