"""The one schema of what a run tells its viewers: one small JSON object per event.

A *run* is one execution of one script. It is told as a sequence of events; the server numbers them (``seq``),
so an event on the wire is one of the objects below plus ``"seq": n``. Everything the page shows is a pure
function of a prefix of that sequence.

Identifiers are structural, so that they can be read, linked and derived:

======================  ======================================================================================
``"3.12"``              the op with index 12 of pass 3, and its first output tensor
``"3.12.1"``            that op's second output tensor (``.2`` the third, ...)
``"t7"``                the 7th tensor of the run that no recorded op made: parameter, buffer, input, constant
``"t7@2"``              (tensor API only) the numbers of ``t7`` at version 2
``"3.12:grad"``         (tensor API only) the gradient that reached tensor ``3.12``
``"3.12:vjp.0"``        (tensor API only) what op ``3.12`` sent back to its input 0
======================  ======================================================================================

NaN and the infinities are not JSON: a :data:`Number` writes them as ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA_VERSION = 1

#: A float that survives JSON.
Number = float | Literal["NaN", "Infinity", "-Infinity"]

Shape = list[int]
Phase = Literal["forward", "backward", "update"]
Stream = Literal["stdout", "stderr"]
Status = Literal["finished", "failed", "cancelled", "killed"]
PassKind = Literal["setup", "train", "inference", "partial"]
LeafKind = Literal["parameter", "buffer", "input", "constant", "detached", "gradient"]
ScopeKind = Literal["module", "function", "composite", "optimizer"]
BranchKind = Literal["if", "while", "ternary", "assert", "comprehension", "read"]


class _Part(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A piece of an event."""


