"""Define and run: a function captured once as a program of op rows, checked, improved, replayed with new feeds, saved."""

from engine.program.capture import capture
from engine.program.program import Program
from engine.program.rows import CaptureError, GuardError

__all__ = ["CaptureError", "GuardError", "Program", "capture"]
