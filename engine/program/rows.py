"""What a captured program is made of: slots that hold arrays, and rows that compute them.

A program is straight-line code: each slot is set once, by a feed, by the outside world or by one row, before any row reads it;
a write changes the numbers in a slot's array, never which array it is. Source: the idea of HIPS/autograd's ``const_graph`` and
of JAX's jaxprs.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.op import Op

#: feed: given by the caller; state: a tensor that was there before, read anew on each replay; gradient: the ``.grad`` of such a
#: tensor; constant: numbers made once, while capturing; value: computed by a row
SlotKind = Literal["feed", "state", "gradient", "constant", "value"]
#: op: computes its outputs; write: computes, then writes into a slot; draw: random numbers; update: an optimizer's step
RowKind = Literal["op", "write", "draw", "update"]
Phase = Literal["forward", "backward", "update"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where in the script something was written: 1-based line, the enclosing function, the line's text."""

    file: str
    line: int
    function: str

    @property
    def text(self) -> str:
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        return f"line {self.line}" + (f" ({self.text})" if self.text else "")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one array. Shape and dtype are those seen while capturing; what is fed must have them."""

    number: int
    kind: SlotKind
    shape: tuple[int, ...]
    dtype: Any  #: the array's dtype
    name: str | None = None
    tensor: Any = None  #: state: the tensor; gradient: the tensor whose ``.grad`` it is
    numbers: Any = None  #: constant: its array

    def __str__(self) -> str:
        return f"%{self.number}"


@dataclass(frozen=True, slots=True)
class Constant:
    """A Python number (or ``None``) among a row's inputs."""

    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One step: ``outputs = op(inputs, attributes)``. ``inputs`` are slot numbers and :class:`Constant`."""

    op: Op
    inputs: tuple[int | Constant, ...]
    outputs: tuple[int, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    kind: RowKind = "op"
    writes: tuple[int, ...] = ()  #: slots whose arrays it changes
    phase: Phase = "forward"
    site: Site | None = None
    scope: tuple[str, ...] = ()
    call: Callable[[list[Any]], Any] | None = None  #: draw and update: what is called with the inputs' arrays
    into: int | None = None  #: the slot whose array, read here for the last time, receives the output

    @property
    def name(self) -> str:
        return str(self.attrs["name"]) if self.call is not None else self.op.name

    def reads(self) -> tuple[int, ...]:
        """The slots that must be there before."""
        return (*(i for i in self.inputs if not isinstance(i, Constant)), *self.writes)


def _called(xp: Any) -> Any:
    """What the row's own function does."""
    raise AssertionError("the row's own function is called")


DRAW = Op(_called, r"\sim", {}, name="draw")
UPDATE = Op(_called, r"\theta \leftarrow \text{step}(\theta, \bar\theta)", {}, name="update")


@dataclass(frozen=True, slots=True)
class Note:
    """Something of the script that the program does not do again: what it was, where, and what that means."""

    kind: Literal["branch", "read", "print", "python"]
    site: Site | None
    text: str

    def __str__(self) -> str:
        return f"{self.site}: {self.text}" if self.site is not None else self.text


class CaptureError(RuntimeError):
    """A function cannot be captured; the message says what, at which line, and what to try."""


class GuardError(RuntimeError):
    """A replay was asked for with something that the program was not captured for: another shape, dtype, device or mode."""
