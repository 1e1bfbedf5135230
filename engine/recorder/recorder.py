"""The recorder: an observer that tells a run as events."""

from __future__ import annotations

import sys
from hashlib import blake2b
from time import perf_counter_ns
from types import FrameType
from typing import Any, cast

import numpy as np

from engine.backward import Leaf, Node, Pick
from engine.mode import mode
from engine.observe import Observer
from engine.op import Op as EngineOp
from engine.recorder import schema as s
from engine.recorder.branches import Test, within
from engine.recorder.budget import Budget, OutputLimit
from engine.recorder.pages import Facts, Page
from engine.recorder.scopes import Scopes
from engine.recorder.sites import Sites, Source
from engine.recorder.values import Pending, is_bad, summarize, whole
from engine.recorder.writer import Writer
from engine.tensor import Tensor


class Ref:
    """How the recorder knows a tensor (or an op): its id, and the page and index of the op that made it."""

    __slots__ = ("id", "index", "name", "output", "page", "told", "update", "version")

    def __init__(self, id: str, page: int, index: int, output: int = 0, *, update: bool = False) -> None:
        self.id, self.page, self.index, self.output = id, page, index, output
        self.update = update  #: a gradient, or computed from gradients: ops that read it update parameters
        self.version = 0  #: how often it was written in place
        self.name: str | None = None
        self.told = True  #: leaves only: viewers have been told about it


class Row:
    """What two executions of the same op have in common: all but their numbers and the leaves they read."""

    __slots__ = ("leaves", "origin", "same")

    def __init__(self, same: tuple[Any, ...], leaves: tuple[str, ...], origin: int) -> None:
        self.same, self.leaves, self.origin = same, leaves, origin


