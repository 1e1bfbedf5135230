"""Random numbers beyond ``tests/programs/exact/random_numbers.py``, which holds them against PyTorch bit by bit."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import engine as torch
from engine import box_muller
from engine.random import Generator


def test_a_state_brings_the_waiting_normal_number_back() -> None:
    torch.manual_seed(0)
    torch.randn(3)  # two are made at a time: one waits
    state = torch.get_rng_state()
    want = torch.randn(4).tolist(), torch.rand(2).tolist()
    torch.set_rng_state(state)
    assert (torch.randn(4).tolist(), torch.rand(2).tolist()) == want


def test_states_of_elsewhere_are_refused() -> None:
    with pytest.raises(RuntimeError, match="RNG state is wrong size"):
        torch.set_rng_state(torch.zeros(5, dtype=torch.uint8))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g)), Generator.clone_state])
def test_a_copied_generator_goes_on_alike(copied: object) -> None:
    g = Generator().manual_seed(3)
    torch.rand(5, generator=g)
    other = copied(g)  # type: ignore[operator]
    assert torch.rand(3, generator=other).tolist() == torch.rand(3, generator=g).tolist()


def test_seed_is_drawn_from_the_system() -> None:
    assert torch.seed() != torch.seed()
    assert torch.initial_seed() == torch.random.default_generator.initial_seed()


def test_normals_are_standard_normal() -> None:
    x = torch.randn(200_000, generator=Generator().manual_seed(1)).numpy()
    assert abs(x.mean()) < 0.01
    assert abs(x.std() - 1) < 0.01
    assert abs((np.abs(x) < 1.959964).mean() - 0.95) < 0.005


def test_the_polynomials_are_near_the_functions() -> None:
    u = np.linspace(0, 1, 16_000, endpoint=False, dtype=np.float32)
    blocks = u.reshape(-1, 2, 8).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log(1 - blocks[:, 0])), 2 * np.pi * blocks[:, 1]
    want = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    np.testing.assert_allclose(box_muller.normals(u, 0.0, 1.0), want, atol=4e-6)


def test_filling_a_leaf_that_requires_grad_is_refused() -> None:
    leaf = torch.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.normal_()
    with torch.no_grad():
        leaf.normal_()
    assert leaf.is_leaf and leaf._version == 1


def test_filling_what_backward_needs_is_found() -> None:
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    z = y * y
    y.uniform_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: torch.randint(5, 5, (1,)), "from=5 >= to=5"),
        (lambda: torch.rand(2, -1), "non-negative"),
        (lambda: torch.rand(2, nonsense=1), "nonsense"),
        (lambda: torch.empty(2).uniform_(3, 1), r"\[from, to\) range"),
        (lambda: torch.empty(2).bernoulli_(1.5), r"p to be in \[0, 1\]"),
        (lambda: torch.bernoulli(torch.tensor([2.0])), "p_in"),
        (lambda: torch.multinomial(torch.ones(2), 3), "without replacement"),
        (lambda: torch.multinomial(torch.tensor([-1.0, 1.0]), 1), "element < 0"),
        (lambda: torch.manual_seed(1 << 70), "64 bits"),
    ],
)
def test_bad_calls_say_what_was_wrong(call: object, message: str) -> None:
    with pytest.raises((RuntimeError, TypeError), match=message):
        call()  # type: ignore[operator]


def test_drawing_is_fast() -> None:
    """A million numbers: tens of milliseconds, so that initialising a model is not felt."""
    from time import perf_counter

    start = perf_counter()
    torch.rand(1_000_000)
    torch.randn(1_000_000)
    torch.randperm(60_000)
    assert perf_counter() - start < 3
