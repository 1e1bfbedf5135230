"""What holds for every shape, index and dtype: broadcasting, views, indexing, promotion. NumPy is the judge where it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import engine
from engine import dtypes
from engine.backward import grad
from engine.ops.shape import sum_to
from engine.tensor import Tensor

torch: Any = engine
few = settings(max_examples=60, deadline=None)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
PAIRS = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4)


def numbers(shape: tuple[int, ...]) -> Any:
    """Different numbers in this shape, float64."""
    return (np.arange(int(np.prod(shape)), dtype=np.float64) * 0.7 - 2).reshape(shape)


def leaf(shape: tuple[int, ...]) -> Any:
    return torch.tensor(numbers(shape), requires_grad=True)


@few
@given(PAIRS)
def test_broadcasting_gives_numpys_shape_and_gradients_of_the_inputs_shapes(shapes: Any) -> None:
    a, b = (leaf(s) for s in shapes.input_shapes)
    for y in (a + b, a - b, a * b, torch.maximum(a, b), torch.where(a > b, a, b)):
        assert y.shape == shapes.result_shape
        for x, g in zip((a, b), grad(y.sum(), (a, b)), strict=True):
            assert g.shape == x.shape
            assert g.dtype == x.dtype


@few
@given(PAIRS)
def test_summing_undoes_broadcasting(shapes: Any) -> None:
    small, result = shapes.input_shapes[0], shapes.result_shape
    x = leaf(small)
    spread = x.expand(result)
    assert sum_to(torch.ones(result), small).shape == small
    (g,) = grad(spread.sum(), x)
    assert (g.data_ == spread.numel() / max(x.numel(), 1)).all()


@few
@given(st.data())
def test_basic_indexing_is_numpys_and_a_view(data: Any) -> None:
    array = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)))
    key = data.draw(hnp.basic_indices(array.shape, allow_newaxis=True, allow_ellipsis=True).filter(_forwards))
    x = torch.tensor(array)
    found = x[key]
    np.testing.assert_array_equal(found.numpy(), array[key])
    with torch.no_grad():
        found += 100.0
    expected = array.copy()
    expected[key] += 100.0
    np.testing.assert_array_equal(x.numpy(), expected)
    assert x._version == found._version == 1


def _forwards(key: Any) -> bool:
    """Whether no slice runs backwards: torch has no negative steps."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(not isinstance(p, slice) or p.step is None or p.step > 0 for p in parts)


@few
@given(st.data())
def test_integer_indexing_is_numpys_and_its_gradient_counts_the_picks(data: Any) -> None:
    array = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)))
    key = data.draw(
        hnp.integer_array_indices(array.shape, result_shape=hnp.array_shapes(min_dims=1, max_dims=2, max_side=3))
    )
    x = torch.tensor(array, requires_grad=True)
    y = x[tuple(torch.tensor(k) for k in key)]
    np.testing.assert_array_equal(y.detach().numpy(), array[key])
    (g,) = grad(y.sum(), x)
    picks = np.zeros(array.shape)
    np.add.at(picks, key, 1.0)
    np.testing.assert_array_equal(g.numpy(), picks)


@few
@given(st.data())
def test_a_mask_picks_and_writes_as_numpys(data: Any) -> None:
    array = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)))
    mask = data.draw(hnp.arrays(bool, array.shape))
    x = torch.tensor(array, requires_grad=True)
    y = x.clone()
    np.testing.assert_array_equal(y[torch.tensor(mask)].detach().numpy(), array[mask])
    y[torch.tensor(mask)] = 0.0
    np.testing.assert_array_equal(y.detach().numpy(), np.where(mask, 0.0, array))
    (g,) = grad(y.sum(), x)
    np.testing.assert_array_equal(g.numpy(), ~mask)


@few
@given(st.data())
def test_reductions_are_numpys(data: Any) -> None:
    array = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)))
    dims = data.draw(st.lists(st.integers(-array.ndim, array.ndim - 1), max_size=2, unique_by=lambda d: d % array.ndim))
    axes, keep = tuple(dims) or None, data.draw(st.booleans())
    x = torch.tensor(array)
    for name in ("sum", "mean", "amax", "amin"):
        expected = getattr(np, name)(array, axis=axes, keepdims=keep)
        np.testing.assert_allclose(getattr(torch, name)(x, dim=dims, keepdim=keep).numpy(), expected, err_msg=name)


@few
@given(st.data())
def test_turning_there_and_back_is_the_identity(data: Any) -> None:
    x = leaf(data.draw(SHAPES))
    order = data.draw(st.permutations(range(x.ndim)))
    back = np.argsort(order).tolist() if order else []
    y = x.permute(order).permute(back).reshape(-1).reshape(x.shape)
    np.testing.assert_array_equal(y.detach().numpy(), x.detach().numpy())
    (g,) = grad((y * y).sum(), x)
    np.testing.assert_allclose(g.numpy(), 2 * x.detach().numpy())


@few
@given(st.data())
def test_parts_put_together_again_are_the_whole(data: Any) -> None:
    x = leaf(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5)))
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for parts in (x.chunk(2, dim), x.split(2, dim), torch.tensor_split(x, 3, dim)):
        assert torch.equal(torch.cat(parts, dim), x)
    assert torch.equal(torch.stack(x.unbind(dim), dim), x)
    (g,) = grad(torch.cat(x.split(1, dim), dim).sum(), x)
    assert (g.data_ == 1).all()


#: operands as a user has them: tensors with and without dimensions, and Python numbers
KINDS = [dtypes.bool_, dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64]
OPERANDS = st.one_of(
    st.tuples(st.sampled_from(KINDS), st.sampled_from([(), (2,)])).map(lambda k: torch.ones(k[1], dtype=k[0])),
    st.sampled_from([True, 2, 1.5]),
)


@few
@given(OPERANDS, OPERANDS)
def test_promotion_is_the_same_both_ways(a: Any, b: Any) -> None:
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        return
    kinds = {op(x, y).dtype for op in (torch.add, torch.mul) for x, y in ((a, b), (b, a))}
    assert len(kinds) == 1
    (kind,) = kinds
    categories = [dtypes.category(x.data_ if isinstance(x, Tensor) else x) for x in (a, b)]
    assert kind.category == max(categories)
    for x in (a, b):  # a tensor with dimensions is never made smaller within its category
        if isinstance(x, Tensor) and x.ndim and x.dtype.category == kind.category and kind.category:
            assert kind.itemsize >= x.dtype.itemsize


@few
@given(SHAPES, st.sampled_from([dtypes.float32, dtypes.float64]))
def test_gradients_have_their_leafs_dtype(shape: Any, kind: Any) -> None:
    x = torch.tensor(numbers(shape), dtype=kind, requires_grad=True)
    other = torch.tensor(numbers(shape), dtype=dtypes.float64)
    (g,) = grad((x * other).sum(), x)
    assert g.dtype is kind
    assert g.shape == x.shape