class Recorder(Observer):
    """Turns what the engine does into events of :mod:`engine.recorder.schema`."""

    def __init__(self, writer: Writer, source: Source, filename: str, budget: Budget, tests: list[Test]) -> None:
        self.writer = writer
        self.source = source
        self.budget = budget
        self.tests = tests
        self.sites = Sites(filename, source, writer.event)
        self.scopes = Scopes(writer.event)
        self.page: Page | None = None
        self.failure: tuple[BaseException, s.FailedOp] | None = None
        self._pages = 0
        self._leaves = 0
        self._backwards = 0
        self._ops_told = 0
        self._printed = 0
        self._kept = 0
        self._not_kept = 0
        self._template: list[Row] = []
        self._rows: list[Row] = []
        self._digests: dict[tuple[Any, ...], int] = {}
        self._graphs: dict[str, int] = {}
        self._nth: dict[tuple[Any, ...], int] = {}
        self._names: dict[int, str] = {}
        self._owners: set[int] = set()
        self._root_at = -1
        self._opened = 0
        self._loss: tuple[Any, str | None] = (None, None)
        self._values: list[tuple[str, s.Value]] = []
        self._of: Ref | None = None
        self._in_backward = False
        self._read: tuple[int, Ref | None, Any] | None = None
        self._held: list[s.Event] | None = None  #: events of a page that may be left out
        self._last_held: tuple[list[s.Event], int] | None = None
        self._skipped_ops = 0
        self._skipped_pages = 0

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
        frames = self.sites.frames(sys._getframe(3))
        node = outputs[0].node
        facts = self._facts(inputs, node is not None and node.__class__ is not Leaf and mode.grad, frames)
        page = self._page_for(facts)
        page.add(facts)
        index = page.ops - 1
        if self._ops_told >= self.budget.ops:
            self._skip_op(outputs, page.number, index, inplace=inplace)
            return
        self._ops_told += 1
        site = self.sites.at(frames)
        scope = self.scopes.current(page.number)
        updates = facts.updating or (
            not facts.tracked and any(x.tag.update for x in inputs if isinstance(x, Tensor) and x.tag)
        )
        phase: s.Phase = "update" if updates else "backward" if self._of is not None or self._in_backward else "forward"
        operands, structure, leaves = self._operands(inputs, page.number, frames)
        infos = [self._output(o, k, page.number, index, update=updates, inplace=inplace) for k, o in enumerate(outputs)]
        made = node.node if node.__class__ is Pick else node if node.__class__ is Node else None
        if made is not None and made.tag is None:
            made.tag = Ref(f"{page.number}.{index}", page.number, index)
        told_attrs = {k: _json(v) for k, v in attrs.items()} if attrs else {}
        same = (
            op.name, site, scope, phase, self._of.index if self._of is not None else -1, inplace, structure,
            tuple([(tuple(i.shape), i.dtype, i.requires_grad) for i in infos]), repr(told_attrs) if told_attrs else "",
        )  # fmt: skip
        before = self._template[index] if index < len(self._template) else None
        if before is not None and before.same == same:
            self._rows.append(Row(same, leaves, before.origin))
            versions = [i.version for i in infos]
            self._tell(
                s.Again(
                    pass_=page.number,
                    index=index,
                    like=before.origin,
                    values=[i.value for i in infos],
                    inputs=operands if before.leaves != leaves else None,
                    versions=versions if any(versions) else None,
                    time=ns,
                )  # fmt: skip
            )
            return
        self._rows.append(Row(same, leaves, page.number))
        key = (op.name, site, scope)
        nth = self._nth.get(key, 0)
        self._nth[key] = nth + 1
        self._tell(
            s.Op(
                pass_=page.number,
                index=index,
                name=op.name,
                inputs=operands,
                outputs=infos,
                attrs=told_attrs,
                site=site,
                scope=scope,
                nth=nth,
                phase=phase,
                of=self._of.id if self._of is not None else None,
                inplace=inplace,
                keeps=made.kept_bytes() if made is not None else 0,
                time=ns,
            )  # fmt: skip
        )

    def on_failure(self, op: EngineOp, inputs: tuple[Any, ...], attrs: dict[str, Any], error: BaseException) -> None:
        frames = self.sites.frames(sys._getframe(2))
        page = self.page or self._open()
        operands, _, _ = self._operands(inputs, page.number, frames)
        shapes = [list(x.shape) if isinstance(x, Tensor) else None for x in inputs]
        self.failure = (
            error,
            s.FailedOp(op.name, operands, shapes, self.scopes.current(page.number), self.sites.at(frames)),
        )

    def _skip_op(self, outputs: tuple[Tensor, ...], page: int, index: int, *, inplace: bool) -> None:
        self._skipped_ops += 1
        if not inplace:
            for k, o in enumerate(outputs):
                o.tag = Ref(_output_id(page, index, k), page, index, k)

    # ------------------------------------------------------------------------------------------ tensors

    def _operands(
        self, inputs: tuple[Any, ...], page: int, frames: list[FrameType]
    ) -> tuple[list[s.Operand], Any, tuple[str, ...]]:
        """The inputs as events carry them; their structure (positions in the page); the ids of those from outside it."""
        operands = []
        structure: list[Any] = []
        outside = []
        for x in inputs:
            if not isinstance(x, Tensor):
                operands.append(s.Operand(value=_json(x)))
                structure.append(operands[-1].value)
                continue
            ref = x.tag
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
            ref = tensor.tag = Ref(_output_id(page, index, k), page, index, k, update=update)
        info = self._info(tensor, ref)
        self._values.append((f"{page}.{index}", info.value))
        return info

    def _info(self, tensor: Tensor, ref: Ref) -> s.TensorInfo:
        base = tensor.base
        version = ref.version
        array = tensor.data_
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

    def _leaf(self, tensor: Tensor, page: int, frames: list[FrameType]) -> Ref:
        """Tells about a tensor that no recorded op made."""
        ref = tensor.tag
        base = tensor.base.tag if tensor.base is not None else None
        if ref is None:
            self._leaves += 1
            ref = tensor.tag = Ref(f"t{self._leaves}", base.page if base is not None else 0, -1)
        ref.told = True
        kind: s.LeafKind = (
            "gradient" if ref.update
            else "parameter" if tensor.node is not None
            else "detached" if base is not None
            else "buffer" if self._names.get(id(tensor)) is not None
            else "constant" if tensor.data_.ndim == 0
            else "input"
        )  # fmt: skip
        name = ref.name = ref.name or self._names.get(id(tensor)) or _variable(tensor, frames)
        event = s.Leaf(pass_=page, tensor=self._info(tensor, ref), kind=kind, name=name)
        if kind == "parameter":
            self.writer.event(event)
        else:
            self._tell(event)
        return ref

    def _value(self, key: str, tensor: Tensor) -> s.Value:
        array = tensor.data_
        size = array.size
        on_host = isinstance(array, np.ndarray)
        if size <= self.budget.whole:
            if on_host:
                return s.Value(data=whole(array))
            value = s.Value()
            self.writer.later(Pending(value, array, True, tensor.device.xp))
            return value
        value = s.Value(kept=self._keep(key, array))
        if on_host:
            value.summary = summarize(array)
        else:
            self.writer.later(Pending(value, array, False, tensor.device.xp))
        return value

    def _keep(self, key: str, array: Any) -> bool:
        size = int(array.nbytes)
        if (
            self._held is not None
            or size > self.budget.one_tensor_bytes
            or self._kept + size > self.budget.tensor_bytes
        ):
            self._not_kept += 1
            return False
        self._kept += size
        self.writer.blob(key, array.copy())
        return True

    # ------------------------------------------------------------------------------------------ pages

    def _facts(self, inputs: tuple[Any, ...], tracked: bool, frames: list[FrameType]) -> Facts:
        number = self.page.number if self.page is not None else 0
        tied = graph_tied = False
        for x in inputs:
            ref = x.tag if isinstance(x, Tensor) else None
            if ref is not None and ref.page == number:
                tied = True
                graph_tied |= x.node is not None and ref.index >= 0
        in_loop = wrapped = False
        if frames and (self.page is None or self.page.setup or self.page.ops == 0):
            in_loop = any(self.source.in_loop(f.f_lineno) for f in frames)
        if len(frames) > 1 and not self.source.goes_back:
            root = frames[-1].f_lasti
            wrapped = (
                root <= self._root_at and frames[-2] is not self._root_frame and not self._passed_on(frames[-2], number)
            )
            self._root_at, self._root_frame = root, frames[-2]
        return Facts(
            tracked=tracked, updating=self.scopes.updating, in_module=self.scopes.in_module,
            in_loop=in_loop, tied=tied, graph_tied=graph_tied or self._in_backward, wrapped=wrapped,
        )  # fmt: skip

    _root_frame: FrameType | None = None

    def _passed_on(self, frame: FrameType, page: int) -> bool:
        """Whether a call's arguments hold a tensor that this page made."""
        names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
        given = [frame.f_locals.get(n) for n in names]
        flat = [x for g in given for x in (g if isinstance(g, (list, tuple)) else (g,))]
        return any(isinstance(x, Tensor) and x.tag is not None and x.tag.page == page for x in flat)

    def _page_for(self, facts: Facts) -> Page:
        if self.page is not None and self.page.takes(facts):
            return self.page
        self._close()
        return self._open()

    def _open(self) -> Page:
        self._pages += 1
        self.page = Page(self._pages)
        self._rows = []
        self._nth = {}
        self._values = []
        self._loss = (None, None)
        self._opened = perf_counter_ns()
        self.scopes.begin_page()
        if self._pages > 1 and self._pages % self.budget.stride(self._ops_told):
            self._held = []
        self._tell(s.Pass(pass_=self._pages))
        return self.page

    def _close(self, *, partial: bool = False) -> None:
        page = self.page
        if page is None:
            return
        self.page = None
        self.writer.flush()  # device values must be here before NaN can be looked for
        bad = next((op for op, value in self._values if is_bad(value)), None)
        digest = self._graph_digest()
        same_as = self._graphs.get(digest)
        if same_as is None:
            self._graphs[digest] = page.number
        if self._skipped_ops:
            self._tell(
                s.Omitted(
                    "ops",
                    self._skipped_ops,
                    f"the run's budget of {self.budget.ops} recorded ops is used up",
                    page.number,
                )
            )
            self._skipped_ops = 0
        loss, root = self._loss
        self._tell(
            s.PassEnd(
                pass_=page.number,
                kind="partial" if partial else page.kind,
                ops=page.ops,
                graph=digest,
                same_as=same_as,
                loss=loss,
                root=root,
                bad=bad,
                time=perf_counter_ns() - self._opened,
            )  # fmt: skip
        )
        held, self._held = self._held, None
        if held is None:
            self._template = self._rows
        elif same_as is None or bad is not None:
            self._release(held)
            self._template = self._rows
        else:
            if self._last_held is not None:
                self._skipped_pages += 1
            self._last_held = (held, page.ops)
            self._ops_told -= page.ops

    def _release(self, held: list[s.Event]) -> None:
        for event in held:
            self.writer.event(event)

    def _graph_digest(self) -> str:
        parts = []
        for row in self._rows:
            part = self._digests.get(row.same)
            if part is None:
                part = self._digests[row.same] = int.from_bytes(
                    blake2b(repr(row.same).encode(), digest_size=8).digest(), "big"
                )
            parts.append(part)
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def _tell(self, event: s.Event) -> None:
        """An event of the open page: told now, or held back while the page may be left out."""
        if self._held is not None:
            self._held.append(event)
        else:
            self.writer.event(event)

    # ------------------------------------------------------------------------------------------ backward

    def on_backward_begin(self, roots: tuple[Tensor, ...], create_graph: bool) -> None:
        frames = self.sites.frames(sys._getframe(2))
        page = self.page or self._open()
        root = roots[0]
        ref = root.tag if root.tag is not None else self._leaf(root, page.number, frames)
        self._backwards += 1
        self._in_backward = True
        value = (
            s.number(float(root.data_.item())) if root.data_.size == 1 and isinstance(root.data_, np.ndarray) else None
        )
        if page.backwards == 0:
            self._loss = (value, ref.id)
        self._began = perf_counter_ns()
        self._tell(
            s.Backward(
                pass_=page.number,
                backward=self._backwards,
                root=ref.id,
                value=value,
                create_graph=create_graph,
                site=self.sites.at(frames),
            )
        )

    def on_vjp_begin(self, node: Node) -> None:
        self._of = node.tag

    def on_vjp(
        self, node: Node, upstream: tuple[Any, ...], contributions: list[tuple[int, Tensor, Any]], ns: int
    ) -> None:
        ref, self._of = node.tag, None
        page = self.page
        if ref is None or page is None or self._ops_told >= self.budget.ops:
            return
        self._tell(
            s.Vjp(
                pass_=page.number,
                backward=self._backwards,
                op=ref.id,
                upstream=[
                    None if g is None else self._value(f"{_output_id(ref.page, ref.index, k)}:grad", g)
                    for k, g in enumerate(upstream)
                ],
                contributions=[
                    s.Contribution(i, self._value(f"{ref.id}:vjp.{i}", g), None if shape is None else list(shape))
                    for i, g, shape in contributions
                ],
                time=ns,
            )
        )

    def on_grad(self, tensor: Tensor, grad: Tensor, accumulated: bool) -> None:
        page = self.page
        if tensor.tag is None or page is None:
            return
        if grad.tag is None:  # an op that reads it belongs to this page, and is part of the update
            self._leaves += 1
            grad.tag = Ref(f"t{self._leaves}", page.number, -1, update=True)
            grad.tag.told = False
            grad.tag.name = f"{tensor.tag.name or tensor.tag.id}.grad"
        value = self._value(f"{tensor.tag.id}:grad", grad)
        self._tell(
            s.Grad(
                pass_=page.number, backward=self._backwards, tensor=tensor.tag.id, value=value, accumulated=accumulated
            )
        )

    def on_backward_end(self) -> None:
        self._in_backward = False
        self._of = None
        page = self.page
        if page is None:
            return
        page.backwards += 1
        self._tell(s.BackwardEnd(pass_=page.number, backward=self._backwards, time=perf_counter_ns() - self._began))

    def on_clear(self, tensors: list[Tensor]) -> None:
        ids = [t.tag.id for t in tensors if t.tag is not None]
        if ids:
            self._tell(s.Clear(tensors=ids, pass_=self.page.number if self.page is not None else None))

    # ------------------------------------------------------------------------------------------ branches

    def on_read(self, tensor: Tensor, value: Any) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename != self.sites.filename or tensor.tag is None:
            return
        at = self.sites.position(frame)
        for number, test in enumerate(self.tests):
            if within(at, test.span):
                self._read = (number, tensor.tag, value)
                return
        self._branch("read", self.sites.frames(frame), tensor.tag, value, None, "")

    def decide(self, number: int, value: Any) -> bool:
        """What a rewritten test asks (see :mod:`engine.recorder.branches`): the truth of ``value``, told if a tensor was looked at."""
        ref = None
        seen: Any = None
        if isinstance(value, Tensor):
            self._read = None
            taken = bool(value)
            ref, seen = value.tag, value.data_.item()
            self._read = None
        else:
            taken = bool(value)
            read, self._read = self._read, None
            if read is None or read[0] != number:
                return taken
            _, ref, seen = read
        if ref is None and not isinstance(value, Tensor):
            return taken
        test = self.tests[number]
        frames = self.sites.frames(sys._getframe(1))
        self._branch(test.kind, frames, ref, seen, taken, self.source.text(test.span))
        return taken

    def _branch(
        self, kind: s.BranchKind, frames: list[FrameType], ref: Ref | None, value: Any, taken: bool | None, test: str
    ) -> None:
        site = self.sites.at(frames)
        if site is None:
            return
        page = self.page
        seen = value if isinstance(value, bool) else s.number(float(value)) if isinstance(value, (int, float)) else None
        self._tell(
            s.Branch(
                kind=kind,
                site=site,
                value=seen,
                pass_=page.number if page is not None else None,
                after=page.ops - 1 if page is not None else -1,
                tensor=ref.id if ref is not None else None,
                taken=taken,
                test=test,
            )  # fmt: skip
        )

    # ------------------------------------------------------------------------------------------ scopes

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        if kind == "module" and not self.scopes.in_module:
            name = self._learn_names(owner, name)
        self.scopes.enter(cast(s.ScopeKind, kind), name, owner)

    def on_scope_exit(self) -> None:
        left = self.scopes.leave()
        page = self.page
        if page is not None and left == "module" and not self.scopes.in_module:
            page.called |= not (page.tracked and self.source.goes_back)

    def _learn_names(self, module: Any, default: str) -> str:
        """Names a module by its variable, and its parameters and buffers by their path from there."""
        frames = self.sites.frames(sys._getframe(3))
        variable = _variable(module, frames)
        if id(module) not in self._owners:
            self._owners.add(id(module))
            prefix = f"{variable}." if variable else ""
            for named in (module.named_parameters, module.named_buffers):
                for path, tensor in named():
                    self._names.setdefault(id(tensor), prefix + path)
        return variable or default

    # ------------------------------------------------------------------------------------------ output, end

    def output(self, stream: s.Stream, text: str) -> None:
        """Printed text. Raises :class:`OutputLimit` past the budget."""
        room = self.budget.output - self._printed
        self._printed += len(text)
        if room > 0:
            if self._held is None:
                self.writer.output(stream, text[:room])
            else:
                self._held.append(s.Output(stream, text[:room]))
        if self._printed > self.budget.output:
            raise OutputLimit(f"the script printed more than {self.budget.output} characters")

    def finish(self, *, failed: bool) -> None:
        """Closes the open page and tells what was left out."""
        open_page = self.page
        self._close(partial=failed and open_page is not None and open_page.backwards == 0)
        if self._last_held is not None:
            self._release(self._last_held[0])
        if self._skipped_pages:
            self.writer.event(
                s.Omitted(
                    "pass",
                    self._skipped_pages,
                    f"the run's budget of {self.budget.ops} recorded ops was running out; "
                    "pages with a graph seen before and no NaN were left out",
                )  # fmt: skip
            )
        if self._not_kept:
            self.writer.event(
                s.Omitted(
                    "tensors",
                    self._not_kept,
                    "their numbers were only summarised: too large, or the run's tensor budget was used up",
                )
            )


_ENGINE = __file__.rsplit("recorder", 1)[0]


def _output_id(page: int, index: int, k: int) -> str:
    return f"{page}.{index}.{k}" if k else f"{page}.{index}"


def _variable(wanted: Any, frames: list[FrameType]) -> str | None:
    """The variable that holds an object, in the innermost of these frames that has one; attributes of ``self`` too."""
    for frame in frames:
        found = frame.f_locals
        for name, value in found.items():
            if value is wanted and not name.startswith("_") and name != "self":
                return name
        owner = found.get("self")
        for name, value in getattr(owner, "__dict__", {}).items():
            if value is wanted:
                return f"self.{name}"
    return None


def _json(value: Any) -> Any:
    """A static argument as JSON."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return s.number(float(value))
    if isinstance(value, (list, tuple)):
        return [_json(v) for v in value]
    if isinstance(value, slice):
        return ":".join("" if part is None else str(part) for part in (value.start, value.stop, value.step))[
            : None if value.step else -1
        ]
    if value is Ellipsis:
        return "..."
    if isinstance(value, dict):
        return {str(k): _json(v) for k, v in value.items()}
    return str(value)
