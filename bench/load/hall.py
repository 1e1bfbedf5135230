"""A lecture hall: many viewers of one live run."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

import uvloop

from .served import ServedProcess
from .viewers import Told, script, watch


@dataclass(frozen=True)
class Hall:
    """What came of it."""

    viewers: int
    complete: int
    lazy: int
    lazy_complete: int
    rate: float  #: events a second that the script told
    p50: float  #: seconds from print to viewer
    p99: float
    worst: float
    deliveries: float  #: events a second, all viewers together
    server: float  #: cores that the server and its children used
    generator: float  #: cores that the viewers used
    memory: int  #: bytes that the server grew by, meanwhile
    wrong: str  #: what the first viewer with a complaint says


def fill(
    *, viewers: int, rate: float = 250, seconds: float = 10, lazy: int = 0, arguments: tuple[str, ...] = ()
) -> Hall:
    """``viewers`` of one run that tells ``rate`` events a second for ``seconds``."""
    wait = 1.0 + viewers / 500
    settings = {"wall_time": seconds + wait + 60, "cpu_time": 60}
    with ServedProcess(arguments=arguments, **settings) as served:
        id = served.start(script(rate=rate, seconds=seconds, wait=wait))
        return uvloop.run(_fill(served, id, viewers, lazy, rate, seconds, wait))


async def _fill(
    served: ServedProcess, id: str, viewers: int, lazy: int, rate: float, seconds: float, wait: float
) -> Hall:
    told = Told()
    begun = time.monotonic()
    reading, sleeping = await watch(id, served.port, viewers, told, lazy=lazy)
    late = time.monotonic() - begun - wait
    if late > 0:
        raise RuntimeError(f"the viewers came {late:.1f} s too late; the machine is too busy for this measurement")
    await asyncio.sleep(max(0.0, -late))
    before, own, start = served.usage(), time.process_time(), time.monotonic()
    await asyncio.wait([viewer.closed for viewer in reading], timeout=seconds + 60)
    elapsed = time.monotonic() - start
    after, used = served.usage(), time.process_time() - own
    for viewer in sleeping:
        viewer.wake()
    if sleeping:
        await asyncio.wait([viewer.closed for viewer in sleeping], timeout=60)
    delays = sorted(told.delays)
    return Hall(
        viewers=viewers,
        complete=sum(viewer.complete for viewer in reading),
        lazy=lazy,
        lazy_complete=sum(viewer.complete for viewer in sleeping),
        rate=rate,
        p50=statistics.median(delays) if delays else float("nan"),
        p99=delays[int(len(delays) * 0.99)] if delays else float("nan"),
        worst=delays[-1] if delays else float("nan"),
        deliveries=told.events / elapsed,
        server=(after.cpu_time - before.cpu_time) / elapsed,
        generator=used / elapsed,
        memory=after.memory - before.memory,
        wrong=next((viewer.wrong for viewer in (*reading, *sleeping) if viewer.wrong), ""),
    )
