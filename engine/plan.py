"""What a node keeps for backward, and the function that turns that into gradients.

Rules are written in tensor ops, so that their results have a history where one is asked for. Where none is (nearly always) plain
arrays do, and a node's gradients come from its plan's *pull*: a function of the node and of its output's gradient, written out in
Python for each op and set of inputs (``op.plan(3).source`` shows it). It calls

* the op's ``gradients``, where the declaration has one: all rules at once, in the array library's terms; or
* the rules themselves, where they use nothing but operators, which mean the same for arrays as for tensors.

An op that has neither has no pull: its rules run on tensors.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.node import Node, SavedOutput

if TYPE_CHECKING:
    from engine.op import EdgeRule, Op

#: what stands for ``numbers`` where the inputs were brought to one dtype: what was saved is not what was computed with
MIXED = -1

_KEEP = """\
def keep(inputs, outputs):
    saved = ({saved},)
    if {fresh}: return saved, {zeros}
    return saved, versions(saved)
"""

_PULL = """\
def pull(node, g):
    {unpack}
    return {contributions}
"""

_UNPACK = """\
if node.saved is None: node.saved_value(0)
    {saved}, = node.saved
    {versions}, = node.versions
    if {stale}: node.check_saved()"""


class Plan:
    """What a node saves when gradients are needed for a given set of inputs.

    ``needed`` has a bit for each input whose gradient is needed; ``numbers`` one for each that is no tensor.
    """

    __slots__ = ("inputs", "keep", "outputs", "position", "pull", "rest", "shapes", "slow", "source", "values")

    def __init__(self, op: Op, needed: int, numbers: int) -> None:
        wanted = dict.fromkeys(name for i in op.ruled_among(needed) for name in op.rule(i).names)
        self.inputs = tuple(k for k, name in enumerate(op.inputs) if name in wanted)
        self.outputs = tuple(output_index(n) for n in wanted if output_index(n) >= 0 and n not in op.inputs)
        saved = [op.inputs[k] for k in self.inputs] + [output_name(k) for k in self.outputs]
        self.position = {name: k for k, name in enumerate(saved)}
        if 0 in self.outputs:
            self.position["y0"] = self.position["y"]
        self.rest = len(op.inputs) if op.variadic in wanted else None  #: from here on, all inputs are saved (``*xs``)
        self.shapes = any(n == "shapes" or n.endswith("_shape") for n in wanted)
        #: per input, the positions of the saved values that its rule takes; None where it takes anything else
        self.values = [_positions(self.position, r) for r in op.rules]
        self.source = _KEEP.format(**_keeping(self, numbers)) + (_pulling(op, self, needed, numbers) or "")
        written: dict[str, Any] = {f"rule{i}": r.function for i, r in enumerate(op.rules) if r is not None}
        written |= {"gradients": op.gradients, "SavedOutput": SavedOutput, "versions": versions}
        exec(compile(self.source, f"<plan of {op.name}>", "exec"), written)
        #: inputs, outputs → the values to keep, and how often each was written so far
        self.keep: Callable[..., tuple[tuple[Any, ...], tuple[int, ...]]] = written["keep"]
        self.pull: Callable[[Node, Any], Any] | None = written.get("pull")
        self.slow = self  #: the same without pull: for nodes with hooks
        if self.pull is not None:
            self.slow = copy.copy(self)
            self.slow.pull, self.slow.slow = None, self.slow


def versions(saved: tuple[Any, ...]) -> tuple[int, ...]:
    """How often each of the saved values was written so far."""
    for x in saved:
        if getattr(x, "version", None) is not None:
            return tuple([0 if (v := getattr(x, "version", None)) is None else v.n for x in saved])
    return (0,) * len(saved)


def output_index(name: str) -> int:
    """``y`` is output 0, ``y2`` output 2; -1 for a name that is no output's."""
    if name == "y":
        return 0
    return int(name[1:]) if name[:1] == "y" and name[1:].isdigit() else -1


def output_name(index: int) -> str:
    return "y" if index == 0 else f"y{index}"


def _positions(position: dict[str, int], rule: EdgeRule | None) -> tuple[int, ...] | None:
    if rule is None or any(n not in position for n in rule.names):
        return None
    return tuple(position[n] for n in rule.names)


# ------------------------------------------------------------------------------------------------ pull


