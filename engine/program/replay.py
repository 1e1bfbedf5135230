"""Replaying: the rows of a program as one Python function on arrays.

No tensors, no nodes, no dispatch: each row is one line that calls the op's own forward, so a replay gives the bits that the
engine gives. An array is let go after the last row that reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.apply import prepared
from engine.errors import explain
from engine.op import OPS
from engine.program.rows import Constant, Row

if TYPE_CHECKING:
    from engine.device import Device
    from engine.program.program import Program

#: ops that are exactly one NumPy (and CuPy) ufunc, which takes ``out=``
UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "true_divide", "neg": "negative", "exp": "exp", "log": "log",
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tanh": "tanh", "abs": "abs",
}  # fmt: skip
_HEAD = 3  #: lines of source before the first row's


class Replay:
    """``replay(feeds, states)``: lists of arrays in, the arrays of the program's fetched slots out."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[str, Any] = {"xp": program.device.xp, "one": one, "several": several, "write": write}
        self.source = self._source()
        exec(compile(self.source, "<program>", "exec"), self._names)
        self._function: Callable[..., tuple[Any, ...]] = self._names["replay"]

    def __call__(self, feeds: list[Any], states: list[Any]) -> list[Any]:
        try:
            return list(self._function(feeds, states))
        except Exception as error:
            raise self._explained(error) from None

    def _explained(self, error: Exception) -> BaseException:
        """The error, with the row's place in the script."""
        frames = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<program>":
                frames.append((trace.tb_lineno - _HEAD - 1, trace.tb_frame.f_locals))
            trace = trace.tb_next
        if not frames or not 0 <= frames[0][0] < len(self.program.rows):
            return error
        at, names = frames[0]
        row = self.program.rows[at]
        arrays = [names[f"v{i}"] if isinstance(i, int) else i.value for i in row.inputs]
        told = explain(row.op, arrays, row.attrs, error) if row.call is None else error
        return type(told)(f"{told} (in a replay, at {row.site})")

    # ------------------------------------------------------------------------------------------ source

    def _source(self) -> str:
        program = self.program
        fresh, gone = _first_reads(program), last_reads(program)
        copied = written_roots(program)
        lines = ["def replay(feeds, states):", _unpacked(program.feeds, "feeds")]
        lines.append(_unpacked(tuple(s.number for s in program.states), "states"))
        for at, row in enumerate(program.rows):
            steps = [self._constant(slot, slot in copied) for slot in fresh[at]]
            steps.append(self._row(row, at))
            steps += [f"del {', '.join(f'v{slot}' for slot in gone[at])}"] if gone[at] else []
            lines.append("    " + "; ".join(steps))
        lines += ["    " + self._constant(slot, slot in copied) for slot in fresh[-1]]
        lines.append(f"    return ({''.join(f'v{slot}, ' for slot in program.fetched)})")
        return "\n".join(lines) + "\n"

    def _constant(self, slot: int, copied: bool) -> str:
        """A constant's array: a fresh copy where the program writes into it."""
        self._names[f"c{slot}"] = self.program.slots[slot].numbers
        return f"v{slot} = c{slot}{'.copy()' if copied else ''}"

    def _row(self, row: Row, at: int) -> str:
        if row.call is not None:
            return self._call(row, at)
        op, slots = row.op, self.program.slots
        given = [
            f"v{i}" if isinstance(i, int) else self._literal(i.value, f"k{at}_{k}") for k, i in enumerate(row.inputs)
        ]
        if _casts(row, slots):
            self._names[f"cast_{at}"] = partial(prepared, op)
            given = [f"*cast_{at}([{', '.join(given)}])"]
        given += [f"{name}={self._literal(value, f'k{at}_{name}')}" for name, value in row.attrs.items()]
        name = f"f_{op.name}" if op is OPS.get(op.name) else f"f{at}"
        self._names[name] = op.forward
        result = f"{name}({', '.join(['xp', *given])})"
        if row.into is not None:
            self._names[f"u_{op.name}"] = getattr(self.program.device.xp, UFUNCS[op.name])
            return f"v{row.outputs[0]} = u_{op.name}({', '.join(given)}, out=v{row.into})"
        if row.writes:
            return f"write(v{row.writes[0]}, {result})"
        if len(row.outputs) > 1:
            return f"{', '.join(f'v{slot}' for slot in row.outputs)} = several({result}, xp)"
        if op.elementwise and slots[row.outputs[0]].shape:
            return f"v{row.outputs[0]} = {result}"
        return f"v{row.outputs[0]} = one({result}, xp)"

    def _call(self, row: Row, at: int) -> str:
        self._names[f"call_{at}"] = row.call
        result = f"call_{at}([{', '.join(f'v{i}' for i in row.inputs)}])"
        if row.kind == "update":
            return result
        return f"v{row.writes[0]}[...] = {result}" if row.writes else f"v{row.outputs[0]} = {result}"

    def _literal(self, value: Any, name: str) -> str:
        """A value as source where that is exact; else the name that it gets."""
        if value is None or value.__class__ in (bool, int, str):
            return repr(value)
        if value.__class__ is float and value - value == 0.0:
            return repr(value)
        if value.__class__ is tuple and all(n.__class__ is int for n in value):
            return repr(value)
        self._names[name] = value
        return name


