"""A script to run, and what it may record: what a child reads before it starts."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.recorder import Budget

Mode = Literal["dynamic", "static"]


class Allowance(msgspec.Struct, frozen=True):
    """What one run may tell; past it the recorder thins, and says so."""

    ops: int = Budget.ops
    output: int = Budget.output  #: characters printed
    tensor_bytes: int = Budget.tensor_bytes

    def build(self) -> Budget:
        return Budget(ops=self.ops, output=self.output, tensor_bytes=self.tensor_bytes)


class Job(msgspec.Struct):
    """A script to run."""

    code: str
    device: str = "cpu"
    filename: str = "<script>"
    arguments: list[str] = []
    budget: Allowance = Allowance()
    mode: Mode = "dynamic"  #: build the graph anew on each pass; build it once and replay it
