"""Define and run: a function captured once as a program of op rows, checked, improved, replayed with new feeds."""

from engine.program.capture import capture
from engine.program.check import check, check_types
from engine.program.passes import optimized
from engine.program.program import Program
from engine.program.rows import CaptureError, GuardError

__all__ = ["CaptureError", "GuardError", "Program", "capture", "check", "check_types", "optimized"]
