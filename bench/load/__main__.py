"""``python -m bench.load`` (``make bench-load``): the server under load, on loopback; writes docs/load.md.

Each part takes less than two minutes. ``--print`` writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from ..measure import table, time_text
from . import hall, mixed, starts

_PAGE = Path(__file__).parents[2] / "docs" / "load.md"
_HEAD = """# Under load

Written by `make bench-load`: viewers, scripts and server share one machine's loopback. {date}, {cores} cores, Python {python},
{kernel}; the machine's load average was {load:.1f} before.
"""


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(prog="bench.load")
    parser.add_argument("--print", action="store_true", help="write no page")
    options = parser.parse_args()
    parts = [_head(), _halls(), _starts(), _mixed()]
    page = "\n".join(parts)
    print(page)
    if not options.print:
        _PAGE.write_text(page)


def _head() -> str:
    return _HEAD.format(
        date=datetime.now(UTC).date(), cores=os.cpu_count(), python=platform.python_version(),
        kernel=f"{platform.system()} {platform.release()}", load=os.getloadavg()[0],
    )  # fmt: skip


def _halls() -> str:
    rows = []
    for viewers, lazy in ((100, 0), (1000, 0), (1000, 100)):
        got = hall.fill(viewers=viewers, lazy=lazy)
        rows.append(
            [
                f"{viewers}" + (f" and {lazy} that read nothing" if lazy else ""),
                f"{got.complete + got.lazy_complete} of {viewers + lazy}", time_text(got.p50), time_text(got.p99),
                f"{got.deliveries:,.0f}", f"{got.server:.2f}", f"{got.generator:.2f}", f"{got.memory / 2**20:+.1f} MiB",
            ]
        )  # fmt: skip
    names = ["viewers", "complete", "p50", "p99", "deliveries/s", "server, cores", "viewers, cores", "server's memory"]
    return f"""
## A lecture hall

Viewers of one live run that tells 250 events a second for ten seconds. Complete: every event once, in order, and the end last.
Times run from the script's `print` to the viewer. Those that read nothing do so until the run is over, then get all of it.

{table(names, rows)}
"""


def _starts() -> str:
    got = starts.measure()
    return f"""
## Starts

From the request to the first event at the viewer, from the warm pool, one run at a time: {time_text(got.first_p50)} at p50,
{time_text(got.first_p99)} at p99. Small runs by 16 clients at once: {got.per_second:.0f} a second, {got.right} of {got.runs} right.
"""


def _mixed() -> str:
    got = mixed.measure()
    rows = [
        [name, f"{usage.memory / 2**20:.0f} MiB", f"{usage.descriptors}", f"{usage.processes}"]
        for name, usage in (("before", got.before), ("after", got.after))
    ]
    return f"""
## Honest runs among hostile ones

{got.honest} honest runs and {got.hostile} hostile ones, 16 at a time, in {got.seconds:.0f} s: {got.right} of {got.honest}
honest ones printed what they must, {got.escaped} hostile ones got through. What the server and its children held (the logs of the
last 64 runs stay open for their viewers):

{table(["", "private memory", "descriptors", "processes"], rows)}
"""


if __name__ == "__main__":
    main()
