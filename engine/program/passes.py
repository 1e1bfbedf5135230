"""What makes a static graph worthwhile: passes over a program's rows. Each returns a program that computes the same bits.

``PASSES`` is the list, in the order in which :func:`optimized` runs them. Rows that write, draw or update are never moved or
dropped, and nothing that a write may change is shared or computed ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.program.fusion import fused
from engine.program.memory import reused
from engine.program.program import Program
from engine.program.replay import compute, written_roots
from engine.program.rows import Constant, Row, Slot


@dataclass(frozen=True, slots=True)
class Stage:
    """What one pass did: the program after it, and the rows before and after."""

    name: str
    program: Program
    before: int
    after: int


def optimized(program: Program) -> tuple[Program, list[Stage]]:
    """All passes, one after another; the last program, and what each of them did."""
    stages = []
    for name, run in PASSES.items():
        found = run(program)
        stages.append(Stage(name, found, len(program.rows), len(found.rows)))
        program = found
    return program, stages


def dead_code(program: Program) -> Program:
    """Leaves out rows whose outputs nobody reads."""
    needed = {*program.fetched, *(look.slot for look in program.guards.looks)}
    kept: list[Row] = []
    for row in reversed(program.rows):
        if row.kind != "op" or any(slot in needed for slot in row.outputs):
            kept.append(row)
            needed.update(row.reads())
    return program.replaced(rows=tuple(reversed(kept)))


def constant_folding(program: Program) -> Program:
    """Computes rows that read constants only, once and now."""
    slots = list(program.slots)
    changing = written_roots(program)
    kept: list[Row] = []
    for row in program.rows:
        given = [slots[i] for i in row.inputs if isinstance(i, int)]
        fixed = all(s.kind == "constant" and s.number not in changing for s in given)
        if row.kind != "op" or not fixed or any(slot in changing for slot in row.outputs):
            kept.append(row)
            continue
        arrays = [slots[i].numbers if isinstance(i, int) else i.value for i in row.inputs]
        for slot, array in zip(row.outputs, compute(row, arrays, program.device), strict=True):
            slots[slot] = replace(slots[slot], kind="constant", numbers=array)
    return program.replaced(rows=tuple(kept), slots=tuple(slots))


def common_subexpressions(program: Program) -> Program:
    """Computes what is computed twice once."""
    changing = written_roots(program)
    known: dict[Any, tuple[int, ...]] = {}
    instead: dict[int, int] = _equal_constants(program.slots, changing)
    kept: list[Row] = []
    for found in program.rows:
        row = renamed(found, instead)
        key = None
        if row.kind == "op" and not any(slot in changing for slot in (*row.reads(), *row.outputs)):
            key = (row.op.name, _key(row.inputs), _key(tuple(row.attrs.items())))
        if key is not None and key in known:
            instead.update(zip(row.outputs, known[key], strict=True))
            continue
        if key is not None:
            known[key] = row.outputs
        kept.append(row)
    return renamed_ends(program.replaced(rows=tuple(kept)), instead)


def _equal_constants(slots: tuple[Slot, ...], changing: set[int]) -> dict[int, int]:
    """Small constants of equal bits: each after the first → the first."""
    first: dict[Any, int] = {}
    instead = {}
    for s in slots:
        if (
            s.kind != "constant"
            or s.number in changing
            or not isinstance(s.numbers, np.ndarray)
            or s.numbers.size > 1024
        ):
            continue
        key = (s.dtype.str, s.shape, s.numbers.tobytes())
        if first.setdefault(key, s.number) != s.number:
            instead[s.number] = first[key]
    return instead


def renamed(row: Row, instead: dict[int, int]) -> Row:
    """The row, reading these slots in place of others."""
    if not any(i in instead for i in row.inputs if isinstance(i, int)):
        return row
    return replace(row, inputs=tuple(instead.get(i, i) if isinstance(i, int) else i for i in row.inputs))


def renamed_ends(program: Program, instead: dict[int, int]) -> Program:
    """The program, handing out (and looking at) these slots in place of others."""
    looks = tuple(replace(look, slot=instead.get(look.slot, look.slot)) for look in program.guards.looks)
    return program.replaced(
        fetches=tuple(instead.get(slot, slot) for slot in program.fetches),
        grads=tuple((whose, slot if slot is None else instead.get(slot, slot)) for whose, slot in program.grads),
        guards=replace(program.guards, looks=looks),
    )


def _key(value: Any) -> Any:
    """Something hashable that is equal for equal values, of one type only: 1, 1.0 and True are three."""
    if isinstance(value, Constant):
        return ("constant", _key(value.value))
    if isinstance(value, (tuple, list)):
        return (type(value), tuple(_key(v) for v in value))
    if isinstance(value, slice):
        return (slice, _key(value.start), _key(value.stop), _key(value.step))
    if isinstance(value, (int, float, complex, str, bool, type(None), type(Ellipsis))):
        return (type(value), repr(value))
    return (type(value), id(value))


#: name → pass, in order
PASSES: dict[str, Callable[[Program], Program]] = {
    "dead code": dead_code,
    "constant folding": constant_folding,
    "common subexpressions": common_subexpressions,
    "elementwise fusion": fused,
    "buffer reuse": reused,
}
