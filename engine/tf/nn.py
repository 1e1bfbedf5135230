"""``tf.nn``."""

from __future__ import annotations

from typing import Any

from engine.tf.math import NN
from engine.tf.missing import missing

globals().update(NN)


def __getattr__(name: str) -> Any:
    raise missing("tf.nn", name, NN)
