"""Modules: registration, state, hooks, containers, and what observers see of a call."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import pytest

import engine as torch
from engine import nn, observe
from engine.nn import functional as F


class Seen(observe.Observer):
    """Writes down scopes, ops and cleared gradients."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.ops: list[tuple[str, ...]] = []
        self.updates: list[tuple[str, int]] = []
        self.cleared: list[int] = []

    def on_scope_enter(self, kind: str, name: str, owner: Any) -> None:
        self.open.append(f"{kind}:{name}")

    def on_scope_exit(self) -> None:
        self.open.pop()

    def on_op(self, op: Any, inputs: Any, outputs: Any, attrs: Any, ns: int) -> None:
        self.ops.append((*self.open, op.name))

    def on_inplace(self, op: Any, inputs: Any, target: Any, attrs: Any, ns: int) -> None:
        self.updates.append((op.name, target._version))
        self.ops.append((*self.open, op.name))

    def on_clear(self, tensors: Any) -> None:
        self.cleared.append(len(tensors))

    def __enter__(self) -> Seen:
        observe.attach(self)
        return self

    def __exit__(self, *_: object) -> None:
        observe.detach(self)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 1)])
        self.act = nn.ReLU()
        self.register_buffer("seen", torch.zeros(1))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.layers[1](self.act(self.layers[0](x)))


# ------------------------------------------------------------------------------------------------ registration


def test_members_are_found_by_path() -> None:
    net = Net()
    names = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert [n for n, _ in net.named_parameters()] == names
    assert [n for n, _ in net.named_buffers()] == ["seen", "scratch"]
    assert [n for n, _ in net.named_modules()] == ["", "layers", "layers.0", "layers.1", "act"]
    assert [n for n, _ in net.named_children()] == ["layers", "act"]
    assert list(net.state_dict()) == ["seen", *names]
    assert net.get_submodule("layers.1") is net.layers[1]
    assert net.get_parameter("layers.0.bias") is net.layers[0].bias


def test_a_shared_module_is_listed_once() -> None:
    shared = nn.Linear(2, 2)
    net = nn.Sequential(shared, nn.ReLU(), shared)
    assert len(list(net.parameters())) == 2
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_parameters_require_grad_under_no_grad_too() -> None:
    with torch.no_grad():
        assert nn.Parameter(torch.ones(2)).requires_grad
    assert not nn.Parameter(torch.ones(2), requires_grad=False).requires_grad
    assert repr(nn.Parameter(torch.ones(2))) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (
            lambda n: setattr(n, "act", torch.ones(2)),
            TypeError,
            "cannot assign 'torch.FloatTensor' as child module 'act'",
        ),
        (
            lambda n: setattr(n.layers[0], "weight", torch.ones(2)),
            TypeError,
            r"\(torch.nn.Parameter or None expected\)",
        ),
        (lambda n: setattr(n, "seen", 3), TypeError, "cannot assign 'int' as buffer 'seen'"),
        (lambda n: n.nothing, AttributeError, "'Net' object has no attribute 'nothing'"),
        (lambda n: n.register_buffer("act", None), KeyError, "attribute 'act' already exists"),
        (lambda n: n.add_module("a.b", nn.ReLU()), KeyError, "got: a.b"),
        (lambda n: n.add_module("x", 3), TypeError, "int is not a Module subclass"),
        (lambda n: n.register_parameter("w", torch.ones(1)), TypeError, r"torch.nn.Parameter or None required"),
        (lambda n: n.train("yes"), ValueError, "training mode is expected to be boolean"),
        (lambda n: n.to(torch.int64), TypeError, "only accepts floating point or complex dtypes"),
        (lambda n: nn.Module()(1), NotImplementedError, 'missing the required "forward" function'),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        wrong(Net())


def test_a_forgotten_init_is_told() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Forgetful()


# ------------------------------------------------------------------------------------------------ state


def test_a_state_dict_can_be_loaded() -> None:
    torch.manual_seed(0)
    a, b = Net(), Net()
    assert str(b.load_state_dict(a.state_dict())) == "<All keys matched successfully>"
    x = torch.ones(1, 2)
    assert a(x).tolist() == b(x).tolist()


def test_what_cannot_be_loaded_is_listed_as_in_torch() -> None:
    net = Net()
    state = OrderedDict(net.state_dict())
    del state["layers.0.weight"]
    state["extra"] = torch.ones(1)
    state["layers.1.bias"] = torch.ones(3)
    with pytest.raises(RuntimeError) as told:
        net.load_state_dict(state)
    assert str(told.value) == (
        "Error(s) in loading state_dict for Net:\n"
        '\tMissing key(s) in state_dict: "layers.0.weight". \n'
        '\tUnexpected key(s) in state_dict: "extra". \n'
        "\tsize mismatch for layers.1.bias: copying a param with shape torch.Size([3]) from checkpoint, "
        "the shape in current model is torch.Size([1])."
    )
    del state["layers.1.bias"]
    found = net.load_state_dict(state, strict=False)
    assert found.missing_keys == ["layers.0.weight", "layers.1.bias"]
    assert found.unexpected_keys == ["extra"]


