"""Optimizers, schedules and loaders give PyTorch's numbers (kept in golden/optim.json) and PyTorch's errors."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

import engine as torch
from engine.utils import data

_spec = importlib.util.spec_from_file_location("optim_cases", Path(__file__).parent / "optim_cases.py")
assert _spec is not None and _spec.loader is not None
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)

GOLDEN: dict[str, Any] = json.loads(cases.GOLDEN.read_text())


@pytest.mark.parametrize("name", cases.OPTIMIZERS)
def test_an_optimizer_takes_the_steps_that_torch_takes(name: str) -> None:
    assert cases.trained(torch, name) == pytest.approx(GOLDEN["trained"][name], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", cases.SCHEDULES)
def test_a_schedule_gives_the_rates_that_torch_gives(name: str) -> None:
    assert cases.rates(torch, name) == pytest.approx(GOLDEN["rates"][name], rel=1e-12)


def test_schedules_of_schedules() -> None:
    expected = GOLDEN["composed"]
    assert cases.composed(torch) == {name: pytest.approx(rates, rel=1e-12) for name, rates in expected.items()}


@pytest.mark.parametrize("name", cases.PRINTED)
def test_an_optimizer_prints_and_saves_what_torch_does(name: str) -> None:
    assert cases.printed(torch, name) == GOLDEN["printed"][name]


def test_reduce_on_plateau() -> None:
    assert cases.plateau(torch) == pytest.approx(GOLDEN["plateau"])


def test_shuffles_and_splits_are_those_of_torch() -> None:
    assert cases.shuffled(torch) == GOLDEN["shuffled"]


def test_a_state_dict_carries_training_on() -> None:
    def steps(optimizer: Any, w: Any, n: int) -> None:
        for _ in range(n):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

    whole = torch.tensor([1.0, -2.0], requires_grad=True)
    steps(torch.optim.Adam([whole], lr=0.1), whole, 6)

    half = torch.tensor([1.0, -2.0], requires_grad=True)
    first = torch.optim.Adam([half], lr=0.1)
    steps(first, half, 3)
    second = torch.optim.Adam([half], lr=0.5)
    second.load_state_dict(first.state_dict())
    steps(second, half, 3)
    assert half.tolist() == whole.tolist()


def test_groups_keep_their_own_options() -> None:
    fast, slow = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [fast], "lr": 1.0}, {"params": slow}], lr=0.1)
    (fast + slow).sum().backward()
    optimizer.step()
    assert (fast.item(), slow.item()) == pytest.approx((0.0, 0.9))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: torch.optim.SGD([], lr=0.1), "empty parameter list"),
        (lambda w: torch.optim.SGD([w], lr=-1), "Invalid learning rate: -1"),
        (lambda w: torch.optim.Adam([w], betas=(1.0, 0.9)), "Invalid beta parameter at index 0"),
        (lambda w: torch.optim.SGD([w * 2], lr=0.1), "can't optimize a non-leaf Tensor"),
        (lambda w: torch.optim.SGD([{"params": [w]}, {"params": [w]}], lr=0.1), "more than one parameter group"),
        (lambda w: torch.optim.SGD([w], lr=0.1, nesterov=True), "Nesterov momentum requires"),
    ],
)
def test_bad_options_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(torch.tensor([1.0], requires_grad=True))


def test_a_batch_is_put_together_part_by_part() -> None:
    class Items(data.Dataset[Any]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, i: int) -> Any:
            return {"x": torch.full((2,), float(i)), "y": i, "name": f"item {i}"}

    (batch,) = list(data.DataLoader(Items(), batch_size=3))
    assert batch["x"].tolist() == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    assert batch["y"].tolist() == [0, 1, 2]
    assert batch["name"] == ["item 0", "item 1", "item 2"]


def test_the_last_short_batch_can_be_dropped() -> None:
    pairs = data.TensorDataset(torch.arange(10))
    assert [len(b[0]) for b in data.DataLoader(pairs, batch_size=4)] == [4, 4, 2]
    assert [len(b[0]) for b in data.DataLoader(pairs, batch_size=4, drop_last=True)] == [4, 4]
    assert len(data.DataLoader(pairs, batch_size=4, drop_last=True)) == 2


def test_a_stream_is_batched_too() -> None:
    class Stream(data.IterableDataset[int]):
        def __iter__(self) -> Any:
            return iter(range(5))

    assert [b.tolist() for b in data.DataLoader(Stream(), batch_size=2)] == [[0, 1], [2, 3], [4]]
    with pytest.raises(ValueError, match="shuffle"):
        data.DataLoader(Stream(), shuffle=True)
