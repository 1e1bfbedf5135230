"""What happens to a run, from its request to its end: queue, start, take in what it tells, write it down, end it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections import OrderedDict
from dataclasses import dataclass

from engine.recorder import schema

from .metrics import Metrics
from .sandbox.job import Allowance, Job
from .sandbox.runner import Blob, Execution, ForgedPipe, Health, Outcome, Runner, RunnerUnavailable
from .settings import Settings
from .store.log import EventLog
from .store.store import Store
from .trace.intake import Batch, Intake

logger = logging.getLogger("kineograph")

_TRY_AGAIN = 1.0  # seconds between two tries to write down what the disk did not take


class QueueFull(Exception):
    """As many runs wait as may wait."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} runs are waiting already")
        self.retry_after = retry_after  #: seconds


@dataclass
class Ending:
    """A run that is over, and whose end is still to be written down."""

    id: str
    log: EventLog
    intake: Intake
    outcome: Outcome
    device: str
    told: bool = False  #: its ``end`` is in the log


class Conductor:
    """All runs of this server that are not over."""

    def __init__(self, store: Store, runner: Runner, settings: Settings, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self.turned_away = 0  #: starts refused because the queue was full
        self._runner = runner
        self._settings = settings
        self._queue: OrderedDict[str, Job] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[Outcome]] = {}
        self._executions: dict[str, Execution] = {}
        self._cancelled: set[str] = set()
        self._begun: dict[str, float] = {}  # runs that have told nothing yet, and when they began
        self._owed: list[Ending] = []
        self._paying: asyncio.Task[None] | None = None
        self.health = Health("none", "not started yet")

    async def open(self) -> None:
        """End what an earlier server left behind, and make ready to run scripts."""
        for row in self._store.close_interrupted():
            logger.info("run %s was interrupted; ended as killed", row.id)
        self.health = await self._runner.open()

    async def close(self) -> None:
        """Cancel what waits, let what runs end if it does so soon, stop it if not, truthfully. May be called again."""
        self.health = Health("none", "the server is stopping")
        for id in [*self._queue]:
            self.cancel(id, "the server was stopped")
        if self._tasks:
            await asyncio.wait([*self._tasks.values()], timeout=self._settings.drain_time)
        for id in [*self._tasks]:
            self.cancel(id, "the server was stopped")
        if self._tasks:
            await asyncio.wait([*self._tasks.values()])
        if self._paying is not None:
            self._paying.cancel()
        self._pay_now()
        for ending in self._owed:  # the next server finds them unfinished, and ends them
            self._store.finish(ending.id)
        self._owed.clear()
        await self._runner.close()

    @property
    def running(self) -> int:
        return len(self._tasks)

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def place(self, id: str) -> int | None:
        """How many runs are before this one in the queue; ``None`` where it does not wait."""
        return next((place for place, waiting in enumerate(self._queue) if waiting == id), None)

    def submit(self, job: Job, *, title: str | None = None, visitor: str | None = None) -> str:
        """Take a run in; its id. Raises ``RunnerUnavailable``, ``QueueFull``, ``OSError`` (a full disk)."""
        if self.health.level == "none":
            raise RunnerUnavailable(self.health.problem or self.health.detail)
        if len(self._queue) >= self._settings.queue:
            self.turned_away += 1
            raise QueueFull(len(self._queue), retry_after=max(1, round(self._settings.wall_time / 4)))
        job.budget = Allowance(self._settings.ops, self._settings.output, self._settings.kept)
        id = self._store.create(code=job.code, device=job.device, title=title, visitor=visitor, mode=job.mode)
        self._queue[id] = job
        self._advance()
        return id

    def cancel(self, id: str, reason: str = "cancelled") -> bool:
        """End a run early; whether it was still waiting or running."""
        if (execution := self._executions.get(id)) is not None:
            execution.stop("cancelled", reason)
            return True
        if (job := self._queue.pop(id, None)) is not None:
            self._close(id, self._store.log(id), Intake(), Outcome("cancelled", reason), job.device)
            return True
        if id in self._tasks:  # between the queue and its first moment
            self._cancelled.add(id)
            return True
        return False

    def task(self, id: str) -> asyncio.Task[Outcome] | None:
        """What ends when the run does; ``None`` where it does not run."""
        return self._tasks.get(id)

    async def ended(self, id: str) -> None:
        """Wait until the run is over."""
        if (task := self.task(id)) is not None:
            await asyncio.wait([task])

    # -------------------------------------------------------------------------------------------- one run

    def _advance(self) -> None:
        """Start what may start."""
        while self._queue and len(self._tasks) < self._settings.running:
            id, job = self._queue.popitem(last=False)
            task = asyncio.create_task(self._conduct(id, job), name=f"run {id}")
            self._tasks[id] = task
            task.add_done_callback(lambda _, id=id: self._done(id))  # type: ignore[misc]

    def _done(self, id: str) -> None:
        task = self._tasks.pop(id)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("run %s broke the server's own code", id, exc_info=error)
        self._advance()

    async def _conduct(self, id: str, job: Job) -> Outcome:
        """From start to end. Whatever happens, the log ends with an ``end``."""
        log, intake = self._store.log(id), Intake()
        self._store.catalogue.start(id)
        begun = time.monotonic()
        self._begun[id] = begun
        outcome = Outcome("killed", "the server met an error of its own; see its log")
        try:
            outcome = await self._run(id, job, log, intake)
        except RunnerUnavailable as error:
            outcome = Outcome("killed", f"the script could not be started: {error}")
        except (OSError, sqlite3.Error) as error:
            logger.warning("run %s: %s", id, error)
            outcome = Outcome("killed", f"the server could not keep what the script told: {error}")
        finally:
            self._executions.pop(id, None)
            self._cancelled.discard(id)
            self._begun.pop(id, None)
            self._close(id, log, intake, outcome, job.device)
            self._note(id, outcome, time.monotonic() - begun, log.last, job.device)
        return outcome

    def _note(self, id: str, outcome: Outcome, seconds: float, events: int, device: str) -> None:
        self._metrics.runs.labels(outcome.status).inc()
        self._metrics.run_time.observe(seconds)
        if outcome.limit is not None:
            self._metrics.limits.labels(outcome.limit).inc()
        told = {"run": id, "status": outcome.status, "seconds": round(seconds, 3), "events": events, "device": device}
        logger.info("run %s: %s after %.3f s", id, outcome.status, seconds, extra=told)

    async def _run(self, id: str, job: Job, log: EventLog, intake: Intake) -> Outcome:
        execution = await self._runner.start(job)
        self._executions[id] = execution
        if id in self._cancelled:
            execution.stop("cancelled", "cancelled")
        try:
            await self._take_in(id, execution, log, intake)
        except ForgedPipe as forged:
            execution.stop("killed", f"the script wrote into its event pipe: {forged}")
        except BaseException:
            execution.stop("killed", "the server could not go on")
            raise
        finally:
            outcome = await execution.outcome()
        return _told(outcome, intake.noticed.error)

    async def _take_in(self, id: str, execution: Execution, log: EventLog, intake: Intake) -> None:
        """Write down what the script tells, until its pipe ends."""
        with contextlib.closing(self._store.blobs(id)) as blobs:
            async with contextlib.aclosing(execution.frames()) as frames:
                async for frame in frames:
                    if isinstance(frame, Blob):
                        if blobs.size + len(frame.npy) > 2 * self._settings.kept:  # the recorder keeps to half of it
                            raise ForgedPipe("more tensors than it may keep")
                        blobs.put(frame.key, frame.npy)
                        continue
                    batch, forged = intake.lines(frame.payload)
                    if batch is not None:
                        self._write(id, log, intake, batch)
                    if forged is not None:
                        raise forged
                    if log.size > self._settings.trace:
                        why = f"stopped at {self._settings.trace >> 20} MiB of events: the limit"
                        execution.stop("killed", why, "trace")
                        return

    def _write(self, id: str, log: EventLog, intake: Intake, batch: Batch) -> None:
        """On disk first, then to the viewers."""
        log.append(batch.first, batch.count, batch.payload)
        self._store.appended(log)
        self._metrics.events.inc(batch.count)
        if (begun := self._begun.pop(id, None)) is not None:
            self._metrics.first_event.observe(time.monotonic() - begun)
        noticed = intake.noticed
        passes = [noticed.passes[number] for number in noticed.changed]
        noticed.changed.clear()
        self._store.catalogue.progress(id, events=noticed.seq, ops=noticed.ops, passes=passes)

    def _close(self, id: str, log: EventLog, intake: Intake, outcome: Outcome, device: str) -> None:
        """Write the run's end down, now or, where the disk is full, as soon as it takes it."""
        ending = Ending(id, log, intake, outcome, device)
        try:
            self._end(ending)
        except (OSError, sqlite3.Error):
            logger.exception("run %s: its end cannot be written down yet", id)
            self._store.catalogue.owe(id, outcome.status, outcome.reason, intake.noticed.error)
            self._owed.append(ending)
            if self._paying is None or self._paying.done():
                self._paying = asyncio.create_task(self._pay())

    def _end(self, ending: Ending) -> None:
        """Write a run's end down. Raises ``OSError`` or ``sqlite3.Error``, and goes on where it was at the next call."""
        id, log, intake, outcome = ending.id, ending.log, ending.intake, ending.outcome
        intake.resume(log.last)
        if log.last == 0:
            self._write(id, log, intake, intake.start(ending.device))
        if not ending.told:
            batch = intake.end(outcome)
            log.append(batch.first, batch.count, batch.payload)
            ending.told = True
            self._store.appended(log)
        noticed = intake.noticed
        self._store.catalogue.progress(id, events=noticed.seq, ops=noticed.ops, passes=noticed.passes.values())
        self._store.catalogue.end(id, outcome.status, outcome.reason, noticed.error, self._store.size(id))
        self._store.finish(id)

    async def _pay(self) -> None:
        """Until every end is written down: try again."""
        while self._owed:
            await asyncio.sleep(_TRY_AGAIN)
            self._pay_now()

    def _pay_now(self) -> None:
        owed, self._owed = self._owed, []
        for ending in owed:
            if self._store.catalogue.get(ending.id) is None:  # deleted meanwhile
                self._store.finish(ending.id)
                continue
            try:
                self._end(ending)
            except (OSError, sqlite3.Error):
                self._owed.append(ending)


def _told(outcome: Outcome, error: schema.Error | None) -> Outcome:
    """A failure's reason in the script's own words, where it told them."""
    if outcome.status != "failed" or error is None:
        return outcome
    where = f" (line {error.line})" if error.line is not None else ""
    limit = _LIMITED_BY.get(error.exception)
    return Outcome("failed", f"{error.exception}: {error.message}{where}", outcome.code, limit)


#: exceptions that a script's own limits raise in it → the limit
_LIMITED_BY = {"OutputLimit": "output", "MemoryError": "memory"}