def test_state_shares_storage_and_loading_counts_as_a_write() -> None:
    layer = nn.Linear(1, 1)
    state = layer.state_dict()
    before = layer.weight._version
    layer.load_state_dict({"weight": torch.full((1, 1), 5.0), "bias": torch.zeros(1)})
    assert state["weight"].item() == 5.0
    assert layer.weight._version == before + 1


def test_copies_and_pickles_are_independent() -> None:
    net = Net()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert [p.tolist() for p in other.parameters()] == [p.tolist() for p in net.parameters()]
        assert all(p.requires_grad and isinstance(p, nn.Parameter) for p in other.parameters())
        with torch.no_grad():
            other.layers[0].weight.zero_()
        assert net.layers[0].weight.abs().sum() > 0


def test_dtypes_and_modes_reach_all_members() -> None:
    net = Net()
    net.double()
    assert {t.dtype for t in net.state_dict().values()} == {torch.float64}
    assert net(torch.ones(1, 2, dtype=torch.float64)).dtype is torch.float64
    assert not net.eval().layers[0].training
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())


def test_gradients_are_taken_away_at_once_and_told_once() -> None:
    net: Any = Net()
    net(torch.ones(1, 2)).sum().backward()
    with Seen() as seen:
        net.zero_grad()
        net.zero_grad()
    assert seen.cleared == [4]
    assert all(p.grad is None for p in net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(p.grad.abs().sum() == 0 for p in net.parameters())


# ------------------------------------------------------------------------------------------------ containers


def test_containers_behave_like_lists_and_dicts() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    line = nn.Sequential(a, b)
    line.append(c)
    assert [*line] == [a, b, c]
    assert line[-1] is c
    assert [*line[1:]] == [b, c]
    del line[0]
    assert list(line._modules) == ["0", "1"]
    assert list(nn.Sequential(OrderedDict(first=a, second=b))._modules) == ["first", "second"]
    row = nn.ModuleList([a])
    row.extend([b])
    row.insert(0, c)
    assert [*row] == [c, a, b]
    assert row.pop() is b
    with pytest.raises(IndexError, match="index 9 is out of range"):
        row[9]
    table = nn.ModuleDict({"a": a})
    table["b"] = b
    assert list(table) == ["a", "b"]
    assert "a" in table
    assert repr(nn.ModuleList([a, nn.ReLU(), b])) == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
    held = nn.ParameterList([torch.ones(2), torch.ones(3)])
    assert [n for n, _ in held.named_parameters()] == ["0", "1"]
    named = nn.ParameterDict({"w": torch.ones(2)})
    assert named["w"].requires_grad
    assert list(named.state_dict()) == ["w"]


# ------------------------------------------------------------------------------------------------ hooks


def test_forward_hooks_may_change_what_goes_in_and_out() -> None:
    layer = nn.Identity()
    before = layer.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    after = layer.register_forward_hook(lambda m, args, out: out * 10)
    assert layer(torch.tensor(1.0)).item() == 20.0
    before.remove()
    assert layer(torch.tensor(1.0)).item() == 10.0
    after.remove()
    assert layer(torch.tensor(1.0)).item() == 1.0


def test_backward_hooks_see_the_gradients_of_this_call_only() -> None:
    layer = nn.Linear(2, 1, bias=False)
    told: list[Any] = []
    layer.register_full_backward_hook(lambda m, gi, go: told.append((gi[0].tolist(), go[0].tolist())))
    x: Any = torch.tensor([[1.0, 2.0]], requires_grad=True)
    (layer(x) * 3 + x.sum()).sum().backward()
    assert told == [([[3 * w for w in layer.weight.tolist()[0]]], [[3.0]])]
    assert x.grad.tolist() == [[pytest.approx(1 + 3 * w) for w in layer.weight.tolist()[0]]]


def test_backward_hooks_may_replace_gradients() -> None:
    layer: Any = nn.Linear(1, 1, bias=False)
    layer.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 0 + 7,))
    x: Any = torch.tensor([[3.0]], requires_grad=True)
    layer(x).sum().backward()
    assert x.grad.tolist() == [[7.0]]
    assert layer.weight.grad.tolist() == [[6.0]]  # the pre-hook acts on what is behind it


# ------------------------------------------------------------------------------------------------ what observers see


def test_a_call_is_a_scope_named_by_its_path() -> None:
    with Seen() as seen:
        Net()(torch.ones(1, 2))
    assert seen.ops == [
        ("module:Net", "module:layers.0", "linear"),
        ("module:Net", "module:act", "relu"),
        ("module:Net", "module:layers.1", "linear"),
    ]
    assert seen.open == []


