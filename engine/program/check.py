"""Checking a program: every slot is set once before it is read, and every row computes what its slot says.

Source: the type checker of JAX's Autodidax, ``typecheck_jaxpr``.
"""

from __future__ import annotations

from typing import Any

from engine.program.program import Program
from engine.program.replay import Replay
from engine.program.rows import Row


class CheckError(RuntimeError):
    """A program is not well formed; the message names the row."""


def check(program: Program) -> None:
    """Raises :class:`CheckError` for a slot that is read before it is set, or set twice, or that nothing sets."""
    there = {s.number for s in program.slots if s.kind not in ("value", "feed")} | set(program.feeds)
    for at, row in enumerate(program.rows):
        for slot in row.reads():
            if slot not in there:
                raise CheckError(f"{_place(row, at)} reads %{slot} before anything sets it")
        for slot in row.outputs:
            if slot in there:
                raise CheckError(f"{_place(row, at)} sets %{slot}, which is set already")
            there.add(slot)
    for slot in program.fetched:
        if slot not in there:
            raise CheckError(f"the program hands out %{slot}, which nothing sets")


def check_types(program: Program, arrays: list[Any]) -> None:
    """Replays on these feeds and compares every value's shape and dtype with its slot's. Raises :class:`CheckError`."""
    watched = program.replaced(fetches=tuple(dict.fromkeys(s for row in program.rows for s in row.outputs)), grads=())
    found = Replay(watched)(arrays, watched._states())
    for number, array in zip(watched.fetches, found, strict=True):
        slot = program.slots[number]
        if tuple(array.shape) != slot.shape or array.dtype != slot.dtype:
            raise CheckError(
                f"%{number} is {array.dtype} {list(array.shape)}; the program says {slot.dtype} {list(slot.shape)}"
            )


def _place(row: Row, at: int) -> str:
    return f"row {at} ({row.name}{f', {row.site}' if row.site is not None else ''})"
