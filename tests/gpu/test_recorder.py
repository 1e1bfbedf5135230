"""Recording on a real GPU: the events of the CPU, with the same numbers, and no example that fails."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("msgspec", reason="the recorder writes JSON with msgspec")

from engine.device import cuda_problem
from engine.recorder import schema
from tests.engine.recording import Recording

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(cuda_problem() is not None, reason=f"no GPU: {cuda_problem()}")]

EXAMPLES = sorted((Path(__file__).parents[2] / "server" / "examples").glob("[0-9]*.py"))

SCRIPT = """
import torch
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1)).to(DEVICE)
step = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(128, 8).to(DEVICE)
y = x.pow(2).sum(1, keepdim=True)
for i in range(5):
    loss = (net(x) - y).square().mean()
    step.zero_grad()
    loss.backward()
    step.step()
    print(f"{loss.item():.3f}")
"""


def test_the_events_are_the_cpus() -> None:
    here, there = (Recording(SCRIPT.replace("DEVICE", repr(where)), device=where) for where in ("cpu", "cuda"))
    assert there.status == here.status == 0
    assert there.printed == here.printed
    ours, theirs = ([e for e in r.events if isinstance(e, schema.Op)] for r in (here, there))
    names = [e.name for e in ours]
    assert [e.name for e in theirs if e.name in names] == [e.name for e in ours]
    found = [e.outputs[0] for e in theirs if e.name in names]
    for a, b in zip([e.outputs[0] for e in ours], found, strict=True):
        assert a.shape == b.shape
        if a.value.summary is not None:
            assert b.value.summary is not None
            for name in ("min", "max", "mean", "std", "norm"):
                assert getattr(b.value.summary, name) == pytest.approx(
                    getattr(a.value.summary, name), rel=1e-3, abs=1e-5
                )
            assert sum(b.value.summary.histogram) == sum(a.value.summary.histogram)
        else:
            assert b.value.data == pytest.approx(a.value.data, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_runs_on_the_gpu_and_prints_what_the_cpu_prints(path: Path) -> None:
    script = path.read_text()
    here, there = (Recording(script, device=where) for where in ("cpu", "cuda"))
    assert there.status == here.status
    number = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
    assert number.sub("#", there.printed).replace(", device='cuda:0'", "") == number.sub("#", here.printed)
    np.testing.assert_allclose(
        [float(x) for x in number.findall(there.printed)], [float(x) for x in number.findall(here.printed)],
        rtol=0.05, atol=0.02,
    )  # fmt: skip
