"""Capturing: running a function once, while an observer writes its ops down as the rows of a program.

The function really runs: its result is the result, its writes are written. Derivative rules are ops too, so a function that
calls ``loss.backward()`` is captured with its backward, and one that calls ``optimizer.step()`` with its update.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from engine import observe
from engine.device import CPU, Device
from engine.mode import mode
from engine.node import Node
from engine.observe import Observer
from engine.op import Op
from engine.program import trees
from engine.program.program import Guards, Look, Program
from engine.program.pull import PullOp
from engine.program.rows import DRAW, UPDATE, CaptureError, Constant, Note, Phase, Row, Site, Slot, SlotKind
from engine.tensor import Tensor

_ENGINE = __file__.rsplit("program", 2)[0]  #: frames of files below it are not the script's
SHOWING = {"__repr__", "__str__", "__format__"}


def capture(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Program:
    """Runs ``function(*args, **kwargs)`` once and returns it as a program; what the run returned is ``program.first``.

    Tensors among the arguments are what later calls feed. Tensors from outside (parameters, their ``.grad``) are read anew on
    each replay; Python numbers are baked in. Raises :class:`CaptureError` for what cannot be captured; what is captured but
    not done again (a branch on a value, a print) is listed in ``program.notes``.
    """
    session = Capture(args, kwargs)
    with observe.only((session,), inside=True):
        result = function(*args, **kwargs)
    return session.program(result)


class Capture(Observer):
    """Writes ops down as rows. A slot is known by its array: a tensor and its detached twin are one."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        fed = trees.leaves((args, kwargs))
        self.arguments = (args, kwargs)
        self.device: Device = fed[0].device if fed else CPU
        self.slots: list[Slot] = []
        self.rows: list[Row] = []
        self._notes: dict[Note, None] = {}
        self._looks: list[Look] = []
        self._grads: dict[int, tuple[Tensor, int | None]] = {}
        self._modules: dict[int, tuple[Any, bool]] = {}
        self._grad_mode = mode.grad
        self._known: dict[int, int] = {}  #: id of an array → its slot
        self._held: list[Any] = []  #: the arrays, so that no id is used twice
        self._names: dict[int, str] = {}
        self._scopes: list[tuple[str, str]] = []
        self._phase: Phase = "forward"
        self._muted = 0  #: inside a draw or an optimizer's step, which are one row each
        self._owners = living()
        self.feeds = [self.feed(t, f"input {k}") for k, t in enumerate(fed)]

    # ------------------------------------------------------------------------------------------ slots

    def feed(self, x: Tensor, name: str | None = None) -> int:
        """A slot for what the caller will give."""
        return self._slot("feed", x.data_, name=name)

    def _slot(self, kind: SlotKind, array: Any, **more: Any) -> int:
        number = len(self.slots)
        self.slots.append(Slot(number, kind, tuple(array.shape), array.dtype, **more))
        self._known[id(array)] = number
        self._held.append(array)
        return number

    def slot_of(self, x: Tensor) -> int:
        """The slot of a tensor; one from outside gets one now."""
        array = x.data_
        known = self._known.get(id(array))
        if known is not None:
            return known
        if x.device is not self.device and array.ndim:
            raise CaptureError(
                f"{self._site()}: a program runs on one device, and this tensor is on {x.device}, not on {self.device}. "
                "Move it before the captured function is called."
            )
        kind, owner, _ = self._owners.get(id(array), (None, None, None))
        if kind is not None:
            return self._slot(kind, array, tensor=owner, name=self._names.get(id(owner)))
        return self._slot("constant", array, numbers=array.copy())

    def _add(self, op: Op, read: tuple[Any, ...], made: tuple[int, ...], attrs: dict[str, Any], **more: Any) -> None:
        scope = tuple(name for _, name in self._scopes)
        self.rows.append(Row(op, read, made, attrs, phase=self._phase, site=self._site(), scope=scope, **more))

    def _read(self, x: Any) -> int | Constant:
        return self.slot_of(x) if isinstance(x, Tensor) else Constant(x)

    # ------------------------------------------------------------------------------------------ ops

    def on_op(
        self, op: Op, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...], attrs: dict[str, Any], ns: int
    ) -> None:
        if self._muted:
            return
        read = tuple(self._read(x) for x in inputs)
        self._add(op, read, tuple(self._slot("value", y.data_) for y in outputs), attrs)

    def on_inplace(self, op: Op, inputs: tuple[Any, ...], target: Tensor, attrs: dict[str, Any], ns: int) -> None:
        if self._muted:
            return
        slot = self._target(target)
        self._add(op, tuple(self._read(x) for x in inputs), (), attrs, kind="write", writes=(slot,))

    def _target(self, target: Tensor) -> int:
        """The slot that a write changes. What was in it must have been known before the write."""
        if id(target.data_) not in self._known and id(target.data_) not in self._owners:
            raise CaptureError(
                f"{self._site()}: a write in place into a tensor that no op made. Make it with torch.zeros or "
                "torch.empty, or write y = y + x instead of y += x."
            )
        return self.slot_of(target)

    def on_create(self, tensor: Tensor) -> None:
        if not self._muted:
            self.slot_of(tensor)

    def on_draw_begin(self) -> None:
        self._muted += 1

    def on_draw(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Any) -> None:
        self._muted -= 1
        if self._muted:
            return
        read = tuple(self.slot_of(x) for x in trees.leaves((args, kwargs)))
        again = functools.partial(_draw_again, function, args, kwargs)
        name = {"name": function.__name__}
        if args and made is args[0]:  # normal_ and its like return the tensor that they filled
            self._add(DRAW, read, (), name, kind="draw", writes=(self._target(made),), call=again)
        else:
            self._add(DRAW, read, (self._slot("value", made.data_),), name, kind="draw", call=again)

    # ------------------------------------------------------------------------------------------ backward and update

    def on_backward_begin(self, roots: tuple[Tensor, ...], create_graph: bool) -> None:
        if self._muted:
            raise CaptureError(
                f"{self._site()}: an optimizer that calls a closure decides by values how often it runs. "
                "Call loss.backward() before optimizer.step()."
            )
        self._phase = "backward"

    def on_pull(self, node: Node, upstream: tuple[Any, ...], contributions: list[Any]) -> None:
        if self._muted:
            return
        saved = [Tensor(v.data_, None, node.device) for v in node.saved if hasattr(v, "data_")]
        there = tuple(i for i, g in enumerate(contributions) if g is not None)
        read = tuple(self._read(x) for x in (*upstream, *saved))
        made = tuple(self._slot("value", contributions[i].data_) for i in there)
        self._add(PullOp(node, len(upstream), there), read, made, {})

    def on_backward_end(self) -> None:
        self._phase = "forward"

    def on_grad(self, tensor: Tensor, grad: Tensor, accumulated: bool) -> None:
        if not self._muted and tensor.is_leaf:
            self._grads[id(tensor)] = (tensor, self.slot_of(grad))

    def on_clear(self, tensors: list[Tensor]) -> None:
        for tensor in tensors:
            self._grads[id(tensor)] = (tensor, None)

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        self._scopes.append((kind, name))
        if self._muted:
            return
        if kind == "module" and id(owner) not in self._modules:
            self._modules[id(owner)] = (owner, owner.training)
            for path, tensor in (*owner.named_parameters(), *owner.named_buffers()):
                self._names.setdefault(id(tensor), path)
        elif kind == "optimizer":
            self._update(owner)
            self._muted = 1

    def on_scope_exit(self) -> None:
        kind, _ = self._scopes.pop()
        if kind == "optimizer" and all(outer != "optimizer" for outer, _ in self._scopes):
            self._muted = 0

    def _update(self, optimizer: Any) -> None:
        params = [p for group in optimizer.param_groups for p in group["params"] if p._grad is not None]
        self._phase = "update"
        self._add(
            UPDATE, tuple(self.slot_of(p._grad) for p in params), (), {"name": type(optimizer).__name__}, kind="update",
            writes=tuple(self.slot_of(p) for p in params), call=functools.partial(_step_again, optimizer, params),
        )  # fmt: skip
        self._phase = "forward"

    # ------------------------------------------------------------------------------------------ what leaves the program

    def on_read(self, tensor: Tensor, value: Any) -> None:
        if self._muted:
            return
        site, way = self._site(), way_of_reading()
        if way in SHOWING:
            self._note("print", site, "printing happens while capturing only")
            return
        if value is None:
            self._note("python", site, "the numbers leave for Python here; what it makes of them is baked in")
        elif way == "__bool__":
            self._note("branch", site, f"a branch on a value: it was {bool(value)}, and that way is baked in")
        else:
            self._note("read", site, f"a value is read: it was {value:.6g}, and that number is baked in")
        self._looks.append(Look(self.slot_of(tensor), len(self.rows), bool(value) if way == "__bool__" else value))

    def on_print(self, tensor: Tensor) -> None:
        if not self._muted:
            self._note("print", self._site(), "printing happens while capturing only")

    def _note(self, kind: Any, site: Site | None, text: str) -> None:
        self._notes[Note(kind, site, text)] = None

    def _site(self) -> Site | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
            frame = frame.f_back
        return None if frame is None else Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)

    # ------------------------------------------------------------------------------------------ the program

    def program(self, result: Any) -> Program:
        """What was written down, as a program whose call returns what ``result`` is."""
        fetches = tuple(self.slot_of(t) for t in trees.leaves(result))
        position = {id(t): k for k, t in enumerate(trees.leaves(self.arguments))}
        grads = tuple((position.get(id(t), t), slot) for t, slot in self._grads.values())
        return Program(
            slots=tuple(self.slots), rows=tuple(self.rows), feeds=tuple(self.feeds), fetches=fetches,
            grads=grads, notes=tuple(self._notes), device=self.device, result=result,
            guards=Guards(trees.kind_of(self.arguments), self._grad_mode, tuple(self._modules.values()), tuple(self._looks)),
        )  # fmt: skip


