"""The graph: depth, lifetime, freeing, hooks, several outputs, keywords by torch's names."""

from __future__ import annotations

import gc
import sys
import time
import weakref
from typing import Any

import numpy as np
import pytest

import engine
from engine.node import Node
from engine.op import Op

torch: Any = engine  # its names are bound when it is imported: no type checker knows them


def test_a_chain_of_100000_ops_needs_no_recursion() -> None:
    depth = 50_000  # two ops each
    a = torch.tensor(0.5, requires_grad=True)
    z = a
    for _ in range(depth):
        z = z * a + a
    assert depth > 10 * sys.getrecursionlimit()
    start = time.perf_counter()
    z.backward()
    assert time.perf_counter() - start < 30
    assert a.grad is not None
    assert a.grad.item() == pytest.approx(4.0)  # z → a / (1 - a), whose derivative at 0.5 is 4


def test_a_long_chain_is_dropped_without_recursion() -> None:
    z = torch.tensor(1.0, requires_grad=True) * 1
    for _ in range(100_000):
        z = z + 1
    del z  # a node frees the one before it, and so on: too deep for C's stack if that were recursive


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = torch.ones(4, requires_grad=True)
        y = (x.exp().tanh().softmax(0) * x).sum()
        node = weakref.ref(y.grad_fn)
        assert isinstance(node(), Node)
        y.backward()
        del y
        assert node() is None
    finally:
        gc.enable()


def test_backward_frees_what_was_saved() -> None:
    x = torch.ones(3, requires_grad=True)
    y = x.exp().sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_a_kept_graph_adds_up() -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [4.0] * 3


def test_a_leaf_may_be_gone_before_backward() -> None:
    y = (torch.ones(3, requires_grad=True) * 2).sum()
    y.backward()


def test_an_output_nobody_uses_counts_as_zero() -> None:
    x = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    values, _ = torch.linalg.eigh(x)
    values.sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.tolist(), np.eye(2), atol=1e-12)


def test_third_derivatives() -> None:
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y = x.sin()
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(-np.cos(0.7))


def test_nothing_is_recorded_without_need() -> None:
    x = torch.ones(3)
    assert (x * 2).grad_fn is None
    w = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        assert not (w * 2).requires_grad
    assert not (w > 0).requires_grad
    assert not w.argmax().requires_grad


def test_a_product_saves_only_what_its_gradients_need() -> None:
    x, w = torch.ones(3), torch.ones(3, requires_grad=True)
    node = (w * x).grad_fn
    assert node.unpack("b") is x
    with pytest.raises(KeyError):
        node.unpack("a")  # the other factor has no gradient: w is not kept


def test_a_rule_that_asks_for_the_unknown_is_refused() -> None:
    with pytest.raises(TypeError, match="asks for 'z'"):
        Op(lambda xp, x: x, "x", {"x": ("z", lambda g, z: g * z)}, name="bad")
    with pytest.raises(TypeError, match="rule for 'w', which is no input"):
        Op(lambda xp, x: x, "x", {"w": ("z", lambda g: g)}, name="bad")


def test_torchs_names_for_arguments() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert torch.sum(input=x, dim=0).tolist() == [4.0, 6.0]
    assert torch.exp(input=x).shape == (2, 2)
    assert torch.mul(input=x, other=x).tolist() == [[1.0, 4.0], [9.0, 16.0]]
    assert x.transpose(dim0=0, dim1=1).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    with pytest.raises(TypeError, match=r"exp\(\) got an unexpected keyword argument 'fast'"):
        torch.exp(x, fast=True)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        torch.sum([1.0, 2.0])


def test_a_node_has_torchs_kind_of_name() -> None:
    assert (torch.ones(2, requires_grad=True) * 2).grad_fn.name() == "MulBackward0"
