"""A pass as a list of steps: written down while it runs for the first time, done again op by op on new feeds.

A program's rows (:mod:`engine.program.rows`) hold the derivative rules too, and replay as bare arrays. A tape stays at the
level of the script: its ops run through the engine, so what they make has a history, ``backward`` goes back over it, and
whoever watches sees every op, at the line that wrote it.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from engine import observe
from engine.apply import apply, apply_inplace
from engine.backward import backward
from engine.mode import mode
from engine.node import Leaf
from engine.observe import Observer
from engine.op import OPS, Op
from engine.optim.optimizer import clear_grads
from engine.program import trees
from engine.program.capture import SHOWING, living, way_of_reading
from engine.program.rows import CaptureError, Note, Site
from engine.tensor import Tensor

_ENGINE = __file__.rsplit("program", 2)[0]  #: frames of files below it are not the script's
Values = dict[int, Tensor]
Ref = Callable[[Values], Tensor]  #: where a step finds a tensor
Step = Callable[[Values], None]


class Tape(Observer):
    """Writes down what a pass does. Tensors are known by who they are, strangers by their array."""

    def __init__(self, feeds: dict[str, Any], filename: str) -> None:
        """``feeds``: variables whose tensors each replay gets anew."""
        self.steps: list[tuple[CodeType | None, Step]] = []
        self.notes: dict[Note, None] = {}
        self.refused: CaptureError | None = None
        self._filename = filename
        self._owners = living()
        self._refs: dict[int, Ref] = {}
        self._arrays: dict[int, Ref] = {}
        self._held: list[Tensor] = []  #: by slot: no id is used twice
        self._muted = 0
        self._scopes: list[str] = []
        self._fed = {name: [self._slot(t) for t in trees.leaves(value)] for name, value in feeds.items()}
        self._read: set[int] = set()  #: slots that some step reads

    # ------------------------------------------------------------------------------------------ tensors

    def _slot(self, t: Tensor) -> int:
        number = len(self._held)
        self._held.append(t)
        self._refs[id(t)] = self._arrays[id(t.data_)] = functools.partial(self._value, number)
        return number

    def _value(self, number: int, values: Values) -> Tensor:
        return values[number]

    def _ref(self, t: Any) -> Ref:
        if not isinstance(t, Tensor):
            return lambda values: t
        known = self._refs.get(id(t)) or self._arrays.get(id(t.data_))
        if isinstance(known, functools.partial):
            self._read.add(known.args[0])
        if id(t) in self._refs:
            return self._refs[id(t)]
        if known is not None:  # .data, .detach(): the same numbers, no history
            return self._twin_of(known, t)
        kind, owner, _ = self._owners.get(id(t.data_), (None, None, None))
        if kind == "gradient":
            return _gradient(self._ref(owner))
        if owner is not None and owner is not t:
            return lambda values: _twin(owner)
        self._held.append(t)
        return lambda values: t

    def _twin_of(self, first: Ref, t: Tensor) -> Ref:
        number = self._slot(t)

        def read(values: Values) -> Tensor:
            if number not in values:
                values[number] = _twin(first(values))
                if t.node.__class__ is Leaf:
                    values[number].requires_grad_()
            return values[number]

        self._refs[id(t)] = read
        return read

    def _made(self, outputs: tuple[Tensor, ...]) -> tuple[int, ...]:
        return tuple(self._slot(t) for t in outputs)

    def _keep(self, made: tuple[int, ...], found: Any, values: Values) -> None:
        for number, t in zip(made, found if isinstance(found, tuple) else (found,), strict=True):
            values[number] = t
            if self._held[number].node.__class__ is Leaf and t.node is None:
                t.requires_grad_()

    # ------------------------------------------------------------------------------------------ what is done again

    def _add(self, step: Step) -> None:
        if not self._muted:
            self.steps.append((self._place(), step))

    def _refuse(self, why: str) -> None:
        self.refused = self.refused or CaptureError(f"{self._site()}: {why}")

    def on_op(
        self, op: Op, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...], attrs: dict[str, Any], ns: int
    ) -> None:
        if self._muted:
            return
        if OPS.get(op.name) is not op:
            return self._refuse(f"{op.name} is a torch.autograd.Function, Python code that a program does not hold")
        grad, reads, made = mode.grad, [self._ref(x) for x in inputs], self._made(outputs)

        def step(values: Values) -> None:
            with _Gradients(grad):
                self._keep(made, apply(op, tuple(read(values) for read in reads), attrs), values)

        self._add(step)

    def on_inplace(self, op: Op, inputs: tuple[Any, ...], target: Tensor, attrs: dict[str, Any], ns: int) -> None:
        if self._muted:
            return
        grad, reads, written = mode.grad, [self._ref(x) for x in inputs], self._ref(target)

        def step(values: Values) -> None:
            with _Gradients(grad):
                apply_inplace(op, written(values), tuple(read(values) for read in reads), attrs)

        self._add(step)

    def on_create(self, tensor: Tensor) -> None:
        if self._muted:
            return
        numbers = tensor.data_.copy()
        made = self._made((tensor,))
        self._add(lambda values: self._keep(made, Tensor(numbers.copy(), None, tensor.device), values))

    def on_draw_begin(self) -> None:
        self._muted += 1

    def on_draw(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], made: Tensor) -> None:
        self._muted -= 1
        if self._muted:
            return
        fresh = self._refs_of((args, kwargs))
        if args and made is args[0]:
            self._add(lambda values: _call(function, fresh(values)))
            return
        numbers = self._made((made,))
        self._add(lambda values: self._keep(numbers, _call(function, fresh(values)), values))

    def _refs_of(self, tree: Any) -> Callable[[Values], Any]:
        refs = {id(t): self._ref(t) for t in trees.leaves(tree)}
        return lambda values: trees.mapped(tree, lambda t: refs[id(t)](values))

    def on_backward_call(self, roots: Any, grads: Any, retain_graph: bool | None, wanted: Any) -> None:
        if self._scopes and "optimizer" in self._scopes:
            self._refuse("an optimizer that calls a closure decides by values how often it runs")
        if wanted is not None:
            self._refuse("torch.autograd.grad is not captured; call loss.backward() and read .grad")
        at, seeds = [self._ref(x) for x in roots], [None if g is None else self._ref(g) for g in grads]

        def step(values: Values) -> None:
            given = [None if seed is None else seed(values) for seed in seeds]
            backward([root(values) for root in at], given, retain_graph=retain_graph)

        self._add(step)
        self._muted += 1

    def on_backward_begin(self, roots: tuple[Tensor, ...], create_graph: bool) -> None:
        if create_graph:
            self._refuse("gradients of gradients (create_graph=True) are not captured")

    def on_grad(self, tensor: Tensor, grad: Tensor, accumulated: bool) -> None:
        self._held.append(grad)
        self._refs[id(grad)] = self._arrays[id(grad.data_)] = _gradient(self._ref(tensor))

    def on_backward_end(self) -> None:
        self._muted -= 1

    def on_zero_grad(self, tensors: list[Tensor]) -> None:
        refs = [self._ref(t) for t in tensors]
        self._add(lambda values: clear_grads([ref(values) for ref in refs], set_to_none=True))

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        self._scopes.append(kind)
        if kind == "optimizer":
            self._add(lambda values: owner.step())
            self._muted += 1
        else:
            self._add(lambda values: _tell("on_scope_enter", kind, name, owner))

    def on_scope_exit(self) -> None:
        if self._scopes.pop() == "optimizer":
            self._muted -= 1
        else:
            self._add(lambda values: _tell("on_scope_exit"))

    # ------------------------------------------------------------------------------------------ what is not done again

    def on_read(self, tensor: Tensor, value: Any) -> None:
        if self._muted:
            return
        way = way_of_reading()
        if way in SHOWING:
            self.note("print", "printing happens in the first pass only")
        elif value is None:
            self.note("python", "the numbers leave for Python here; what it makes of them is baked in")
        elif way == "__bool__":
            self.note("branch", f"a branch on a value: it was {bool(value)}, and that way is baked in")
        else:
            self.note("read", f"a value is read: it was {value:.6g}, and that number is baked in")

    def on_print(self, tensor: Tensor) -> None:
        self.note("print", "printing happens in the first pass only")

    def note(self, kind: Any, text: str) -> None:
        """Writes down that something at the script's current line is not done again."""
        self.notes[Note(kind, self._site(), text)] = None

    def _frame(self) -> FrameType | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return frame

    def _site(self) -> Site | None:
        frame = self._frame()
        return None if frame is None else Site(self._filename, frame.f_lineno, frame.f_code.co_name)

    def _place(self) -> CodeType | None:
        frame = self._frame()
        return None if frame is None else code_at(frame.f_code, frame.f_lasti)

    # ------------------------------------------------------------------------------------------ again

    @property
    def feeds(self) -> list[str]:
        """The variables whose tensors the steps read, as they were before the pass."""
        return [name for name, slots in self._fed.items() if self._read.intersection(slots)]

    def results(self, names: dict[str, Any]) -> Callable[[Values], dict[str, Any]]:
        """How to find, after a replay, what the pass left in these variables; those without tensors stay as they are."""
        kept = {name: value for name, value in names.items() if trees.leaves(value)}
        return self._refs_of(kept)

    def replay(self, feeds: dict[str, Any]) -> Values:
        """Does all steps again, each at its line of the script, on the tensors of :attr:`feeds`."""
        values = {
            slot: t
            for name, value in feeds.items()
            for slot, t in zip(self._fed[name], trees.leaves(value), strict=True)
        }
        for code, step in self.steps:
            if code is None:
                step(values)
            else:
                exec(code, {"__do__": step, "__values__": values})
        return values


