"""TFLearn's own training step, without what `fit` does around it: its log, threads, shuffling."""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["take_steps"]


def take_steps(
    model: Any, x: np.ndarray, y: np.ndarray, n: int, on_step: Callable[[int], None]
) -> None:
    """Train a `tflearn.DNN` for n steps, each on all rows in their order.

    It ends at the weights of `fit(x, y, n_epoch=n, shuffle=False)` where one batch holds all rows.

    model: of one input and one `regression`.
    x, y: (rows, inputs) and (rows, outputs) float32.
    on_step: called after each step with its number, from 1.
    """
    inputs = [model.inputs[0], model.targets[0]]
    step = model.session.make_callable(model.trainer.train_ops[0].train, inputs)
    for number in range(1, n + 1):
        step(x, y)
        on_step(number)
