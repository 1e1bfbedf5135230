"""The catalogue: which runs there are and what is known of each, in one SQLite file.

Written by the server's event loop alone, so there is one connection and no lock. The truth of a run is its log; what
stands here can be made again from it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.recorder.schema import Error, Number

from ..sandbox.job import Mode
from ..trace.intake import PassRow

State = Literal["queued", "running", "finished", "failed", "cancelled", "killed"]
OVER: frozenset[State] = frozenset({"finished", "failed", "cancelled", "killed"})

_SCHEMA_VERSION = 3
_SCHEMA = """
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    device TEXT NOT NULL,
    title TEXT,
    code TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    error BLOB,
    events INTEGER NOT NULL DEFAULT 0,
    ops INTEGER NOT NULL DEFAULT 0,
    visitor TEXT,
    pinned INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    mode TEXT NOT NULL DEFAULT 'dynamic',
    twin TEXT
) WITHOUT ROWID;
CREATE INDEX run_by_age ON run (created DESC, id);
CREATE TABLE pass (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER,
    kind TEXT,
    ops INTEGER NOT NULL,
    graph TEXT,
    same_as INTEGER,
    loss BLOB,
    bad TEXT,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
"""
#: what turns a catalogue of an older version into one of the next
_UPGRADES = {
    1: """
ALTER TABLE run ADD COLUMN visitor TEXT;
ALTER TABLE run ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
""",
    2: """
ALTER TABLE run ADD COLUMN mode TEXT NOT NULL DEFAULT 'dynamic';
ALTER TABLE run ADD COLUMN twin TEXT;
""",
}


class RunRow(msgspec.Struct):
    """One run. Times are seconds since 1970."""

    id: str
    created: float
    started: float | None
    ended: float | None
    device: str
    title: str | None
    code: str
    status: State
    reason: str | None
    error: Error | None  #: the exception that ended the script
    events: int
    ops: int
    visitor: str | None = None  #: who started it
    pinned: bool = False  #: kept until it is deleted by hand
    bytes: int = 0  #: on disk, once it is over
    mode: Mode = "dynamic"
    twin: str | None = None  #: the same script's run in the other mode, started with it

    @property
    def over(self) -> bool:
        return self.status in OVER


class Catalogue:
    """All runs, newest first."""

    def __init__(self, path: Path) -> None:
        """Opens the catalogue at ``path``, or makes it. Raises ``sqlite3.Error``."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._owed: dict[str, dict[str, Any]] = {}
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        elif version > _SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"{path} was written by a newer Kineograph (format {version})")
        else:
            for older in range(version, _SCHEMA_VERSION):
                self._db.executescript(f"BEGIN; {_UPGRADES[older]} PRAGMA user_version = {older + 1}; COMMIT;")

    def close(self) -> None:
        self._db.close()

    def add(
        self, id: str, *, code: str, device: str, title: str | None, visitor: str | None, mode: Mode = "dynamic"
    ) -> None:
        """A new run, queued."""
        self._db.execute(
            "INSERT INTO run (id, created, device, title, code, status, visitor, mode)"
            " VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)",
            (id, time.time(), device, title, code, visitor, mode),
        )

    def pair(self, one: str, other: str) -> None:
        """Two runs are of one script, in two modes."""
        self._db.executemany("UPDATE run SET twin = ? WHERE id = ?", [(other, one), (one, other)])

    def start(self, id: str) -> None:
        """The run's script starts."""
        self._db.execute("UPDATE run SET status = 'running', started = ? WHERE id = ?", (time.time(), id))

    def progress(self, id: str, *, events: int, ops: int, passes: Iterable[PassRow] = ()) -> None:
        """What has been told so far."""
        with self._whole():
            self._db.execute("UPDATE run SET events = ?, ops = ? WHERE id = ?", (events, ops, id))
            self._db.executemany(
                "INSERT OR REPLACE INTO pass (run, number, first, last, kind, ops, graph, same_as, loss, bad)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (id, p.number, p.first, p.last, p.kind, p.ops, p.graph, p.same_as, _pack(p.loss), p.bad)
                    for p in passes
                ],
            )  # fmt: skip

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """All of it or nothing: a disk that is full in the middle leaves no transaction open."""
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def owe(self, id: str, status: State, reason: str | None, error: Error | None) -> None:
        """The run is over, and the disk does not take it: known here until :meth:`end` can write it."""
        self._owed[id] = {"status": status, "reason": reason, "error": error, "ended": time.time()}

    def end(self, id: str, status: State, reason: str | None, error: Error | None, size: int) -> None:
        """The run is over, and takes ``size`` bytes on disk."""
        self._db.execute(
            "UPDATE run SET status = ?, reason = ?, error = ?, ended = ?, bytes = ? WHERE id = ?",
            (status, reason, _pack(error), time.time(), size, id),
        )
        self._owed.pop(id, None)

    def delete(self, id: str) -> None:
        self._db.execute("DELETE FROM run WHERE id = ?", (id,))

    def get(self, id: str) -> RunRow | None:
        row = self._db.execute("SELECT * FROM run WHERE id = ?", (id,)).fetchone()
        return self._known(row) if row is not None else None

    def recent(self, limit: int, offset: int, visitor: str | None = None) -> list[RunRow]:
        """A page of runs (of one visitor), newest first."""
        rows = self._db.execute(
            "SELECT * FROM run WHERE ?1 IS NULL OR visitor = ?1 ORDER BY created DESC, id LIMIT ?2 OFFSET ?3",
            (visitor, limit, offset),
        )
        return [self._known(row) for row in rows]

    def _known(self, row: sqlite3.Row) -> RunRow:
        """A row, with what the disk did not take yet."""
        run = _run(row)
        return msgspec.structs.replace(run, **self._owed[run.id]) if run.id in self._owed else run

    def count(self, visitor: str | None = None) -> int:
        """How many runs there are (of one visitor)."""
        count: int = self._db.execute(
            "SELECT count(*) FROM run WHERE ?1 IS NULL OR visitor = ?1", (visitor,)
        ).fetchone()[0]
        return count

    def unfinished_of(self, visitor: str) -> int:
        """How many of a visitor's runs wait or run."""
        count: int = self._db.execute(
            "SELECT count(*) FROM run WHERE visitor = ? AND status IN ('queued', 'running')", (visitor,)
        ).fetchone()[0]
        return count

    def pin(self, id: str, pinned: bool) -> None:
        """A pinned run is kept until it is deleted by hand."""
        self._db.execute("UPDATE run SET pinned = ? WHERE id = ?", (pinned, id))

    def prunable(self, before: float, room: int) -> list[str]:
        """Runs that are over and not pinned: those that ended before that time, and the oldest past ``room`` bytes in all."""
        old = self._db.execute("SELECT id FROM run WHERE ended < ? AND NOT pinned", (before,))
        found = {row["id"] for row in old}
        kept = self._db.execute("SELECT coalesce(sum(bytes), 0) FROM run WHERE pinned").fetchone()[0]
        rows = self._db.execute("SELECT id, bytes FROM run WHERE ended IS NOT NULL AND NOT pinned ORDER BY ended DESC")
        for row in rows:
            kept += row["bytes"]
            if kept > room:
                found.add(row["id"])
        return sorted(found)

    def unfinished(self) -> list[RunRow]:
        """Runs that an earlier server left queued or running."""
        rows = self._db.execute("SELECT * FROM run WHERE status IN ('queued', 'running')")
        return [_run(row) for row in rows]

    def passes(self, id: str) -> list[PassRow]:
        """The run's passes, in order."""
        rows = self._db.execute("SELECT * FROM pass WHERE run = ? ORDER BY number", (id,))
        return [_pass(row) for row in rows]

    def one_pass(self, id: str, number: int) -> PassRow | None:
        row = self._db.execute("SELECT * FROM pass WHERE run = ? AND number = ?", (id, number)).fetchone()
        return _pass(row) if row is not None else None


def _pack(value: Error | Number | None) -> bytes | None:
    return None if value is None else msgspec.json.encode(value)


def _run(row: sqlite3.Row) -> RunRow:
    fields = dict(row)
    fields["pinned"] = bool(fields["pinned"])
    if fields["error"] is not None:
        fields["error"] = msgspec.json.decode(fields["error"], type=Error)
    return RunRow(**fields)


def _pass(row: sqlite3.Row) -> PassRow:
    fields = dict(row)
    del fields["run"]
    if fields["loss"] is not None:
        fields["loss"] = msgspec.json.decode(fields["loss"])
    return PassRow(**fields)
