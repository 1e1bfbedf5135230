"""TensorFlow 1's shape: symbols first, then a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import tf
from engine.recorder import schema
from engine.tf.graph import FailedPreconditionError, InvalidArgumentError
from tests.engine.recording import Recording


@pytest.fixture(autouse=True)
def graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def value(fetches: Any, feed: Any = None) -> Any:
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed)


def test_a_graph_computes_nothing_until_a_session_feeds_it() -> None:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.reduce_sum(x * 2.0 + 1.0, axis=1)
    assert repr(y) == "<tf.Tensor 'Sum:0'>"
    assert value(y, {x: [[1, 2], [3, 4]]}).tolist() == [8.0, 16.0]
    assert value({"a": y, "b": [y, x]}, {x: [[0, 0]]})["b"][0].tolist() == [2.0]


@pytest.mark.parametrize(
    "optimizer",
    [tf.train.GradientDescentOptimizer(0.1), tf.train.MomentumOptimizer(0.05, 0.5), tf.train.AdamOptimizer(0.3)],
    ids=["sgd", "momentum", "adam"],
)
def test_minimize_finds_the_minimum_and_variables_stay_between_runs(optimizer: Any) -> None:
    w = tf.Variable([0.0, 5.0], name="w")
    loss = tf.reduce_sum(tf.square(w - 3.0))
    step = optimizer.minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(loss)
        for _ in range(150):
            assert session.run(step) is None
        assert session.run(loss) < 0.01 < first
        assert np.allclose(session.run(w), 3.0, atol=0.1)


def test_apply_gradients_does_what_minimize_does() -> None:
    a, b = tf.Variable(1.0, name="a"), tf.Variable(1.0, name="b")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    one = optimizer.minimize(a * a * 2.0, [a])
    other = optimizer.apply_gradients(optimizer.compute_gradients(b * b * 2.0, [b]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run([one, other])
        assert session.run(a) == session.run(b) == np.float32(0.6)


def test_cond_decides_on_every_run_and_computes_one_way_only() -> None:
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0.0, lambda: x * 3.0, lambda: x * x)
    slope = tf.gradients(y, x)[0]
    assert value([y, slope], {x: 2.0}) == [6.0, 3.0]
    assert value([y, slope], {x: -2.0}) == [4.0, -4.0]


def test_while_loop_runs_as_often_as_it_takes() -> None:
    n = tf.placeholder(tf.int32, [])
    i, power = tf.while_loop(lambda i, p: i < n, lambda i, p: (i + 1, p * 2.0), [0, 1.0])
    assert value([i, power], {n: 5}) == [5, 32.0]
    assert value(power, {n: 0}) == 1.0


def test_gradients_of_gradients() -> None:
    x = tf.placeholder(tf.float32, [])
    first = tf.gradients(tf.pow(x, 3.0), x)[0]
    second = tf.gradients(first, x)[0]
    assert np.allclose(value([first, second], {x: 2.0}), [12.0, 12.0])


def test_assign_runs_after_what_is_read() -> None:
    v = tf.Variable(1.0, name="v")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([v.assign_add(2.0), v]) == [None, 1.0]
        assert session.run(v) == 3.0


@pytest.mark.parametrize("name", ["sqrt", "exp", "log", "tanh", "sigmoid", "square", "abs", "negative"])
def test_math_is_numpys(name: str) -> None:
    x = np.array([0.5, 1.5], np.float32)
    wanted = {"sigmoid": lambda a: 1 / (1 + np.exp(-a))}.get(name) or getattr(np, name)
    assert np.allclose(value(getattr(tf, name)(x)), wanted(x))


def test_losses_of_nn() -> None:
    logits = tf.constant([[2.0, 0.0], [0.0, 1.0]])
    one_hot = tf.nn.softmax_cross_entropy_with_logits(labels=tf.constant([[1.0, 0.0], [0.0, 1.0]]), logits=logits)
    sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=logits)
    assert np.allclose(value(one_hot), value(sparse))
    assert np.allclose(value(sparse), [np.log1p(np.exp(-2)), np.log1p(np.exp(-1))])


# ------------------------------------------------------------------------------------------------ refusals


def test_a_symbol_is_no_bool_and_no_number() -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    with pytest.raises(TypeError, match=r"'x:0'> as a Python `bool` is not allowed.*tf.cond"):
        bool(x)
    with pytest.raises(TypeError, match="has no value before a session runs it"):
        float(x)
    with pytest.raises(TypeError, match="cannot be iterated over"):
        iter(x)


def test_what_is_not_fed_or_does_not_fit_is_said() -> None:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with pytest.raises(InvalidArgumentError, match="You must feed a value for placeholder tensor 'x'"):
        value(x * 1.0)
    with pytest.raises(InvalidArgumentError, match=r"shape \(3,\) for placeholder 'x', which has shape \(None, 2\)"):
        value(x, {x: [1, 2, 3]})
    with pytest.raises(TypeError, match="a placeholder is needed as key, not str"):
        value(x, {"x": 1})
    with pytest.raises(TypeError, match="has invalid type int"):
        value(3)


def test_variables_want_their_initialiser() -> None:
    v = tf.Variable(1.0, name="v")
    with tf.Session() as session, pytest.raises(FailedPreconditionError, match=r"uninitialized value v: run sess\.run"):
        session.run(v)
    with pytest.raises(TypeError, match=r"only a tf\.Variable keeps a value"):
        tf.assign(tf.constant(1.0), 2.0)
    with pytest.raises(ValueError, match="Variable v already exists"):
        tf.get_variable("v", [2])
    with pytest.raises(ValueError, match="must be fully defined"):
        tf.get_variable("u")


def test_other_mistakes_are_said() -> None:
    with pytest.raises(ValueError, match="No variables to optimize"):
        tf.train.AdamOptimizer().minimize(tf.constant(1.0))
    with pytest.raises(ValueError, match="takes 1 values and gives 2"):
        tf.while_loop(lambda i: i < 3, lambda i: (i, i), [0])
    with pytest.raises(ValueError, match="No default session"):
        tf.constant(1.0).eval()
    session = tf.Session()
    session.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run(tf.constant(1.0))
    here = tf.constant(1.0)
    with tf.Graph().as_default(), pytest.raises(ValueError, match="of another graph"):
        here + 1.0
    with pytest.raises(KeyError, match="no tensor 'q:0'"):
        tf.get_default_graph().get_tensor_by_name("q:0")


@pytest.mark.parametrize(
    ("module", "name", "tip"),
    [
        (tf, "reduce_sums", "tf.reduce_sum"),
        (tf.nn, "relu7", "tf.nn.relu"),
        (tf.train, "AdamOptimiser", "AdamOptimizer"),
    ],
)
def test_unknown_names_say_the_nearest_and_the_list(module: Any, name: str, tip: str) -> None:
    with pytest.raises(AttributeError, match=f"no '{name}' here. Did you mean .*{tip}.*There are: ") as told:
        getattr(module, name)
    assert "annotations" not in str(told.value)


# ------------------------------------------------------------------------------------------------ recorded

SCRIPT = """
import {name} as tf
x = tf.placeholder(tf.float32, [], name="x")
w = tf.Variable(2.0, name="w")
y = x * w
loss = tf.square(y - 1.0)
step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(step, feed_dict={{x: 1.0}})
    print(sess.run(w))
"""


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow.compat.v1"])
def test_a_recorded_session_draws_each_run_as_a_pass_at_the_lines_of_the_graph(name: str) -> None:
    run = Recording(SCRIPT.format(name=name))
    assert run.status == 0
    assert run.printed.startswith("1.512")
    trained = [e for e in run.all(schema.PassEnd) if e.kind == "train"]
    assert len(trained) == 3
    assert len({e.graph for e in trained}) == 1
    lines = {s.site: s.line for s in run.all(schema.Site)}
    forward = [(e.name, lines[e.site or 0]) for e in run.all(schema.Op) if e.phase == "forward" and e.pass_ == 2]
    assert forward == [("mul", 5), ("sub", 6), ("mul", 6)]


def test_a_part_that_is_not_here_says_what_is() -> None:
    run = Recording("import tensorflow.keras.layers\n")
    assert "of TensorFlow there is the shape of version 1" in run.only(schema.Error).message
