"""TFLearn taken apart: its public names, and one training step through any of its layers."""

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from utils.networks.tflearn_cnn.compat import new_graph, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

ROWS = 2  # of every batch


def public(*modules: ModuleType) -> set[str]:
    """Return what the modules' sources define at their top level for others, whatever it is now.

    `get`, by which layers find an activation by name, is in most of them and no part itself.
    """
    kinds = (ast.FunctionDef, ast.ClassDef)
    trees = [ast.parse(inspect.getsource(module)) for module in modules]
    names = {node.name for tree in trees for node in tree.body if isinstance(node, kinds)}
    return {name for name in names - {"get"} if not name.startswith("_")}


@dataclass(frozen=True)
class Step:
    """What one training step did.

    loss: before it.
    shape: of the layer's output, without the batch.
    moved, stayed: the trainable variables that the step changed, and the others. `ahead` is added
        to the layer's input; it moves where gradients come through the layer.
    """

    loss: float
    shape: tuple[int, ...]
    moved: set[str]
    stayed: set[str]


def one_step(layer: Callable[[Any], Any], shape: tuple[int, ...], integers: int = 0) -> Step:
    """Build a layer in a graph of its own, train it for a step and have it predict.

    shape: of one row of its input.
    integers: the input is drawn from 0…integers - 1; 0 means normal numbers.
    """
    new_graph(seed=0, precision="float32")
    rng = np.random.default_rng(0)
    fed: np.ndarray = rng.normal(size=(ROWS, *shape)).astype(np.float32)
    entry = tflearn.input_data([None, *shape], dtype=tf.int64 if integers else tf.float32)
    if integers:
        fed, out = rng.integers(0, integers, (ROWS, *shape)), layer(entry)
    else:
        out = layer(entry + tf.get_variable("ahead", [1, *shape], initializer=tf.zeros_initializer))
    target = rng.normal(size=[ROWS, *out.shape[1:]]).astype(np.float32)
    loss = tflearn.mean_square(out, target)
    return _trained(out, loss, {entry: fed})


def _trained(out: Any, loss: Any, feed: dict[Any, np.ndarray]) -> Step:
    variables = tf.trainable_variables()
    train = tflearn.SGD(learning_rate=0.5).get_tensor().minimize(loss) if variables else tf.no_op()
    tflearn.config.init_training_mode()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tflearn.is_training(True, session)
        before = session.run(variables)
        _, value, made = session.run([train, loss, out], feed)
        after = session.run(variables)
        tflearn.is_training(False, session)
        assert np.isfinite(session.run(out, feed)).all()
    assert tuple(out.shape[1:]) == made.shape[1:]
    names = [variable.op.name for variable in variables]
    moved = {n for n, x, y in zip(names, before, after, strict=True) if not np.array_equal(x, y)}
    return Step(float(value), made.shape[1:], moved, set(names) - moved)


def fit_once(network: Any, x: np.ndarray, y: np.ndarray) -> tuple[float, Any, bool]:
    """Train a network that ends in a `regression` by TFLearn's own step.

    Returns the loss before the step, the model, and whether every weight (not bias) has changed.
    """
    model = tflearn.DNN(network)
    weights = [v for v in tf.trainable_variables() if v.shape.rank and v.shape.rank > 1]
    before = model.session.run(weights)
    loss = float(model.fit_batch(x, y))
    return loss, model, _all_changed(before, model.session.run(weights))


def _all_changed(before: Iterable[np.ndarray], after: Iterable[np.ndarray]) -> bool:
    return all(not np.array_equal(x, y) for x, y in zip(before, after, strict=True))
