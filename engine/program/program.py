"""A captured program: what it is fed, what it computes, what it was captured for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.device import Device
from engine.mode import mode, no_grad
from engine.program import trees
from engine.program.replay import Replay
from engine.program.rows import GuardError, Note, Row, Slot
from engine.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Look:
    """A value that Python looked at before row ``row``, and what it saw (``None``: more than one number)."""

    slot: int
    row: int
    value: Any


@dataclass(frozen=True, slots=True)
class Guards:
    """What must be as it was while capturing."""

    arguments: Any  #: :func:`engine.program.trees.kind_of` them
    grad_mode: bool
    modules: tuple[tuple[Any, bool], ...] = ()  #: module, whether it was training
    looks: tuple[Look, ...] = ()

    def check(self, arguments: Any) -> None:
        """Raises :class:`GuardError` naming what is different."""
        kind = trees.kind_of(arguments)
        if kind != self.arguments:
            raise GuardError(f"captured for {_words(self.arguments)}, called with {_words(kind)}")
        if mode.grad != self.grad_mode:
            raise GuardError(f"captured with gradients {_on(self.grad_mode)}, called with gradients {_on(mode.grad)}")
        for module, training in self.modules:
            if module.training != training:
                now, then = ("train", "eval") if module.training else ("eval", "train")
                raise GuardError(f"captured in {then} mode, called in {now} mode: {type(module).__name__}")

    def hold(self, arguments: Any) -> bool:
        """Whether :meth:`check` has nothing to say."""
        try:
            self.check(arguments)
        except GuardError:
            return False
        return True


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _words(kind: Any) -> str:
    """The tensors of a kind of arguments: ``float32 [2, 3], int64 []``."""
    found: list[str] = []

    def visit(branch: Any) -> None:
        if isinstance(branch, tuple) and len(branch) == 5 and hasattr(branch[1], "itemsize"):
            shape, dtype, device, contiguous, needs = branch
            more = [f"on {device}"] if device != "cpu" else []
            more += [] if contiguous else ["not contiguous"]
            more += ["requires grad"] if needs else []
            found.append(" ".join([str(dtype), str(list(shape)), *more]))
        elif isinstance(branch, tuple):
            for each in branch:
                visit(each)

    visit(kind[0])
    return f"({', '.join(found)})"


@dataclass(frozen=True)
class Program:
    """Straight-line code. Called with arguments of the kind it was captured for, it returns what the function would.

    A replay writes what the function wrote and leaves the ``.grad`` that it left, but its results have no history: capture
    the backward with the forward, or use ``torch.compile``.
    """

    slots: tuple[Slot, ...]
    rows: tuple[Row, ...]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    grads: tuple[
        tuple[Any, int | None], ...
    ]  #: of which tensor (or feed, by position) ``.grad`` is which slot in the end
    notes: tuple[Note, ...]
    device: Device
    guards: Guards
    result: Any  #: what the capturing call returned; the form of what a replay returns

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.guards.check((args, kwargs))
        fed = trees.leaves((args, kwargs))
        arrays = iter(self.run([t.data_ for t in fed], fed))
        return trees.mapped(self.result, lambda _: Tensor(next(arrays), None, self.device))

    def run(self, arrays: list[Any], fed: list[Tensor] | None = None) -> list[Any]:
        """Replays on feeds of the captured shapes and dtypes, unchecked; the arrays of the fetches.

        Raises :class:`GuardError` where a tensor from outside has changed its shape, dtype or lost its gradient.
        """
        with no_grad():
            found = self.replay(arrays, self._states())
        fetched, grads = found[: len(self.fetches)], found[len(self.fetches) :]
        for slot in self.written:
            owner = self.slots[slot].tensor
            if owner is not None:
                owner.shared_version().n += 1
        self._leave_grads(grads, fed)
        return fetched

    def _states(self) -> list[Any]:
        arrays = []
        for slot in self.states:
            owner = slot.tensor
            holder = owner if slot.kind == "state" else owner._grad
            if holder is None:
                raise GuardError(f"captured while {slot.name or 'a parameter'} had a gradient; it has none now")
            array = holder.data_
            if array.shape != slot.shape or array.dtype != slot.dtype:
                raise GuardError(
                    f"captured for {slot.name or 'a tensor'} of {slot.dtype} {list(slot.shape)}; "
                    f"it is {array.dtype} {list(array.shape)} now"
                )
            arrays.append(array)
        return arrays

    def _leave_grads(self, arrays: list[Any], fed: list[Tensor] | None) -> None:
        left = iter(arrays)
        for whose, slot in self.grads:
            array = None if slot is None else next(left)
            owner = whose if isinstance(whose, Tensor) else fed[whose] if fed is not None else None
            if owner is not None:
                owner._grad = None if array is None else Tensor(array, None, self.device)

    # ------------------------------------------------------------------------------------------ what follows from the rows

    @cached_property
    def replay(self) -> Replay:
        """The rows as one Python function."""
        return Replay(self)

    @cached_property
    def states(self) -> tuple[Slot, ...]:
        """The slots that are read from outside on each replay."""
        read = {slot for row in self.rows for slot in row.reads()} | set(self.fetched)
        return tuple(s for s in self.slots if s.kind in ("state", "gradient") and s.number in read)

    @cached_property
    def written(self) -> tuple[int, ...]:
        """The slots whose arrays some row changes, each once."""
        return tuple(dict.fromkeys(slot for row in self.rows for slot in row.writes))

    @cached_property
    def fetched(self) -> tuple[int, ...]:
        """The slots that a replay hands out: results first, then gradients."""
        return (*self.fetches, *(slot for _, slot in self.grads if slot is not None))

    def replaced(self, **changes: Any) -> Program:
        """The same program with other rows, slots, ...: what a program pass returns."""
        return dataclasses.replace(self, **changes)

    # ------------------------------------------------------------------------------------------ for people

    def __str__(self) -> str:
        """One line a row: ``%5: float32[2, 3] = tanh(%4)   # line 7``."""
        return "\n".join(self._line(row) for row in self.rows)

    def _line(self, row: Row) -> str:
        given = [str(i) if not isinstance(i, int) else f"%{i}" for i in (_plain(i) for i in row.inputs)]
        given += [f"{k}={v!r}" for k, v in row.attrs.items() if k[0] != "_" and row.call is None]
        call = f"{row.name}({', '.join(given)})"
        if row.writes:
            left = ", ".join(f"%{s}" for s in row.writes) + " <-"
        else:
            left = ", ".join(self._typed(s) for s in row.outputs) + " ="
        return f"{left} {call}" + (f"   # line {row.site.line}" if row.site is not None else "")

    def _typed(self, number: int) -> str:
        slot = self.slots[number]
        return f"%{number}: {slot.dtype}{list(slot.shape)}"


def _plain(item: Any) -> Any:
    return item if isinstance(item, int) else repr(item.value)