class _Event(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"):
    """An event; ``type`` tells which."""


# ------------------------------------------------------------------------------------------------ parts


class Summary(_Part):
    """What a large tensor's numbers look like. Statistics are over the finite elements only."""

    min: Number | None = None
    max: Number | None = None
    mean: Number | None = None
    std: Number | None = None  #: population standard deviation
    norm: Number | None = None  #: Euclidean norm
    nan: int = 0  #: how many elements are NaN
    inf: int = 0  #: how many elements are +inf or -inf
    zero: int = 0  #: how many elements are exactly 0
    histogram: list[int] = []  #: counts in equal bins from ``min`` to ``max``


class Value(_Part):
    """The numbers of a tensor at one moment: whole when it is small, else a summary."""

    data: list[Number] | None = None  #: every element in C order; booleans are 0 and 1
    summary: Summary | None = None
    kept: bool = False  #: the bytes can be fetched from the tensor API


class Operand(_Part):
    """What an op read: a tensor (at a version), or a Python scalar."""

    tensor: str | None = None
    version: int = 0
    value: Number | str | bool | None = None


class TensorInfo(_Part):
    """A tensor and its numbers."""

    id: str
    shape: Shape
    dtype: str
    value: Value
    device: str = "cpu"
    requires_grad: bool = False
    version: int = 0  #: how many times its storage was written in place so far
    view_of: str | None = None  #: the tensor whose storage it shares


class Frame(_Part):
    """One line of a traceback; only frames of the user's script."""

    line: int
    function: str
    text: str = ""


class FailedOp(_Part):
    """The op that could not run."""

    name: str
    inputs: list[Operand]
    shapes: list[Shape | None]  #: per input; ``None`` for a scalar
    scope: int | None = None
    site: int | None = None


class Clash(_Part):
    """What backward could not use: a value that an op had saved for its rule."""

    op: str  #: the op that saved it
    tensor: str | None = None  #: the saved tensor, where it is the written one
    saved: int = 0  #: its storage's version when it was saved
    now: int | None = None  #: its version when the rule asked for it; ``None``: the graph had been freed


# ------------------------------------------------------------------------------------------------ the run


class Start(_Event, tag="start"):
    """First event of every run."""

    schema: int
    device: str
    engine: str  #: version of the engine


class Output(_Event, tag="output"):
    """Text that the script printed."""

    stream: Stream
    text: str


class Error(_Event, tag="error"):
    """The exception that ended the script. What ran before it stays."""

    exception: str  #: class name
    message: str
    traceback: list[Frame] = []  #: outermost first
    line: int | None = None  #: 1-based, in the script
    col: int | None = None  #: 0-based
    end_line: int | None = None
    end_col: int | None = None
    op: FailedOp | None = None
    clash: Clash | None = None  #: in a backward that failed over a saved value
    hint: str | None = None  #: what to try


class Omitted(_Event, tag="omitted"):
    """Something was left out because a budget ran out. Nothing is left out without one of these."""

    what: Literal["pass", "ops", "gradients", "tensors", "output"]
    count: int
    reason: str
    pass_: int | None = msgspec.field(default=None, name="pass")


class End(_Event, tag="end"):
    """Last event of every run; the server's to say."""

    status: Status
    reason: str | None = None  #: always there unless ``finished``


# ------------------------------------------------------------------------------------------------ definitions


class Site(_Event, tag="site"):
    """A place in the source where ops are written, told once. ``parent`` is the call that led here."""

    site: int
    line: int  #: 1-based
    col: int  #: 0-based, in characters
    end_line: int
    end_col: int
    function: str  #: ``<module>`` at top level
    parent: int | None = None
    text: str = ""  #: the source there, shortened
    target: str | None = None  #: the variable it is assigned to, if to one


class Scope(_Event, tag="scope"):
    """A module call, function or optimizer step that ops run in, told once per path and ordinal within a pass."""

    scope: int
    name: str  #: ``layers.0`` in a module tree; a function's name
    kind: ScopeKind
    parent: int | None = None
    cls: str | None = None  #: ``Linear``
    detail: str = ""  #: ``in_features=2, out_features=16, bias=True``
    call: int = 0  #: how many times the same path was entered before in the pass


# ------------------------------------------------------------------------------------------------ a pass


class Pass(_Event, tag="pass"):
    """A new page: the ops that follow belong to pass ``pass`` (1, 2, ...)."""

    pass_: int = msgspec.field(name="pass")


class Leaf(_Event, tag="tensor"):
    """A tensor that no recorded op made, when an op first reads it; a module's parameter that none read, at the end."""

    pass_: int = msgspec.field(name="pass")
    tensor: TensorInfo
    kind: LeafKind
    name: str | None = None  #: parameter path or variable name


class Op(_Event, tag="op"):
    """One executed op."""

    pass_: int = msgspec.field(name="pass")
    index: int  #: 0, 1, ... within the pass
    name: str
    inputs: list[Operand]
    outputs: list[TensorInfo]  #: an in-place op's output is the written tensor at its new version
    attrs: dict[str, Any] = {}  #: static arguments, JSON values
    site: int | None = None
    scope: int | None = None
    nth: int = 0  #: how many times this op ran at this site and scope before in the pass
    phase: Phase = "forward"
    of: str | None = None  #: in double backward: the op whose rule this op is part of
    inplace: bool = False
    keeps: int = 0  #: bytes kept alive for backward
    time: int = 0  #: nanoseconds


class Again(_Event, tag="again"):
    """An op that is the same as op ``index`` of pass ``like`` in all but its numbers.

    Its inputs are those of the earlier op with pass ``like`` read as this pass, unless ``inputs`` says otherwise.
    """

    pass_: int = msgspec.field(name="pass")
    index: int
    like: int
    values: list[Value]  #: one per output
    inputs: list[Operand] | None = None
    versions: list[int] | None = None  #: one per output, when not all 0
    time: int = 0


class Branch(_Event, tag="branch"):
    """Python looked at a tensor's value: which one, what it saw, and which way it went."""

    kind: BranchKind
    site: int
    value: Number | bool | None
    pass_: int | None = msgspec.field(default=None, name="pass")
    after: int = -1  #: index of the last op before it, -1 before the first
    tensor: str | None = None
    taken: bool | None = None  #: ``None`` for a plain read (``.item()``)
    test: str = ""  #: the condition's source


class Backward(_Event, tag="backward"):
    """``backward()`` or ``autograd.grad()`` starts from ``root``."""

    pass_: int = msgspec.field(name="pass")
    backward: int  #: 1, 2, ... within the run
    root: str
    value: Number | None = None  #: the root's number where it is a scalar
    create_graph: bool = False
    site: int | None = None


class Contribution(_Part):
    """What an op's rule sent back along one input edge."""

    input: int  #: position among the op's inputs
    value: Value
    summed_from: Shape | None = None  #: the gradient's shape before it was summed over broadcast axes


class Vjp(_Event, tag="vjp"):
    """An op's derivative rules ran: gradients of its outputs came in, contributions to its inputs went out."""

    pass_: int = msgspec.field(name="pass")
    backward: int
    op: str
    upstream: list[Value | None]  #: per output; ``None`` where nothing flowed back
    contributions: list[Contribution]
    time: int = 0


class Grad(_Event, tag="grad"):
    """A gradient arrived in a tensor's ``.grad``."""

    pass_: int = msgspec.field(name="pass")
    backward: int
    tensor: str
    value: Value  #: ``.grad`` after the arrival
    accumulated: bool = False  #: it was added to a gradient that was there before


class BackwardEnd(_Event, tag="backward_end"):
    """The backward is through."""

    pass_: int = msgspec.field(name="pass")
    backward: int
    time: int = 0


class Clear(_Event, tag="clear"):
    """Gradients were set to ``None`` (or zero): not computed again."""

    tensors: list[str]
    pass_: int | None = msgspec.field(default=None, name="pass")


class PassEnd(_Event, tag="pass_end"):
    """The page is complete."""

    pass_: int = msgspec.field(name="pass")
    kind: PassKind
    ops: int
    graph: str  #: digest of the graph's structure
    same_as: int | None = None  #: the first pass with this very graph
    loss: Number | None = None  #: the scalar that the (first) backward started from
    root: str | None = None
    bad: str | None = None  #: the first op whose output holds a NaN or an infinity
    time: int = 0


Event = (
    Start | Output | Error | Omitted | End | Site | Scope
    | Pass | Leaf | Op | Again | Branch | Backward | Vjp | Grad | BackwardEnd | Clear | PassEnd
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One event as one line of JSON, newline included."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """One line back into an event. Raises ``msgspec.ValidationError`` (or ``DecodeError``) naming the wrong field."""
    event: Event = _decoder.decode(line)
    return event


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an event as the server sends it (``seq`` included), with its ``$defs``."""
    (schema,), components = msgspec.json.schema_components([Event], ref_template="#/$defs/{name}")
    for name, component in components.items():
        if "type" in component.get("properties", {}):
            component["properties"]["seq"] = {"type": "integer", "description": "Number of the event in its run."}
            component["required"] = [*component.get("required", []), "seq"]
        components[name] = component
    return {"title": "Event", **schema, "$defs": components}


def number(x: float) -> Number:
    """A float as JSON can carry it."""
    if x - x == 0.0:  # finite: inf - inf and nan - nan are nan
        return x
    return "NaN" if x != x else ("Infinity" if x > 0 else "-Infinity")
