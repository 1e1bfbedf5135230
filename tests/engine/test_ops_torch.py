"""This engine answers as PyTorch does: values, dtypes, shapes, gradients, and the words of its errors (kept in golden/calls.json).

Where PyTorch is installed, every simple op is also asked about every pair of dtypes.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import engine
from engine.op import FUNCTIONS, Op
from tests import standin
from tests.engine.torch_calls import ERRORS, GOLDEN, HOST, LINES, LOOKING, answer, compute, flat, refusal, told

try:
    import torch as peer
except ImportError:
    peer = None

KEPT = json.loads(GOLDEN.read_text())


def agree(ours: Any, theirs: Any, what: str, rough: bool = False) -> None:
    """Compares two results as :func:`told` has them."""
    if isinstance(theirs, str):
        assert ours == theirs, what
        return
    assert ours["dtype"] == theirs["dtype"], what
    assert ours["shape"] == theirs["shape"], what
    rtol, atol = (5e-3, 2e-3) if rough else (2e-4, 2e-5)
    np.testing.assert_allclose(ours["values"], theirs["values"], rtol=rtol, atol=atol, err_msg=what)


def check(line: str, ours: dict[str, Any]) -> None:
    """Compares an answer with PyTorch's."""
    theirs, rough = KEPT["answers"][line], "half" in line
    assert len(ours["results"]) == len(theirs["results"])
    for k, (a, b) in enumerate(zip(ours["results"], theirs["results"], strict=True)):
        agree(a, b, f"result {k}", rough)
    mine, yours = ours["gradients"], theirs["gradients"]
    for k in mine.keys() | yours.keys():
        if k in mine and k in yours:
            agree(mine[k], yours[k], f"gradient of {k}", rough)
        else:  # one engine says zero where the other says that nothing flows
            assert not any((mine.get(k) or yours[k])["values"]), f"gradient of {k} is there on one engine only"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("line", LINES)
def test_the_same_as_pytorch(line: str) -> None:
    check(line, answer(*compute(engine, line)))


@pytest.mark.parametrize("line", [line for line in LINES if not any(word in line for word in HOST)])
def test_the_same_on_another_device(line: str) -> None:
    with standin.plugged_in() as gpu:
        engine.set_default_device("cuda")
        try:
            found = compute(engine, line, "cuda")
            waited = gpu.syncs
            check(line, answer(*found))
        finally:
            engine.set_default_device("cpu")
    assert waited == 0 or any(word in line for word in LOOKING), f"the host waited for the device {waited} times"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", ERRORS)
def test_the_same_error_as_pytorch(line: str) -> None:
    kind, text = KEPT["errors"][line]
    ours = refusal(engine, line)
    assert (ours[0], ours[1][: len(text)]) == (kind, text)


# ------------------------------------------------------------------------------------------------ every dtype with every other

KINDS = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
#: names of torch's that are one op here, of one or two inputs
SIMPLE: dict[str, Op] = {
    name: call.op
    for name, call in sorted(FUNCTIONS.items())
    if hasattr(call, "op")
    and not call.op.variadic
    and len(call.op.inputs) < 3
    and not name.endswith("_")
    and hasattr(peer, name)
}
#: where PyTorch has reasons of its own: (name, dtype of the first operand)
SET_ASIDE = {
    ("pow", "bool"), ("square", "bool"),  # int64 in PyTorch, what NumPy has here
    ("bitwise_left_shift", "bool"), ("bitwise_right_shift", "bool"),
    ("all", "uint8"), ("any", "uint8"),  # uint8 in PyTorch, from before it had bool
}  # fmt: skip


def operand(kind: str, shape: tuple[int, ...], seed: int) -> Any:
    whole = np.random.default_rng(seed).integers(1, 4, shape)
    return np.asarray(whole * 0.3 if kind.startswith("float") else whole).astype(kind)


def operands(count: int) -> Any:
    """Operands of every dtype; for two also with and without dimensions, and Python numbers."""
    for first in KINDS:
        if count == 1:
            yield first, [operand(first, (2, 2), 1)]
            yield first, [operand(first, (), 1)]
            continue
        for second in KINDS:
            for one, other in (((2,), (2,)), ((2,), ()), ((), (2,))):
                yield first, [operand(first, one, 1), operand(second, other, 2)]
        for number in (True, 2, 1.5):
            yield first, [operand(first, (2,), 1), number]


@pytest.mark.skipif(peer is None, reason="PyTorch is not installed here")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SIMPLE)
def test_dtypes_mix_as_in_pytorch(name: str) -> None:
    for first, given in operands(len(SIMPLE[name].inputs)):
        if (name, first) in SET_ASIDE or (name == "bincount" and len(given) > 1):
            continue
        try:
            theirs = getattr(peer, name)(
                *(peer.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a for a in given)
            )
        except (RuntimeError, TypeError, NotImplementedError, IndexError):
            continue
        ours = getattr(engine, name)(*(engine.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a for a in given))
        asked = [f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else a for a in given]
        for a, b in zip(flat(ours), flat(theirs), strict=True):
            agree(told(a), told(b), f"{name}{asked}", rough="float16" in str(asked))
