"""The stand-in GPU has CuPy's manners: it refuses what CuPy refuses, and counts what makes the host wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import engine as torch
from tests import standin


@pytest.fixture
def xp() -> Iterator[standin.StandIn]:
    with standin.plugged_in() as found:
        yield found


@pytest.mark.parametrize(
    "look",
    [float, int, bool, lambda x: x.item(), lambda x: x.get(), lambda x: x.tolist()],
    ids=["float", "int", "bool", "item", "get", "tolist"],
)
def test_looking_at_a_value_waits(xp: standin.StandIn, look: Callable[[Any], Any]) -> None:
    look(xp.asarray(2.0))
    assert xp.syncs == 1


def test_shapes_that_depend_on_values_wait(xp: standin.StandIn) -> None:
    x: Any = xp.asarray([0.0, 1.0, 2.0])
    x[x > 0]
    xp.nonzero(x)
    xp.unique(x)
    assert xp.syncs == 3


def test_arithmetic_does_not_wait(xp: standin.StandIn) -> None:
    x: Any = xp.asarray([1.0, 2.0])
    y = 2 * x + x.sum()
    y += xp.where(x > 1, x, 0.0)
    assert xp.syncs == 0
    assert y.get().tolist() == [5.0, 9.0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda xp, x: x + np.ones(2),
        lambda xp, x: np.ones(2) + x,
        lambda xp, x: np.asarray(x),
        lambda xp, x: np.add(x, x),
        lambda xp, x: np.concatenate([x, x]),
        lambda xp, x: xp.add(x, [1.0, 2.0]),
        lambda xp, x: xp.multiply.at(x, 0, 1.0),
    ],
)
def test_what_cupy_refuses_is_refused(xp: standin.StandIn, wrong: Callable[[Any, Any], Any]) -> None:
    with pytest.raises((TypeError, NotImplementedError)):
        wrong(xp, xp.asarray([1.0, 2.0]))


def test_names_that_cupy_lacks_are_missing(xp: standin.StandIn) -> None:
    for name in ("errstate", "frompyfunc", "geomspace", "einsum_path"):
        with pytest.raises(AttributeError, match=name):
            getattr(xp, name)
    with pytest.raises(AttributeError, match="multi_dot"):
        _ = xp.linalg.multi_dot
    assert not hasattr(xp.asarray(1.0), "setflags")


def test_undefined_writes_are_errors(xp: standin.StandIn) -> None:
    x = xp.asarray([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="duplicate"):
        x[xp.asarray([0, 0])] = xp.asarray([1.0, 2.0])
    with pytest.raises(IndexError):
        x[xp.asarray([3])]
    xp.add.at(x, xp.asarray([0, 0]), 1.0)
    assert x.get().tolist() == [3.0, 2.0, 3.0]


def test_views_know_their_base(xp: standin.StandIn) -> None:
    x: Any = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert x[0].base is x
    assert x[0][1:].base is x
    assert x.reshape(4).base is x
    assert (x + 1).base is None


def test_the_engine_runs_on_it() -> None:
    with standin.plugged_in() as xp:
        w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="cuda", requires_grad=True)
        (w @ w).tanh().sum().backward()
        assert w.grad is not None
        assert str(w.grad.device) == "cuda:0"
        assert xp.syncs == 0
    with pytest.raises(RuntimeError, match="cuda"):
        torch.zeros(2, device="cuda:0")


def test_devices_do_not_mix() -> None:
    with standin.plugged_in(), pytest.raises(RuntimeError, match=r"same device.*x\.to"):
        torch.ones(2, device="cuda") + torch.ones(2)
