"""The op table on a real GPU: the same samples as on the CPU, the same numbers expected.

Runs from a plain checkout with NumPy, CuPy and pytest: ``python3 -m pytest tests/gpu``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine as torch
from engine.device import cuda_problem, device
from tests.engine.table import Case, cases, run, to_host

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(cuda_problem() is not None, reason=f"no GPU: {cuda_problem()}")]

#: how far the two devices' sums may differ, by dtype
TOLERANCE: dict[type, dict[str, Any]] = {
    np.float32: {"rtol": 2e-4, "atol": 2e-5},
    np.float64: {"rtol": 1e-9, "atol": 1e-11},
}


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("kind", ["int64", "int32", "float64", "float32"])
def test_extremes_that_meet_keep_all_their_digits(kind: str, largest: bool) -> None:
    x, src = np.array([0, 7, -5], kind), np.array([(1 << 24) + 1, -(1 << 24) - 1, 3, -4], kind)
    if kind == "float64":
        src = src + 0.1
    index = np.array([0, 0, 1, 2])
    found = [
        torch.tensor(x, device=where).scatter_reduce(
            0, torch.tensor(index, device=where), torch.tensor(src, device=where), "amax" if largest else "amin"
        )
        for where in ("cpu", "cuda")
    ]
    assert found[0].tolist() == found[1].tolist()


@pytest.mark.parametrize("kind", TOLERANCE, ids=lambda k: k.__name__)
@pytest.mark.parametrize("case", cases(), ids=str)
def test_the_gpu_agrees_with_the_cpu(case: Case, kind: type) -> None:
    if case.op.moves:
        pytest.skip("chooses its device itself")
    signless = case.op.name in ("eigh", "svd")
    here = to_host(run(case, kind=kind, signless=signless))
    there = to_host(run(case, device("cuda"), kind, signless=signless))
    assert here.keys() == there.keys()
    for name, x in here.items():
        assert there[name].dtype == x.dtype, name
        np.testing.assert_allclose(there[name], x, **TOLERANCE[kind], err_msg=name)


def test_there_and_back() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    y = x.to("cuda")
    assert y.is_cuda
    assert torch.equal(y.cpu(), x)


def test_gradients_travel_back_to_the_cpu() -> None:
    x = torch.ones(3, requires_grad=True)
    (x.cuda() * 2).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    assert str(x.grad.device) == "cpu"


def test_training_on_the_gpu_gives_the_cpus_numbers() -> None:
    found = []
    for where in ("cpu", "cuda"):
        w = torch.tensor([[0.5, -0.2], [0.1, 0.3]], device=where, requires_grad=True)
        x = torch.tensor([[1.0, 2.0], [-1.0, 0.5], [0.0, 1.0]], device=where)
        for _ in range(20):
            loss = ((x @ w).tanh() - 0.5).square().mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad  # type: ignore[operator]
            w.grad = None
        found.append(w.detach().cpu().tolist())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)
