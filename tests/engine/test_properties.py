"""Broadcasting, indexing and dtype mixing, on inputs that Hypothesis makes up: NumPy's results, PyTorch's dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import engine
from engine import dtypes

torch: Any = engine  # its names are bound when it is imported: no type checker knows them

settings.register_profile(
    "ops", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("ops")

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def numbers(shape: tuple[int, ...]) -> Any:
    """Distinct float64 numbers."""
    return np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)


# ------------------------------------------------------------------------------------------------ broadcasting


@given(hnp.mutually_broadcastable_shapes(num_shapes=3, min_dims=0, max_dims=4, min_side=0, max_side=3))
def test_broadcasting_is_numpys_and_gradients_fold_back(shapes: Any) -> None:
    arrays = [numbers(s) for s in shapes.input_shapes]
    a, b, c = (torch.tensor(x, requires_grad=True) for x in arrays)
    y = a * b + c
    expected = arrays[0] * arrays[1] + arrays[2]
    assert tuple(y.shape) == shapes.result_shape
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    y.sum().backward()
    whole = np.broadcast_shapes(*shapes.input_shapes)
    for leaf, slope in ((a, arrays[1]), (b, arrays[0]), (c, np.ones(()))):
        assert leaf.grad is not None
        assert leaf.grad.shape == leaf.shape
        np.testing.assert_allclose(leaf.grad.numpy(), folded(np.broadcast_to(slope, whole), tuple(leaf.shape)))


def folded(x: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes along which ``shape`` was broadcast."""
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + d for d, n in enumerate(shape) if n == 1 and x.shape[lead + d] != 1)
    return x.sum(axis=axes, keepdims=True).reshape(shape)


@given(SHAPES, SHAPES)
def test_shapes_that_do_not_fit_are_refused_in_torchs_words(a: Any, b: Any) -> None:
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(
            RuntimeError, match=r"The size of tensor a \(\d\) must match the size of tensor b \(\d\) at non-singleton"
        ):
            torch.zeros(a) + torch.zeros(b)
    else:
        assert tuple((torch.zeros(a) + torch.zeros(b)).shape) == expected


# ------------------------------------------------------------------------------------------------ indexing


