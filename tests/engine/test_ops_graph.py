"""The graph as a whole: as wide as memory lets it, and gone when dropped."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import engine

torch: Any = engine


def test_a_wide_graph_is_no_slower_than_its_size() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    parts = [x * k for k in range(5_000)]
    torch.stack(parts).sum().backward()
    assert x.grad.item() == 5_000 * 4_999 / 2


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


def test_a_write_that_a_rule_would_miss_is_an_error() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y * 2
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*Hint"):
        (y.exp().sum() + z.sum() + y.sum()).backward()


def test_the_documented_way_of_a_training_step_needs_no_clone() -> None:
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    for _ in range(3):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
    assert w.tolist() == pytest.approx([0.512, 0.512])
