"""How a tensor looks in print, character for character as in torch.

One width serves all elements: whole floats are printed as ``3.``, others with four decimals, and all of them in scientific notation
where the largest is more than 1000 times the smallest. Long tensors show three elements at each edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine import creation, dtypes
from engine.tensor import Tensor

Host = np.ndarray[Any, Any]

#: from here on, and between these, floats are printed in scientific notation
RATIO, LARGE, SMALL = 1000.0, 1.0e8, 1.0e-4


@dataclass
class Options:
    """What :func:`set_printoptions` sets."""

    precision: int = 4  #: decimals
    threshold: float = 1000  #: elements from which on only the edges are shown
    edgeitems: int = 3
    linewidth: int = 80  #: characters
    sci_mode: bool | None = None  #: scientific notation: always, never, or where it helps


options = Options()
PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None, linewidth: int | None = None,
    profile: str | None = None, sci_mode: bool | None = None,
) -> None:  # fmt: skip
    """Sets how tensors are printed; ``profile`` is ``"default"``, ``"short"`` or ``"full"``."""
    chosen = dict(PROFILES[profile]) if profile is not None else {}
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen |= {name: value for name, value in given.items() if value is not None}
    for name, value in chosen.items():
        setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options, as :func:`set_printoptions` takes them."""
    return asdict(options)


@contextmanager
def printoptions(**chosen: Any) -> Iterator[None]:
    """The options inside the block."""
    kept = get_printoptions()
    set_printoptions(**chosen)
    try:
        yield
    finally:
        set_printoptions(**kept)


class Column:
    """How each element of a tensor is written, so that all are equally wide."""

    def __init__(self, shown: Host) -> None:
        self.floating = shown.dtype.kind == "f"
        self.scientific = False
        self.whole = True
        self.width = 1
        if not self.floating:
            self.width = max((len(str(v)) for v in _bounds(shown)), default=1)
            return
        numbers = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
        if numbers.size == 0:
            return
        self.whole = bool((numbers == np.ceil(numbers)).all())
        sizes = np.abs(numbers)
        low, high = float(sizes.min()), float(sizes.max())
        self.scientific = (
            high / low > RATIO or high > LARGE or low < SMALL if options.sci_mode is None else options.sci_mode
        )
        spec = f".{options.precision}e" if self.scientific else ".0f" if self.whole else f".{options.precision}f"
        dot = 1 if self.whole and not self.scientific else 0
        self.width = max(1, *(len(format(v, spec)) + dot for v in numbers.tolist()))

    def write(self, value: Any) -> str:
        """One element, padded on the left."""
        if not self.floating:
            text = str(value)
        elif self.scientific:
            text = format(value, f".{options.precision}e")
        elif self.whole:
            text = f"{value:.0f}" + ("." if math.isfinite(value) else "")
        else:
            text = format(value, f".{options.precision}f")
        return text.rjust(self.width)


class ComplexColumn:
    """Real and imaginary parts, each in a column of its own."""

    def __init__(self, shown: Host) -> None:
        self.real, self.imag = Column(shown.real), Column(shown.imag)
        self.width = self.real.width + self.imag.width + 1

    def write(self, value: complex) -> str:
        imag = (self.imag.write(value.imag) + "j").lstrip()
        return self.real.write(value.real) + ("" if imag[0] in "+-" else "+") + imag


def _bounds(shown: Host) -> list[Any]:
    """Elements among which the longest to print is found: all bools, or the least and the greatest integer."""
    if shown.dtype.kind == "b" or shown.size == 0:
        return list(np.unique(shown).tolist())
    return [int(shown.min()), int(shown.max())]


def show(x: Tensor) -> str:
    """``repr`` of a tensor."""
    from engine.nn.parameter import Parameter

    prefix = "tensor(" if type(x) in (Tensor, Parameter) else f"{type(x).__name__}("
    array = x.device.to_host(x.data_)
    return _with_facts(prefix + contents(array, len(prefix)), _facts(x), len(prefix))


def contents(array: Host, indent: int) -> str:
    """The elements in nested brackets; lines after the first are indented."""
    if array.size == 0:
        return "[]"
    cut = array.size > options.threshold
    shown = _edges(array) if cut else array
    return _nested(array, indent, cut, ComplexColumn(shown) if array.dtype.kind == "c" else Column(shown))


def _edges(array: Host) -> Host:
    """The elements that are shown of a long tensor."""
    n = options.edgeitems
    for d in range(array.ndim):
        length = array.shape[d]
        if length > 2 * n:
            array = array.take([*range(n), *range(length - n, length)], axis=d)
    return array


def _nested(array: Host, indent: int, cut: bool, column: Column | ComplexColumn) -> str:
    if array.ndim == 0:
        return column.write(array.item())
    if array.ndim == 1:
        return _row(array, indent, cut, column)
    n = options.edgeitems
    if cut and len(array) > 2 * n:
        parts = [_nested(a, indent + 1, cut, column) for a in array[:n]] + ["..."]
        parts += [_nested(a, indent + 1, cut, column) for a in array[len(array) - n :]]
    else:
        parts = [_nested(a, indent + 1, cut, column) for a in array]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _row(array: Host, indent: int, cut: bool, column: Column | ComplexColumn) -> str:
    n = options.edgeitems
    if cut and not n:
        texts = ["..."]
    elif cut and len(array) > 2 * n:
        texts = [*map(column.write, array[:n].tolist()), " ...", *map(column.write, array[-n:].tolist())]
    else:
        texts = [column.write(v) for v in array.tolist()]
    per_line = max(1, (options.linewidth - indent) // (column.width + 2))
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _facts(x: Tensor) -> list[str]:
    """What stands behind the elements: device, size, dtype, history; each only where it is not to be expected."""
    facts = []
    if x.device is not creation.get_default_device():
        facts.append(f"device='{x.device}'")
    default = dtypes.get_default_dtype()
    if x.numel() == 0:
        if x.ndim != 1:
            facts.append(f"size={tuple(x.shape)}")
        if x.dtype is not default:
            facts.append(f"dtype={x.dtype}")
    else:
        complex_default = dtypes.of(dtypes.as_numpy(complex))
        if not options.edgeitems:
            facts.append(f"size={tuple(x.shape)}")
        if x.dtype not in (default, complex_default, dtypes.int64, dtypes.bool_):
            facts.append(f"dtype={x.dtype}")
    if x.grad_fn is not None:
        facts.append(f"grad_fn=<{x.grad_fn.name()}>")
    elif x.requires_grad:
        facts.append("requires_grad=True")
    return facts


def _with_facts(text: str, facts: list[str], indent: int) -> str:
    used = len(text) - text.rfind("\n") + 1
    for fact in facts:
        if used + len(fact) + 2 > options.linewidth:
            text += ",\n" + " " * indent + fact
            used = indent + len(fact)
        else:
            text += ", " + fact
            used += len(fact) + 2
    return text + ")"
