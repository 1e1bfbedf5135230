"""Whole scripts, as a PyTorch user writes them: they print what PyTorch prints.

``tests/programs/tutorials`` may differ in the last digits (sums run in another order); ``tests/programs/exact`` may not.
``tests/programs/keep.py`` keeps what PyTorch prints.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine
from engine.recorder import record
from engine.recorder.schema import Error, Output, Pass, PassEnd, decode
from engine.script import execute
from tests.programs.keep import printed, programs

NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?|\bnan\b|\binf\b")
PROGRAMS = programs()
named = pytest.mark.parametrize("program", PROGRAMS, ids=[p.stem for p in PROGRAMS])


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    yield
    engine.set_default_dtype(engine.float32)
    engine.set_printoptions(profile="default")


def ours(program: Path) -> str:
    """What the program prints on this engine."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        execute(str(program))
    return output.getvalue()


def assert_alike(got: str, want: str) -> None:
    """The same text around the same numbers, up to rounding."""
    assert re.sub(r"\s+", " ", NUMBER.sub("#", got)) == re.sub(r"\s+", " ", NUMBER.sub("#", want))
    pairs = zip(NUMBER.findall(got), NUMBER.findall(want), strict=True)
    apart = [(a, b) for a, b in pairs if a != b and not abs(float(a) - float(b)) <= 2e-4 + 2e-3 * abs(float(b))]
    assert not apart, f"(ours, PyTorch's): {apart[:10]}"


@pytest.mark.filterwarnings("ignore")
@named
def test_prints_what_pytorch_prints(program: Path) -> None:
    got, want = ours(program), program.with_suffix(".txt").read_text(encoding="utf-8")
    if program.parent.name == "exact":
        assert got.splitlines() == want.splitlines()
    else:
        assert_alike(got, want)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed here")
@named
def test_the_kept_prints_are_pytorchs(program: Path) -> None:
    assert_alike(printed(program), program.with_suffix(".txt").read_text(encoding="utf-8"))


def test_differences_are_found() -> None:
    assert_alike("loss 0.12345 at 3", "loss 0.12346 at 3")
    for wrong in ("loss 0.1300 at 3", "loss 0.12345 at 4", "loss nan at 3", "lost 0.12345 at 3"):
        with pytest.raises(AssertionError):
            assert_alike(wrong, "loss 0.12346 at 3")


class Kept:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []

    def lines(self, batch: bytes) -> None:
        self.batches.append(batch)

    def blob(self, key: str, npy: bytes) -> None:
        """Numbers are looked at in the recorder's own tests."""


@pytest.mark.filterwarnings("ignore")
@named
def test_being_watched_changes_nothing(program: Path) -> None:
    sink = Kept()
    assert record(program.read_text(encoding="utf-8"), sink=sink, filename=str(program)) == 0
    events = [decode(line) for line in b"".join(sink.batches).splitlines()]
    engine.set_default_dtype(engine.float32)
    engine.set_printoptions(profile="default")
    assert "".join(e.text for e in events if isinstance(e, Output) and e.stream == "stdout") == ours(program)
    assert not [e for e in events if isinstance(e, Error)]
    assert sum(isinstance(e, Pass) for e in events) == sum(isinstance(e, PassEnd) for e in events)
