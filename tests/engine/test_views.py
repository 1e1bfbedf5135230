"""Views and in-place writes: the numbers are NumPy's, the gradients those of the same program without writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import engine

torch: Any = engine  # its names are bound when it is imported: no type checker knows them

START = np.arange(12.0).reshape(3, 4) - 4


def gradient(program: Callable[[Any], Any]) -> Any:
    """Of a program that maps a (3, 4) tensor to a number."""
    w = torch.tensor(START, requires_grad=True)
    program(w).backward()
    assert w.grad is not None
    return w.grad.tolist()


def base_follows(w: Any) -> Any:
    x = w * 2
    x[0] *= 3
    return (x * x).sum()


def base_follows_without_writing(w: Any) -> Any:
    x = torch.cat([w[:1] * 6, w[1:] * 2])
    return (x * x).sum()


def sibling_follows(w: Any) -> Any:
    x = w * 2
    row, turned = x[0], x.t()
    row.mul_(3)
    return (turned * turned).sum()


def view_of_a_view_follows(w: Any) -> Any:
    x = w * 1
    row, corner = x[0], x[:, 1:][:2]
    row.exp_()
    return (corner * corner).sum()


def view_of_a_view_follows_without_writing(w: Any) -> Any:
    return (w[0, 1:].exp() ** 2).sum() + (w[1, 1:] ** 2).sum()


def written_value_counts(w: Any) -> Any:
    x = w * 1
    x.view(-1)[2:5].add_(w[0, :3] * w[1, :3])
    return (x**3).sum()


def written_value_counts_without_writing(w: Any) -> Any:
    flat = w.reshape(-1)
    x = torch.cat([flat[:2], flat[2:5] + w[0, :3] * w[1, :3], flat[5:]])
    return (x**3).sum()


def older_view_of_a_buffer(w: Any) -> Any:
    buffer = torch.zeros(3, 4, dtype=torch.float64)
    flat = buffer.view(-1)
    buffer[1] = w[0]
    return (flat * flat).sum()


def older_view_of_a_buffer_without_writing(w: Any) -> Any:
    return (w[0] ** 2).sum()


def assignment_hides_what_was_there(w: Any) -> Any:
    x = w * 2
    x[1, 1:3] = w[0, 0]
    x[2].zero_()
    return (x * x).sum()


def assignment_hides_what_was_there_without_writing(w: Any) -> Any:
    return (w[0] ** 2).sum() * 4 + ((w[1, :1] ** 2).sum() + (w[1, 3:] ** 2).sum()) * 4 + 2 * w[0, 0] ** 2


@pytest.mark.parametrize(
    ("writing", "plain"),
    [
        (base_follows, base_follows_without_writing),
        (sibling_follows, base_follows_without_writing),
        (view_of_a_view_follows, view_of_a_view_follows_without_writing),
        (written_value_counts, written_value_counts_without_writing),
        (older_view_of_a_buffer, older_view_of_a_buffer_without_writing),
        (assignment_hides_what_was_there, assignment_hides_what_was_there_without_writing),
    ],
    ids=lambda f: f.__name__,
)
def test_gradients_are_those_of_the_program_without_writes(writing: Any, plain: Any) -> None:
    np.testing.assert_allclose(gradient(writing), gradient(plain))


def test_a_view_shares_storage_and_counts_writes() -> None:
    x = torch.zeros(3, 4)
    v = x[1]
    v.add_(1)
    assert x[1].tolist() == [1.0] * 4
    assert x._version == v._version == 1
    assert v._base is x


def test_one_element_is_a_view_too() -> None:
    x = torch.zeros(3)
    x[1].add_(5)
    assert x.tolist() == [0.0, 5.0, 0.0]


def test_a_picked_part_is_a_copy() -> None:
    x = torch.zeros(3)
    x[[0, 2]].add_(5)
    assert x.tolist() == [0.0, 0.0, 0.0]


def test_view_wants_no_copy() -> None:
    with pytest.raises(RuntimeError, match="view size is not compatible with input tensor's size and stride"):
        torch.zeros(2, 3).t().view(6)
    assert torch.zeros(2, 3).t().reshape(6).shape == (6,)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (lambda w: w.add_(1), "a leaf Variable that requires grad is being used in an in-place operation"),
        (lambda w: w[0].add_(1), "a view of a leaf Variable that requires grad is being used in an in-place operation"),
        (lambda w: (w * 1).split(1)[0].add_(1), "is a view and is being modified inplace"),
        (
            lambda w: (w * 1).expand(2, 3, 4).add_(1),
            "more than one element of the written-to tensor refers to a single",
        ),
        (lambda w: (w * 1).add_(torch.ones(2, 3, 4)), "doesn't match the broadcast shape"),
        (lambda w: (w * 1)[:, 0].copy_(w[0]), "The size of tensor a"),
        (lambda w: torch.ones(3, dtype=torch.int64).mul_(0.5), "can't be cast to the desired output type"),
    ],
)
def test_forbidden_writes_say_why(program: Any, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        program(torch.tensor(START, requires_grad=True))


def test_a_value_that_backward_needs_must_not_be_written() -> None:
    x = torch.tensor(START, requires_grad=True) * 1
    y = (x * x).sum()
    x[0] = 5.0
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*is at version 1; expected version 0"):
        y.backward()


def test_without_gradients_writing_is_free() -> None:
    w = torch.tensor(START, requires_grad=True)
    with torch.no_grad():
        w[0] = 7.0
        w.mul_(2)
    assert w.requires_grad
    assert w.is_leaf
    assert w.tolist()[0] == [14.0] * 4


def test_an_in_place_product_remembers_its_former_value() -> None:
    w, v = torch.tensor([2.0, 3.0], requires_grad=True), torch.tensor([5.0, 7.0], requires_grad=True)
    x = w * 1
    x.mul_(v)
    x.sum().backward()
    assert w.grad is not None
    assert v.grad is not None
    assert w.grad.tolist() == [5.0, 7.0]
    assert v.grad.tolist() == [2.0, 3.0]
