"""The recorder: an observer of the engine that tells a run as events of one schema."""

from __future__ import annotations

from engine.recorder.budget import Budget
from engine.recorder.run import record

__all__ = ["Budget", "record"]
