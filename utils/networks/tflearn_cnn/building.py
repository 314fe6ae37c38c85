"""The network of any config: `cifar_cnn`, which the lessons show, or one that says more than it.

Knows nothing of data sets or training loops.
"""

from collections.abc import Iterator
from typing import Any

from utils.networks.tflearn_cnn.augmentation import augment
from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.layers import cifar_cnn, hidden_layers, image_input

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

__all__ = ["build_cnn", "pictures_in", "stated_cnn"]


def build_cnn(config: Config, mean: float, std: float) -> Any:
    """Build a config's network: by `cifar_cnn` unless one of its LATER fields says more."""
    return (stated_cnn if config.later else cifar_cnn)(config, mean, std)


def stated_cnn(config: Config, mean: float, std: float) -> Any:
    """Build the same as `cifar_cnn`, but what the LATER fields say, and no layer for dropout 0."""
    network, hidden = pictures_in(config, mean, std), hidden_layers(config)
    for number, layer_set in enumerate(config.layers):
        for filters in layer_set:
            network = tflearn.conv_2d(network, filters, 3, **next(hidden))
        if number < config.pooled_sets:
            network = tflearn.max_pool_2d(network, 2)
    network = tflearn.fully_connected(network, config.dense_units, **_dense(config, hidden))
    if config.dropout:
        network = tflearn.dropout(network, 1 - config.dropout)
    network = tflearn.fully_connected(network, 10, activation="softmax")
    return tflearn.regression(
        network, optimizer=config.optimizer, learning_rate=config.learning_rate,
        loss="categorical_crossentropy", to_one_hot=True, n_classes=10, name="labels",
    )  # fmt: skip


def pictures_in(config: Config, mean: float, std: float) -> Any:
    """Return the first layer: `image_input`, or one that turns pictures before they are centred.

    Turned first, their corners are 0, which is black; turned last, 0 is the mean colour.
    """
    if config.corners == "mean":
        return image_input(config, mean, std)
    images = tflearn.input_data(shape=[None, 32, 32, 3], dtype=tf.uint8, name="pictures")
    return (augment(tf.cast(images, tf.float32), config.flip, config.rotation) - mean) / std


def _dense(config: Config, hidden: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the dense layer's settings; its first weights have a seed of their own too."""
    settings = next(hidden)
    if config.dense_init == "truncated_normal":
        seed = 1000 * config.seed + sum(map(len, config.layers))
        settings["weights_init"] = tflearn.initializations.truncated_normal(seed=seed)
    return settings
