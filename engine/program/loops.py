"""Static runs: the body of a script's training loop is captured once, as a tape, and replayed on every later pass.

A script's syntax tree is rewritten. The loops that a pass of theirs makes a page of are the innermost ones that go backward
(``.backward()`` in their body, or in a function that it calls); where a script never goes backward, its innermost loops. ::

    for x in data:                       for x in data:
        BODY                     →           if static.replays(0):
                                                 found = static.replay(0)
                                                 if "loss" in found: loss = found["loss"]
                                             else:
                                                 with static.capturing(0):
                                                     BODY

What a pass is fed: the tensors in the variables that the loop sets (``x``) and in those that its body sets anew (a hidden
state, ``loss``). What else is outside (parameters, buffers) is read anew. Everything that is no tensor is baked in.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine import observe
from engine.notes import note
from engine.program import trees
from engine.program.rows import Note, Site
from engine.program.tape import Tape

HOOK = "__kineograph_static__"
_BACK = {"backward", "grad", "step"}
LIMIT = 8  #: tapes kept of one loop, one per kind of feeds


@dataclass
class Loop:
    """One loop of the script that is captured."""

    line: int
    sets: frozenset[str]  #: variables that its header and body set
    shown: tuple[Note, ...]  #: what its text says is not done again
    counts: dict[str, int]  #: variables of its header that the body reads → the first line that does
    tapes: list[tuple[Any, Tape, Any]] = field(default_factory=list)  #: kind of the feeds, tape, results
    refused: bool = False


class Static(ast.NodeTransformer):
    """Rewrites a script's loops, and is what the rewritten loops ask."""

    def __init__(self, tree: ast.Module, filename: str) -> None:
        self.loops: list[Loop] = []
        self.passes = 0  #: replayed
        self._filename = filename
        self._chosen = _chosen(tree)

    # ------------------------------------------------------------------------------------------ rewriting

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._rewritten(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._rewritten(node)

    def _rewritten(self, node: ast.For | ast.While) -> ast.AST:
        if id(node) not in self._chosen:
            self.generic_visit(node)
            return node
        header = _stored([node.target]) if isinstance(node, ast.For) else set()
        sets = frozenset(header | _stored(node.body))
        number = len(self.loops)
        reads = {n.id: n.lineno for n in _nodes(node.body[::-1]) if isinstance(n, ast.Name) and n.id in header}
        self.loops.append(Loop(node.lineno, sets, tuple(_prints(node, self._filename)), reads))
        source = [
            f"if {HOOK}.replays({number}):",
            f"    {HOOK}found = {HOOK}.replay({number})",
        ]
        source += [f"    if {name!r} in {HOOK}found: {name} = {HOOK}found[{name!r}]" for name in sorted(sets)]
        source += ["else:", f"    with {HOOK}.capturing({number}): pass"]
        (asked,) = ast.parse("\n".join(source)).body
        assert isinstance(asked, ast.If)
        first = node.body[0]
        at = {"lineno": first.lineno, "col_offset": first.col_offset}
        at |= {"end_lineno": first.lineno, "end_col_offset": first.col_offset}
        for made in ast.walk(asked):
            for attribute in set(at).intersection(made._attributes):
                setattr(made, attribute, at[attribute])
        (within,) = asked.orelse
        assert isinstance(within, ast.With)
        within.body = node.body
        node.body = [asked]
        return node

    # ------------------------------------------------------------------------------------------ running

    def replays(self, number: int) -> bool:
        """Whether the pass that is about to begin was captured."""
        loop, names = self.loops[number], sys._getframe(1).f_locals
        return not loop.refused and _fitting(loop, names) is not None

    def replay(self, number: int) -> dict[str, Any]:
        """Replays the pass; what it leaves in the variables."""
        names = sys._getframe(1).f_locals
        fitting = _fitting(self.loops[number], names)
        assert fitting is not None, "it was asked whether it replays"
        tape, results = fitting
        found: dict[str, Any] = results(tape.replay({name: names[name] for name in tape.feeds}))
        self.passes += 1
        return found

    @contextmanager
    def capturing(self, number: int) -> Iterator[None]:
        """The body runs, and is written down."""
        loop, frame = self.loops[number], sys._getframe(2)
        if loop.refused or len(loop.tapes) == LIMIT:
            yield
            return
        feeds = {name: frame.f_locals[name] for name in sorted(loop.sets) if name in frame.f_locals}
        if loop.tapes:
            now = _kind({name: feeds.get(name) for name in loop.tapes[0][1].feeds})
            _say(
                f"line {loop.line}: captured for {_words([k for k, *_ in loop.tapes])}; now {_words([now])}: captured anew"
            )
        before = dict(feeds)
        tape = Tape(feeds, self._filename)
        observe.attach(tape)
        try:
            yield
        finally:
            observe.detach(tape)
        names = frame.f_locals
        self._baked(loop, tape, names)
        if tape.refused is not None:
            loop.refused = True
            _say(f"{tape.refused}. The loop at line {loop.line} runs op by op")
            return
        results = tape.results({n: names[n] for n in loop.sets if n in names})
        loop.tapes.append((_kind({name: before[name] for name in tape.feeds}), tape, results))
        for said in (*tape.notes, *loop.shown):
            _say(str(said))

    def _baked(self, loop: Loop, tape: Tape, names: dict[str, Any]) -> None:
        for name, line in loop.counts.items():
            if name in names and not trees.leaves(names[name]):
                site = Site(self._filename, line, "<module>")
                tape.notes[
                    Note("python", site, f"{name} is no tensor: it was {names[name]!r:.40}, and that is baked in")
                ] = None

    def finish(self) -> None:
        """Says so where a script has nothing that could be replayed."""
        if not self.loops:
            _say("the script has no loop whose passes could be replayed: it ran op by op")


def _say(text: str) -> None:
    note(f"static: {text}")


def _fitting(loop: Loop, names: dict[str, Any]) -> tuple[Tape, Any] | None:
    """The tape that was captured for tensors like those in the variables, and how to find its results."""
    for kind, tape, results in loop.tapes:
        if all(name in names for name in tape.feeds) and _kind({name: names[name] for name in tape.feeds}) == kind:
            return tape, results
    return None


def _kind(feeds: dict[str, Any]) -> Any:
    """What a tape is captured for: per variable its tensors' shapes, dtypes, devices, and whether they need gradients."""
    return tuple(
        (
            name,
            tuple((t.data_.shape, t.data_.dtype.str, str(t.device), t.node is not None) for t in trees.leaves(value)),
        )
        for name, value in feeds.items()
    )


def _words(kinds: list[Any]) -> str:
    shown = [", ".join(f"{name} {list(t[0])}" for name, tensors in kind for t in tensors) for kind in kinds]
    return " or ".join(f"({text})" for text in shown)


# ------------------------------------------------------------------------------------------------ which loops


def _chosen(tree: ast.Module) -> set[int]:
    """Ids of the loops to capture: the innermost that go backward; in a script that never does, the innermost."""
    functions = {f.name: f for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef))}
    back = {name for name in _BACK if name != "step"}
    grown = True
    while grown:  # functions that go backward, by what they call
        more = {name for name, f in functions.items() if name not in back and _calls(f.body) & back}
        back |= more
        grown = bool(more)
    loops = [n for n in ast.walk(tree) if isinstance(n, (ast.For, ast.While))]
    going = [n for n in loops if _calls(n.body) & back] if _calls(tree.body) & back else loops
    return {id(n) for n in going if not any(m is not n and m in going for m in ast.walk(n))}


def _calls(body: list[Any]) -> set[str]:
    called = [n.func for n in _nodes(body) if isinstance(n, ast.Call)]
    return {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in called}


def _nodes(body: list[Any]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def _stored(body: list[Any]) -> set[str]:
    return {n.id for n in _nodes(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _prints(node: ast.For | ast.While, filename: str) -> Iterator[Note]:
    for n in _nodes(node.body):
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print":
            yield Note("print", Site(filename, n.lineno, "<module>"), "printing happens in the first pass only")
