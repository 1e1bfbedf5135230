"""``torch.compile``: the same numbers and gradients as without it; captured again where a guard does not hold."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import engine
from engine import notes, observe
from engine.program.compiled import LIMIT

torch: Any = engine


def train(model: Any, optimizer: Any, steps: int = 5) -> list[float]:
    torch.manual_seed(1)
    x = torch.randn(6, 4)
    losses = []
    for _ in range(steps):
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_a_compiled_model_trains_as_the_model_does() -> None:
    nn = torch.nn
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 1))
    twin = copy.deepcopy(model)
    compiled = torch.compile(twin)
    plain = train(model, torch.optim.Adam(model.parameters(), lr=0.1))
    assert train(compiled, torch.optim.Adam(compiled.parameters(), lr=0.1)) == plain
    assert len(compiled._compiled.programs) == 1
    for name, value in model.state_dict().items():
        assert compiled.state_dict()[f"_orig_mod.{name}"].tolist() == value.tolist()
    assert repr(compiled).startswith("OptimizedModule(\n  (_orig_mod): Sequential(")


def test_train_and_eval_are_two_programs() -> None:
    model = torch.compile(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.5)))
    x = torch.ones(1, 2)
    model(x), model(x)
    model.eval()
    assert model(x).tolist() == model(x).tolist() == model._orig_mod(x).tolist()
    assert len(model._compiled.programs) == 2


def test_a_branch_that_goes_the_other_way_is_captured_again() -> None:
    @torch.compile  # type: ignore[untyped-decorator]
    def signed(x: Any) -> Any:
        if x.sum() > 0:
            return x * 2
        return x - 1

    for sign, programs in ((1, 1), (1, 1), (-1, 2), (1, 2), (-1, 2)):
        a = torch.ones(3, requires_grad=True)
        y = signed(a * sign)
        y.sum().backward()
        assert y.tolist() == ([2.0] * 3 if sign > 0 else [-2.0] * 3)
        assert a.grad.tolist() == ([2.0] * 3 if sign > 0 else [-1.0] * 3)
        assert len(signed.programs) == programs


def test_another_shape_is_captured_again() -> None:
    double = torch.compile(lambda x: x * 2)
    for n in (1, 2, 3, 2, 1):
        assert double(torch.ones(n)).tolist() == [2.0] * n
    assert len(double.programs) == 3


def test_too_many_programs_are_given_up_with_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    notes.forget()
    double = torch.compile(lambda x: x * 2)
    for n in range(LIMIT + 3):
        assert double(torch.ones(n)).tolist() == [2.0] * n
    assert len(double.programs) == LIMIT
    assert "runs op by op: it was captured 8 times already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: torch.from_numpy(x.numpy() * 2), "the numbers leave for Python"),
        (lambda x: (print(x), x * 2)[1], "printing"),
        (lambda x: x * 2 if x.add_(1).sum() > 0 else x, "a value is looked at in code that writes in place"),
    ],
)
def test_what_cannot_be_captured_runs_op_by_op_and_says_why(
    function: Any, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    notes.forget()
    compiled = torch.compile(function)
    for _ in range(2):
        x = torch.ones(2)
        assert compiled(x).tolist() == function(torch.ones(2)).tolist()
    err = capsys.readouterr().err
    assert why in err
    assert err.count("note:") == 1


def test_several_results_and_what_is_not_differentiable() -> None:
    @torch.compile  # type: ignore[untyped-decorator]
    def both(x: Any) -> Any:
        return {"top": x.max(), "where": x.argmax(), "plain": x.detach() * 3, "x2": x * 2}

    for _ in range(2):
        x = torch.tensor([1.0, 5.0, 2.0], requires_grad=True)
        found = both(x)
        assert found["where"].item() == 1
        assert not found["where"].requires_grad
        assert not found["plain"].requires_grad
        (found["top"] + found["x2"].sum()).backward()
        assert x.grad.tolist() == [2.0, 3.0, 2.0]


def test_the_graph_of_a_replay_is_freed_by_backward() -> None:
    square = torch.compile(lambda x: x * x)
    x = torch.ones(2, requires_grad=True)
    square(x)
    y = square(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_a_second_derivative_through_a_replay_is_refused() -> None:
    cube = torch.compile(lambda x: x * x * x)
    x = torch.tensor(2.0, requires_grad=True)
    cube(x)
    (slope,) = torch.autograd.grad(cube(x), x)
    assert slope.item() == 12.0
    with pytest.raises(RuntimeError, match="does not support double backward"):
        torch.autograd.grad(cube(x), x, create_graph=True)


def test_who_watches_sees_the_ops() -> None:
    class Watcher(observe.Observer):
        def __init__(self) -> None:
            self.names: list[str] = []

        def on_op(self, op: Any, *_: Any) -> None:
            self.names.append(op.name)

    double = torch.compile(lambda x: torch.tanh(x * 2))
    double(torch.ones(2))
    watcher = Watcher()
    observe.attach(watcher)
    try:
        double(torch.ones(2))
    finally:
        observe.detach(watcher)
    assert watcher.names == ["mul", "tanh"]


def test_decorated_methods_and_options() -> None:
    class Scale(torch.nn.Module):  # type: ignore[misc]
        @torch.compile(mode="max-autotune")  # type: ignore[untyped-decorator]
        def forward(self, x: Any) -> Any:
            return x * 3

    scale = Scale()
    assert scale(torch.ones(1)).tolist() == scale(torch.ones(1)).tolist() == [3.0]
    assert torch.compile(scale, disable=True) is scale
