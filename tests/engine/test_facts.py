"""Questions about tensors: the answers are PyTorch's."""

from __future__ import annotations

from typing import Any

import pytest

import engine

torch: Any = engine  # its names are bound when it is imported: no type checker knows them


def test_where_and_what_it_is() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    assert x.is_cpu
    assert not x.is_cuda
    assert not x.is_sparse
    assert x.get_device() == -1
    assert x.is_signed()
    assert not torch.ones(1, dtype=torch.uint8).is_signed()
    assert x.is_same_size(torch.zeros(2, 3))
    assert x.pin_memory() is x
    assert x[1:].storage_offset() == 3
    assert x[1, 1].storage_offset() == 4


def test_membership_and_truth() -> None:
    x = torch.tensor([1, 2, 3])
    assert 2 in x
    assert 5 not in x
    assert torch.is_nonzero(torch.tensor(0.5))
    with pytest.raises(RuntimeError, match="only supports Tensor or scalar"):
        assert "a" in x


def test_reversed_and_apply() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    assert reversed(x).tolist() == [3.0, 2.0, 1.0]
    assert x.apply_(lambda v: v * v) is x
    assert x.tolist() == [1.0, 4.0, 9.0]
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        torch.ones(2, requires_grad=True).apply_(abs)


def test_parts_of_real_and_complex_numbers() -> None:
    x = torch.tensor([1.0, 2.0])
    assert x.real is x
    with pytest.raises(RuntimeError, match="imag is not implemented for tensors with non-complex dtypes"):
        _ = x.imag
    z = torch.tensor([1 + 2j])
    assert z.real.tolist() == [1.0]
    assert z.imag.tolist() == [2.0]
