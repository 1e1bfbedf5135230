"""``torch.compile``: a function that is captured when it is first called and replayed from then on.

A program is replayed only where its guards hold: arguments of the same kind, the same modes, and every value that Python looked
at (a branch, an ``.item()``) as it was. Where one does not, the function is captured again, up to ``LIMIT`` times; what cannot
be captured runs op by op, and a note says why. While somebody watches, the function runs op by op too: the graph is what they
came to see.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine import observe
from engine.autograd.function import Function
from engine.backward import grad
from engine.mode import mode
from engine.nn.module import Module
from engine.notes import note
from engine.program import trees
from engine.program.capture import Capture
from engine.program.passes import optimized
from engine.program.program import Guards, Program
from engine.program.rows import CaptureError, GuardError, Row
from engine.tensor import Tensor

LIMIT = 8  #: programs kept of one function, as many as PyTorch's recompile limit


class Compiled:
    """A callable that captures and replays ``function``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function, updated=())
        self.function = function
        self.programs: list[_Replayed] = []
        self.eager: str | None = None  #: why the function runs op by op

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.eager is not None or observe.active:
            return self.function(*args, **kwargs)
        for program in self.programs:
            if program.guards.hold((args, kwargs)):
                try:
                    return program(trees.leaves((args, kwargs)))
                except (GuardError, _LookedDifferent):
                    continue
        if len(self.programs) == LIMIT:
            return self._give_up(f"it was captured {LIMIT} times already", args, kwargs)
        return self._capture(args, kwargs)

    def _capture(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        session = Capture(args, kwargs)
        try:
            with observe.only((session,), inside=True):
                result = self.function(*args, **kwargs)
                made = _captured(session, result)
        except CaptureError as refused:
            return self._give_up(str(refused), args, kwargs)
        if isinstance(made, str):
            self._say(made)
        else:
            self.programs.append(made)
        return result

    def _give_up(self, why: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._say(why)
        return self.function(*args, **kwargs)

    def _say(self, why: str) -> None:
        self.eager = why
        note(f"torch.compile: {getattr(self.function, '__name__', 'the function')} runs op by op: {why}")

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class _LookedDifferent(Exception):
    """A value that Python looked at is not what it was while capturing."""


@dataclass(frozen=True)
class _Replayed:
    """One captured program, in its two halves: the forward, and the backward that its results' histories need."""

    guards: Guards
    forward: Program
    backward: Program | None
    wanted: tuple[Any, ...]  #: what has a gradient: positions of feeds, and tensors from outside
    results: (
        int  #: the forward hands out this many results, then the values that Python looked at, then what backward reads
    )
    differentiable: tuple[int, ...]  #: positions of the results that have a history

    def __call__(self, fed: list[Tensor]) -> Any:
        tensors = [fed[w] if isinstance(w, int) else w for w in self.wanted]
        if self.backward is None:
            made = [Tensor(array, None, self.forward.device) for array in self.arrays(fed)[: self.results]]
        else:
            made = list(_Replay.apply(self, fed, *tensors))
        given = iter(made)
        return trees.mapped(self.forward.result, lambda _: next(given))

    def arrays(self, fed: list[Tensor]) -> list[Any]:
        """Runs the forward. Raises :class:`_LookedDifferent`."""
        found = self.forward.run([t.data_ for t in fed], fed)
        looks = self.guards.looks
        for look, array in zip(looks, found[self.results : self.results + len(looks)], strict=True):
            seen = array.item()
            if (bool(seen) if isinstance(look.value, bool) else seen) != look.value:
                raise _LookedDifferent
        return found


class _Replay(Function):
    """The history of a replay's results: one node, whose rule replays the backward."""

    @staticmethod
    def forward(ctx: Any, replayed: _Replayed, fed: list[Tensor], *_: Tensor) -> Any:
        found = replayed.arrays(fed)
        ctx.replayed = replayed
        ctx.kept = found[replayed.results + len(replayed.guards.looks) :]
        device = replayed.forward.device
        made = tuple(Tensor(array, None, device) for array in found[: replayed.results])
        ctx.mark_non_differentiable(*(y for k, y in enumerate(made) if k not in replayed.differentiable))
        return made

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        replayed = ctx.replayed
        if mode.grad:
            raise RuntimeError(
                "torch.compile does not support double backward (create_graph=True): call the function uncompiled for it"
            )
        arrays = [grads[k].data_ for k in replayed.differentiable]
        found = replayed.backward.run([*arrays, *ctx.kept])
        device = replayed.forward.device
        return (None, None, *(None if array is None else Tensor(array, None, device) for array in found))


def _captured(session: Capture, result: Any) -> _Replayed | str:
    """What was captured, or why it cannot be replayed."""
    program = session.program(result)
    for said in program.notes:
        if said.kind in ("python", "print"):
            return str(said)
    acts = next((row for row in program.rows if row.kind != "op"), None)
    if program.guards.looks and acts is not None:
        return f"a value is looked at in code that {_ACTS[acts.kind]} ({acts.site})"
    leaves = trees.leaves(result)
    differentiable = tuple(k for k, y in enumerate(leaves) if y.node is not None and not y.is_leaf)
    ends = tuple(look.slot for look in program.guards.looks)
    if not differentiable:
        forward, _ = optimized(program.replaced(fetches=program.fetches + ends))
        return _Replayed(program.guards, forward, None, (), len(leaves), ())
    return _with_backward(session, program, [leaves[k] for k in differentiable], differentiable, ends)


_ACTS = {
    "write": "writes in place",
    "draw": "draws random numbers",
    "update": "steps an optimizer",
}


def _with_backward(
    session: Capture, program: Program, roots: list[Tensor], differentiable: tuple[int, ...], ends: tuple[int, ...]
) -> _Replayed:
    """Captures the rules too: from gradients that are fed, to what the forward was given."""
    done = len(session.rows)
    fed = trees.leaves(session.arguments)
    outside = [s.tensor for s in program.states if s.kind == "state" and s.tensor.node is not None]
    wanted = [*(k for k, t in enumerate(fed) if t.node is not None), *outside]
    seeds = [Tensor(y.device.xp.ones_like(y.data_), None, y.device) for y in roots]
    given = [session.feed(seed) for seed in seeds]
    sought = [fed[w] if isinstance(w, int) else w for w in wanted]
    grads = grad(roots, sought, seeds, retain_graph=True, allow_unused=True)
    ones = [None if g is None else session.slot_of(g) for g in grads]
    rows = tuple(session.rows[done:])
    slots = tuple(session.slots)
    reached = tuple(slot for slot in ones if slot is not None)
    kept = _read_from_outside(rows, reached, {*given})
    kept = tuple(slot for slot in kept if slots[slot].kind != "constant")
    feeds = (*given, *kept)
    as_feeds = tuple(replace(s, kind="feed") if s.number in feeds else s for s in slots)
    nothing = Guards(None, False)
    backward = program.replaced(
        slots=as_feeds, rows=rows, feeds=feeds, fetches=reached, grads=(), notes=(), guards=nothing
    )
    forward = program.replaced(slots=slots, fetches=(*program.fetches, *ends, *kept))
    known = [w for w, slot in zip(wanted, ones, strict=True) if slot is not None]
    return _Replayed(
        program.guards,
        optimized(forward)[0],
        optimized(backward)[0],
        tuple(known),
        len(program.fetches),
        differentiable,
    )


def _read_from_outside(rows: tuple[Row, ...], fetched: tuple[int, ...], given: set[int]) -> tuple[int, ...]:
    """The slots that rows (and the hand-out) read and nothing of theirs makes."""
    made = {slot for row in rows for slot in row.outputs} | given
    read = [slot for row in rows for slot in row.reads()]
    return tuple(slot for slot in dict.fromkeys([*read, *fetched]) if slot not in made)


class OptimizedModule(Module):
    """A module whose call is captured and replayed. Its parts, parameters and state are the module's own."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._orig_mod = module
        self._compiled = Compiled(module)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._compiled(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("_orig_mod"), name)


def compile(model: Any = None, **options: Any) -> Any:
    """The function or module, captured when it is first called and replayed after that. Options are accepted and not needed."""
    if model is None:
        return compile
    if options.get("disable"):
        return model
    return OptimizedModule(model) if isinstance(model, Module) else Compiled(model)
