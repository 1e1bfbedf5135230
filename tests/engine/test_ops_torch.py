"""This engine beside PyTorch: the same call gives the same values, dtypes, shapes and gradients, and fails with the same words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.op import FUNCTIONS, Op
from tests.engine.torch_calls import ERRORS, LINES, numbers

peer = pytest.importorskip("torch", reason="PyTorch is not installed here: nothing to compare with")
NUMBERS = numbers()


def run(torch: Any, line: str) -> tuple[list[Any], dict[str, Any]]:
    """What a line gives: its results one after another, and the gradients of their weighted sum by name of input."""
    names = {k: torch.from_numpy(np.array(a)) for k, a in NUMBERS.items()}
    leaves = {k: x.requires_grad_() for k, x in names.items() if x.dtype.is_floating_point}
    *statements, expression = line.split("; ")
    scope = {"torch": torch, "np": np, **names}
    for statement in statements:
        exec(statement, scope)
    results = list(flat(eval(expression, scope)))
    ends = [y for y in results if isinstance(y, torch.Tensor) and y.requires_grad]
    if not ends:
        return results, {}
    total = sum(
        (y.double() * torch.from_numpy(np.cos(np.arange(y.numel()) + 1.0)).reshape(y.shape)).sum() for y in ends
    )
    grads = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    return results, {k: g for k, g in zip(leaves, grads, strict=True) if g is not None}


def flat(result: Any) -> Any:
    """Tensors and plain values, one after another."""
    if isinstance(result, (tuple, list)) and not hasattr(result, "numel"):
        for part in result:
            yield from flat(part)
    elif hasattr(result, "numel") and isinstance(result, tuple):
        yield tuple(result)
    else:
        yield result


def agree(ours: Any, theirs: Any, what: str, rough: bool) -> None:
    if hasattr(theirs, "detach"):
        a, b = ours.detach(), theirs.detach()
        assert str(a.dtype) == str(b.dtype), f"{what}: dtype {a.dtype}, PyTorch {b.dtype}"
        assert tuple(a.shape) == tuple(b.shape), f"{what}: shape {tuple(a.shape)}, PyTorch {tuple(b.shape)}"
        close: dict[str, Any] = (
            {"rtol": 5e-3, "atol": 2e-3} if rough or "16" in str(a.dtype) else {"rtol": 2e-4, "atol": 2e-5}
        )
        np.testing.assert_allclose(a.numpy(), b.numpy(), **close, err_msg=what)
    else:
        assert str(ours) == str(theirs), what


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", LINES)
def test_the_same_as_pytorch(line: str) -> None:
    theirs, their_grads = run(peer, line)
    ours, our_grads = run(engine, line)
    assert len(ours) == len(theirs)
    rough = ".half()" in line
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        agree(a, b, f"result {k}", rough)
    for name in our_grads.keys() | their_grads.keys():
        if name in our_grads and name in their_grads:
            agree(our_grads[name], their_grads[name], f"gradient of {name}", rough)
        else:  # one engine says zero where the other says that nothing flows
            only = our_grads[name] if name in our_grads else their_grads[name]
            assert not only.numpy().any(), f"gradient of {name} is there on one engine only"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", ERRORS)
def test_the_same_error_as_pytorch(line: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whichever PyTorch raises
        run(peer, line)
    builtin = next(kind for kind in type(theirs.value).__mro__ if kind.__module__ == "builtins")
    with pytest.raises(builtin) as ours:
        run(engine, line)
    text = str(theirs.value).splitlines()[0].rstrip(".")[:40]
    assert str(ours.value)[: len(text)] == text


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
        told = [f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else a for a in given]
        for a, b in zip(flat(ours), flat(theirs), strict=True):
            agree(a, b, f"{name}{told}", rough="float16" in str(told))