@st.composite
def indexed(draw: Any, advanced: bool) -> tuple[tuple[int, ...], Any]:
    """A shape and an index that fits it: ints, slices, None, ... and, where asked for, integer arrays or a mask."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    key = draw(hnp.basic_indices(shape, max_dims=6, allow_newaxis=True, allow_ellipsis=True))
    parts = key if isinstance(key, tuple) else (key,)
    steps = [slice(p.start, p.stop, 1) if isinstance(p, slice) and (p.step or 1) < 0 else p for p in parts]
    if advanced:
        if draw(st.booleans()):
            return shape, draw(hnp.arrays(bool, shape[: draw(st.integers(1, len(shape)))]))
        index = draw(
            hnp.arrays(
                np.int64, draw(hnp.array_shapes(max_dims=2, max_side=3)), elements=st.integers(-shape[0], shape[0] - 1)
            )
        )
        return shape, (index,)
    return shape, tuple(steps)


def as_key(key: Any) -> Any:
    """The index with tensors for arrays."""
    if isinstance(key, tuple):
        return tuple(as_key(part) for part in key)
    return torch.tensor(key) if isinstance(key, np.ndarray) else key


@given(st.booleans().flatmap(lambda advanced: indexed(advanced)))
def test_indexing_is_numpys(made: Any) -> None:
    shape, key = made
    array = numbers(shape)
    x = torch.tensor(array, requires_grad=True)
    expected = array[key]
    y = x[as_key(key)]
    assert tuple(y.shape) == np.shape(expected)
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    (y * y).sum().backward()  # each element's gradient: twice itself, as often as it was picked
    picked = np.zeros(shape)
    np.add.at(picked, key, 2 * expected)
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), picked)


@given(st.booleans().flatmap(lambda advanced: indexed(advanced)))
def test_assignment_is_numpys(made: Any) -> None:
    shape, key = made
    array = numbers(shape)
    x = torch.tensor(array)
    array[key] = -1.0
    x[as_key(key)] = -1.0
    np.testing.assert_array_equal(x.numpy(), array)
    assert x._version == 1


@given(indexed(advanced=False))
def test_ints_and_slices_make_views(made: Any) -> None:
    shape, key = made
    x = torch.tensor(numbers(shape))
    y = x[as_key(key)]
    y.zero_()
    touched = numbers(shape)
    touched[key] = 0
    np.testing.assert_array_equal(x.numpy(), touched)


@given(SHAPES, st.data())
def test_moving_axes_and_back(shape: Any, data: Any) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    array = numbers(shape)
    x = torch.tensor(array)
    turned = x.permute(*order) if order else x
    np.testing.assert_array_equal(turned.numpy(), array.transpose(order))
    back = turned.permute(*np.argsort(order).tolist()) if order else turned
    np.testing.assert_array_equal(back.numpy(), array)
    assert tuple(x.flatten().shape) == (array.size,)
    np.testing.assert_array_equal(x.reshape(-1).numpy(), array.reshape(-1))


@given(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5), st.data())
def test_taking_apart_and_putting_together(shape: Any, data: Any) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    size = data.draw(st.integers(1, 6))
    x = torch.tensor(numbers(shape))
    assert torch.equal(torch.cat(x.split(size, dim), dim), x)
    assert torch.equal(torch.stack(x.unbind(dim), dim), x)
    assert torch.equal(torch.cat(x.chunk(size, dim), dim), x)
    assert torch.equal(torch.cat(x.tensor_split(size, dim), dim), x)


@given(hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=3), st.booleans(), st.data())
def test_reductions_are_numpys(shape: Any, keepdim: bool, data: Any) -> None:
    dims = data.draw(st.lists(st.sampled_from(range(len(shape))), unique=True)) if shape else []
    axes = tuple(dims) or None
    array = np.sin(numbers(shape))
    x = torch.tensor(array)
    for ours, theirs in (
        ("sum", "sum"),
        ("mean", "mean"),
        ("amax", "max"),
        ("amin", "min"),
        ("all", "all"),
        ("any", "any"),
    ):
        expected = getattr(np, theirs)(array, axis=axes, keepdims=keepdim)
        found = getattr(x, ours)(dims, keepdim)
        assert tuple(found.shape) == np.shape(expected)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


# ------------------------------------------------------------------------------------------------ mixing dtypes

KINDS = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
#: PyTorch 2.13: the dtype of a product, row by row; both operands with dimensions
BOTH = """
bool uint8 int8 int16 int32 int64 float16 float32 float64
uint8 uint8 int16 int16 int32 int64 float16 float32 float64
int8 int16 int8 int16 int32 int64 float16 float32 float64
int16 int16 int16 int16 int32 int64 float16 float32 float64
int32 int32 int32 int32 int32 int64 float16 float32 float64
int64 int64 int64 int64 int64 int64 float16 float32 float64
float16 float16 float16 float16 float16 float16 float16 float32 float64
float32 float32 float32 float32 float32 float32 float32 float32 float64
float64 float64 float64 float64 float64 float64 float64 float64 float64
"""
#: the second operand without dimensions
WITH_NUMBER_TENSOR = """
bool uint8 int8 int16 int32 int64 float16 float32 float64
uint8 uint8 uint8 uint8 uint8 uint8 float16 float32 float64
int8 int8 int8 int8 int8 int8 float16 float32 float64
int16 int16 int16 int16 int16 int16 float16 float32 float64
int32 int32 int32 int32 int32 int32 float16 float32 float64
int64 int64 int64 int64 int64 int64 float16 float32 float64
float16 float16 float16 float16 float16 float16 float16 float16 float16
float32 float32 float32 float32 float32 float32 float32 float32 float32
float64 float64 float64 float64 float64 float64 float64 float64 float64
"""
#: the second operand a Python bool, int or float
WITH_PYTHON = """
bool int64 float32
uint8 uint8 float32
int8 int8 float32
int16 int16 float32
int32 int32 float32
int64 int64 float32
float16 float16 float16
float32 float32 float32
float64 float64 float64
"""


def ones(kind: str, shape: tuple[int, ...]) -> Any:
    return torch.ones(shape, dtype=getattr(torch, kind))


def table(text: str) -> list[tuple[str, int, str]]:
    rows = text.split("\n")[1:-1]
    return [(kind, k, want) for kind, row in zip(KINDS, rows, strict=True) for k, want in enumerate(row.split())]


@pytest.mark.parametrize(("kind", "other", "want"), table(BOTH))
def test_two_tensors_mix_as_in_torch(kind: str, other: int, want: str) -> None:
    a, b = ones(kind, (2,)), ones(KINDS[other], (2,))
    assert (a * b).dtype is (b * a).dtype is dtypes.of(want)
    assert torch.where(torch.tensor([True, False]), a, b).dtype is dtypes.of(want)
    assert torch.cat([a, b]).dtype is dtypes.of(want)


@pytest.mark.parametrize(("kind", "other", "want"), table(WITH_NUMBER_TENSOR))
def test_a_tensor_without_dimensions_gives_way(kind: str, other: int, want: str) -> None:
    a, b = ones(kind, (2,)), ones(KINDS[other], ())
    assert (a * b).dtype is (b * a).dtype is dtypes.of(want)


@pytest.mark.parametrize(("kind", "other", "want"), table(WITH_PYTHON))
def test_a_python_number_gives_way(kind: str, other: int, want: str) -> None:
    for shape in ((2,), ()):
        a = ones(kind, shape)
        number = (True, 2, 2.5)[other]
        assert (a * number).dtype is (number * a).dtype is dtypes.of(want)


@given(st.sampled_from(KINDS[:6]))
def test_functions_of_real_numbers_lift_integers_to_the_default(kind: str) -> None:
    x = ones(kind, (3,))
    for name in ("exp", "sqrt", "sin", "sigmoid", "log"):
        assert getattr(torch, name)(x).dtype is torch.float32
    assert (x / x).dtype is torch.float32
    assert x.sum().dtype is torch.int64
