"""``torch.nn.parallel``, for scripts that name it: everything runs on one device."""

from __future__ import annotations

from typing import Any

from engine.nn.module import Module


class DataParallel(Module):
    """Holds a module as ``.module`` and calls it: batches are not divided."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids or [], output_device, dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)
