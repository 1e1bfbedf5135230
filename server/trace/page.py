"""A pass as one document: its events folded, with every ``again`` written out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from engine.recorder import schema
from engine.recorder.schema import Number, Operand, PassKind, Phase, Shape, TensorInfo, Value

from ..store.log import EventLog
from .intake import PassRow, parse


class Node(msgspec.Struct, omit_defaults=True):
    """One executed op."""

    id: str
    index: int
    name: str
    inputs: list[Operand]
    outputs: list[TensorInfo]
    attrs: dict[str, msgspec.Raw] = {}
    site: int | None = None
    scope: int | None = None
    nth: int = 0
    phase: Phase = "forward"
    of: str | None = None
    inplace: bool = False
    keeps: int = 0  #: bytes kept alive for backward
    time: int = 0  #: nanoseconds
    like: int | None = None  #: the pass with the same op, where this one was told by its numbers alone


class LeafTensor(msgspec.Struct, omit_defaults=True):
    """A tensor of the page that no op of the page made."""

    tensor: TensorInfo  #: as it was last told before this page read it
    kind: schema.LeafKind
    name: str | None = None


class Edge(msgspec.Struct, omit_defaults=True):
    """A tensor that an op read."""

    tensor: str
    target: str  #: the op that read it
    input: int  #: position among its inputs
    source: str | None = None  #: the op that made it; ``None`` for a leaf
    version: int = 0


class Gradient(msgspec.Struct, omit_defaults=True):
    """A gradient that reached a tensor."""

    tensor: str
    backward: int
    value: Value
    accumulated: bool = False  #: added to a gradient that was there before
    leaf: bool = False  #: it is the tensor's ``.grad``


class EdgeGradient(msgspec.Struct, omit_defaults=True):
    """What an op's rule sent back along one input edge."""

    op: str
    input: int
    backward: int
    value: Value
    summed_from: Shape | None = None


class BackwardRun(msgspec.Struct, omit_defaults=True):
    """One ``backward()`` or ``autograd.grad()``."""

    backward: int
    root: str
    value: Number | None = None
    create_graph: bool = False
    site: int | None = None
    complete: bool = False
    time: int = 0  #: nanoseconds


class PassPage(msgspec.Struct):
    """One pass of a run: its graph, its values, its gradients."""

    run: str
    pass_: int = msgspec.field(name="pass")
    complete: bool = False
    kind: PassKind | None = None
    graph: str | None = None  #: digest of the graph's structure
    same_as: int | None = None  #: the first pass with this very graph
    loss: Number | None = None
    root: str | None = None
    bad: str | None = None  #: the first op whose output holds a NaN or an infinity
    time: int = 0  #: nanoseconds
    nodes: list[Node] = []
    edges: list[Edge] = []
    leaves: list[LeafTensor] = []
    gradients: list[Gradient] = []
    contributions: list[EdgeGradient] = []
    backwards: list[BackwardRun] = []
    branches: list[schema.Branch] = []
    sites: list[schema.Site] = []
    scopes: list[schema.Scope] = []


_KIND = re.compile(rb'\{"seq":\d+,"type":"(\w+)"(?:,"pass":(\d+),"index":(\d+))?')
_OP_ID = re.compile(r"(\d+\.\d+)(?:\.\d+)?")


def fold(run: str, row: PassRow, log: EventLog, rows: Callable[[int], PassRow | None]) -> PassPage:
    """The page of the pass that ``row`` tells of; ``rows`` finds the rows of earlier passes."""
    until = row.last if row.last is not None else log.last
    page = PassPage(run, row.number)
    for event in own_events(log, row):
        _take(page, event)
    _expand(page, log, rows)
    made = {node.id for node in page.nodes}
    page.edges = list(_edges(page, made))
    _define(page, log, until, made)
    return page


def own_events(log: EventLog, row: PassRow) -> Iterator[schema.Event]:
    """The events between a pass's beginning and its end."""
    for line in log.lines(row.first - 1, row.last):
        yield parse(line)[1]


def full_ops(log: EventLog, row: PassRow, indices: set[int]) -> Iterator[schema.Op]:
    """The ops of a pass with these indices, where they were told in full."""
    for line in log.lines(row.first - 1, row.last):
        head = _KIND.match(line)
        if head and head[1] == b"op" and int(head[2]) == row.number and int(head[3]) in indices:
            event = parse(line)[1]
            assert isinstance(event, schema.Op)
            yield event


