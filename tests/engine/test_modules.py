"""Layers print, compute, differentiate and learn as PyTorch's do (its answers are kept in golden/nn.json)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

import engine as torch

_spec = importlib.util.spec_from_file_location("nn_cases", Path(__file__).parent / "nn_cases.py")
assert _spec is not None and _spec.loader is not None
nn_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nn_cases)

GOLDEN: dict[str, Any] = json.loads(nn_cases.GOLDEN.read_text())
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_every_case_has_its_answer() -> None:
    assert list(nn_cases.cases(torch)) == list(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_module_does_what_it_does_in_torch(name: str) -> None:
    expected, found = GOLDEN[name], nn_cases.answer(torch, name)
    assert found["printed"] == expected["printed"]
    assert found["shapes"] == expected["shapes"]
    assert list(found["state"]) == list(expected["state"])
    for part in ("losses", "gradients"):
        for ours, theirs in zip(found[part], expected[part], strict=True):
            assert ours == (None if theirs is None else pytest.approx(theirs, rel=1e-4, abs=2e-4)), part
    assert found["state"] == pytest.approx(expected["state"], rel=1e-4, abs=2e-4)
