"""Running a user's script bare: no recorder, full speed."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from engine import torch_names


def execute(path: str, argv: list[str] | None = None, device: str = "cpu") -> None:
    """Runs the file as ``__main__`` with ``import torch`` meaning this engine.

    ``argv`` are the script's own arguments. Whatever the script raises, ``SystemExit`` included, is raised.
    """
    import engine

    kept = sys.argv, sys.path[:]
    sys.argv = [path, *(argv or [])]
    sys.path.insert(0, str(Path(path).resolve().parent))
    engine.set_default_device(device)
    try:
        with torch_names.installed():
            runpy.run_path(path, run_name="__main__")
    finally:
        sys.argv, sys.path[:] = kept
        engine.set_default_device("cpu")
