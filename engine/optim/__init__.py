"""``torch.optim``: optimizers and learning rate schedules."""

from __future__ import annotations

from engine.optim import lr_scheduler, rules  # rules: importing declares the ops
from engine.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from engine.optim.adaptive import Adadelta, Adagrad, RMSprop, Rprop
from engine.optim.lbfgs import LBFGS
from engine.optim.optimizer import Optimizer
from engine.optim.sgd import SGD

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "Optimizer", "RAdam", "RMSprop", "Rprop",
    "lr_scheduler",
]  # fmt: skip
