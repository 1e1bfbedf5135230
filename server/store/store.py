"""Everything that is kept, under one folder::

catalogue.sqlite
runs/<id>/events.log
runs/<id>/tensors.bin, tensors.idx     where tensors were kept whole
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections import OrderedDict
from pathlib import Path

from ..sandbox.job import Mode
from ..sandbox.runner import Outcome
from ..trace.intake import Intake
from .blobs import Blobs
from .catalogue import Catalogue, RunRow
from .log import EventLog

_OPEN_LOGS = 64  #: finished runs whose logs stay open for their viewers
_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter looks like a digit
_ID_LENGTH = 25  # 125 bits


class Store:
    """The runs that are kept."""

    def __init__(self, data: Path, sync_every: float) -> None:
        """Opens the folder ``data``, or makes it. ``sync_every``: seconds between two waits for the disk."""
        self._runs = data / "runs"
        self._runs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.catalogue = Catalogue(data / "catalogue.sqlite")
        self._sync_every = sync_every
        self._live: dict[str, EventLog] = {}
        self._finished: OrderedDict[str, EventLog] = OrderedDict()
        self._unsynced: set[EventLog] = set()
        self._syncing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._syncing is not None:
            await self._syncing
        for log in (*self._live.values(), *self._finished.values()):
            log.sync()
            log.close()
        self.catalogue.close()

    # -------------------------------------------------------------------------------------------- one run's life

    def create(
        self, *, code: str, device: str, title: str | None, visitor: str | None = None, mode: Mode = "dynamic"
    ) -> str:
        """A new run, queued; its id, which nobody can guess. Raises ``OSError`` (a full disk)."""
        id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
        self._folder(id).mkdir(mode=0o700)
        self._live[id] = EventLog(self._folder(id) / "events.log")
        self.catalogue.add(id, code=code, device=device, title=title, visitor=visitor, mode=mode)
        return id

    def appended(self, log: EventLog) -> None:
        """Have the disk confirm the log soon, together with others."""
        self._unsynced.add(log)
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._sync())

    def finish(self, id: str) -> None:
        """The run's log will not grow any more."""
        log = self._live.pop(id)
        log.finish()
        self._keep_open(id, log)

    def delete(self, id: str) -> None:
        """Forget a run that is over."""
        if (log := self._finished.pop(id, None)) is not None:
            log.close()
        self.catalogue.delete(id)
        shutil.rmtree(self._folder(id), ignore_errors=True)

    def log(self, id: str) -> EventLog:
        """The event log of a run in the catalogue."""
        if (live := self._live.get(id)) is not None:
            return live
        if (finished := self._finished.get(id)) is not None:
            self._finished.move_to_end(id)
            return finished
        log = EventLog(self._folder(id) / "events.log")
        if torn := log.torn():
            self._mend(id, log, f"its log was damaged on disk: the last {torn} bytes could not be read and were cut")
        log.finish()
        self._keep_open(id, log)
        return log

    def blobs(self, id: str) -> Blobs:
        """The kept tensors of a run in the catalogue."""
        return Blobs(self._folder(id))

    def check_writable(self) -> None:
        """Raises ``OSError`` where nothing can be written: a full disk, a folder that is gone."""
        probe = self._runs / ".probe"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()

    def size(self, id: str) -> int:
        """Bytes that a run takes on disk."""
        with os.scandir(self._folder(id)) as files:
            return sum(file.stat().st_size for file in files)

    def prune(self, before: float, room: int) -> list[str]:
        """Forget runs that ended before that time, and the oldest ones past ``room`` bytes; pinned ones stay. Their ids."""
        gone = self.catalogue.prunable(before, room)
        for id in gone:
            self.delete(id)
        return gone

    # -------------------------------------------------------------------------------------------- after a crash

    def close_interrupted(self) -> list[RunRow]:
        """End, truthfully, the runs that an earlier server left unfinished. Returns them as they were."""
        interrupted = self.catalogue.unfinished()
        for row in interrupted:
            self._folder(row.id).mkdir(exist_ok=True, mode=0o700)
            log = EventLog(self._folder(row.id) / "events.log")
            torn = log.torn()
            cut = f" (a torn frame of {torn} bytes was cut)" if torn else ""
            what = "before its turn came" if row.status == "queued" else "while it ran; what it had told is kept"
            self._mend(row.id, log, f"the server stopped {what}{cut}")
            log.close()
        return interrupted

    def _mend(self, id: str, log: EventLog, reason: str) -> None:
        """Cut what is torn off a log, and end it with a truthful ``end``, unless it has one."""
        log.cut()
        intake = Intake()
        ended = intake.replay(log.lines())
        outcome = ended or Outcome("killed", reason)
        if ended is None:
            row = self.catalogue.get(id)
            if log.last == 0:
                batch = intake.start(row.device if row is not None else "cpu")
                log.append(batch.first, batch.count, batch.payload)
            batch = intake.end(outcome)
            log.append(batch.first, batch.count, batch.payload)
        log.sync()
        noticed = intake.noticed
        self.catalogue.progress(id, events=noticed.seq, ops=noticed.ops, passes=noticed.passes.values())
        self.catalogue.end(id, outcome.status, outcome.reason, noticed.error, self.size(id))

    # -------------------------------------------------------------------------------------------- inside

    def _folder(self, id: str) -> Path:
        return self._runs / id

    def _keep_open(self, id: str, log: EventLog) -> None:
        self._finished[id] = log
        while len(self._finished) > _OPEN_LOGS:
            self._finished.popitem(last=False)  # closed when its last viewer has left

    async def _sync(self) -> None:
        """Until nothing is left: wait a little, then have the disk confirm all that came meanwhile."""
        while self._unsynced:
            await asyncio.sleep(self._sync_every)
            logs, self._unsynced = self._unsynced, set()
            await asyncio.to_thread(_sync_all, logs)


def _sync_all(logs: set[EventLog]) -> None:
    for log in logs:
        log.sync()
