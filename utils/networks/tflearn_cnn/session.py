"""The CNN of a config in a TensorFlow session: one step, one evaluation, weights in and out.

Knows neither epochs nor folders of runs.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from utils.data import Split
from utils.networks.layer_weights import weights_by_layer
from utils.networks.processor import cpu_name
from utils.networks.standardising import mean_and_std
from utils.networks.tflearn_cnn.augmentation import DRAWN
from utils.networks.tflearn_cnn.building import RATE, build_cnn
from utils.networks.tflearn_cnn.compat import (
    gpus,
    kernels_in_use,
    new_graph,
    precision_in_use,
    tflearn,
)
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.layers import MASKED
from utils.networks.tflearn_cnn.running_mean import RunningMean, kept_variables

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly


__all__ = ["EVALUATION_BATCH", "CnnSession", "machine", "mean_and_std"]


# Evaluation in larger batches than training: no gradients need to be kept. Batches of 1,000 are a
# tenth faster by oneDNN's kernels in float32, a quarter slower by Eigen's, and take 150 MB more.
EVALUATION_BATCH = 250

_CONDITION = re.compile(r"^(\^?)cond(?=(?:_\d+)?/)")  # TensorFlow's name of the first `tf.cond`s

LAYER = "layer_tensor"  # of TFLearn's collections of what its layers return


class CnnSession:
    """The CNN of a config, its session and its two calls: one step, one evaluation."""

    def __init__(self, config: Config, mean: float, std: float) -> None:
        new_graph(seed=config.seed, precision=config.precision)
        self.model = tflearn.DNN(build_cnn(config, mean, std))
        self.session = self.model.session
        self.operation = self.model.trainer.train_ops[0]
        self.images, self.labels = self.model.inputs[0], self.model.targets[0]
        self._train, self._rate = self.operation.train, None
        if config.schedule != "constant":
            self._rate = self.session.graph.get_tensor_by_name(f"{RATE}:0")
        self._mean: RunningMean | None = None
        if config.average:
            self._mean = RunningMean(self.session, self._train, config.average)
            self._train = self._mean.step
        self.everything = tf.compat.v1.train.Saver(max_to_keep=None)
        self.weights = tf.compat.v1.train.Saver(kept_variables(), max_to_keep=None)

    def step(
        self, images: np.ndarray, labels: np.ndarray, rate: float | None = None
    ) -> tuple[float, float]:
        """Learn from one batch; return its loss (without penalty) and accuracy.

        rate: the learning rate, for a config whose rate falls.
        """
        op = self.operation
        feed: dict[Any, Any] = {self.images: images, self.labels: labels}
        if self._rate is not None:
            feed[self._rate] = rate
        _, loss, accuracy = self.session.run([self._train, op.loss, op.metric], feed)
        return float(loss), float(accuracy)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the weights be their running mean meanwhile, where the config keeps one."""
        with self._mean.in_place() if self._mean else nullcontext():
            yield

    def skip(self, batches: Iterable[int]) -> None:
        """Draw what training steps of these sizes draw, and throw it away.

        TensorFlow's random ops begin their streams anew in a new session, and no checkpoint holds
        how far they were. So a run that goes on first draws the turns, the mirrorings and the masks
        of dropout that its earlier steps had: a few hundredths of their time.
        """
        graph = self.session.graph
        masked = [one for name, one in self._layers() if name.startswith("Dropout")]
        into = graph.get_collection(MASKED)
        if masked and not into:  # by `cifar_cnn`, which is a lesson's and keeps no such list
            into = graph.get_collection(f"{LAYER}/FullyConnected")[:1]
        drawn = [tensor.op for tensor in [*graph.get_collection(DRAWN), *masked]]
        draw = self.session.make_callable(drawn, [self.images, *into])
        tflearn.is_training(True, self.session)
        for size in batches:
            draw(
                np.zeros((size, *self.images.shape[1:]), np.uint8),
                *(np.zeros((size, *one.shape[1:]), np.float32) for one in into),
            )

    def _layers(self) -> list[tuple[str, Any]]:
        """Return what TFLearn's layers return, each with the layer's name."""
        graph, prefix = self.session.graph, f"{LAYER}/"
        names = [name for name in graph.collections if str(name).startswith(prefix)]
        return [(name[len(prefix) :], one) for name in names for one in graph.get_collection(name)]

    def evaluate(self, split: Split) -> tuple[float, float]:
        """Return mean loss and accuracy over a split, dropout and augmentation off."""
        return self.measure(split)[:2]

    def measure(self, split: Split) -> tuple[float, float, np.ndarray]:
        """Return what `evaluate` does, and the class that was said of each picture, (n,) int64."""
        op, total, said = self.operation, np.zeros(2), np.zeros(len(split), np.int64)
        tflearn.is_training(False, self.session)
        for start in range(0, len(split), EVALUATION_BATCH):
            batch = slice(start, start + EVALUATION_BATCH)
            feed = {self.images: split.images[batch], self.labels: split.labels[batch]}
            *means, shares = self.session.run([op.loss, op.metric, self.model.net], feed)
            total += np.multiply(means, len(split.labels[batch]))
            said[batch] = shares.argmax(axis=1)
        loss, accuracy = total / len(split)
        return float(loss), float(accuracy), said

    def layers(self) -> dict[str, np.ndarray]:
        """Return each layer's weights, as they are now, by its name; see `weights_by_layer`."""
        return weights_by_layer(self.session.run(tf.compat.v1.trainable_variables()))

    def graph(self) -> bytes:
        """Return the way from pictures to probabilities as a serialized GraphDef: 13 kB.

        What trains, saves and starts the network is left out. Flip and rotation, for which
        TensorFlow has no better name than `cond`, are called by what they do.
        """
        everything = self.session.graph.as_graph_def()
        way = tf.compat.v1.graph_util.extract_sub_graph(everything, [self.model.net.op.name])
        for node in way.node:
            node.name = _CONDITION.sub("augmentation/step", node.name)
            for place, name in enumerate(node.input):
                node.input[place] = _CONDITION.sub(r"\1augmentation/step", name)
        content: bytes = way.SerializeToString()
        return content

    def close(self) -> None:
        """Give the session's memory back."""
        self.session.close()


def machine(precision: str = "auto") -> dict[str, str]:
    """Return what a record says of the hardware: processor, precision and kernels in use."""
    if gpus():
        name = tf.config.experimental.get_device_details(gpus()[0]).get("device_name", "GPU")
    else:
        name = cpu_name()
    return {
        "machine": name,
        "precision": precision_in_use(precision),
        "kernels": kernels_in_use(),
    }
