"""This engine beside PyTorch: the same call gives the same values, dtypes, shapes and gradients, and fails with the same words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
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
        close = {"rtol": 5e-3, "atol": 2e-3} if rough or "16" in str(a.dtype) else {"rtol": 2e-4, "atol": 2e-5}
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
    for k in our_grads.keys() | their_grads.keys():
        if k in our_grads and k in their_grads:
            agree(our_grads[k], their_grads[k], f"gradient of {k}", rough)
        else:  # one engine says zero where the other says that nothing flows
            assert not (our_grads.get(k, their_grads.get(k))).numpy().any(), (
                f"gradient of {k} is there on one engine only"
            )


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
