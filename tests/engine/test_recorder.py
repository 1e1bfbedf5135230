"""What the recorder tells: values, sites, scopes, branches, repetitions, errors, budgets; on a stand-in GPU too."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.recorder import Budget, schema
from engine.recorder.values import summarize, whole
from tests import standin
from tests.engine.recording import Recording


def test_the_first_event_is_start_and_events_survive_the_wire() -> None:
    run = Recording("import torch\nprint(torch.tensor(1.0) + 1)")
    assert isinstance(run.events[0], schema.Start)
    assert [schema.decode(schema.encode(e)) for e in run.events] == run.events


def test_nan_and_infinities_survive_json() -> None:
    run = Recording("import torch\nx = torch.tensor([1.0, -1.0, 0.0]) / 0")
    assert run.only(schema.Op).outputs[0].value.data == ["Infinity", "-Infinity", "NaN"]
    assert run.only(schema.PassEnd).bad == "1.0"


def test_a_script_cannot_be_mistaken_for_the_server() -> None:
    with pytest.raises(msgspec.ValidationError):
        schema.decode(b'{"type":"op","pass":1,"index":0,"name":"x","inputs":[],"outputs":[],"seq":1}')


def test_small_tensors_travel_whole_and_large_ones_as_summary_and_bytes() -> None:
    run = Recording("import torch\na = torch.ones(4) * 2\nb = torch.arange(100.0) - 50")
    small, large = run.all(schema.Op)
    assert small.outputs[0].value == schema.Value(data=[2.0] * 4)
    summary = large.outputs[0].value.summary
    assert summary is not None
    assert (summary.min, summary.max, summary.mean, summary.zero) == (-50.0, 49.0, -0.5, 1)
    assert sum(summary.histogram) == 100
    kept = np.load(io.BytesIO(run.blobs[large.outputs[0].id]))
    assert kept.tolist() == [i - 50.0 for i in range(100)]


def test_a_summary_counts_what_is_not_finite() -> None:
    summary = summarize(np.array([1.0, np.nan, np.inf, 3.0, 0.0]))
    assert (summary.nan, summary.inf, summary.zero) == (1, 1, 1)
    assert [summary.min, summary.max, summary.mean] == pytest.approx([0.0, 3.0, 4 / 3])
    assert summary.std == pytest.approx(np.std([1.0, 3.0, 0.0]))
    assert whole(np.array([True, False])) == [1, 0]


def test_a_site_is_an_expression_with_its_call_path() -> None:
    run = Recording(
        """
import torch
def f(x):
    y = torch.tanh(x * 2)
    return y
z = f(torch.tensor(1.0))
"""
    )
    mul, tanh = run.all(schema.Op)
    sites = {site.site: site for site in run.all(schema.Site)}
    assert mul.site is not None
    assert tanh.site is not None
    inner, outer = sites[mul.site], sites[tanh.site]
    assert (inner.line, inner.text, inner.function, inner.target) == (4, "x * 2", "f", None)
    assert (outer.text, outer.target) == ("torch.tanh(x * 2)", "y")
    assert outer.parent is not None
    call = sites[outer.parent]
    assert (call.line, call.text, call.target) == (6, "f(torch.tensor(1.0))", "z")


def test_columns_are_characters_also_after_other_scripts_than_latin() -> None:
    run = Recording("import torch\n값 = torch.tensor(1.0); y = 값 + 1")
    site = run.only(schema.Site)
    assert "값 = torch.tensor(1.0); y = 값 + 1"[site.col : site.end_col] == site.text == "값 + 1"


def test_leaves_have_kinds_and_names() -> None:
    run = Recording(
        """
import torch
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.register_buffer("scale", torch.ones(2))
    def forward(self, x):
        return self.inner(x) * self.scale
net = Net()
net(torch.ones(1, 2)).sum().backward()
"""
    )
    leaves = {leaf.name: leaf.kind for leaf in run.all(schema.Leaf)}
    assert leaves == {
        "x": "input", "net.inner.weight": "parameter", "net.inner.bias": "parameter", "net.scale": "buffer",
    }  # fmt: skip
    scopes = {scope.scope: scope for scope in run.all(schema.Scope)}
    linear = run.all(schema.Op)[0]
    assert linear.scope is not None
    scope = scopes[linear.scope]
    assert (scope.name, scope.cls, scope.kind) == ("inner", "Linear", "module")
    assert scope.parent is not None
    assert (scopes[scope.parent].name, scopes[scope.parent].cls) == ("net", "Net")


@pytest.mark.parametrize(
    ("script", "kind", "value", "taken"),
    [
        ("if x > 1: pass", "if", True, True),
        ("while x.item() > 5: pass", "while", 2.0, False),
        ("y = 1 if x < 0 else 2", "ternary", False, False),
        ("assert x == 2", "assert", True, True),
        ("[i for i in range(1) if x > 3]", "comprehension", False, False),
        ("n = x.item()", "read", 2.0, None),
    ],
)
def test_a_branch_says_what_it_saw_and_where_it_went(script: str, kind: str, value: object, taken: bool | None) -> None:
    run = Recording(f"import torch\nx = torch.tensor(1.0) * 2\n{script}")
    branch = run.only(schema.Branch)
    assert (branch.kind, branch.value, branch.taken) == (kind, value, taken)


def test_a_branch_on_plain_python_is_not_told() -> None:
    run = Recording("import torch\nx = torch.tensor(1.0) * 2\nif len('ab') == 2: x = x + 1")
    assert run.all(schema.Branch) == []
    assert run.ops(1) == ["mul", "add"]


def test_a_repeated_graph_is_told_by_its_numbers_only() -> None:
    run = Recording(
        """
