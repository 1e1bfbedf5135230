"""Forward and backward on this engine, bare and fully traced, beside PyTorch where it is installed.

Fully traced means: every op and gradient recorded with summary, site and scope, encoded as JSON and written to a file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import ast

import engine
from bench.measure import medians, table, time_text
from bench.models import works
from engine import observe
from engine.recorder.budget import Budget
from engine.recorder.recorder import Recorder
from engine.recorder.sites import Source
from engine.recorder.writer import Writer


class _File:
    """A sink that writes to a file, as ``kineograph run --trace`` does."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the benchmark

    def lines(self, batch: bytes) -> None:
        self.file.write(batch)

    def blob(self, key: str, npy: bytes) -> None:
        self.file.write(npy)


def traced(work: Callable[[], Any]) -> Callable[[], Any]:
    """The same work under a recorder of its own, one run per repetition."""

    def run() -> None:
        recorder = Recorder(Writer(_File()), Source("", ast.parse("")), __file__, Budget(ops=10_000_000), [])
        observe.attach(recorder)
        try:
            work()
        finally:
            observe.detach(recorder)
            recorder.finish(failed=False)
            recorder.writer.close()

    return run


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    return torch


def main(only: str = "") -> None:
    """Prints the table."""
    torch = _torch()
    theirs = dict(works(torch)) if torch is not None else {}
    rows = []
    for name, ours in works(engine):
        if only and only not in name:
            continue
        found = medians({"ours": ours, "traced": traced(ours), **({"torch": theirs[name]} if theirs else {})})
        peer = found.get("torch")
        rows.append(
            [
                name,
                time_text(found["ours"]),
                time_text(found["traced"]),
                time_text(peer) if peer else "not installed",
                f"{found['ours'] / peer:.2f}" if peer else "",
                f"{found['traced'] / peer:.2f}" if peer else "",
            ]
        )
        print(" ".join(rows[-1]), flush=True)
    print(table(["work", "ours", "ours, traced", "PyTorch", "ours / PyTorch", "traced / PyTorch"], rows))


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:2])
