"""Keeps what PyTorch prints for each program beside it: ``python tests/programs/keep.py`` where PyTorch is installed.

Numbers of ``randn`` differ in their last bits between processors; those kept here are of one with AVX2.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def printed(program: Path) -> str:
    """What the program prints with the PyTorch of this Python."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)], capture_output=True, text=True, cwd="/", check=True
    )
    return done.stdout


def programs() -> list[Path]:
    """Every program of the corpus."""
    return sorted(p for folder in ("tutorials", "exact") for p in (FOLDER / folder).glob("*.py"))


if __name__ == "__main__":
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or programs()
    for program in chosen:
        program.with_suffix(".txt").write_text(printed(program), encoding="utf-8")
        print(program.stem)
