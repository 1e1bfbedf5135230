"""The graph as a whole: as deep as memory lets it, gone when dropped, and writes that backward would stumble over."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import engine

torch: Any = engine


def test_a_chain_of_a_hundred_thousand_ops_goes_forward_and_backward() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 0.0
    y.backward()
    assert x.grad.item() == 1.0
    del y  # frees the chain without recursing into it


def test_a_wide_graph_is_no_slower_than_its_size() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    parts = [x * k for k in range(5_000)]
    torch.stack(parts).sum().backward()
    assert x.grad.item() == 5_000 * 4_999 / 2


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        x = torch.ones(3, requires_grad=True)
        y = (x.exp() * x.tanh()).softmax(0).sum()
        node = weakref.ref(y.grad_fn)
        inner = weakref.ref(y.grad_fn.next_functions[0][0])
        y.backward()
        del y
        assert node() is None
        assert inner() is None
    finally:
        gc.enable()


def test_a_graph_that_never_saw_backward_is_freed_too() -> None:
    gc.disable()
    try:
        x = torch.ones(3, requires_grad=True)
        values, indices = (x.sigmoid() * 2).max(0)
        node = weakref.ref(values.grad_fn.node if hasattr(values.grad_fn, "node") else values.grad_fn)
        del values, indices
        assert node() is None
    finally:
        gc.enable()


def test_saved_values_are_freed_by_backward() -> None:
    x = torch.ones(3, requires_grad=True)
    hidden = x.exp()
    array = weakref.ref(hidden.data_)
    y = hidden.sum()
    del hidden
    assert array() is not None
    y.backward()
    assert array() is None
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_what_no_rule_needs_is_freed_at_once() -> None:
    x = torch.ones(3, requires_grad=True)
    hidden = x + 1
    array = weakref.ref(hidden.data_)
    y = hidden - 2
    del hidden
    assert array() is None
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_gradients_add_up_where_a_tensor_is_used_twice() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x + x
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 5.0]
    (x * 10).sum().backward()
    assert x.grad.tolist() == [13.0, 15.0]


def test_a_dropped_output_counts_as_zero() -> None:
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    values, _ = x.max(1)
    values.sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    x.grad = None
    x.unbind(0)[1].sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_a_write_that_a_rule_would_miss_is_an_error() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y * 2
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*Hint"):
        (y.exp().sum() + z.sum() + y.sum()).backward()


def test_order_three_by_hand() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x**4
    for expected in (32.0, 48.0, 48.0):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda y: y[0].mul_(3), [3.0, 1.0]),
        (lambda y: y.view(2).add_(y.detach()), [1.0, 1.0]),
        (lambda y: y[1:].zero_(), [1.0, 0.0]),
        (lambda y: y[:1].copy_(y[1:].clone()), [0.0, 2.0]),
        (lambda y: y.unsqueeze(0)[0, 1].pow_(2), [1.0, 4.0]),
        (lambda y: y.__setitem__(0, 5.0), [0.0, 1.0]),
    ],
    ids=["mul_", "add_", "zero_", "copy_", "pow_", "setitem"],
)
def test_a_write_through_a_view_reaches_the_base_and_its_gradient(write: Any, expected: list[float]) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    write(y)
    y.sum().backward()
    assert x.grad.tolist() == expected


def test_the_documented_way_of_a_training_step_needs_no_clone() -> None:
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    for _ in range(3):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
    assert w.tolist() == pytest.approx([0.512, 0.512])
