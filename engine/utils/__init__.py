"""``torch.utils``."""

from __future__ import annotations

from engine.utils import data

__all__ = ["data"]
