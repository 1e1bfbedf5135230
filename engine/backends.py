"""``torch.backends``: switches that scripts set before they train.

Kept so that they can be read back; none changes anything here.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from engine.device import cuda_problem


class _Backend(ModuleType):
    """One backend's switches: a module, so that ``import torch.backends.cudnn as cudnn`` finds it."""

    def __init__(self, name: str, available: Any = lambda: False, **switches: Any) -> None:
        super().__init__(f"engine.backends.{name}")
        self.__dict__.update(switches)
        self.is_available = available
        self.is_built = available


def _cuda() -> bool:
    return cuda_problem() is None


cudnn = _Backend(
    "cudnn", _cuda, enabled=True, benchmark=False, deterministic=True, allow_tf32=False, version=lambda: None
)
cuda = _Backend("cuda", _cuda, matmul=_Backend("cuda.matmul", allow_tf32=False))
mps = _Backend("mps")
mkl = _Backend("mkl")
mkldnn = _Backend("mkldnn", enabled=False)
openmp = _Backend("openmp")
