"""``torch.autograd.gradcheck``: a function's gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import testing
from engine.tensor import Tensor


class GradcheckError(RuntimeError):
    """A gradient differs from its finite difference."""


def _run(order: int, function: Callable[..., Any], inputs: Any, options: dict[str, Any]) -> bool:
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    free = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not free:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    raises = options.pop("raise_exception", True)
    tolerances = {k: v for k, v in options.items() if k in ("eps", "atol", "rtol") and v is not None}

    def of_free(*xs: Any) -> Any:
        called = list(given)
        for i, x in zip(free, xs, strict=True):
            called[i] = x
        return function(*called)

    try:
        return testing.gradcheck(of_free, tuple(given[i].detach().double() for i in free), order=order, **tolerances)
    except AssertionError as error:
        if raises:
            raise GradcheckError(f"Jacobian mismatch: {error}") from None
        return False


def gradcheck(
    func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, **options: Any
) -> bool:
    """Whether the gradients of ``func`` agree with finite differences (along a random direction, in float64).

    Raises ``GradcheckError`` naming the numbers where they do not, unless ``raise_exception=False``.
    """
    return _run(1, func, inputs, {**options, "eps": eps, "atol": atol, "rtol": rtol})


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    **options: Any,
) -> bool:
    """:func:`gradcheck` of the gradients' own gradients."""
    return _run(2, func, inputs, {**options, "eps": eps, "atol": atol, "rtol": rtol})
