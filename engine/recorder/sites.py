"""Where in the script an op was written: frames → interned sites, with the source's own words.

Python 3.11 knows the columns of every instruction, so a site is an expression, not just a line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from engine.recorder.schema import Event, Site

_TEXT = 80  #: characters of source that a site carries
Span = tuple[int, int, int, int]  #: line, column, end line, end column (columns in UTF-8 bytes, as Python counts)


#: what a script calls to go backward
_BACK = {"backward", "grad", "jacobian", "hessian", "vjp", "gradients", "minimize", "compute_gradients"}


class Source:
    """What the script's text says about its own places."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.lines = text.splitlines()
        self.targets: dict[Span, str] = {}
        self.loops: list[tuple[int, int]] = []
        self.goes_back = False  #: the script calls ``backward`` or ``grad`` somewhere
        for node in ast.walk(tree):
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.targets[span(node.value)] = ast.unparse(node.targets[0])
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.targets[span(node.value)] = ast.unparse(node.target)
        elif isinstance(node, ast.AugAssign):
            self.targets[span(node)] = ast.unparse(node.target)
        elif isinstance(node, ast.For):  # what it iterates over is computed before the loop
            self.loops.append((node.body[0].lineno, node.end_lineno or node.lineno))
        elif isinstance(node, ast.While):
            self.loops.append((node.lineno, node.end_lineno or node.lineno))
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            self.goes_back |= called in _BACK

    def in_loop(self, line: int) -> bool:
        """Whether the line is inside a ``for`` or ``while`` statement."""
        return any(first <= line <= last for first, last in self.loops)

    def text(self, at: Span) -> str:
        """The source of a span, on one line and shortened."""
        line, col, end_line, end_col = at
        if not 1 <= line <= len(self.lines):
            return ""
        rows = [row.encode() for row in self.lines[line - 1 : end_line]]
        if len(rows) == 1:
            found = rows[0][col:end_col]
        else:
            found = b" ".join([rows[0][col:], *(row.strip() for row in rows[1:-1]), rows[-1][:end_col].strip()])
        text = found.decode(errors="replace")
        return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"

    def column(self, line: int, offset: int) -> int:
        """A UTF-8 offset in a line as a number of characters."""
        if not 1 <= line <= len(self.lines):
            return offset
        row = self.lines[line - 1]
        return offset if row.isascii() else len(row.encode()[:offset].decode(errors="ignore"))


def span(node: Any) -> Span:
    """Where a syntax node stands."""
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


class Sites:
    """Hands out site numbers and tells each new site once."""

    def __init__(self, filename: str, source: Source, tell: Callable[[Event], None]) -> None:
        self.filename = filename
        self.source = source
        self._tell = tell
        self._known: dict[tuple[CodeType, Span, int | None], int] = {}
        self._by_path: dict[tuple[Any, ...], int] = {}
        self._positions: dict[CodeType, list[Any]] = {}

    def frames(self, start: FrameType | None) -> list[FrameType]:
        """The script's own frames from ``start`` outwards, innermost first."""
        found = []
        filename = self.filename
        frame = start
        while frame is not None:
            if frame.f_code.co_filename == filename:
                found.append(frame)
            frame = frame.f_back
        return found

    def at(self, frames: list[FrameType]) -> int | None:
        """The site of the innermost frame, with the others as its call path."""
        path = tuple([(f.f_code, f.f_lasti) for f in frames])
        known = self._by_path.get(path)
        if known is not None:
            return known
        parent: int | None = None
        for frame in reversed(frames):
            parent = self._intern(frame, parent)
        if parent is not None:
            self._by_path[path] = parent
        return parent

    def position(self, frame: FrameType) -> Span:
        """The span that a frame is executing."""
        code = frame.f_code
        positions = self._positions.get(code)
        if positions is None:
            positions = self._positions[code] = list(code.co_positions())
        line, end_line, col, end_col = positions[frame.f_lasti // 2]
        line = line or frame.f_lineno
        return line, col or 0, end_line or line, end_col or 0

    def _intern(self, frame: FrameType, parent: int | None) -> int:
        at = self.position(frame)
        key = (frame.f_code, at, parent)
        known = self._known.get(key)
        if known is not None:
            return known
        number = self._known[key] = len(self._known) + 1
        line, col, end_line, end_col = at
        self._tell(
            Site(
                site=number,
                line=line,
                col=self.source.column(line, col),
                end_line=end_line,
                end_col=self.source.column(end_line, end_col),
                function=frame.f_code.co_name,
                parent=parent,
                text=self.source.text(at),
                target=self.source.targets.get(at),
            )
        )
        return number
