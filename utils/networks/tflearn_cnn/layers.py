"""The CNN of the studies, in TFLearn; knows nothing of data sets or training loops."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from utils.networks.tflearn_cnn.augmentation import augment
from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.config import Config

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

__all__ = ["MASKED", "cifar_cnn", "dropped", "hidden_layers", "image_input"]

# The graph's collection of what `dropped` was applied to.
MASKED = "course/masked"


def image_input(config: Config, mean: float, std: float) -> Any:
    """Return the first layer: uint8 pictures become standardised, augmented float32.

    Pictures are fed as they are stored, (n, 32, 32, 3) uint8: a quarter of float32's bytes.
    mean, std: of all colour values of the training pictures, in 0…255.
    """
    images = tflearn.input_data(shape=[None, 32, 32, 3], dtype=tf.uint8, name="pictures")
    return augment((tf.cast(images, tf.float32) - mean) / std, config.flip, config.rotation)


def hidden_layers(config: Config) -> Iterator[dict[str, Any]]:
    """Yield the settings of one hidden layer after another.

    Each layer draws its first weights by a seed of its own, so that two variants start from
    the same weights wherever they have the same layers.
    """
    settings: dict[str, Any] = {"activation": "relu"}
    if config.regularizer != "none":
        settings |= {"regularizer": config.regularizer, "weight_decay": config.weight_decay}
    for seed in count(1000 * config.seed):
        yield settings | {"weights_init": tflearn.initializations.uniform_scaling(seed=seed)}


def dropped(network: Any, rate: float) -> Any:
    """Return the network with a layer that drops at this rate; itself for 0."""
    if not rate:
        return network
    tf.compat.v1.add_to_collection(MASKED, network)
    return tflearn.dropout(network, 1 - rate)  # TFLearn wants the *keep* probability


def cifar_cnn(config: Config, mean: float, std: float) -> Any:
    """Build the CNN of the studies: pictures in, ten probabilities out."""
    network, hidden = image_input(config, mean, std), hidden_layers(config)
    for layer_set in config.layers:
        for filters in layer_set:
            network = tflearn.conv_2d(network, filters, 3, **next(hidden))
        network = tflearn.max_pool_2d(network, 2)
    network = tflearn.fully_connected(network, config.dense_units, **next(hidden))
    network = tflearn.dropout(network, 1 - config.dropout)  # TFLearn wants the *keep* probability
    network = tflearn.fully_connected(network, 10, activation="softmax")
    return tflearn.regression(
        network, optimizer=config.optimizer, learning_rate=config.learning_rate,
        loss="categorical_crossentropy", to_one_hot=True, n_classes=10, name="labels",
    )  # fmt: skip