import torch
w = torch.tensor(1.0, requires_grad=True)
for i in range(4):
    x = torch.tensor(float(i))
    y = w * x
    if i == 2:
        y = y * y
    y.backward()
"""
    )
    assert [end.same_as for end in run.all(schema.PassEnd)] == [None, 1, None, 1]
    again = run.all(schema.Again)
    assert [(e.pass_, e.index, e.like) for e in again] == [(2, 0, 1), (3, 0, 1), (4, 0, 1)]
    # The leaf x is another tensor each time, so it is named; the parameter is not the reason.
    assert all(e.inputs is not None and e.inputs[0].tensor == "t1" and e.inputs[1].tensor != "t2" for e in again)


def test_gradients_are_told_edge_by_edge_and_not_computed_is_not_zero() -> None:
    run = Recording(
        """
import torch
a = torch.tensor(3.0, requires_grad=True)
b = torch.tensor([1.0, 2.0], requires_grad=True)
c = torch.tensor(0.0)
(a * b + c).sum().backward()
"""
    )
    by_op = {vjp.op: vjp for vjp in run.all(schema.Vjp)}
    mul = by_op["1.0"]
    assert [c.value.data for c in mul.contributions] == [[3.0], [3.0, 3.0]]
    assert [c.summed_from for c in mul.contributions] == [[2], None]
    assert [c.input for c in by_op["1.1"].contributions] == [0]  # nothing flows to c
    assert {grad.tensor: grad.value.data for grad in run.all(schema.Grad)} == {"t1": [3.0], "t2": [3.0, 3.0]}


@pytest.mark.parametrize(
    ("script", "name", "line", "said", "tip"),
    [
        ("x = (1,\n", "SyntaxError", 1, "never closed", "bracket"),
        ("import torch\ntorch.tensr(1)", "AttributeError", 2, "torch.tensor", None),
        (
            "import torch\ntorch.ones(2, 3) @ torch.ones(2, 3)",
            "RuntimeError",
            2,
            "cannot be multiplied (2x3 and 2x3)",
            "rows",
        ),
        ("import torch\ntorch.ones(2) + torch.ones(3)", "RuntimeError", 2, "size of tensor a (2)", "right"),
        ("import torch\ntorch.ones(2).backward()", "RuntimeError", 2, "does not require grad", "requires grad"),
        ("import torchvision", "ModuleNotFoundError", 1, "torchvision", None),
        ("def f(): f()\nf()", "RecursionError", 1, "recursion", "loop"),
        ("raise SystemExit(3)", "SystemExit", 1, "3", None),
    ],
)
def test_an_error_names_its_line_and_what_to_try(script: str, name: str, line: int, said: str, tip: str | None) -> None:
    run = Recording(script)
    error = run.only(schema.Error)
    assert run.status != 0
    assert (error.exception, error.line) == (name, line)
    assert said in error.message
    assert tip is None or (error.hint is not None and tip in error.hint)


def test_a_value_written_after_it_was_saved_is_named_with_its_versions() -> None:
    run = Recording(
        """
        import torch
        x = torch.ones(2, requires_grad=True)
        y = torch.exp(x)
        y += 1
        y.sum().backward()
        """
    )
    assert run.only(schema.Error).clash == schema.Clash(op="1.0", tensor="1.0", saved=0, now=1)


def test_a_graph_walked_twice_names_the_op_that_had_given_up_its_values() -> None:
    run = Recording(
        """
        import torch
        x = torch.ones(2, requires_grad=True)
        loss = (x * x).sum()
        loss.backward()
        loss.backward()
        """
    )
    assert run.only(schema.Error).clash == schema.Clash(op="1.0")


def test_a_parameter_that_no_op_read_is_told_at_the_end() -> None:
    run = Recording(
        """
        import torch
        import torch.nn as nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.used = nn.Linear(1, 1, bias=False)
                self.spare = nn.Linear(1, 1, bias=False)
            def forward(self, x):
                return self.used(x)
        net = Net()
        net(torch.ones(1, 1)).sum().backward()
        """
    )
    assert [(leaf.name, leaf.kind) for leaf in run.all(schema.Leaf)][-1] == ("net.spare.weight", "parameter")
    assert sum(leaf.name == "net.used.weight" for leaf in run.all(schema.Leaf)) == 1


def test_leaving_by_sys_exit_without_failure_is_no_error() -> None:
    run = Recording("import sys\nprint('bye')\nsys.exit()")
    assert (run.status, run.printed, run.all(schema.Error)) == (0, "bye\n", [])


def test_what_is_printed_keeps_its_place_among_the_ops() -> None:
    run = Recording("import torch, sys\nprint('a')\nx = torch.ones(1) + 1\nprint('b', file=sys.stderr)")
    told = [e for e in run.events if isinstance(e, (schema.Output, schema.Op))]
    assert [getattr(e, "text", "op") for e in told] == ["a\n", "op", "b\n"]
    assert [e.stream for e in run.all(schema.Output)] == ["stdout", "stderr"]


def test_printing_without_end_is_stopped() -> None:
    run = Recording("while True:\n    print('x' * 99)", budget=Budget(output=1000))
    assert len(run.printed) == 1000
    error = run.only(schema.Error)
    assert error.exception == "OutputLimit"
    assert error.line == 2


LOOP = """
import torch
w = torch.tensor(1.0, requires_grad=True)
for i in range(200):
    y = w * 2.0 + float(i)
    if i == 150:
        y = y * torch.tensor(float("nan"))
    y.backward()
