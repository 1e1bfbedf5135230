"""Running a user's script bare: no recorder, full speed."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType

from engine import torch_names


def compile_source(source: str, filename: str, tree: ast.Module | None = None) -> CodeType:
    """The script's code; ``tree`` is what to compile where it is not the source's own. Tracebacks will show the source's lines.

    Raises ``SyntaxError``.
    """
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return compile(source if tree is None else tree, filename, "exec", dont_inherit=True)


@contextmanager
def as_main(filename: str, argv: list[str]) -> Iterator[ModuleType]:
    """A fresh ``__main__`` with the script's name and arguments; the former one comes back after the block."""
    module = ModuleType("__main__")
    module.__dict__["__file__"] = filename
    kept = sys.modules.get("__main__"), sys.argv
    sys.modules["__main__"] = module
    sys.argv = argv
    try:
        yield module
    finally:
        if kept[0] is not None:
            sys.modules["__main__"] = kept[0]
        sys.argv = kept[1]


def execute(path: str, argv: list[str] | None = None, device: str = "cpu") -> None:
    """Runs the file as ``__main__`` with ``import torch`` meaning this engine.

    ``argv`` are the script's own arguments. Whatever the script raises, ``SystemExit`` included, is raised.
    """
    import engine

    source = Path(path).read_text(encoding="utf-8")
    code = compile_source(source, path)
    kept = sys.path[:]
    sys.path.insert(0, str(Path(path).resolve().parent))
    try:
        engine.set_default_device(device)
        with as_main(path, [path, *(argv or [])]) as module, torch_names.installed():
            exec(code, module.__dict__)
    finally:
        sys.path[:] = kept
        engine.set_default_device("cpu")