def test_scopes_close_where_a_call_fails() -> None:
    net = Net()
    with Seen() as seen:
        with pytest.raises(RuntimeError, match="mat1 and mat2 shapes"):
            net(torch.ones(1, 5))
        assert seen.open == []
        net(torch.ones(1, 2))
    assert seen.ops[0][0] == "module:Net"


def test_making_layers_and_batches_is_not_seen() -> None:
    rows = torch.utils.data.TensorDataset(torch.ones(4, 2), torch.arange(4))
    with Seen() as seen:
        Net()
        nn.LSTM(2, 3)
        nn.BatchNorm2d(3)
        list(torch.utils.data.DataLoader(rows, batch_size=2, shuffle=True))
    assert seen.ops == []


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), "sgd_step"),
        (lambda p: torch.optim.Adam(p, lr=0.1), "adam_step"),
        (lambda p: torch.optim.RMSprop(p, lr=0.1), "rmsprop_step"),
    ],
)
def test_an_optimizer_updates_each_parameter_by_one_op(make: Any, name: str) -> None:
    net = Net()
    optimizer = make(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    kind = type(optimizer).__name__
    with Seen() as seen:
        optimizer.step()
        optimizer.zero_grad()
    assert seen.ops == [(f"optimizer:{kind}", name)] * 4
    assert [version for _, version in seen.updates] == [p._version for p in net.parameters()]
    assert seen.cleared == [4]


def test_an_optimizer_of_ones_own_is_a_scope_too() -> None:
    class Plain(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {"lr": 0.5})

        def step(self, closure: Any = None) -> None:
            with torch.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        p -= group["lr"] * p.grad

    w = torch.tensor([1.0], requires_grad=True)
    (w * 2).sum().backward()
    with Seen() as seen:
        Plain([w]).step()
    assert w.item() == 0.0
    assert {op[0] for op in seen.ops} == {"optimizer:Plain"}


def test_cross_entropy_is_a_group_of_two_ops() -> None:
    with Seen() as seen:
        F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 1]))
    assert seen.ops == [("composite:cross_entropy", "log_softmax"), ("composite:cross_entropy", "nll_loss")]


# ------------------------------------------------------------------------------------------------ in place


@pytest.mark.parametrize(
    "write",
    [
        lambda x: F.relu(x, inplace=True),
        lambda x: F.leaky_relu(x, 0.2, True),
        lambda x: nn.ELU(inplace=True)(x),
        lambda x: F.hardtanh_(x),
        lambda x: nn.Dropout(0.5, inplace=True)(x),
    ],
)
def test_inplace_writes_into_the_input(write: Any) -> None:
    x = torch.tensor([-2.0, 3.0], requires_grad=True)
    y = x * 1
    assert write(y) is y
    assert y._version == 1
    y.sum().backward()
    assert x.grad is not None
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        write(x)


# ------------------------------------------------------------------------------------------------ clipping, vectors


def test_gradients_can_be_clipped() -> None:
    w: Any = torch.tensor([3.0, 4.0], requires_grad=True)
    (w * w / 2).sum().backward()
    assert nn.utils.clip_grad_norm_([w], 1.0).item() == 5.0
    assert w.grad.tolist() == pytest.approx([0.6, 0.8])
    nn.utils.clip_grad_value_([w], 0.7)
    assert w.grad.tolist() == pytest.approx([0.6, 0.7])


def test_parameters_fit_into_a_vector_and_back() -> None:
    net = Net()
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (13,)
    nn.utils.vector_to_parameters(torch.arange(13.0), net.parameters())
    assert net.layers[1].bias.tolist() == [12.0]


@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), (2 / 60) ** 0.5),
        (lambda w: nn.init.kaiming_uniform_(w, a=5**0.5), (1 / 180) ** 0.5),
        (lambda w: nn.init.xavier_normal_(w), (2 / 100) ** 0.5),
        (lambda w: nn.init.xavier_uniform_(w), (2 / 100) ** 0.5),
        (lambda w: nn.init.trunc_normal_(w, std=0.5, a=-5, b=5), 0.5),
    ],
)
def test_initialisers_keep_the_variance_they_promise(fill: Any, std: float) -> None:
    torch.manual_seed(0)
    w = torch.empty(40, 60)
    fill(w)
    assert w.std().item() == pytest.approx(std, rel=0.05)


def test_orthogonal_rows_stay_orthogonal() -> None:
    w = torch.empty(40, 60)
    nn.init.orthogonal_(w)
    assert torch.allclose(w @ w.T, torch.eye(40), atol=1e-5)
    with pytest.raises(ValueError, match="Fan in and fan out can not be computed"):
        nn.init.xavier_uniform_(torch.empty(3))
