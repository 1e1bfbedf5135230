"""Define by run against define and run: the same training pass run op by op, captured and replayed, and replayed after the passes.

``python -m bench.program [--write docs/define-and-run.md]``
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path
from time import perf_counter
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import engine
from bench.measure import medians, table, time_text
from bench.models import models
from engine.program import capture, optimized
from engine.program.memory import peak

HEAD = [
    "work (forward, backward)", "rows", "after the passes", "run op by op", "replayed", "after the passes ", "replayed / run",
    "after / run", "to capture", "values' peak",
]  # fmt: skip

TEXT = """# Define by run and define and run, measured

`engine.program.capture(step, x)` runs a function once and writes its ops down, those of its derivative rules too; calling
the program replays them on new feeds, bit for bit what running gives (the whole op table is tested so). Running op by op is
define by run: Python decides anew on every pass. A replay is define and run: nothing decides any more, and what was decided
is listed in `program.notes` with its line. `optimized(program)` leaves out dead code, computes constants and common
subexpressions once, fuses elementwise chains, and writes results into dying arrays; the bits stay.

Written by `make bench-program`: medians of alternating turns in one process, one thread, {machine}.

{table}

To capture: the first call's time over that of a run. Values' peak: the most bytes of computed values alive at once, replayed
→ after the passes. A dash in the last column means that the numbers are the same.
"""


def main() -> None:
    """Prints the table; with ``--write`` also into a page."""
    parser = argparse.ArgumentParser(prog="python -m bench.program", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = [_measured(name, *make()) for name, make in models(engine).items()]
    made = table(HEAD, rows)
    print(made)
    if options.write is not None:
        machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
        options.write.write_text(TEXT.format(machine=machine, table=made), encoding="utf-8")


def _measured(name: str, model: Any, x: Any) -> list[str]:
    def step(x: Any) -> Any:
        model.zero_grad()
        loss = model(x).sum()
        loss.backward()
        return loss

    step(x)
    begun = perf_counter()
    program = capture(step, x)
    took = perf_counter() - begun
    better, _ = optimized(program)
    found = medians({"run": lambda: step(x), "replayed": lambda: program(x), "better": lambda: better(x)})
    before, after = peak(program), peak(better)
    row = [
        name, str(len(program.rows)), str(len(better.rows)), *(time_text(found[k]) for k in ("run", "replayed", "better")),
        f"{found['replayed'] / found['run']:.2f}", f"{found['better'] / found['run']:.2f}", f"{took / found['run']:.1f} x",
        f"{before / 2**20:.1f} → {after / 2**20:.1f} MiB" if before != after else "–",
    ]  # fmt: skip
    print(" ".join(row), flush=True)
    return row


if __name__ == "__main__":
    main()
