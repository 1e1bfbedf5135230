"""Every op, by the table: gradients, dtypes, purity, watching, another device. Declaring an op is testing it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine.backward
from engine import observe
from engine.device import device
from engine.op import OPS, Op
from engine.testing import gradcheck
from tests import standin
from tests.engine.table import WRITING, Case, call, cases, function, run, to_host

CASES = cases()
each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)


@each_op
def test_a_differentiable_op_has_samples(op: Op) -> None:
    assert op.samples is not None or not op.differentiable, f"{op.name} has rules but no samples=: nothing checks them"
    assert op.samples is None or any(c.op is op for c in CASES)


@each_op
def test_an_op_explains_itself(op: Op) -> None:
    assert op.doc, f"{op.name} has no docstring"
    assert op.formula
    assert op.formula.count("{") == op.formula.count("}")
    for rule in op.rules:
        assert rule is None or (rule.latex and rule.latex.count("{") == rule.latex.count("}"))


@each_case
def test_gradients_of_order_1_and_2(case: Case) -> None:
    if not case.free():
        pytest.skip("nothing to differentiate by")
    gradcheck(function(case), tuple(case.inputs[i] for i in case.free()), order=2)


@each_case
def test_gradients_are_the_same_with_and_without_a_history(case: Case) -> None:
    if not case.free():
        pytest.skip("nothing to differentiate by")
    inputs = range(len(case.free()))
    for chosen in [inputs, *([i] for i in inputs if len(inputs) > 1)]:  # all inputs need one, and each alone
        with_history, plain = (_gradients(case, list(chosen), create_graph) for create_graph in (True, False))
        for k, (a, b) in enumerate(zip(with_history, plain, strict=True)):
            assert (a is None) == (b is None)
            if a is not None and b is not None:
                assert b.dtype == a.dtype
                np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12, err_msg=f"input {case.free()[chosen[k]]}")


def _gradients(case: Case, chosen: list[int], create_graph: bool) -> list[Any]:
    xs = case.tensors(case.arrays())
    free = [xs[i] for i in case.free()]
    for k, x in enumerate(free):
        x.requires_grad = k in chosen
    total = [y.sin().sum() for y in call(case.op, xs, case.attrs) if y.requires_grad]
    found = engine.backward.grad(
        sum(total[1:], total[0]), [free[k] for k in chosen], create_graph=create_graph, allow_unused=True
    )
    return [None if g is None else g.data_ for g in found]


@each_case
def test_float32_stays_float32(case: Case) -> None:
    if not any(isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in case.inputs) or case.op.name == "to":
        pytest.skip("makes its own dtype")
    for name, x in run(case, kind=np.float32).items():
        assert x.data_.dtype.kind in "biu" or x.data_.dtype == np.float32, f"{name} is {x.dtype}"


@each_case
def test_inputs_are_left_alone(case: Case) -> None:
    arrays = case.arrays()
    before = [np.array(x) if isinstance(x, np.ndarray) else x for x in arrays]
    xs = case.tensors(arrays)
    ys = call(case.op, xs, case.attrs)
    for y in ys:
        if y.requires_grad:
            y.sum().backward(retain_graph=True)
    for x, b in zip(arrays, before, strict=True):
        assert np.array_equal(x, b) if isinstance(x, np.ndarray) else x is b


@each_case
def test_watching_changes_nothing(case: Case) -> None:
    class Watcher(observe.Observer):
        told = 0

        def on_op(self, op: Op, *_: Any) -> None:
            self.told += op is case.op

        def on_inplace(self, op: Op, *_: Any) -> None:
            self.told += op is case.op

    alone = to_host(run(case))
    watcher = Watcher()
    observe.attach(watcher)
    try:
        watched = to_host(run(case))
    finally:
        observe.detach(watcher)
    assert watcher.told >= 1
    assert alone.keys() == watched.keys()
    for name, x in alone.items():
        np.testing.assert_array_equal(watched[name], x, err_msg=name)


@each_case
def test_another_device_agrees_and_is_never_waited_for(case: Case) -> None:
    if case.op.moves:
        pytest.skip("chooses its device itself")
    here = to_host(run(case))
    with standin.plugged_in() as gpu:
        found = run(case, device("cuda"))
        waited = gpu.syncs
        there = to_host(found)
    assert case.waits() or waited == 0, f"the host waited for the device {waited} times"
    assert here.keys() == there.keys()
    for name, x in here.items():
        assert there[name].dtype == x.dtype
        np.testing.assert_allclose(there[name], x, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", sorted(WRITING))
def test_what_the_table_calls_writing_exists(name: str) -> None:
    assert name in OPS
