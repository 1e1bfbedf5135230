"""Memory: when each value of a program is alive, and which dying array the next result can be written into."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.program.program import Program
from engine.program.replay import UFUNCS, last_reads, written_roots
from engine.program.rows import Row, Slot

#: further ops whose result is always an array of its own
FRESH = {*UFUNCS, "matmul", "linear", "sigmoid", "relu", "pow", "square"}
#: ops whose result never shows the memory of what they read
COPIES = {*FRESH, "sum", "mean", "gt", "lt", "ge", "le", "eq", "ne"}


def reused(program: Program) -> Program:
    """Writes results of ufuncs into arrays that are read for the last time by the same row."""
    slots, gone = program.slots, last_reads(program)
    keeps = {slot for row in program.rows if row.op.name not in COPIES for slot in (*row.reads(), *row.outputs)}
    shared = written_roots(program) | keeps
    fresh: set[int] = set()
    kept: list[Row] = []
    for at, row in enumerate(program.rows):
        into = next((slot for slot in gone[at] if slot in fresh and _fits(row, slot, slots)), None)
        kept.append(row if into is None else replace(row, into=into))
        if row.kind == "op" and row.op.name in FRESH:
            fresh.update(slot for slot in row.outputs if slot not in shared)
    return program.replaced(rows=tuple(kept))


def _fits(row: Row, slot: int, slots: tuple[Slot, ...]) -> bool:
    if row.kind != "op" or row.op.name not in UFUNCS or slot not in row.inputs:
        return False
    old, new = slots[slot], slots[row.outputs[0]]
    alike = {slots[i].dtype for i in row.inputs if isinstance(i, int)} == {new.dtype}
    return bool(new.shape) and alike and (old.shape, old.dtype) == (new.shape, new.dtype)


@dataclass(frozen=True, slots=True)
class Life:
    """One value's memory: bytes, and the rows from which and to which it is alive (``-1``: from the start)."""

    slot: int
    bytes: int
    born: int
    dies: int


def plan(program: Program) -> list[Life]:
    """The life of every array that the rows make; a result that is written into a dying array takes over its memory."""
    return list(_lives(program))


def _lives(program: Program) -> Iterator[Life]:
    gone = last_reads(program)
    dies = {slot: at for at, slots in enumerate(gone) for slot in slots}
    end = len(program.rows)
    for at, row in enumerate(program.rows):
        for slot in row.outputs:
            size = 0 if row.op.view or row.into is not None else _bytes(program.slots[slot])
            yield Life(slot, size, at, dies.get(slot, end))


def peak(program: Program) -> int:
    """The most bytes that are alive at once, feeds, parameters and an op's own scratch not counted."""
    change = [0] * (len(program.rows) + 2)
    owner: dict[int, int] = {}
    lives = {life.slot: life for life in plan(program)}
    ends = {life.slot: life.dies for life in lives.values()}
    for row in program.rows:  # a view or a taken-over array keeps the memory of its source alive
        source = row.into if row.into is not None else row.inputs[0] if row.op.view and row.inputs else None
        if isinstance(source, int) and row.outputs:
            root = owner.get(source, source)
            for slot in row.outputs:
                owner[slot] = root
                if root in ends:
                    ends[root] = max(ends[root], lives[slot].dies)
    for slot, life in lives.items():
        change[life.born] += life.bytes
        change[ends[slot] + 1] -= life.bytes
    most = now = 0
    for step in change:
        now += step
        most = max(most, now)
    return most


def _bytes(slot: Slot) -> int:
    return math.prod(slot.shape) * int(slot.dtype.itemsize)
