"""``torch.autograd.detect_anomaly``: stops at the first derivative rule that gives NaN, and says where its op was called."""

from __future__ import annotations

import sys
import traceback
import warnings
import weakref
from types import TracebackType
from typing import Any

from engine import observe
from engine.node import Pick


class _Watch(observe.Observer):
    """Remembers where each node was made; looks at what its rules give."""

    def __init__(self) -> None:
        self.check_nan = True
        self._calls: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()

    def on_op(self, op: Any, inputs: Any, outputs: Any, attrs: Any, ns: int) -> None:
        node = outputs[0].node if outputs else None
        if node is not None:
            self._calls[node.node if isinstance(node, Pick) else node] = "".join(
                traceback.format_stack(sys._getframe(2))
            )

    def on_vjp(self, node: Any, upstream: Any, contributions: Any, ns: int) -> None:
        if not self.check_nan:
            return
        for i, g, _ in contributions:
            if g.data_.dtype.kind in "fc" and bool(g.device.xp.isnan(g.data_).any()):
                where = self._calls.get(
                    node, "No forward pass information: turn anomaly detection on before the forward pass.\n"
                )
                said = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{where}"
                warnings.warn(said, stacklevel=2)
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")


_watch = _Watch()


def is_anomaly_enabled() -> bool:
    """Whether NaN in backward is being looked for."""
    return _watch in observe.active


def _switch(on: bool, check_nan: bool) -> None:
    _watch.check_nan = check_nan
    if on and not is_anomaly_enabled():
        observe.attach(_watch)
    elif not on:
        observe.detach(_watch)


class set_detect_anomaly:  # noqa: N801 - torch's name
    """Turns the search on or off; as a context manager it puts back what it found."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = is_anomaly_enabled(), _watch.check_nan
        _switch(mode, check_nan)

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _switch(*self._before)


class detect_anomaly(set_detect_anomaly):  # noqa: N801 - torch's name
    """The search inside a ``with`` block."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
