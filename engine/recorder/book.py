"""The flip book: opening and closing pages, telling a repeated graph by its numbers only, and thinning.

Past half of the run's budget only every 2nd, 4th, 8th ... page is told; the others are held back until their end and
told all the same when their graph is new, when a NaN is in them, or when the run ends with them.
"""

from __future__ import annotations

from hashlib import blake2b
from time import perf_counter_ns
from typing import Any, Literal

from engine.recorder import schema as s
from engine.recorder.budget import Budget
from engine.recorder.pages import Facts, Page
from engine.recorder.scopes import Scopes
from engine.recorder.values import is_bad
from engine.recorder.writer import Writer


class Row:
    """What two executions of the same op have in common: all but their numbers and the leaves they read."""

    __slots__ = ("leaves", "origin", "same")

    def __init__(self, same: tuple[Any, ...], leaves: tuple[Any, ...], origin: int) -> None:
        self.same = same
        self.leaves = leaves  #: the inputs that no op of the page made: ids, and the values of scalars
        self.origin = origin  #: the page that told it in full


class Book:
    """The pages of a run."""

    def __init__(self, writer: Writer, scopes: Scopes, budget: Budget) -> None:
        self._writer = writer
        self._scopes = scopes
        self._budget = budget
        self.page: Page | None = None
        self.values: list[tuple[str, s.Value]] = []  #: (op, value) of every output of the open page
        self.loss: tuple[s.Number | None, str | None] = (None, None)  #: where its first backward started
        self.ops_told = 0
        self._count = 0
        self._opened = 0  # nanoseconds
        self._told: dict[tuple[int, tuple[Any, ...]], Row] = {}  #: by position in the page
        self._rows: list[Row] = []
        self._digests: dict[tuple[Any, ...], int] = {}
        self._graphs: dict[str, int] = {}
        self._nth: dict[tuple[Any, ...], int] = {}
        self._held: list[s.Event] | None = None
        self._last_held: list[s.Event] | None = None
        self._skipped: dict[Literal["ops", "gradients"], int] = {}
        self._skipped_pages = 0

    @property
    def holding(self) -> bool:
        """Whether the open page may be left out."""
        return self._held is not None

    @property
    def full(self) -> bool:
        """Whether the run's budget of ops is used up; pages that may turn out to be worth telling have as much again."""
        return self.ops_told >= self._budget.ops * (2 if self.holding else 1)

    def tell(self, event: s.Event) -> None:
        """An event of the open page: told now, or held back while the page may be left out."""
        if self._held is not None:
            self._held.append(event)
        else:
            self._writer.event(event)

    def for_op(self, facts: Facts) -> Page:
        """The page that an op belongs to, opened if need be, with the op counted in."""
        page = self.page
        if page is None or not page.takes(facts):
            self.close()
            page = self.open()
        page.add(facts)
        return page

    def open(self) -> Page:
        """Opens the next page."""
        self._count += 1
        self.page = Page(self._count)
        self.values = []
        self.loss = (None, None)
        self._rows = []
        self._nth = {}
        self._opened = perf_counter_ns()
        self._scopes.begin_page()
        if self._count > 1 and self._count % self._budget.stride(self.ops_told):
            self._held = []
        self.tell(s.Pass(pass_=self._count))
        return self.page

    def skip(self, what: Literal["ops", "gradients"]) -> None:
        """Counts something of the open page that is past the budget."""
        self._skipped[what] = self._skipped.get(what, 0) + 1

    def earlier(self, same: tuple[Any, ...], leaves: tuple[Any, ...]) -> Row | None:
        """Takes down an op; the row of the earlier page that it repeats, if it repeats one."""
        assert self.page is not None
        self.ops_told += 1
        index = self.page.ops - 1
        before = self._told.get((index, same))
        self._rows.append(before or Row(same, leaves, self.page.number))
        return before

    def nth(self, key: tuple[Any, ...]) -> int:
        """How many times this was asked with the same key in the open page."""
        count = self._nth.get(key, 0)
        self._nth[key] = count + 1
        return count

    def close(self, *, partial: bool = False) -> None:
        """Ends the open page, if there is one."""
        page = self.page
        if page is None:
            return
        self.page = None
        self._writer.flush()  # numbers that are still on a device must be here before a NaN can be looked for
        bad = next((op for op, value in self.values if is_bad(value)), None)
        graph = self._graph()
        same_as = self._graphs.get(graph)
        self._graphs.setdefault(graph, page.number)
        for what, count in self._skipped.items():
            self.tell(s.Omitted(what, count, f"{self._used_up()} is used up", page.number))
        self._skipped = {}
        loss, root = self.loss
        kind = "partial" if partial else page.kind
        time = perf_counter_ns() - self._opened
        self.tell(s.PassEnd(page.number, kind, page.ops, graph, same_as, loss, root, bad, time))
        self._turn(page, keep=same_as is None or bad is not None)

    def finish(self, *, partial: bool) -> None:
        """Ends the run's last page and says what was left out."""
        self.close(partial=partial)
        self._release(self._last_held)
        if self._skipped_pages:
            why = f"{self._used_up()} was running out; pages with a graph seen before and without a NaN were left out"
            self._writer.event(s.Omitted("pass", self._skipped_pages, why))

    def _turn(self, page: Page, *, keep: bool) -> None:
        held, self._held = self._held, None
        if held is None or keep:
            self._release(held)
            self._told.update({(index, row.same): row for index, row in enumerate(self._rows)})
            return
        self._skipped_pages += self._last_held is not None
        self._last_held = held  # the run's last page is always told
        self.ops_told -= page.ops

    def _release(self, held: list[s.Event] | None) -> None:
        for event in held or ():
            self._writer.event(event)

    def _graph(self) -> str:
        """A digest of the page's structure, the same in every run of the script."""
        parts = []
        for row in self._rows:
            part = self._digests.get(row.same)
            if part is None:
                digest = blake2b(repr(row.same).encode(), digest_size=8).digest()
                part = self._digests[row.same] = int.from_bytes(digest, "big")
            parts.append(part)
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def _used_up(self) -> str:
        return f"the run's budget of {self._budget.ops} recorded ops"