def living() -> dict[int, tuple[SlotKind, Tensor, Any]]:
    """The arrays of all tensors there are, and of their gradients: id of the array → (kind, tensor, the array).

    The arrays are held, so that none that is let go meanwhile lends its id to a new one. What is not among them when an op
    reads it was made inside the captured function.
    """
    found: dict[int, tuple[SlotKind, Tensor, Any]] = {}
    tensors = [x for x in gc.get_objects() if isinstance(x, Tensor)]
    for t in tensors:
        if id(t.data_) not in found or t.node is not None:
            found[id(t.data_)] = ("state", t, t.data_)
    for t in tensors:
        if t._grad is not None:
            found[id(t._grad.data_)] = ("gradient", t, t._grad.data_)
    return found


def way_of_reading() -> str:
    """By which of Python's protocols a value is being read: ``__bool__``, ``__format__``, ... or ``item``."""
    frame: FrameType | None = sys._getframe(2)
    name = "item"
    while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
        if frame.f_code.co_name.startswith("__"):
            name = frame.f_code.co_name
        frame = frame.f_back
    return name


def _draw_again(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], arrays: list[Any]) -> Any:
    """Calls a drawing function once more, with these arrays in place of its tensors; the drawn array."""
    given = iter(arrays)
    fresh_args, fresh_kwargs = trees.mapped((args, kwargs), lambda t: Tensor(next(given), None, t.device))
    return function(*fresh_args, **fresh_kwargs).data_


def _step_again(optimizer: Any, params: list[Tensor], arrays: list[Any]) -> None:
    """The optimizer's step, with these arrays as the parameters' gradients."""
    for p, array in zip(params, arrays, strict=True):
        p._grad = Tensor(array, None, p.device)
    optimizer.step()