def _gradient(owner: Ref) -> Ref:
    def read(values: Values) -> Tensor:
        grad: Tensor | None = owner(values)._grad
        if grad is None:
            raise CaptureError("the pass was captured while this tensor had a gradient; it has none now")
        return grad

    return read


def _twin(t: Tensor) -> Tensor:
    return Tensor(t.data_, None, t.device, t.shared_version())


def _call(function: Any, arguments: Any) -> Any:
    args, kwargs = arguments
    return function(*args, **kwargs)


def _tell(method: str, *told: Any) -> None:
    for observer in observe.active:
        getattr(observer, method)(*told)


class _Gradients:
    """Within the block gradients are recorded, or not, as they were."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __enter__(self) -> None:
        self.kept, mode.grad = mode.grad, self.on

    def __exit__(self, *_: object) -> None:
        mode.grad = self.kept


@functools.lru_cache(maxsize=4096)
def code_at(code: CodeType, instruction: int) -> CodeType:
    """Code that does a step, and stands where this instruction of the script stands: whoever asks for the line finds it."""
    line, end_line, col, end_col = list(code.co_positions())[instruction // 2]
    where = {"lineno": line or code.co_firstlineno, "col_offset": col or 0}
    where |= {"end_lineno": end_line or where["lineno"], "end_col_offset": end_col or 0}
    tree = ast.parse("__do__(__values__)")
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            for name, value in where.items():
                setattr(node, name, value)
    return compile(tree, code.co_filename, "exec", dont_inherit=True).replace(co_name=code.co_name)