def _unpacked(slots: tuple[int, ...], source: str) -> str:
    return f"    {''.join(f'v{slot}, ' for slot in slots)}= {source}" if slots else "    pass"


def _first_reads(program: Program) -> list[list[int]]:
    """Per row, and for the return: the constants that nothing before it reads."""
    seen: set[int] = set()
    found = []
    for read in (*(row.reads() for row in program.rows), program.fetched):
        new = [slot for slot in dict.fromkeys(read) if program.slots[slot].kind == "constant" and slot not in seen]
        seen.update(new)
        found.append(new)
    return found


def last_reads(program: Program) -> list[list[int]]:
    """Per row: the slots that nothing after it reads. Those are let go, the caller's own arrays but by name."""
    kept = set(program.fetched)
    gone: list[list[int]] = [[] for _ in program.rows]
    for at in range(len(program.rows) - 1, -1, -1):
        row = program.rows[at]
        for slot in dict.fromkeys((*row.reads(), *row.outputs)):
            if slot not in kept:
                kept.add(slot)
                gone[at].append(slot)
    return gone


def written_roots(program: Program) -> set[int]:
    """The slots that some row's write may change: those it writes into, and all that share memory with one by a view."""
    shows: dict[int, int] = {}
    for row in program.rows:
        if row.op.view and row.inputs and isinstance(row.inputs[0], int):
            for slot in row.outputs:
                shows[slot] = shows.get(row.inputs[0], row.inputs[0])
    roots = {shows.get(slot, slot) for slot in program.written}
    return roots | {slot for slot, root in shows.items() if root in roots}


def compute(row: Row, arrays: list[Any], device: Device) -> list[Any]:
    """A row's outputs from its inputs' arrays, as the engine computes them."""
    out = row.op.forward(device.xp, *prepared(row.op, arrays), **row.attrs)
    return several(out if out.__class__ is tuple else (out,), device.xp)


def _casts(row: Row, slots: tuple[Any, ...]) -> bool:
    """Whether the engine would bring the row's inputs to another dtype first: decided by dtypes and Python numbers alone."""
    op = row.op
    if not (op.promotes or op.floats):
        return False
    dtypes = {slots[i].dtype for i in row.inputs if isinstance(i, int)}
    if op.floats and any(dtype.kind not in "fc" for dtype in dtypes):
        return True
    if not op.promotes:
        return False
    if len(dtypes) > 1:
        return True
    return any(not _weak(i.value, dtypes) for i in row.inputs if isinstance(i, Constant))


def _weak(value: Any, dtypes: set[Any]) -> bool:
    """Whether a Python number leaves arrays of this one dtype as they are."""
    if value is None or value.__class__ in (bool, int):
        return True
    return value.__class__ is float and all(dtype.kind in "fc" for dtype in dtypes)


def one(out: Any, xp: Any) -> Any:
    """An op's only output as an array: NumPy turns 0-d results into scalars."""
    if out.__class__ is tuple:
        (out,) = out
    return out if hasattr(out, "strides") and out.shape else xp.asarray(out)


def several(outs: Any, xp: Any) -> list[Any]:
    """An op's outputs as arrays."""
    return [xp.asarray(out) for out in outs]


def write(target: Any, out: Any) -> None:
    """Puts a result into an array; an index assignment has done so itself."""
    if out is not target:
        target[...] = out
