"""What a child told becomes what viewers are told: each line decoded strictly, numbered, and written anew.

The child is not trusted: it may write anything into its pipe. So nothing of its bytes goes on as it came; run, sequence
number and end are the server's to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

import engine
from engine.recorder import schema

from ..sandbox.runner import ForgedPipe, Outcome

MAX_LINE = 1 << 20  #: bytes of one event
_MAX_NUMBER = 2**53  #: what a viewer's JavaScript still counts exactly, and more than any run has of anything

_encoder = msgspec.json.Encoder()


def parse(line: bytes) -> tuple[int, schema.Event]:
    """A line of the log, back into its number and its event."""
    seq, _, rest = line.partition(b",")
    return int(seq[len(b'{"seq":') :]), schema.decode(b"{" + rest)


@dataclass(frozen=True)
class Batch:
    """Events that were checked and numbered: one frame of the log."""

    first: int  #: ``seq`` of the first event
    count: int
    payload: bytes  #: lines of JSON


@dataclass
class PassRow:
    """What the catalogue knows of a pass."""

    number: int
    first: int  #: ``seq`` of its ``pass`` event
    last: int | None = None  #: ``seq`` of its ``pass_end``
    kind: str | None = None
    ops: int = 0
    graph: str | None = None
    same_as: int | None = None
    loss: schema.Number | None = None
    bad: str | None = None


@dataclass
class Noticed:
    """What a run's events say that the catalogue keeps. Grows as they come."""

    seq: int = 0
    ops: int = 0
    error: schema.Error | None = None
    passes: dict[int, PassRow] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)  #: passes to write to the catalogue

    def see(self, event: schema.Event) -> None:
        """Take an event in, whose number is ``seq``."""
        match event:
            case schema.Op() | schema.Again():
                self.ops += 1
                if (row := self.passes.get(event.pass_)) is not None:
                    row.ops += 1
                    self.changed.add(row.number)
            case schema.Pass():
                self.passes[event.pass_] = PassRow(event.pass_, self.seq)
                self.changed.add(event.pass_)
            case schema.PassEnd():
                if (row := self.passes.get(event.pass_)) is not None:
                    row.last, row.kind, row.ops = self.seq, event.kind, event.ops
                    row.graph, row.same_as, row.loss, row.bad = event.graph, event.same_as, event.loss, event.bad
                    self.changed.add(row.number)
            case schema.Error():
                self.error = event


class Intake:
    """One run's numbering. Starts after ``seq`` events that are in the log already."""

    def __init__(self) -> None:
        self.noticed = Noticed()

    def lines(self, payload: bytes) -> tuple[Batch | None, ForgedPipe | None]:
        """Check and number a child's lines.

        Gives those before the first that the recorder would not write, and what is wrong with that one.
        """
        first = self.noticed.seq + 1
        lines: list[bytes] = []
        forged = None if payload.endswith(b"\n") else ForgedPipe("a line without an end")
        try:
            lines.extend(map(self._line, payload[: payload.rfind(b"\n")].split(b"\n")))
        except ForgedPipe as error:
            forged = error
        return (Batch(first, len(lines), b"".join(lines)) if lines else None), forged

    def resume(self, seq: int) -> None:
        """What comes next follows event ``seq``: what was numbered after it did not reach the log."""
        self.noticed.seq = seq

    def replay(self, lines: Iterable[bytes]) -> Outcome | None:
        """Take in a log's own lines, as after a crash; how the run ended, where the log says so."""
        ended = None
        for line in lines:
            seq, event = parse(line)
            self.noticed.seq = seq
            self.noticed.see(event)
            if isinstance(event, schema.End):
                ended = Outcome(event.status, event.reason)
        return ended

    def start(self, device: str) -> Batch:
        """The first event of a run whose child came to say nothing."""
        return self._own(schema.Start(schema=schema.SCHEMA_VERSION, device=device, engine=engine.__version__))

    def end(self, outcome: Outcome) -> Batch:
        """The last event of the run."""
        return self._own(schema.End(outcome.status, outcome.reason))

    def _own(self, event: schema.Event) -> Batch:
        first = self.noticed.seq + 1
        return Batch(first, 1, self._number(event))

    def _line(self, line: bytes) -> bytes:
        if len(line) > MAX_LINE:
            raise ForgedPipe(f"an event of {len(line)} bytes; {MAX_LINE} are the most")
        try:
            event = schema.decode(line)
            self._judge(event)
            return self._number(event)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise ForgedPipe(f"what is no event: {error}") from error

    def _judge(self, event: schema.Event) -> None:
        if isinstance(event, schema.End):
            raise ForgedPipe("an `end`, which is not a script's to say")
        if isinstance(event, schema.Start) != (self.noticed.seq == 0):
            raise ForgedPipe("a `start` that is not the first event" if self.noticed.seq else "no `start`")
        if isinstance(event, schema.Pass) and event.pass_ in self.noticed.passes:
            raise ForgedPipe(f"pass {event.pass_} begins twice")
        for name in ("pass_", "ops", "same_as", "index", "like"):
            number = getattr(event, name, None)
            if isinstance(number, int) and not 0 <= number < _MAX_NUMBER:
                raise ForgedPipe(f"{name.rstrip('_')} {number}")

    def _number(self, event: schema.Event) -> bytes:
        noticed = self.noticed
        noticed.seq += 1
        noticed.see(event)
        return b'{"seq":%d,%b\n' % (noticed.seq, _encoder.encode(event)[1:])
