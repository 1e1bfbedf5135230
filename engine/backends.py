"""``torch.backends``: switches that scripts set before they train. Kept so that they can be read back; none changes anything here."""

from __future__ import annotations

from typing import Any

from engine.device import cuda_problem


class _Backend:
    """One backend's switches."""

    def __init__(self, available: Any = lambda: False, **switches: Any) -> None:
        self.__dict__.update(switches)
        self.is_available = available
        self.is_built = available


cudnn = _Backend(
    lambda: cuda_problem() is None, enabled=True, benchmark=False, deterministic=True, allow_tf32=False, version=lambda: None
)
cuda = _Backend(lambda: cuda_problem() is None, matmul=_Backend(allow_tf32=False))
mps = _Backend()
mkl = _Backend()
mkldnn = _Backend(enabled=False)
openmp = _Backend()
