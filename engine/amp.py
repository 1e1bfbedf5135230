"""``torch.amp``: mixed precision.

Here everything is computed in the tensors' own dtype; scripts that ask for less run all the same.
"""

from __future__ import annotations

from typing import Any

from engine.mode import _Switch
from engine.notes import note


class autocast(_Switch):  # noqa: N801 - torch's name
    """Full precision inside the block. Says so once."""

    def __init__(
        self, device_type: str = "cuda", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        super().__init__()
        if enabled:
            note("autocast: this engine computes in full precision; the block runs in the tensors' own dtype.")

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class GradScaler:
    """Scales nothing: gradients of full precision do not underflow."""

    def __init__(self, device: str = "cuda", **_: Any) -> None:
        self.device = device

    def scale(self, loss: Any) -> Any:
        return loss

    def step(self, optimizer: Any, *args: Any) -> Any:
        return optimizer.step(*args)

    def update(self, new_scale: Any = None) -> None: ...

    def unscale_(self, optimizer: Any) -> None: ...

    def get_scale(self) -> float:
        return 1.0

    def is_enabled(self) -> bool:
        return False

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...
