"""Calls as users write them, on a real GPU: PyTorch's answers (kept in tests/engine/golden/calls.json) are expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import engine
from engine.device import cuda_problem
from tests.engine.test_ops_torch import check
from tests.engine.torch_calls import HOST, LINES, answer, compute

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(cuda_problem() is not None, reason=f"no GPU: {cuda_problem()}")]


@pytest.fixture(autouse=True)
def _everything_is_made_on_the_gpu() -> Iterator[None]:
    engine.set_default_device("cuda")
    yield
    engine.set_default_device("cpu")


@pytest.mark.parametrize("line", [line for line in LINES if not any(word in line for word in HOST)])
def test_the_gpu_gives_pytorchs_answer(line: str) -> None:
    check(line, answer(*compute(engine, line, "cuda")))
