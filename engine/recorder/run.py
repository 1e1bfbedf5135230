"""Running a script under the recorder."""

from __future__ import annotations

import ast
import io
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine import notes, observe
from engine.program.loops import HOOK as STATIC
from engine.program.loops import Static
from engine.recorder import schema as s
from engine.recorder.branches import HOOK, Instrument
from engine.recorder.budget import Budget, OutputLimit
from engine.recorder.hints import hint
from engine.recorder.pipe import Sink
from engine.recorder.recorder import Recorder
from engine.recorder.sites import Sites, Source
from engine.recorder.writer import Writer
from engine.script import as_main, compile_source


def record(
    source: str,
    *,
    sink: Sink,
    device: str = "cpu",
    filename: str = "<script>",
    budget: Budget | None = None,
    argv: list[str] | None = None,
    static: bool = False,
) -> int:
    """Runs a script as ``__main__`` and tells ``sink`` every event but ``end``.

    ``import torch`` in the script means this engine; new tensors are made on ``device``. Returns the script's exit
    status as Python gives it: 0 when it came to its end, what it told ``sys.exit``, else 1. Never raises for anything
    the script does. ``static``: the body of its training loop is captured in the first pass and replayed in the later ones.
    """
    import engine
    from engine import torch_names

    writer = Writer(sink)
    writer.event(s.Start(schema=s.SCHEMA_VERSION, device=device, engine=engine.__version__))
    writer.flush()  # viewers see at once that it runs
    try:
        tree = ast.parse(source, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as broken:
        writer.event(_syntax_error(broken))
        writer.close()
        return 1
    notes.forget()
    instrument = Instrument()
    text = Source(source, tree)
    recorder = Recorder(writer, text, filename, budget or Budget(), instrument.tests)
    error: BaseException | None = None
    with (
        as_main(filename, argv if argv is not None else [filename]) as module,
        _streams(recorder),
        torch_names.installed(),
    ):
        module.__dict__[HOOK] = recorder.decide
        observe.attach(recorder)
        try:
            engine.set_default_device(device)
            code = instrument.visit(tree)
            if static:
                loops = module.__dict__[STATIC] = Static(tree, filename)
                code = loops.visit(code)
            exec(compile_source(source, filename, code), module.__dict__)
            if static:
                loops.finish()
        except SystemExit as exit:
            error = None if exit.code in (None, 0) else exit
        except BaseException as raised:
            error = raised
        finally:
            observe.detach(recorder)
            engine.set_default_device("cpu")
    recorder.finish(failed=error is not None)
    if error is not None:
        writer.event(_error(error, recorder))
    writer.close()
    return _exit_status(error)


def _exit_status(error: BaseException | None) -> int:
    if error is None:
        return 0
    code = error.code if isinstance(error, SystemExit) else 1
    return code & 0xFF or 1 if isinstance(code, int) else 1


class _Stream(io.TextIOBase):
    """``sys.stdout`` of a script: what is printed becomes events."""

    encoding = "utf-8"

    def __init__(self, recorder: Recorder, name: s.Stream) -> None:
        self._recorder, self._name = recorder, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._recorder.output(self._name, text)
        return len(text)

    def flush(self) -> None:
        """Nothing to do: events leave by themselves."""


@contextmanager
def _streams(recorder: Recorder) -> Iterator[None]:
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(recorder, "stdout"), _Stream(recorder, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


def _syntax_error(error: BaseException) -> s.Error:
    line, col = getattr(error, "lineno", None), getattr(error, "offset", None)
    message = getattr(error, "msg", None) or str(error)
    return s.Error(
        exception=type(error).__name__, message=message, line=line, col=None if not col else col - 1,
        end_line=getattr(error, "end_lineno", None) or line,
        end_col=(getattr(error, "end_offset", None) or 0) - 1 if col else None,
        hint=hint(error),
    )  # fmt: skip


def _error(error: BaseException, recorder: Recorder) -> s.Error:
    """The event for an exception that ended the script: only the script's own frames are shown."""
    frames, innermost = [], None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == recorder.sites.filename:
            at = _span(trace, recorder.sites)
            frames.append(
                s.Frame(line=trace.tb_lineno, function=code.co_name, text=_line(recorder.source, trace.tb_lineno))
            )
            innermost = at
        trace = trace.tb_next
    line, col, end_line, end_col = innermost if innermost is not None else (None, None, None, None)
    source = recorder.source
    failed = recorder.failure
    caused_by_op = failed is not None and (
        failed[0] is error or failed[0] is error.__context__ or failed[0] is error.__cause__
    )
    return s.Error(
        exception=_name(error), message=_message(error), traceback=frames[-50:], line=line,
        col=None if line is None or col is None else source.column(line, col), end_line=end_line,
        end_col=None if end_line is None or end_col is None else source.column(end_line, end_col),
        op=failed[1] if failed is not None and caused_by_op else None,
        clash=recorder.clash if isinstance(error, RuntimeError) else None, hint=hint(error),
    )  # fmt: skip


def _span(trace: types.TracebackType, sites: Sites) -> tuple[int, int, int, int]:
    positions = list(trace.tb_frame.f_code.co_positions())
    line, end_line, col, end_col = (
        positions[trace.tb_lasti // 2] if trace.tb_lasti >= 0 else (trace.tb_lineno, None, None, None)
    )
    line = line or trace.tb_lineno
    return line, col or 0, end_line or line, end_col or 0


def _line(source: Source, line: int) -> str:
    return source.lines[line - 1].strip()[:200] if 1 <= line <= len(source.lines) else ""


def _name(error: BaseException) -> str:
    return "SystemExit" if isinstance(error, SystemExit) else type(error).__name__


def _message(error: BaseException) -> Any:
    if isinstance(error, SystemExit):
        return f"the script ended itself with exit status {error.code}"
    try:
        text = str(error)
    except Exception as broken:
        text = f"(its text could not be made: {type(broken).__name__})"
    return text[:5000]


__all__ = ["OutputLimit", "record"]
