"""``torch.save`` and ``torch.load``: what comes back, PyTorch's own files, and files that would run code."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine as torch

PYTORCH = Path(__file__).parent / "golden" / "pytorch_2_13.pt"  # written by PyTorch 2.13's torch.save


def around(value: Any) -> Any:
    """Saved and loaded."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    return torch.load(buffer)


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int64", "int8", "uint8", "bool", "complex64"])
def test_every_dtype_comes_back(kind: str) -> None:
    x = torch.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(torch, kind))
    y = around(x)
    assert y.dtype is x.dtype
    assert torch.equal(x, y)


def test_nested_values_come_back() -> None:
    value = {
        "a": [1, 2.5, None, "x", (True, float("inf"))],
        3: OrderedDict(b=torch.Size([2, 3])),
        "d": torch.float16,
        "c": 1 + 2j,
    }
    found = around(value)
    assert found == value
    assert isinstance(found[3], OrderedDict)
    assert isinstance(found[3]["b"], torch.Size)
    assert found["d"] is torch.float16


def test_leaves_stay_leaves_that_require_grad() -> None:
    leaf, parameter = around([torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.ones(2))])
    assert leaf.requires_grad and leaf.is_leaf
    assert isinstance(parameter, torch.nn.Parameter)


def test_one_array_saved_twice_stays_one() -> None:
    x = torch.zeros(3)
    a, b = around([x, x.detach()])
    a[0] = 7
    assert b[0] == 7


def test_models_come_back_by_their_state() -> None:
    a, b = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    b.load_state_dict(around(a.state_dict()))
    assert torch.equal(a.weight, b.weight)
    with pytest.raises(TypeError, match=r"cannot save a Linear.*state_dict"):
        around(a)


def test_a_file_of_pytorch_is_read() -> None:
    found = torch.load(PYTORCH)
    np.testing.assert_array_equal(found["t"].numpy(), np.arange(6.0, dtype=np.float32).reshape(2, 3).T)
    assert found["shared"].tolist() == [2, 3, 4, 5]
    assert found["i"].dtype is torch.int16
    assert found["half"].dtype is torch.float16
    assert isinstance(found["p"], torch.nn.Parameter)
    assert found["n"] == [1, 2.5, None, "x", (True,)]
    assert found["s"] == torch.Size([2]) and found["d"] is torch.float32 and found["empty"].shape == (0, 3)
    torch.manual_seed(0)
    assert torch.equal(
        torch.nn.Linear(2, 1).weight, found["model"]["weight"]
    )  # the same seed gave the same weights there


class Evil:
    def __reduce__(self) -> Any:
        return (print, ("code ran",))


def test_a_file_that_would_run_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="only tensors"):
        torch.load(buffer)
    assert "code ran" not in capsys.readouterr().out


def test_a_tensor_beyond_its_storage_is_refused() -> None:
    from engine.serialization import _rebuild_tensor

    for size, stride, offset in (((5,), (1,), 0), ((2,), (1,), 3), ((2,), (-1,), 0), ((2, 2), (3, 1), 0)):
        with pytest.raises(pickle.UnpicklingError, match="beyond"):
            _rebuild_tensor(np.zeros(4, np.float32), offset, size, stride)


def test_what_is_no_file_of_ours_is_said() -> None:
    with pytest.raises(RuntimeError, match=r"no file of torch\.save"):
        torch.load(io.BytesIO(b"nothing"))
