"""Define and run in TensorFlow 1's shape: a graph of symbols first, then a session that runs it on what it is fed.

``import tensorflow as tf`` (or ``tensorflow.compat.v1``) in a script means this. It is small: placeholders, variables,
math, control flow, gradients and optimizers; a name that is not here raises ``AttributeError`` with the names that are.
"""

from __future__ import annotations

from typing import Any

import engine as _engine
from engine.tf import nn, train
from engine.tf.flow import cond, gradients, group, while_loop
from engine.tf.graph import Graph, Placeholder, constant, get_default_graph, reset_default_graph
from engine.tf.graph import Node as Tensor
from engine.tf.math import (
    PLAIN as _PLAIN,
)
from engine.tf.math import (
    REDUCED as _REDUCED,
)
from engine.tf.math import (
    argmax,
    cast,
    concat,
    expand_dims,
    matmul,
    ones,
    random_normal,
    random_uniform,
    reshape,
    squeeze,
    stack,
    transpose,
    zeros,
)
from engine.tf.missing import missing as _missing
from engine.tf.session import InteractiveSession, Session
from engine.tf.session import default_session as get_default_session
from engine.tf.variables import (
    Variable,
    assign,
    assign_add,
    assign_sub,
    constant_initializer,
    get_variable,
    global_variables,
    global_variables_initializer,
    glorot_uniform_initializer,
    ones_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    trainable_variables,
    zeros_initializer,
)

globals().update(_PLAIN)
globals().update(_REDUCED)
bool, float32, float64, int32, int64 = _engine.bool, _engine.float32, _engine.float64, _engine.int32, _engine.int64
placeholder = Placeholder
initialize_all_variables = global_variables_initializer
__version__ = "1.15 (the shape of it, on this engine)"


def set_random_seed(seed: int) -> None:
    """What the graph draws begins from here."""
    get_default_graph().seed = seed
    _engine.manual_seed(seed)


def disable_eager_execution() -> None:
    """Nothing to do: nothing here is eager."""


disable_v2_behavior = disable_eager_execution


def __getattr__(name: str) -> Any:
    if name == "compat":
        import importlib

        return importlib.import_module("engine.tf.compat")
    raise _missing("tf", name, globals())


__all__ = [
    "Graph", "InteractiveSession", "Placeholder", "Session", "Tensor", "Variable", "argmax", "assign", "assign_add",
    "assign_sub", "bool", "cast", "concat", "cond", "constant", "constant_initializer", "disable_eager_execution",
    "disable_v2_behavior", "expand_dims", "float32", "float64", "get_default_graph", "get_default_session", "get_variable",
    "global_variables", "global_variables_initializer", "glorot_uniform_initializer", "gradients", "group", "int32", "int64",
    "matmul", "nn", "ones", "ones_initializer", "placeholder", "random_normal", "random_normal_initializer",
    "random_uniform", "random_uniform_initializer", "reset_default_graph", "reshape", "set_random_seed", "squeeze", "stack",
    "train", "trainable_variables", "transpose", "while_loop", "zeros", "zeros_initializer",
]  # fmt: skip
