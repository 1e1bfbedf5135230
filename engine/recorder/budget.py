"""What a run may tell, at most. Past a budget the recorder thins, and says what it left out."""

from __future__ import annotations

from dataclasses import dataclass


class OutputLimit(BaseException):
    """The script printed more than its budget. Not an ``Exception``, so that ``except Exception`` does not hide it."""


class TimeLimit(BaseException):
    """The script's time is up; raised in it from outside, so that it ends at a line. Not an ``Exception`` either."""


@dataclass(frozen=True)
class Budget:
    """Limits of one recording."""

    ops: int = 200_000  #: op events; as they run out, only every 2nd, 4th, 8th ... page is told
    output: int = 1_000_000  #: printed characters; past it the script is stopped
    tensor_bytes: int = 64 << 20  #: bytes of large tensors kept for the inspector, in all
    one_tensor_bytes: int = 1 << 20  #: larger ones are only summarised
    whole: int = 16  #: tensors of up to this many elements travel whole, inside their event

    def stride(self, ops_told: int) -> int:
        """Every how-manieth page is told now: 1 up to half of the budget, 2 up to three quarters, and so on."""
        left = 1.0 - ops_told / self.ops
        stride = 1
        while left * stride <= 0.5 and stride < 1 << 20:
            stride *= 2
        return stride
