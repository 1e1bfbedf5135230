"""``torch.autograd`` where values alone do not show it: what observers see, what is freed, what is refused."""

from __future__ import annotations

import gc
import warnings
import weakref
from typing import Any

import pytest

import engine as torch
from engine import observe
from engine.autograd.function import once_differentiable


class Cube(torch.autograd.Function):
    """x³, whose derivative is 3x²."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class Seen(observe.Observer):
    def __init__(self) -> None:
        self.ops: list[str] = []
        self.rules: list[str] = []

    def on_op(self, op: Any, inputs: Any, outputs: Any, attrs: Any, ns: int) -> None:
        self.ops.append(op.name)

    def on_vjp(self, node: Any, upstream: Any, contributions: Any, ns: int) -> None:
        self.rules.append(node.name())


def test_observers_see_a_function_as_one_op() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = Seen()
    observe.attach(seen)
    try:
        Cube.apply(x).sum().backward()
    finally:
        observe.detach(seen)
    assert seen.ops == ["Cube", "sum"]
    assert seen.rules == ["SumBackward0", "CubeBackward"]
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 12.0]


def test_a_second_derivative_through_a_function_is_told_op_by_op() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    seen = Seen()
    observe.attach(seen)
    try:
        (g,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    finally:
        observe.detach(seen)
    assert "mul" in seen.ops and "pow" in seen.ops
    assert torch.autograd.grad(g, x)[0].item() == 12.0


def test_functions_leave_no_cycles() -> None:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)  # an output that is saved must not keep itself alive
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    gc.collect()
    gc.disable()
    try:
        y = Exp.apply(torch.ones(3, requires_grad=True))
        gone = weakref.ref(y)
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_saved_tensors_are_freed_and_checked() -> None:
    x = torch.ones(2, requires_grad=True)
    y = Cube.apply(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    z = x * 1
    w = Cube.apply(z).sum()
    z += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        w.backward()


def test_what_flows_back_into_no_output_is_zeros_or_none() -> None:
    given: list[Any] = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, zeros: bool) -> Any:
            ctx.set_materialize_grads(zeros)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            given.append(b)
            return a, None

    x = torch.ones(2, requires_grad=True)
    for zeros in (True, False):
        Two.apply(x, zeros)[0].sum().backward()
    assert given[0].tolist() == [0.0, 0.0]
    assert given[1] is None


def test_marks_are_kept() -> None:
    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            where, values = x.argmax(), x * 2
            rounded = x.round()
            ctx.mark_non_differentiable(rounded)
            return where, values, rounded

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            return grads[1] * 2

    where, values, rounded = Split.apply(torch.ones(2, requires_grad=True))
    assert not where.requires_grad and values.requires_grad and not rounded.requires_grad


def test_errors_name_the_function() -> None:
    class Forgot(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    with pytest.raises(NotImplementedError, match="backward"):
        Forgot.apply(torch.ones(1, requires_grad=True)).sum().backward()
    with pytest.raises(RuntimeError, match="should not be instantiated"):
        Forgot()
    with pytest.raises(TypeError, match="save_for_backward can only save variables"):
        torch.autograd.function.Context((True,)).save_for_backward(3)  # type: ignore[arg-type]


def test_once_differentiable_lets_the_first_derivative_through() -> None:
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            assert not torch.is_grad_enabled()
            return g * 2

    x = torch.ones(2, requires_grad=True)
    Once.apply(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 2.0]


def test_anomaly_detection_names_the_op_and_the_line() -> None:
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        y = (x * 0).sqrt() * 0  # 0 · ∞ on the way back
        with pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan values in its 0th output"):
            y.sum().backward()
    assert "on the way back" in str(said[-1].message)
    assert not torch.is_anomaly_enabled()


def test_gradcheck_finds_a_wrong_rule() -> None:
    class Wrong(Cube):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2 * ctx.saved_tensors[0] ** 2

    x = torch.tensor([0.3, 0.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Cube.apply, (x,))
    assert torch.autograd.gradgradcheck(Cube.apply, (x,))
    with pytest.raises(torch.autograd.GradcheckError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(Wrong.apply, (x,))
    assert not torch.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)


def test_functional_call_puts_the_parameters_back() -> None:
    layer = torch.nn.Linear(2, 1)
    kept = layer.weight
    y = torch.func.functional_call(layer, {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}, torch.ones(3, 2))
    assert y.tolist() == [[2.0]] * 3
    assert layer.weight is kept
