"""Timing pieces of work against each other: alternating, medians, ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter


def medians(works: dict[str, Callable[[], object]], *, rounds: int = 7, least: float = 0.05) -> dict[str, float]:
    """Median seconds of one repetition of each piece of work.

    The pieces take turns (A B C A B C ...), so that a machine that slows down slows all of them. Each turn repeats its
    work for at least ``least`` seconds.
    """
    repeats = {}
    for name, work in works.items():
        work()
        start = perf_counter()
        work()
        repeats[name] = max(1, int(least / max(perf_counter() - start, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = perf_counter()
            for _ in range(repeats[name]):
                work()
            times[name].append((perf_counter() - start) / repeats[name])
    return {name: statistics.median(found) for name, found in times.items()}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with its columns lined up."""
    width = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * w for w in width], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)) + " |" for row in lines
    )


def time_text(seconds: float) -> str:
    """``1.23 ms``."""
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
