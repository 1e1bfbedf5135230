"""The recorder: an observer that tells a run as events."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from types import FrameType
from typing import Any, cast

import numpy as np

from engine.mode import mode
from engine.node import Leaf, Node, Pick, SavedOutput
from engine.observe import Observer
from engine.op import Op as EngineOp
from engine.recorder import schema as s
from engine.recorder.book import Book
from engine.recorder.branches import Test, within
from engine.recorder.budget import Budget, OutputLimit
from engine.recorder.identity import Names, Ref, leaf_kind, output_id, output_ref, plain, reads_gradient, variable
from engine.recorder.pages import Facts
from engine.recorder.scopes import Scopes
from engine.recorder.sites import Sites, Source
from engine.recorder.values import Pending, summarize, whole
from engine.recorder.writer import Writer
from engine.tensor import Tensor

_ENGINE = __file__.rsplit("recorder", 2)[0]  #: frames of files below it are not the script's


class Recorder(Observer):
    """Turns what the engine does into events of :mod:`engine.recorder.schema`."""

    def __init__(self, writer: Writer, source: Source, filename: str, budget: Budget, tests: list[Test]) -> None:
        self.writer = writer
        self.source = source
        self.budget = budget
        self.tests = tests
        self.sites = Sites(filename, source, writer.event)
        self.scopes = Scopes(writer.event)
        self.book = Book(writer, self.scopes, budget)
        self.names = Names()
        self.failure: tuple[BaseException, s.FailedOp] | None = None
        self.clash: s.Clash | None = None  #: of the last backward that ended within a rule
        self._leaves = 0
        self._backwards = 0
        self._began = 0  # nanoseconds; of the backward that is running
        self._in_backward = False
        self._rule_of: Ref | None = None  #: the op whose rule is running
        self._rule: Node | None = None  #: its node
        self._root_at = -1
        self._root_frame: FrameType | None = None
        self._read: tuple[int, Ref, Any] | None = None  #: the test in which a tensor was looked at last
        self._printed = 0
        self._kept = 0
        self._not_kept = 0

    # ------------------------------------------------------------------------------------------ ops

    def on_op(
        self, op: EngineOp, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...], attrs: dict[str, Any], ns: int
    ) -> None:
        self._tell_op(op, inputs, outputs, attrs, ns, inplace=False)

    def on_inplace(self, op: EngineOp, inputs: tuple[Any, ...], target: Tensor, attrs: dict[str, Any], ns: int) -> None:
        self._tell_op(op, inputs, (target,), attrs, ns, inplace=True)

    def _tell_op(
        self,
        op: EngineOp,
        inputs: tuple[Any, ...],
        outputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        ns: int,
        *,
        inplace: bool,
    ) -> None:
        frames = self.sites.frames(sys._getframe(2))
        made = _made_by(outputs[0])
        facts = self._facts(inputs, made is not None, frames)
        page = self.book.for_op(facts)
        number, index = page.number, page.ops - 1
        if self.book.full:
            self.book.skip("ops")
            if not inplace:
                for k, o in enumerate(outputs):
                    o.tag = output_ref(number, index, k)
            return
        updates = facts.updating or (not facts.tracked and reads_gradient(inputs))
        backward = self._rule_of is not None or self._in_backward
        phase: s.Phase = "update" if updates else "backward" if backward else "forward"
        site = self.sites.at(frames)
        scope = self.scopes.current(number)
        operands, structure, leaves = self._operands(inputs, number, frames)
        infos = [self._output(o, k, number, index, update=updates, inplace=inplace) for k, o in enumerate(outputs)]
        if made is not None and made.tag is None:
            made.tag = output_ref(number, index, 0)
        told_attrs = {k: plain(v) for k, v in attrs.items() if k[0] != "_"} if attrs else {}
        shapes = tuple([(tuple(i.shape), i.dtype, i.requires_grad) for i in infos])
        of = self._rule_of
        same = (
            op.name, site, scope, phase, of.index if of is not None else -1, inplace, structure, shapes,
            repr(told_attrs) if told_attrs and not facts.updating else "",  # a schedule changes rates, not the graph
        )  # fmt: skip
        before = self.book.earlier(same, leaves)
        nth = self.book.nth((op.name, site, scope))
        event: s.Event
        if before is not None:
            versions = [i.version for i in infos]
            event = s.Again(
                pass_=number, index=index, like=before.origin, values=[i.value for i in infos],
                inputs=operands if before.leaves != leaves else None,
                versions=versions if any(versions) else None, time=ns,
            )  # fmt: skip
        else:
            event = s.Op(
                pass_=number, index=index, name=op.name, inputs=operands, outputs=infos, attrs=told_attrs, site=site,
                scope=scope, nth=nth, phase=phase, of=of.id if of is not None else None, inplace=inplace,
                keeps=made.kept_bytes() if made is not None else 0, time=ns,
            )  # fmt: skip
        self.book.tell(event)

    def on_failure(self, op: EngineOp, inputs: tuple[Any, ...], attrs: dict[str, Any], error: BaseException) -> None:
        frames = self.sites.frames(sys._getframe(1))
        page = self.book.page or self.book.open()
        operands, _, _ = self._operands(inputs, page.number, frames)
        shapes = [list(x.shape) if isinstance(x, Tensor) else None for x in inputs]
        failed = s.FailedOp(op.name, operands, shapes, self.scopes.current(page.number), self.sites.at(frames))
        self.failure = error, failed

    def _facts(self, inputs: tuple[Any, ...], tracked: bool, frames: list[FrameType]) -> Facts:
        page = self.book.page
        number = page.number if page is not None else 0
        tied = graph_tied = False
        for x in inputs:
            ref = x.tag if isinstance(x, Tensor) else None
            if ref is not None and ref.page == number:
                tied = True
                graph_tied |= x.node is not None and ref.index >= 0
        in_loop = False
        if page is None or page.setup:
            in_loop = any(self.source.in_loop(f.f_lineno) for f in frames)
        return Facts(
            tracked=tracked,
            updating=self.scopes.updating,
            in_module=self.scopes.in_module,
            in_loop=in_loop,
            tied=tied,
            graph_tied=graph_tied or self._in_backward,
            wrapped=self._wrapped(frames, number),
        )

    def _wrapped(self, frames: list[FrameType], page: int) -> bool:
        """Whether, in a script that never goes backward, a loop came round to a call of one of its functions."""
        if len(frames) < 2 or self.source.goes_back:
            return False
        root, call = frames[-1].f_lasti, frames[-2]
        came_round = root <= self._root_at and call is not self._root_frame
        self._root_at, self._root_frame = root, call
        return came_round and not _passed_on(call, page)

    # ------------------------------------------------------------------------------------------ tensors

    def _operands(
        self, inputs: tuple[Any, ...], page: int, frames: list[FrameType]
    ) -> tuple[list[s.Operand], tuple[Any, ...], tuple[Any, ...]]:
        """The inputs as events carry them, their structure (positions in the page), and what comes from outside it.

        From outside come leaves and other pages' tensors (their ids) and Python scalars (their values).
        """
        operands = []
        structure: list[Any] = []
        outside = []
        for x in inputs:
            if not isinstance(x, Tensor):
                operands.append(s.Operand(value=plain(x)))
                structure.append(type(x).__name__)
                outside.append(operands[-1].value)
                continue
            ref: Ref | None = x.tag
            if ref is None or not ref.told:
                ref = self._leaf(x, page, frames)
            operands.append(s.Operand(tensor=ref.id, version=ref.version))
            if ref.page == page and ref.index >= 0:
                structure.append((ref.index, ref.output))
            else:
                structure.append(None)
                outside.append(ref.id)
        return operands, tuple(structure), tuple(outside)

    def _output(self, tensor: Tensor, k: int, page: int, index: int, *, update: bool, inplace: bool) -> s.TensorInfo:
        ref = tensor.tag
        if inplace and ref is not None:
            ref.version += 1
        else:
            ref = tensor.tag = output_ref(page, index, k, update=update)
        info = self._info(tensor, ref)
        self.book.values.append((output_id(page, index), info.value))
        return info

    def _leaf(self, tensor: Tensor, page: int, frames: list[FrameType]) -> Ref:
        """Tells about a tensor that no recorded op made."""
        base = tensor.base.tag if tensor.base is not None else None
        ref: Ref | None = tensor.tag
        if ref is None:
            ref = tensor.tag = self._leaf_ref(base.page if base is not None else 0)
        ref.told = True
        named = self.names.of(tensor)
        ref.name = ref.name or named or variable(tensor, frames)
        kind = leaf_kind(tensor, ref, named)
        event = s.Leaf(pass_=page, tensor=self._info(tensor, ref), kind=kind, name=ref.name)
        # What outlives a page is told even when the page is not.
        tell = self.book.tell if kind == "gradient" else self.writer.event
        tell(event)
        return ref

    def _leaf_ref(self, page: int, *, update: bool = False) -> Ref:
        self._leaves += 1
        return Ref(f"t{self._leaves}", page, -1, update=update)

    def _info(self, tensor: Tensor, ref: Ref) -> s.TensorInfo:
        base, array, version = tensor.base, tensor.data_, ref.version
        return s.TensorInfo(
            id=ref.id,
            shape=list(array.shape),
            dtype=array.dtype.name,
            value=self._value(f"{ref.id}@{version}" if version else ref.id, tensor),
            device=str(tensor.device),
            requires_grad=tensor.node is not None,
            version=version,
            view_of=base.tag.id if base is not None and base.tag is not None else None,
        )

    def _value(self, key: str, tensor: Tensor) -> s.Value:
        array = tensor.data_
        small = array.size <= self.budget.whole
        value = s.Value(kept=not small and self._keep(key, array))
        if not isinstance(array, np.ndarray):
            self.writer.later(Pending(value, array, small, tensor.device.xp))
        elif small:
            value.data = whole(array)
        else:
            value.summary = summarize(array)
        return value

    def _keep(self, key: str, array: Any) -> bool:
        size = int(array.nbytes)
        if self.book.holding or size > self.budget.one_tensor_bytes or self._kept + size > self.budget.tensor_bytes:
            self._not_kept += 1
            return False
        self._kept += size
        self.writer.blob(key, array.copy())
        return True

    # ------------------------------------------------------------------------------------------ backward

    def on_backward_begin(self, roots: tuple[Tensor, ...], create_graph: bool) -> None:
        frames = self.sites.frames(sys._getframe(1))
        page = self.book.page or self.book.open()
        root = roots[0]
        ref = root.tag if root.tag is not None else self._leaf(root, page.number, frames)
        self._backwards += 1
        self._in_backward = True
        self._began = perf_counter_ns()
        scalar = root.data_.size == 1 and isinstance(root.data_, np.ndarray)
        value = s.number(float(root.data_.item())) if scalar else None
        if page.backwards == 0:
            self.book.loss = (value, ref.id)
        site = self.sites.at(frames)
        self.book.tell(s.Backward(page.number, self._backwards, ref.id, value, create_graph, site))

    def on_vjp_begin(self, node: Node) -> None:
        self._rule_of, self._rule = node.tag, node

    def on_vjp(
        self, node: Node, upstream: tuple[Any, ...], contributions: list[tuple[int, Tensor, Any]], ns: int
    ) -> None:
        ref, self._rule_of, self._rule = node.tag, None, None
        page = self.book.page
        if ref is None or page is None:
            return
        if self.book.full:
            self.book.skip("gradients")
            return
        ups = [
            None if g is None else self._value(f"{output_id(ref.page, ref.index, k)}:grad", g)
            for k, g in enumerate(upstream)
        ]
        downs = [
            s.Contribution(i, self._value(f"{ref.id}:vjp.{i}", g), None if shape is None else list(shape))
            for i, g, shape in contributions
        ]
        self.book.tell(s.Vjp(page.number, self._backwards, ref.id, ups, downs, ns))

    def on_grad(self, tensor: Tensor, grad: Tensor, accumulated: bool) -> None:
        page, ref = self.book.page, tensor.tag
        if ref is None or page is None:
            return
        if grad.tag is None:  # an op that reads it belongs to this page, and is part of the update
            grad.tag = self._leaf_ref(page.number, update=True)
            grad.tag.told = False
            grad.tag.name = f"{ref.name or ref.id}.grad"
        value = self._value(f"{ref.id}:grad", grad)
        self.book.tell(s.Grad(page.number, self._backwards, ref.id, value, accumulated))

    def on_backward_end(self) -> None:
        self._in_backward = False
        self.clash = _clash(self._rule, self._rule_of)
        self._rule_of = self._rule = None
        page = self.book.page
        if page is None:
            return
        page.backwards += 1
        self.book.tell(s.BackwardEnd(page.number, self._backwards, perf_counter_ns() - self._began))

    def on_clear(self, tensors: list[Tensor]) -> None:
        ids = [t.tag.id for t in tensors if t.tag is not None]
        page = self.book.page
        if ids:
            self.book.tell(s.Clear(ids, page.number if page is not None else None))

    # ------------------------------------------------------------------------------------------ branches

    def on_read(self, tensor: Tensor, value: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename != self.sites.filename or tensor.tag is None:
            return
        at = self.sites.position(frame)
        inside = next((k for k, test in enumerate(self.tests) if within(at, test.span)), None)
        if inside is not None:
            self._read = (inside, tensor.tag, value)
        else:
            self._branch("read", self.sites.frames(frame), tensor.tag, value, None, "")

    def decide(self, number: int, value: Any) -> bool:
        """What a rewritten test asks (see :mod:`engine.recorder.branches`): whether ``value`` is true.

        It is told when a tensor was looked at to find out.
        """
        taken = bool(value)
        read, self._read = self._read, None
        ref: Ref | None = None
        seen: Any = None
        if isinstance(value, Tensor):
            ref, seen = value.tag, value.data_.item()
        elif read is not None and read[0] == number:
            _, ref, seen = read
        if ref is not None:
            test = self.tests[number]
            frames = self.sites.frames(sys._getframe(1))
            self._branch(test.kind, frames, ref, seen, taken, self.source.text(test.span))
        return taken

    def _branch(
        self, kind: s.BranchKind, frames: list[FrameType], ref: Ref, value: Any, taken: bool | None, test: str
    ) -> None:
        site = self.sites.at(frames)
        if site is None:
            return
        page = self.book.page
        seen = value if isinstance(value, bool) else s.number(float(value)) if isinstance(value, (int, float)) else None
        number, after = (page.number, page.ops - 1) if page is not None else (None, -1)
        self.book.tell(s.Branch(kind, site, seen, number, after, ref.id, taken, test))

    # ------------------------------------------------------------------------------------------ scopes

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        if kind == "module" and not self.scopes.in_module:
            held_by = variable(owner, self.sites.frames(sys._getframe(1)))
            self.names.learn(owner, held_by)
            name = held_by or name
        self.scopes.enter(cast(s.ScopeKind, kind), name, owner)

    def on_scope_exit(self) -> None:
        left = self.scopes.leave()
        page = self.book.page
        if page is not None and left == "module" and not self.scopes.in_module:
            page.called |= not (page.tracked and self.source.goes_back)

    # ------------------------------------------------------------------------------------------ output, end

    def output(self, stream: s.Stream, text: str) -> None:
        """Printed text. Raises :class:`OutputLimit` past the budget."""
        room = self.budget.output - self._printed
        self._printed += len(text)
        if room > 0:
            self.writer.output(stream, text[:room])
        if self._printed > self.budget.output:
            raise OutputLimit(f"the script printed more than {self.budget.output} characters")

    def _tell_unread(self) -> None:
        """Parameters of modules that ran, which no op ever read: a viewer cannot miss what it was never told of."""
        page = self.book.page
        if page is None:
            return
        for parameter, name in self.names.parameters():
            if parameter.tag is None or not parameter.tag.told:
                ref = parameter.tag = parameter.tag or self._leaf_ref(0)
                ref.told, ref.name = True, name
                info = self._info(parameter, ref)
                self.writer.event(s.Leaf(pass_=page.number, tensor=info, kind="parameter", name=name))

    def finish(self, *, failed: bool) -> None:
        """Closes the open page and tells what was left out."""
        page = self.book.page
        self._root_frame = None
        if not failed:
            self._tell_unread()
        self.book.finish(partial=failed and page is not None and page.backwards == 0)
        if self._not_kept:
            why = "only their summaries were kept: each too large, or the run's tensor budget used up"
            self.writer.event(s.Omitted("tensors", self._not_kept, why))


def _made_by(tensor: Tensor) -> Node | None:
    """The node that the op just run made for its output; ``None`` when it was not recorded for backward."""
    node = tensor.node
    if node is None or node.__class__ is Leaf or not mode.grad:
        return None
    made: Node = node.node if node.__class__ is Pick else node
    return made


def _clash(node: Node | None, ref: Ref | None) -> s.Clash | None:
    """What the rule of ``node``, which did not come to its end, had saved and cannot use; ``None`` where that is not why."""
    if node is None or ref is None:
        return None
    if node.saved is None:
        return s.Clash(ref.id)
    for value, saved in zip(node.saved, node.versions, strict=False):
        version = getattr(value, "version", None)
        if version is None or version.n == saved:
            continue
        if isinstance(value, SavedOutput):
            return s.Clash(ref.id, output_id(ref.page, ref.index, value.index), saved, version.n)
        tag = getattr(value, "tag", None)
        return s.Clash(ref.id, tag.id if tag is not None else None, saved, version.n)
    return None


def _passed_on(call: FrameType, page: int) -> bool:
    """Whether a call's arguments hold a tensor that this page made."""
    names = call.f_code.co_varnames[: call.f_code.co_argcount]
    given = [call.f_locals.get(n) for n in names]
    flat = [x for g in given for x in (g if isinstance(g, (list, tuple)) else (g,))]
    return any(isinstance(x, Tensor) and x.tag is not None and x.tag.page == page for x in flat)
