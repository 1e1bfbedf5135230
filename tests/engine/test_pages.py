"""When a page begins and ends: the cases of :mod:`engine.recorder.pages`, one by one."""

from __future__ import annotations

from engine.recorder import schema
from tests.engine.recording import Recording

HEAD = """
import torch
import torch.nn as nn
w = torch.tensor(2.0, requires_grad=True)
"""


def test_a_training_loop_makes_a_page_per_step() -> None:
    run = Recording(
        HEAD
        + """
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    loss = (w * 3.0 - 1.0) ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    )
    assert run.pages == [("train", 4)] * 3
    assert run.ops(1) == ["mul", "sub", "pow", "sgd_step"]
    assert [end.same_as for end in run.all(schema.PassEnd)] == [None, 1, 1]


def test_metrics_after_backward_stay_on_the_page() -> None:
    run = Recording(
        HEAD
        + """
for step in range(2):
    guess = w * torch.tensor([1.0, -1.0])
    guess.sum().backward()
    right = (guess > 0).float().mean()
"""
    )
    assert [ops for _, ops in run.pages] == [5, 5]


def test_an_update_by_hand_stays_on_the_page() -> None:
    run = Recording(
        HEAD
        + """
for step in range(2):
    (w * w).backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""
    )
    assert run.pages == [("train", 3)] * 2
    assert [op.phase for op in run.all(schema.Op)] == ["forward", "update", "update"]
    versions = [e.outputs[0].version for e in run.all(schema.Op) if e.inplace]
    assert versions == [1]


def test_accumulating_gradients_makes_a_page_per_backward_and_the_step_belongs_to_the_last() -> None:
    run = Recording(
        HEAD
        + """
optimizer = torch.optim.SGD([w], lr=0.1)
for part in range(2):
    (w * float(part + 1)).backward()
optimizer.step()
"""
    )
    assert [run.ops(1), run.ops(2)] == [["mul"], ["mul", "sgd_step"]]
    assert [g.accumulated for g in run.all(schema.Grad)] == [False, True]


def test_both_backwards_of_a_gan_are_on_one_page() -> None:
    run = Recording(
        """
import torch
import torch.nn as nn
forger, critic = nn.Linear(1, 1), nn.Linear(1, 1)
first, second = torch.optim.SGD(critic.parameters(), lr=0.1), torch.optim.SGD(forger.parameters(), lr=0.1)
for step in range(2):
    fake = forger(torch.randn(4, 1))
    critic(fake.detach()).mean().backward()
    first.step()
    second.zero_grad()
    critic(fake).mean().backward()
    second.step()
"""
    )
    assert [kind for kind, _ in run.pages] == ["train", "train"]
    assert [b.pass_ for b in run.all(schema.Backward)] == [1, 1, 2, 2]
    detached = [leaf for leaf in run.all(schema.Leaf) if leaf.kind == "detached"]
    assert [leaf.tensor.view_of for leaf in detached] == ["1.0", "2.0"]


def test_two_backwards_over_one_graph_are_on_one_page() -> None:
    run = Recording(
        HEAD
        + """
y = w * w
y.backward(retain_graph=True)
y.backward()
"""
    )
    assert run.pages == [("train", 1)]
    assert [b.backward for b in run.all(schema.Backward)] == [1, 2]


def test_double_backward_is_a_second_layer_of_the_page() -> None:
    run = Recording(
        HEAD
        + """
y = w ** 3
(g,) = torch.autograd.grad(y, w, create_graph=True)
(g * g).backward()
print(w.grad.item())
"""
    )
    assert len(run.pages) == 1
    layers = {op.phase for op in run.all(schema.Op)}
    assert layers == {"forward", "backward"}
    assert {op.of for op in run.all(schema.Op) if op.phase == "backward"} == {"1.0"}
    assert float(run.printed) == 2 * 12.0 * 12.0  # d(3w²)²/dw = 36 w³ at w = 2


def test_detaching_the_state_of_a_sequence_opens_a_page() -> None:
    run = Recording(
        """
import torch
w = torch.tensor(0.5, requires_grad=True)
h = torch.tensor(1.0)
for chunk in range(2):
    for step in range(3):
        h = torch.tanh(w * h)
    h.backward()
    h = h.detach()
"""
    )
    assert run.pages == [("train", 6), ("train", 6)]


def test_making_the_data_is_a_page_of_its_own() -> None:
    run = Recording(
        HEAD
        + """
x = torch.arange(3.0) * 2 + 1
for step in range(2):
    (w * x).sum().backward()
"""
    )
    assert run.pages == [("setup", 2), ("train", 2), ("train", 2)]
    assert run.all(schema.PassEnd)[2].same_as == 2


def test_every_call_of_a_model_without_gradients_is_a_page() -> None:
    run = Recording(
        """
import torch
import torch.nn as nn
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
with torch.no_grad():
    for x in torch.randn(3, 4, 2).unbind():
        best = model(x).argmax(1)
"""
    )
    assert [kind for kind, _ in run.pages] == ["setup", "inference", "inference", "inference"]
    assert run.ops(len(run.pages)) == ["linear", "relu", "linear", "argmax"]


def test_in_a_script_without_backward_a_loop_over_calls_opens_pages() -> None:
    run = Recording(
        HEAD
        + """
def f(x):
    return x * w if x > 0 else x - w

for x in (torch.tensor(1.0), torch.tensor(-1.0)):
    f(x)
"""
    )
    assert [run.ops(n + 1) for n in range(len(run.pages))] == [["gt", "mul"], ["gt", "sub"]]


def test_a_loop_that_passes_its_result_on_stays_on_one_page() -> None:
    run = Recording(
        HEAD
        + """
def f(x):
    return w + x

x = torch.tensor(1.0)
for _ in range(3):
    x = f(x)
"""
    )
    assert run.pages == [("inference", 3)]


def test_an_exception_leaves_the_page_as_it_is() -> None:
    run = Recording(
        HEAD
        + """
h = w * torch.ones(2, 3)
h @ torch.ones(2, 3)
"""
    )
    assert run.status == 1
    assert run.pages == [("partial", 1)]
    error = run.only(schema.Error)
    assert error.op is not None
    assert error.op.name == "matmul"
    assert error.op.shapes == [[2, 3], [2, 3]]
