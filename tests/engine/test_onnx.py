"""Programs as ONNX models: onnxruntime gives the numbers that the engine gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine as torch
from engine import nn
from engine import onnx as exporting
from engine.program import capture

onnxruntime = pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")


def gated(x: Any, y: Any) -> Any:
    both = torch.where(x > 0, torch.maximum(x, y), x - y / 2)
    return both.reshape(3, 2).unsqueeze(0), torch.exp(-x) ** 2


MODELS: dict[str, tuple[Callable[[], Any], tuple[tuple[int, ...], ...]]] = {
    "mlp": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(-1)), ((2, 3),)),
    "cnn": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, stride=2), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(16, 3), nn.LogSoftmax(1),
        ),
        ((2, 2, 8, 8),),
    ),
    "grouped": (lambda: nn.Conv2d(4, 4, (3, 2), dilation=(2, 1), groups=2, bias=False), ((1, 4, 7, 7),)),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), ((2, 3, 8),)),
    "function": (lambda: gated, ((2, 3), (2, 3))),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_onnxruntime_gives_the_engines_numbers(name: str, tmp_path: Path) -> None:
    make, shapes = MODELS[name]
    torch.manual_seed(1)
    model = make()
    x = tuple(torch.randn(*shape) for shape in shapes)
    path = tmp_path / "model.onnx"
    exporting.export(model, x, str(path))
    if isinstance(model, nn.Module):
        assert model.training
        model.eval()
    with torch.no_grad():
        wanted = model(*x)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    fresh = {given.name: t.numpy() for given, t in zip(session.get_inputs(), x, strict=True)}
    found = session.run(None, fresh)
    for have, want in zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
        assert have.shape == tuple(want.shape)
        np.testing.assert_allclose(have, want.numpy(), rtol=1e-4, atol=1e-5)


def test_inputs_and_outputs_are_named(tmp_path: Path) -> None:
    made = exporting.export(nn.Linear(2, 1), torch.ones(1, 2), input_names=["x"], output_names=["y"])
    assert [i.name for i in made.graph.input] == ["x"]
    assert [o.name for o in made.graph.output] == ["y"]
    with pytest.raises(ValueError, match="the model has 1 inputs, and 2 names were given"):
        exporting.export(nn.Linear(2, 1), torch.ones(1, 2), input_names=["x", "z"])


def test_an_op_without_an_onnx_form_is_refused_with_its_line() -> None:
    with pytest.raises(
        exporting.UnsupportedOperatorError, match=r"cumsum has no ONNX form here \(at line \d+ .*cumsum"
    ):
        exporting.export(lambda x: x.cumsum(0), torch.ones(3))


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install kineograph\[onnx\]"):
        exporting.export(nn.Linear(2, 1), torch.ones(1, 2))


# ------------------------------------------------------------------------------------------------ models that are read


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_is_read_again_gives_the_same_numbers_and_replays_as_a_program(name: str, tmp_path: Path) -> None:
    make, shapes = MODELS[name]
    torch.manual_seed(1)
    x = tuple(torch.randn(*shape) for shape in shapes)
    path = tmp_path / "model.onnx"
    exporting.export(make(), x, str(path))
    read = exporting.load(str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = session.run(None, {given.name: t.numpy() for given, t in zip(session.get_inputs(), x, strict=True)})
    found = read(*x)
    with torch.no_grad():
        program = capture(read, *x)
        replayed = program(*x)
    for have, again, want in zip(_several(found), _several(replayed), wanted, strict=True):
        np.testing.assert_allclose(have.detach().numpy(), want, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(again.numpy(), have.detach().numpy())


def test_a_model_that_is_read_is_trained_on(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "model.onnx"
    exporting.export(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)), torch.randn(8, 2), str(path))
    model = exporting.load(str(path))
    assert sum(p.numel() for p in model.parameters()) == 17
    x = torch.randn(8, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10


def test_a_node_without_an_op_and_a_wrong_number_of_inputs_are_refused(tmp_path: Path) -> None:
    import onnx

    path = tmp_path / "model.onnx"
    model = exporting.export(nn.Linear(2, 1), torch.ones(1, 2), str(path))
    with pytest.raises(TypeError, match=r"takes 1 inputs \(input0\), 2 were given"):
        exporting.load(str(path))(torch.ones(1, 2), torch.ones(1, 2))
    model.graph.node[-1].op_type = "Softsign"
    onnx.save(model, str(path))
    with pytest.raises(exporting.UnsupportedOperatorError, match="no op for: Softsign"):
        exporting.load(str(path))


def _several(made: Any) -> tuple[Any, ...]:
    return made if isinstance(made, tuple) else (made,)