def _take(page: PassPage, event: schema.Event) -> None:
    """Fold one event in; an ``again`` becomes a node without name for now."""
    if getattr(event, "pass_", page.pass_) != page.pass_:
        return
    match event:
        case schema.Op():
            attrs = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in event.attrs.items()}
            page.nodes.append(
                Node(
                    f"{event.pass_}.{event.index}", event.index, event.name, event.inputs, event.outputs, attrs,
                    event.site, event.scope, event.nth, event.phase, event.of, event.inplace, event.keeps, event.time,
                )
            )  # fmt: skip
        case schema.Again():
            versions = event.versions or [0] * len(event.values)
            outputs = [
                TensorInfo("", [], "", value, version=v) for value, v in zip(event.values, versions, strict=False)
            ]
            id = f"{event.pass_}.{event.index}"
            page.nodes.append(Node(id, event.index, "", event.inputs or [], outputs, time=event.time, like=event.like))
        case schema.Branch():
            page.branches.append(event)
        case schema.Backward():
            page.backwards.append(
                BackwardRun(event.backward, event.root, event.value, event.create_graph, event.site)
            )  # fmt: skip
        case schema.Vjp():
            for k, value in enumerate(event.upstream):
                if value is not None:
                    page.gradients.append(Gradient(f"{event.op}.{k}" if k else event.op, event.backward, value))
            page.contributions += [
                EdgeGradient(event.op, c.input, event.backward, c.value, c.summed_from) for c in event.contributions
            ]
        case schema.Grad():
            page.gradients.append(Gradient(event.tensor, event.backward, event.value, event.accumulated, leaf=True))
        case schema.BackwardEnd():
            for backward in page.backwards:
                if backward.backward == event.backward:
                    backward.complete, backward.time = True, event.time
        case schema.PassEnd():
            page.complete, page.kind, page.graph, page.same_as = True, event.kind, event.graph, event.same_as
            page.loss, page.root, page.bad, page.time = event.loss, event.root, event.bad, event.time


def _expand(page: PassPage, log: EventLog, rows: Callable[[int], PassRow | None]) -> None:
    """Write out the nodes that were told as ``again``, from the ops that they are like."""
    wanted: dict[int, set[int]] = {}
    for node in page.nodes:
        if node.like is not None:
            wanted.setdefault(node.like, set()).add(node.index)
    origins: dict[tuple[int, int], schema.Op] = {}
    for like, indices in wanted.items():
        if (row := rows(like)) is not None:
            origins |= {(like, op.index): op for op in full_ops(log, row, indices)}
    for node in page.nodes:
        if node.like is not None and (origin := origins.get((node.like, node.index))) is not None:
            _rewrite(node, origin, page.pass_)


def _rewrite(node: Node, origin: schema.Op, here: int) -> None:
    """Fill in a node from the op of an earlier pass that it is like."""

    def moved(id: str) -> str:
        there, _, rest = id.partition(".")
        return f"{here}.{rest}" if there == str(origin.pass_) else id

    node.name, node.site, node.scope, node.nth = origin.name, origin.site, origin.scope, origin.nth
    node.phase, node.inplace, node.keeps = origin.phase, origin.inplace, origin.keeps
    node.of = moved(origin.of) if origin.of is not None else None
    node.attrs = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in origin.attrs.items()}
    if not node.inputs:
        node.inputs = [
            Operand(moved(i.tensor), i.version) if i.tensor is not None else i for i in origin.inputs
        ]  # fmt: skip
    for output, first in zip(node.outputs, origin.outputs, strict=False):
        output.id, output.shape, output.dtype = moved(first.id), first.shape, first.dtype
        output.device, output.requires_grad = first.device, first.requires_grad
        output.view_of = moved(first.view_of) if first.view_of is not None else None


def _edges(page: PassPage, made: set[str]) -> Iterator[Edge]:
    for node in page.nodes:
        for position, operand in enumerate(node.inputs):
            if operand.tensor is None:
                continue
            maker = _OP_ID.fullmatch(operand.tensor)
            source = maker[1] if maker and maker[1] in made else None
            yield Edge(operand.tensor, node.id, position, source, operand.version)


def _define(page: PassPage, log: EventLog, until: int, made: set[str]) -> None:
    """Add what the page's nodes refer to and what was told once, maybe before the page: leaves, sites, scopes."""
    leaves: dict[str, LeafTensor] = {}
    sites: dict[int, schema.Site] = {}
    scopes: dict[int, schema.Scope] = {}
    for line in log.lines(0, until):
        head = _KIND.match(line)
        if head is None or head[1] not in (b"site", b"scope", b"tensor"):
            continue
        match parse(line)[1]:
            case schema.Site() as site:
                sites[site.site] = site
            case schema.Scope() as scope:
                scopes[scope.scope] = scope
            case schema.Leaf(_, tensor, kind, name):
                leaves[tensor.id] = LeafTensor(tensor, kind, name)
    read = dict.fromkeys(edge.tensor for edge in page.edges)
    page.leaves = [leaf for id in read if (leaf := leaves.get(id)) is not None]
    steps: list[Node | schema.Branch | BackwardRun] = [*page.nodes, *page.branches, *page.backwards]
    used = _with_parents((step.site for step in steps), lambda n: sites[n].parent if n in sites else None)
    page.sites = [sites[number] for number in used if number in sites]
    ran = _with_parents((node.scope for node in page.nodes), lambda n: scopes[n].parent if n in scopes else None)
    page.scopes = [scopes[number] for number in ran if number in scopes]


def _with_parents(numbers: Iterable[int | None], parent: Callable[[int], int | None]) -> list[int]:
    """The numbers, and those of all that they are inside of, in order."""
    found: set[int] = set()
    for number in numbers:
        while number is not None and number not in found:
            found.add(number)
            number = parent(number)
    return sorted(found)
