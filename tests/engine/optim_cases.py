"""What the optimizers, schedules and loaders are asked, written once for this engine and for PyTorch.

``python tests/engine/optim_cases.py`` under a Python that has PyTorch writes the golden answers anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden" / "optim.json"

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD lr=.1": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9},
    "SGD nesterov, decay": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "SGD dampening, maximize": {"lr": 0.01, "momentum": 0.9, "dampening": 0.1, "maximize": True},
    "Adam": {},
    "Adam amsgrad, decay": {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True},
    "AdamW": {"lr": 0.1},
    "RMSprop": {"lr": 0.01},
    "RMSprop centered, momentum": {"lr": 0.01, "centered": True, "momentum": 0.5},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1},
    "Adadelta": {},
    "Adamax": {"lr": 0.1},
    "NAdam": {"lr": 0.1},
    "RAdam": {"lr": 0.1, "weight_decay": 0.1},
    "Adam maximize": {"lr": 0.01, "maximize": True},
    "AdamW amsgrad": {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.9)},
    "Adagrad decay, accumulated": {"lr": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.1},
    "NAdam decoupled": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "RAdam decoupled": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "Rprop": {"lr": 0.1},
    "LBFGS": {"lr": 0.1, "max_iter": 4},
    "LBFGS short history": {"lr": 0.5, "max_iter": 6, "history_size": 2},
    "LBFGS line search": {"max_iter": 4, "line_search_fn": "strong_wolfe"},
}
SCHEDULES: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 3},
    "MultiStepLR": {"milestones": [2, 5]},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"T_max": 6, "eta_min": 0.01},
    "LinearLR": {},
    "OneCycleLR": {"max_lr": 0.5, "total_steps": 20},
    "ConstantLR": {},
    "PolynomialLR": {},
    "CosineAnnealingWarmRestarts": {"T_0": 3, "T_mult": 2},
    "LambdaLR": {"lr_lambda": lambda epoch: 0.95**epoch},
    "MultiplicativeLR": {"lr_lambda": lambda epoch: 0.95},
    "CyclicLR triangular": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3, "step_size_down": 4},
    "CyclicLR triangular2": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 2, "mode": "triangular2"},
    "CyclicLR exp_range": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 2, "mode": "exp_range", "gamma": 0.9},
    "OneCycleLR three phases": {"max_lr": 0.5, "epochs": 4, "steps_per_epoch": 3, "three_phase": True},
    "OneCycleLR linear": {"max_lr": 0.5, "total_steps": 12, "anneal_strategy": "linear", "pct_start": 0.5},
    "CosineAnnealingLR up again": {"T_max": 3, "eta_min": 0.02},
    "MultiStepLR twice at once": {"milestones": [2, 2, 6], "gamma": 0.5},
}


def trained(torch: Any, name: str) -> list[float]:
    """Two parameters after eight steps of the optimizer ``name``."""
    kind = torch.float64 if "LBFGS" in name else torch.float32  # curvature magnifies what rounding leaves
    w = torch.tensor([[0.5, -1.0], [2.0, 0.3]], dtype=kind, requires_grad=True)
    b = torch.tensor([0.1, 0.2], dtype=kind, requires_grad=True)
    optimizer = getattr(torch.optim, name.split()[0])([w, b], **OPTIMIZERS[name])
    for i in range(8):
        x = torch.tensor([[1.0, 2.0], [-1.0, 0.5]], dtype=kind) * (i % 3 + 1)

        def closure(x: Any = x) -> Any:
            loss = ((torch.tanh(x @ w) + b) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            return loss

        optimizer.step(closure)
    return [*w.detach().flatten().tolist(), *b.detach().tolist()]


def rates(torch: Any, name: str) -> list[float]:
    """The learning rate over ten steps of the schedule ``name``."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    schedule = getattr(torch.optim.lr_scheduler, name.split()[0])(optimizer, **SCHEDULES[name])
    return _followed(torch, w, optimizer, schedule)


def _followed(torch: Any, w: Any, optimizer: Any, schedule: Any) -> list[float]:
    """Rate and momentum over ten steps."""
    found = []
    for _ in range(10):
        w.grad = torch.tensor([1.0])
        optimizer.step()
        schedule.step()
        found += [float(schedule.get_last_lr()[0]), float(optimizer.param_groups[0]["momentum"])]
    return found


def composed(torch: Any) -> dict[str, list[float]]:
    """Schedules made of schedules."""
    s = torch.optim.lr_scheduler
    made: dict[str, Any] = {
        "warm-up, then cosine": lambda o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, total_iters=4), s.CosineAnnealingLR(o, 6)], [4]),
        "three in a row": lambda o: s.SequentialLR(
            o, [s.ConstantLR(o, 0.1, total_iters=4), s.ExponentialLR(o, 0.9), s.StepLR(o, 2)], [3, 7]),
        "two at once": lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, total_iters=4), s.ExponentialLR(o, 0.9)]),
    }  # fmt: skip
    found = {}
    for name, make in made.items():
        w = torch.tensor([1.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        found[name] = _followed(torch, w, optimizer, make(optimizer))
    return found


PRINTED = ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Rprop", "LBFGS")


def printed(torch: Any, name: str) -> list[Any]:
    """How an optimizer prints, and the names in its state dict after a step."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([w])
    w.grad = torch.tensor([1.0])
    if name != "LBFGS":
        optimizer.step()
    state = optimizer.state_dict()
    return [repr(optimizer), sorted(state["param_groups"][0]), {str(k): sorted(v) for k, v in state["state"].items()}]


def plateau(torch: Any) -> list[float]:
    """The learning rate while the watched number stops improving, and after."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    found = []
    for metric in (3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0):
        schedule.step(metric)
        found.append(float(optimizer.param_groups[0]["lr"]))
    return found


def shuffled(torch: Any) -> dict[str, Any]:
    """Two epochs of shuffled batches, a random split, and what the generator gives after that."""
    data = torch.utils.data
    torch.manual_seed(3)
    pairs = data.TensorDataset(torch.arange(10), torch.arange(10) * 2)
    loader = data.DataLoader(pairs, batch_size=4, shuffle=True)
    batches = [[x.tolist(), y.tolist()] for _ in range(2) for x, y in loader]
    parts = [list(part.indices) for part in data.random_split(pairs, [7, 3])]
    drawn = list(data.RandomSampler(range(5), replacement=True, num_samples=40))
    return {"batches": batches, "parts": parts, "drawn": drawn, "after": torch.rand(3).tolist()}


def answers(torch: Any) -> dict[str, Any]:
    """Everything above."""
    return {
        "trained": {name: trained(torch, name) for name in OPTIMIZERS},
        "rates": {name: rates(torch, name) for name in SCHEDULES},
        "composed": composed(torch),
        "plateau": plateau(torch),
        "printed": {name: printed(torch, name) for name in PRINTED},
        "shuffled": shuffled(torch),
    }


if __name__ == "__main__":
    import torch
    import torch.utils.data

    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(answers(torch), indent=1) + "\n")
