"""Every layer gives on a GPU what it gives on the CPU, and never makes the host wait for the device."""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path
from typing import Any

import pytest

import engine as torch
from tests import standin

_spec = importlib.util.spec_from_file_location("nn_cases", Path(__file__).parent / "nn_cases.py")
assert _spec is not None and _spec.loader is not None
nn_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nn_cases)

#: whose shapes or branches depend on lengths that the host must know
WAITS = {
    "RNN of packed sequences",
    "LSTM of packed sequences",
    "GRU of packed sequences",
    "BatchNorm2d(3, momentum=None) of (5, 3, 2, 2)",
    *(f"EmbeddingBag of offsets, {mode}" for mode in ("sum", "mean", "max")),
}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _on(device: str, given: Any, seen: dict[int, Any]) -> Any:
    """The inputs there, as leaves; the same tensor stays the same tensor."""
    if isinstance(given, tuple):
        return tuple(_on(device, x, seen) for x in given)
    if not isinstance(given, torch.Tensor):
        return given
    if id(given) not in seen:
        there = given.detach().to(device, copy=True)
        if given.requires_grad:
            there = there.requires_grad_() if given.is_leaf else there.requires_grad_() * 1
        seen[id(given)] = there
    return seen[id(given)]


def _trained(module: Any, inputs: list[Any]) -> tuple[list[Any], list[Any]]:
    outputs = [y for y in nn_cases._tensors(module(*inputs)) if y.is_floating_point()]
    torch.autograd.backward(outputs, [torch.ones_like(y) for y in outputs])
    leaves = [t for t in inputs if isinstance(t, torch.Tensor) and t.is_leaf and t.requires_grad]
    return outputs, [t.grad for t in [*module.parameters(), *leaves]]


@pytest.mark.parametrize("name", [n for n in nn_cases.cases(torch) if n not in WAITS])
def test_a_layer_works_on_a_gpu_without_waiting(name: str) -> None:
    torch.manual_seed(7)
    module, given = nn_cases.cases(torch)[name]()
    twin = copy.deepcopy(module)
    torch.manual_seed(8)
    here: dict[int, Any] = {}
    expected = _trained(module, [_on("cpu", x, here) for x in given])
    with standin.plugged_in() as gpu:
        twin.to("cuda")
        seen: dict[int, Any] = {}
        inputs = [_on("cuda", x, seen) for x in given]
        torch.manual_seed(8)
        gpu.syncs = 0
        found = _trained(twin, inputs)
        assert gpu.syncs == 0
        for theirs, ours in zip(expected, found, strict=True):
            for a, b in zip(theirs, ours, strict=True):
                assert (a is None) == (b is None)
                if a is not None:
                    assert b.is_cuda
                    assert torch.allclose(a, b.cpu(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "kind", ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Rprop"]
)
def test_an_optimizer_works_on_a_gpu_without_waiting(kind: str) -> None:
    def steps(device: str) -> list[Any]:
        w = torch.tensor([1.0, -2.0], device=device, requires_grad=True)
        optimizer = getattr(torch.optim, kind)([w], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
        return [w]

    (expected,) = steps("cpu")
    with standin.plugged_in() as gpu:
        gpu.syncs = 0
        (found,) = steps("cuda")
        assert gpu.syncs == 0
        assert found.cpu().tolist() == pytest.approx(expected.tolist(), rel=1e-5)
