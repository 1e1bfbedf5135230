"""The op table as test cases: every op with every sample that stands beside its declaration."""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine.ops
from engine.device import CPU, Device
from engine.op import OPS, Op, apply, apply_inplace
from engine.tensor import Tensor

for _module in pkgutil.iter_modules(engine.ops.__path__):  # all of them, also those that a part of torch loads late
    importlib.import_module(f"engine.ops.{_module.name}")
importlib.import_module("engine.random")

#: ops that write into their first input, and are run on a copy of it
WRITING = {"setitem"}
#: ops whose result has a shape that depends on bools: a device must be waited for
COUNTING = {"getitem", "index", "put_at", "index_put", "setitem", "nonzero_positions"}


@dataclass(frozen=True)
class Case:
    """One sample of one op: ``inputs`` are NumPy arrays, Python numbers or None."""

    op: Op
    number: int
    inputs: tuple[Any, ...]
    attrs: dict[str, Any]

    def __str__(self) -> str:
        shapes = ",".join(
            "x".join(map(str, x.shape)) or "0d" if isinstance(x, np.ndarray) else str(x) for x in self.inputs
        )
        return f"{self.op.name}-{self.number}({shapes})"

    def arrays(self, kind: type = np.float64) -> list[Any]:
        """Fresh copies of the inputs; floating ones in this dtype."""
        return [
            x.astype(kind)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f"
            else np.array(x)
            if isinstance(x, np.ndarray)
            else x
            for x in self.inputs
        ]

    def waits(self) -> bool:
        """Whether a device has to be waited for: some shape depends on what is true."""
        return self.op.name in COUNTING and (
            self.op.name == "nonzero_positions"
            or any(isinstance(x, np.ndarray) and x.dtype == bool for x in self.inputs)
        )

    def free(self) -> list[int]:
        """Positions of the inputs that have a gradient."""
        return [
            i
            for i, x in enumerate(self.inputs)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f" and self.op.has_rule(i)
        ]

    def tensors(self, arrays: list[Any], device: Device = CPU) -> list[Any]:
        """The arrays as leaf tensors of a device; those that have a gradient require it."""
        made = [Tensor(device.from_host(x), None, device) if isinstance(x, np.ndarray) else x for x in arrays]
        for i in self.free():
            made[i].requires_grad = True
        return made


def cases() -> list[Case]:
    """All of them; the same numbers on every run and every machine."""
    return list(_cases(OPS.values()))


def _cases(ops: Any) -> Iterator[Case]:
    for op in ops:
        if op.samples is None:
            continue
        rng = np.random.default_rng(zlib.crc32(op.name.encode()))
        for number, (inputs, attrs) in enumerate(op.samples(rng)):
            yield Case(op, number, tuple(np.asarray(x) if isinstance(x, np.generic) else x for x in inputs), attrs)


def call(op: Op, xs: Any, attrs: dict[str, Any]) -> tuple[Tensor, ...]:
    """Runs the op: its outputs, always as a tuple."""
    if op.name in WRITING:
        target = xs[0].clone()
        return (apply_inplace(op, target, (target, *xs[1:]), attrs),)
    y = apply(op, tuple(xs), attrs)
    return y if isinstance(y, tuple) else (y,)


def function(case: Case) -> Callable[..., tuple[Tensor, ...]]:
    """The case as a function of the inputs that have a gradient."""

    def of_free(*free: Tensor) -> tuple[Tensor, ...]:
        xs = [Tensor(x) if isinstance(x, np.ndarray) else x for x in case.arrays()]
        for i, x in zip(case.free(), free, strict=True):
            xs[i] = x
        return call(case.op, xs, case.attrs)

    return of_free


def run(
    case: Case, device: Device = CPU, kind: type = np.float64, order: int = 2, signless: bool = False
) -> dict[str, Any]:
    """Values, gradients and (for order 2) gradients of the gradients: name → tensor on the device.

    ``signless`` tells nothing that depends on the results' signs: a device chooses those of eigenvectors as it likes.
    """
    xs = case.tensors(case.arrays(kind), device)
    free = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
    ys = call(case.op, xs, case.attrs)
    if signless:
        ys = tuple(y * y for y in ys)
    found: dict[str, Any] = {f"y{k}": y for k, y in enumerate(ys)}
    level = [y for y in ys if y.requires_grad]
    for n in range(1, order + 1):
        if not level or not free:
            break
        total = sum((_weighted(y) for y in level[1:]), _weighted(level[0]))
        grads = engine.backward.grad(total, free, create_graph=n < order, allow_unused=True)
        found |= {f"gradient {n} of input {k}": g for k, g in enumerate(grads) if g is not None}
        level = [g for g in grads if g is not None and g.requires_grad]
    return found


def _weighted(y: Tensor) -> Any:
    """A projection to one number, the same on every device."""
    weights = np.cos(np.arange(y.numel(), dtype=np.float64) + 1).astype(y.data_.dtype).reshape(y.shape)
    return (y * Tensor(y.device.from_host(weights), None, y.device)).sum()


def to_host(found: dict[str, Any]) -> dict[str, Any]:
    """The tensors' numbers as NumPy arrays."""
    return {name: x.device.to_host(x.data_) for name, x in found.items()}
