"""``torch.autograd``: gradients on demand, functions with a rule of their own, checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.autograd import functional, graph
from engine.autograd.anomaly import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from engine.autograd.check import GradcheckError, gradcheck, gradgradcheck
from engine.autograd.function import Function
from engine.backward import backward as _backward
from engine.backward import grad
from engine.mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from engine.tensor import Tensor


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Adds the gradients of the sum of ``tensors`` (each times its one of ``grad_tensors``) to the leaves' ``.grad``."""
    roots = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    seeds = grad_tensors if grad_tensors is not None else grad_variables
    given = (None,) * len(roots) if seeds is None else (seeds,) if isinstance(seeds, Tensor) else tuple(seeds)
    if len(given) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(given)} gradients")
    _backward(roots, given, retain_graph=retain_graph, create_graph=create_graph, inputs=inputs)


def Variable(data: Tensor, requires_grad: bool = False) -> Tensor:  # noqa: N802 - torch's name
    """What tensors with a history were called before PyTorch 0.4: the tensor itself, today."""
    return data.detach().requires_grad_() if requires_grad else data


__all__ = [
    "Function", "GradcheckError", "Variable", "backward", "detect_anomaly", "enable_grad", "functional", "grad",
    "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_anomaly_enabled", "is_grad_enabled", "no_grad",
    "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip
