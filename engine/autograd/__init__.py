"""``torch.autograd``: gradients on demand, functions with a rule of your own, checks."""

from __future__ import annotations

from engine.backward import backward as _run_backward, grad
from engine.mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]
