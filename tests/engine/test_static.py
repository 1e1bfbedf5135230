"""Static runs: a loop's body is captured in its first pass and replayed in the later ones."""

from __future__ import annotations

import pytest

from engine.recorder import schema
from tests.engine.recording import Recording

NET = """
import torch
from torch import nn
torch.manual_seed(0)
x, t = torch.randn(8, 3), torch.randn(8, 1)
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))
opt = torch.optim.{optimizer}
for _ in range(5):
    opt.zero_grad()
    loss = ((net(x) - t) ** 2).mean()
    loss.backward()
    opt.step()
print(repr(loss.item()))
"""

SIGN = """
import torch
for x in [torch.tensor(2.0, requires_grad=True), torch.tensor(-2.0, requires_grad=True)]:
    if x > 0:
        y = x * 3
    else:
        y = x * x
    y.backward()
print(y.item(), x.grad.item())
"""


def told(script: str) -> tuple[Recording, str]:
    """The script run statically, and what it wrote on standard error."""
    run = Recording(script, static=True)
    return run, "".join(e.text for e in run.all(schema.Output) if e.stream == "stderr")


def out(run: Recording) -> str:
    return "".join(e.text for e in run.all(schema.Output) if e.stream == "stdout")


@pytest.mark.parametrize("optimizer", ["SGD(net.parameters(), lr=0.1, momentum=0.9)", "Adam(net.parameters(), lr=0.1)"])
def test_a_training_loop_replays_to_the_bits_of_running_it(optimizer: str) -> None:
    script = NET.format(optimizer=optimizer)
    built, (replayed, _) = Recording(script), told(script)
    assert replayed.status == 0
    assert out(replayed) == out(built) != ""
    assert [replayed.ops(p) for p in range(1, 6)] == [built.ops(p) for p in range(1, 6)]


def test_the_later_passes_are_the_same_graph_at_the_same_lines() -> None:
    run, _ = told(NET.format(optimizer="SGD(net.parameters(), lr=0.1)"))
    ends = [e for e in run.all(schema.PassEnd) if e.kind == "train"]
    assert len({e.graph for e in ends[1:]}) == 1
    lines = {s.site: s.line for s in run.all(schema.Site)}
    places = [[lines[e.site or 0] for e in run.all(schema.Op) if e.pass_ == p and e.phase == "forward"] for p in (1, 2)]
    assert places[0] == places[1] != []


def test_the_branch_of_the_first_pass_is_baked_in_and_said_at_its_line() -> None:
    built, (replayed, said) = Recording(SIGN), told(SIGN)
    assert out(built) == "4.0 -4.0\n"
    assert out(replayed) == "-6.0 3.0\n"
    assert "line 4 (if x > 0:): a branch on a value: it was True, and that way is baked in" in said


def test_where_decides_anew_in_a_replay() -> None:
    run, _ = told(
        SIGN.replace(
            "    if x > 0:\n        y = x * 3\n    else:\n        y = x * x", "    y = torch.where(x > 0, x * 3, x * x)"
        )
    )
    assert out(run) == "4.0 -4.0\n"


def test_a_hand_written_update_and_a_variable_set_anew_are_carried_on() -> None:
    script = """
        import torch
        w = torch.tensor(1.0, requires_grad=True)
        for _ in range(4):
            ((w - 3) ** 2).backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                w.grad = None
        v = torch.tensor(1.0, requires_grad=True)
        for _ in range(4):
            ((v - 3) ** 2).backward()
            v = (v - 0.1 * v.grad).detach().requires_grad_()
        print(w.item(), v.item())
    """
    assert out(told(script)[0]) == out(Recording(script)) != ""


def test_random_numbers_are_drawn_anew() -> None:
    script = """
        import torch
        torch.manual_seed(3)
        w = torch.ones(2, requires_grad=True)
        for _ in range(3):
            noise = torch.randn(2)
            (w * noise).sum().backward()
        print(w.grad.tolist())
    """
    assert out(told(script)[0]) == out(Recording(script)) != ""


def test_a_loop_in_a_function_is_captured_too() -> None:
    script = """
        import torch
        def train(w, steps):
            for _ in range(steps):
                loss = (w * w).sum()
                loss.backward()
            return loss, w.grad
        print(train(torch.ones(2, requires_grad=True), 3))
    """
    run, said = told(script)
    assert out(run) == out(Recording(script)) != ""
    assert "no loop" not in said


def test_another_shape_is_captured_anew_and_said() -> None:
    script = """
        import torch
        w = torch.ones(3, requires_grad=True)
        for x in [torch.ones(2, 3), torch.ones(2, 3) * 2, torch.ones(1, 3)]:
            (x * w).sum().backward()
        print(w.grad.tolist())
    """
    run, said = told(script)
    assert out(run) == out(Recording(script)) != ""
    assert "line 4: captured for (x [2, 3]); now (x [1, 3]): captured anew" in said


def test_a_counter_is_baked_in_and_said() -> None:
    run, said = told("""
        import torch
        w = torch.tensor(1.0, requires_grad=True)
        for i in range(3):
            (w * i).backward()
        print(w.grad.item())
    """)
    assert out(run) == "0.0\n"
    assert "line 5 ((w * i).backward()): i is no tensor: it was 0, and that is baked in" in said


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("g, = torch.autograd.grad((w * w).sum(), w)", "torch.autograd.grad is not captured"),
        ("(w ** 3).sum().backward(create_graph=True)", "gradients of gradients (create_graph=True) are not captured"),
        ("Twice.apply(w).sum().backward()", "Twice is a torch.autograd.Function"),
        ("opt.step(lambda: (opt.zero_grad(), (w * w).sum().backward(), 1.0)[2])", "an optimizer that calls a closure"),
    ],
)
def test_what_is_not_captured_runs_op_by_op_and_says_its_line(body: str, why: str) -> None:
    script = f"""
import torch
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for _ in range(3):
    {body}
print(w.tolist(), w.grad)
"""
    run, said = told(script)
    assert run.status == 0
    assert out(run) == out(Recording(script)) != ""
    assert why in said
    assert "line 13" in said
    assert "The loop at line 12 runs op by op" in said


def test_printing_and_a_script_without_a_loop_are_said() -> None:
    _, said = told("""
        import torch
        w = torch.ones(2, requires_grad=True)
        for _ in range(2):
            print("pass")
            w.sum().backward()
    """)
    assert "line 5" in said
    assert "printing happens in the first pass only" in said
    assert "no loop whose passes could be replayed" in told("import torch\nprint(torch.ones(2) + 1)")[1]
