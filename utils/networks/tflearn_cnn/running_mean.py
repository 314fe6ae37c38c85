"""A running mean of all weights beside them, and the weights swapped for it while one measures.

Knows neither configs nor layers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from utils.networks.tflearn_cnn import compat  # noqa: F401  # switches to graph mode first

import tensorflow as tf  # isort: skip

__all__ = ["RunningMean", "kept_variables"]

MEASURED = ("moving_mean", "moving_variance")  # by batch normalization, as TFLearn names it


def kept_variables() -> list[Any]:
    """Return what a trained network is: its weights, and what batch normalization has measured."""
    measured = [
        one for one in tf.compat.v1.global_variables() if one.op.name.rpartition("/")[2] in MEASURED
    ]
    return [*tf.compat.v1.trainable_variables(), *measured]


class RunningMean:
    """The running mean of what `kept_variables` returns; after each step it moves towards them.

    Source: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging (1992);
    tf.train.ExponentialMovingAverage, which moves faster at the start, (1 + t) / (10 + t) of the
    mean staying at step t, so that the first weights are soon forgotten.
    """

    def __init__(self, session: Any, train: Any, decay: float) -> None:
        """Put the mean behind a training step, which `step` names from now on.

        session: what runs it; the mean begins at the weights that it has now.
        train: the step's operation. decay: how much of the mean stays at a step at most.
        """
        kept = kept_variables()
        steps = tf.compat.v1.Variable(0.0, trainable=False, name="running_mean/steps")
        mean = tf.train.ExponentialMovingAverage(decay, num_updates=steps)
        with tf.control_dependencies([train]):
            counted = steps.assign_add(1.0)
        with tf.control_dependencies([counted]):
            self.step = mean.apply(kept)
        self._session, self._kept = session, kept
        self._swap = [one.assign(mean.average(one)) for one in kept]
        begin = [mean.average(one).assign(one) for one in kept]
        session.run([steps.initializer, *begin])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the weights be their mean meanwhile."""
        own = self._session.run(self._kept)
        self._session.run(self._swap)
        try:
            yield
        finally:
            for variable, value in zip(self._kept, own, strict=True):
                variable.load(value, self._session)
