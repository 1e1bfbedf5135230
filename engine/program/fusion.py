"""Elementwise fusion: a chain of elementwise ops as one row that needs one array where the chain needs many.

The chain runs over whole arrays, each result in the place of one that is not needed any more. Running it block by block, so that
a block stays in the cache, was measured and left: NumPy's cost per call is more than the memory traffic it saves (1.1 to 4 times
slower for 65,536 and 1,048,576 numbers in blocks of 4,096 to 32,768).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from engine.op import Op
from engine.program.memory import reused
from engine.program.program import Program
from engine.program.replay import Replay, written_roots
from engine.program.rows import Row, Slot

LEAST = 1 << 12  #: elements; a smaller chain costs more in calls than it saves in memory


def fused(program: Program) -> Program:
    """Makes one row of rows that are elementwise, of one shape, and read by nobody but each other."""
    slots, changing = program.slots, written_roots(program)
    reads = Counter(slot for row in program.rows for slot in row.reads())
    reads.update(program.fetched)
    reads.update(look.slot for look in program.guards.looks)
    last = {slot: at for at, row in enumerate(program.rows) for slot in row.reads()}
    last.update(dict.fromkeys(program.fetched, len(program.rows)))
    waiting: dict[int, list[Row]] = {}  #: output slot → a chain that its only reader may still take in
    kept: list[Row] = []

    def settle(slot: int) -> None:
        chain = waiting.pop(slot, None)
        if chain is not None:
            kept.append(chain[0] if len(chain) == 1 else _one_row(program, chain))

    for at, row in enumerate(program.rows):
        chain: list[Row] = []
        joins = _elementwise(row, slots, changing)
        for slot in dict.fromkeys(row.reads()):
            mine = sum(i == slot for i in row.inputs)
            alone = reads[slot] == mine and slots[slot].shape == slots[row.outputs[0]].shape if joins else False
            if alone and slot in waiting and _costs_no_memory(waiting[slot], at, last):
                chain += waiting.pop(slot)
            else:
                settle(slot)
        if joins:
            waiting[row.outputs[0]] = [*chain, row]
        else:
            kept.append(row)
    for slot in list(waiting):
        settle(slot)
    return program.replaced(rows=tuple(kept))


def _elementwise(row: Row, slots: tuple[Slot, ...], changing: set[int]) -> bool:
    """Whether a row may be computed with others at once: every array it reads has its output's shape, or is one number."""
    if row.kind != "op" or not row.op.elementwise or row.op.view or len(row.outputs) != 1:
        return False
    out = slots[row.outputs[0]]
    given = [slots[i] for i in row.inputs if isinstance(i, int)]
    whole = [s for s in given if s.shape == out.shape]
    return (
        _size(out) >= LEAST
        and bool(whole)
        and all(s.shape in (out.shape, ()) for s in given)
        and not any(s.number in changing for s in (*given, out))
    )


def _costs_no_memory(chain: list[Row], at: int, last: dict[int, int]) -> bool:
    """Whether a chain may run as late as row ``at``: of the arrays it reads, at most one waits for it, and lends its place."""
    made = {slot for row in chain for slot in row.outputs}
    waits = {i for row in chain for i in row.inputs if isinstance(i, int) and i not in made and last[i] < at}
    return len(waits) <= 1


def _size(slot: Slot) -> int:
    size = 1
    for n in slot.shape:
        size *= n
    return size


def _one_row(program: Program, chain: list[Row]) -> Row:
    made = {slot for row in chain for slot in row.outputs}
    given = tuple(dict.fromkeys(i for row in chain for i in row.inputs if isinstance(i, int) and i not in made))
    last = chain[-1]
    return replace(last, op=FusedOp(program, chain, given, last.outputs[0]), inputs=given, attrs={})


class FusedOp(Op):
    """The op of a fused row; its forward replays the chain."""

    def __init__(self, program: Program, chain: list[Row], given: tuple[int, ...], out: int) -> None:
        names = [row.op.name for row in chain]
        super().__init__(_chained, "", {}, name="_".join(names), elementwise=True)
        self.doc = f"One after another: {', '.join(names)}."
        self.chain = tuple(chain)
        fed = {slot: replace(program.slots[slot], kind="feed") for slot in given}
        slots = tuple(fed.get(s.number, s) for s in program.slots)
        inner = program.replaced(rows=self.chain, slots=slots, feeds=given, fetches=(out,), grads=())
        replay = Replay(reused(inner))
        self.forward = lambda xp, *arrays: replay(list(arrays), [])[0]


def _chained(xp: Any, *xs: Any) -> Any:
    """Several elementwise ops, one after another."""
    raise AssertionError("a fused op replays its chain")