"""


def test_past_its_budget_a_run_is_thinned_and_says_so() -> None:
    run = Recording(LOOP, budget=Budget(ops=100))
    told = [end.pass_ for end in run.all(schema.PassEnd)]
    assert len(told) < 120
    assert told[0] == 1
    assert told[-1] == 200  # the last is always told
    assert 151 in told  # and so is one that is new, or met a NaN
    left_out = [e for e in run.all(schema.Omitted) if e.what == "pass"]
    assert sum(e.count for e in left_out) + len(told) == 200
    numbers = [e.pass_ for e in run.all(schema.Again)]
    assert set(numbers) <= set(told)


def test_a_page_larger_than_the_budget_says_how_much_is_missing() -> None:
    run = Recording("import torch\nx = torch.ones(1)\nfor _ in range(50): x = x + 1", budget=Budget(ops=20))
    assert len(run.all(schema.Op)) == 20
    assert [(e.what, e.count) for e in run.all(schema.Omitted)] == [("ops", 30)]


def test_gradients_past_the_budget_are_counted_too() -> None:
    script = "import torch\nx = w = torch.ones(1, requires_grad=True)\nfor _ in range(50): x = x * w\nx.backward()"
    run = Recording(script, budget=Budget(ops=20))
    assert [(e.what, e.count) for e in run.all(schema.Omitted)] == [("ops", 30), ("gradients", 20)]


def test_tensors_past_the_budget_are_summarised_only() -> None:
    script = "import torch\nx = torch.ones(100)\nfor _ in range(5): x = x + 1"
    run = Recording(script, budget=Budget(tensor_bytes=1000))
    assert len(run.blobs) == 2
    assert [(e.what, e.count) for e in run.all(schema.Omitted)] == [("tensors", 4)]
    assert [op.outputs[0].value.kept for op in run.all(schema.Op)] == [True] + [False] * 4


def test_the_observed_run_computes_what_the_unobserved_one_does() -> None:
    script = (Path(__file__).parents[2] / "server" / "examples" / "05_rnn_unrolled.py").read_text()
    done = Recording(script)
    quiet = io.StringIO()
    kept, sys.stdout = sys.stdout, quiet
    try:
        from engine import torch_names

        with torch_names.installed():
            exec(compile(script, "rnn", "exec"), {"__name__": "__main__"})
    finally:
        sys.stdout = kept
    assert done.printed == quiet.getvalue() != ""


def test_numbers_are_json() -> None:
    assert [schema.number(x) for x in (1.5, math.nan, math.inf, -math.inf)] == [1.5, "NaN", "Infinity", "-Infinity"]


def test_on_a_gpu_values_come_in_one_transfer_per_flush() -> None:
    script = """
import torch
w = torch.full((5, 5), 0.5, requires_grad=True)
x = torch.ones(3, 5)
y = (torch.tanh(x @ w) * 2 - 1).sum()
y.backward()
"""
    host = Recording(script)
    with standin.plugged_in() as gpu:
        before = gpu.syncs
        run = Recording(script, device="cuda")
        syncs = gpu.syncs - before
    assert run.status == 0, run.all(schema.Error)
    told = [(op.name, op.outputs[0].device) for op in run.all(schema.Op)]
    assert told == [(op.name, "cuda:0") for op in host.all(schema.Op)]
    for ours, theirs in zip(run.all(schema.Vjp), host.all(schema.Vjp), strict=True):
        for mine, yours in zip(ours.contributions, theirs.contributions, strict=True):
            assert _numbers(mine.value) == pytest.approx(_numbers(yours.value), rel=1e-6)
    # One per flush and one per kept tensor's bytes; an op that waited would make one for each of its values.
    values = len(run.all(schema.Op)) + sum(1 + len(v.contributions) for v in run.all(schema.Vjp))
    assert syncs - len(run.blobs) < values / 2


def _numbers(value: schema.Value) -> list[object]:
    if value.summary is None:
        return list(value.data or [])
    return [value.summary.mean, value.summary.norm, value.summary.zero, *value.summary.histogram]