def means_the_same_for_arrays(rule: Callable[..., Any]) -> bool:
    """Whether a rule uses nothing but its parameters, numbers and operators."""
    code = getattr(rule, "__code__", None)
    return code is not None and not code.co_names and not code.co_freevars


def _saved(plan: Plan, numbers: int) -> list[tuple[str, bool]]:
    """The source of each saved value, seen from ``keep``, and whether it is a tensor."""
    inputs = [(f"inputs[{k}]", not numbers >> k & 1) for k in plan.inputs]
    return inputs + [(f"SavedOutput(outputs[{k}], {k})", True) for k in plan.outputs]


def _keeping(plan: Plan, numbers: int) -> dict[str, str]:
    values = _saved(plan, max(numbers, 0))
    rest = [f"*inputs[{plan.rest}:]"] if plan.rest is not None else []
    written = [f"saved[{k}].version is None" for k, (_, is_tensor) in enumerate(values) if is_tensor]
    if not values and not rest:
        return {"saved": "*()", "fresh": "True", "zeros": "()"}
    return {
        "saved": ", ".join([v for v, _ in values] + rest),
        "fresh": "False" if rest or numbers == MIXED else " and ".join(written) or "True",
        "zeros": str((0,) * len(values)),
    }


def _pulling(op: Op, plan: Plan, needed: int, numbers: int) -> str | None:
    """The source of a plan's pull; None where the op's rules have to run on tensors."""
    if numbers == MIXED:
        return None
    if op.gradients is not None:
        names = list(inspect.signature(op.gradients).parameters)
        arguments = {n: _argument(op, plan, n, needed, numbers) for n in names}
        contributions = f"gradients({', '.join(arguments.values())})"
    else:
        edges = list(op.ruled_among(needed))
        if op.variadic or not all(means_the_same_for_arrays(op.rule(i).function) for i in edges):
            return None
        calls = {}
        for i in edges:
            arguments = {n: _argument(op, plan, n, needed, numbers) for n in ("g", *op.rule(i).names)}
            calls[i] = f"rule{i}({', '.join(arguments.values())})"
        contributions = f"({', '.join(calls.get(i, 'None') for i in range(len(op.inputs)))},)"
    unpack = _unpacking(plan, numbers) if "saved" in contributions or "in rest" in contributions else ""
    return _PULL.format(unpack=unpack, contributions=contributions)


def _unpacking(plan: Plan, numbers: int) -> str:
    """The saved values as ``saved0``, ``saved1``, ...; an error where one was written since, or all are freed."""
    values, rest = _saved(plan, numbers), plan.rest is not None
    stale = [
        f"(saved{k}.version is not None and saved{k}.version.n != version{k})"
        for k, (_, is_tensor) in enumerate(values) if is_tensor
    ]  # fmt: skip
    return _UNPACK.format(
        saved=", ".join([f"saved{k}" for k in range(len(values))] + ["*rest"] * rest),
        versions=", ".join([f"version{k}" for k in range(len(values))] + ["*_"] * rest),
        stale=" or ".join(stale + ["rest"] * rest) or "False",
    )


def _argument(op: Op, plan: Plan, name: str, needed: int, numbers: int) -> str:
    """Where a parameter of a rule, or of ``gradients``, comes from."""
    if name == "g":
        return "g"
    if name == "gs":
        return "node.filled(g)"
    if name == "xp":
        return "node.device.xp"
    if name == "wanted":
        return (
            str(tuple(bool(needed >> i & 1) for i in range(len(op.inputs)))) if op.variadic is None else "node.wanted()"
        )
    if name == op.variadic:
        return "[x.data_ for x in rest]" if plan.rest is not None else "()"
    if name in plan.position:
        k = plan.position[name]
        is_number = k < len(plan.inputs) and numbers >> plan.inputs[k] & 1
        return f"saved{k}" if is_number else f"saved{k}.data_"
    if name in op.attributes:
        return f"node.attrs[{name!r}]"
    if name == "shapes":
        return "node.shapes"
    if name.endswith("_shape"):
        return f"node.shapes[{op.inputs.index(name[:-6])}]" if plan.shapes else "None"
    if name in op.inputs or output_index(name) >= 0:
        return "None"  # no rule that is needed asks for it
    raise TypeError(f"op {op.name}: gradients asks for {name!r}, which is nothing that a rule may ask for")
