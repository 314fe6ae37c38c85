"""The network of any config: `cifar_cnn`, which the lessons show, or one that says more than it.

Knows nothing of data sets or training loops.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from utils.networks.tflearn_cnn.augmentation import augment
from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.config import Config, LayerSet, has_shortcut
from utils.networks.tflearn_cnn.layers import cifar_cnn, dropped, hidden_layers, image_input
from utils.networks.tflearn_cnn.named_networks import named_network

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

__all__ = ["RATE", "build_cnn", "pictures_in", "stated_cnn"]

RATE = "learning_rate"  # the name of what the falling rate is fed to


def build_cnn(config: Config, mean: float, std: float) -> Any:
    """Build a config's network: by `cifar_cnn` unless one of its LATER fields says more."""
    if not config.later:
        return cifar_cnn(config, mean, std)
    if config.network == "sets":
        return stated_cnn(config, mean, std)
    return trained(named_network(config, pictures_in(config, mean, std)), config)


def stated_cnn(config: Config, mean: float, std: float) -> Any:
    """Build the same as `cifar_cnn`, but what the LATER fields say, and no layer for dropout 0."""
    network, hidden = pictures_in(config, mean, std), hidden_layers(config)
    for number, layer_set in enumerate(config.layers):
        network = _convolutions(network, layer_set, config, hidden)
        if number < config.pooled_sets:
            pool = tflearn.max_pool_2d if config.pooling == "max" else tflearn.avg_pool_2d
            network = pool(network, 2)
    if config.global_pooling:
        network = tflearn.global_avg_pool(network)
    else:
        network = tflearn.fully_connected(network, config.dense_units, **_dense(config, hidden))
    network = dropped(network, config.dropout)
    network = tflearn.fully_connected(network, 10, activation="softmax")
    return trained(network, config)


def _convolutions(
    network: Any, layer_set: LayerSet, config: Config, hidden: Iterator[dict[str, Any]]
) -> Any:
    """Return what a set's convolutions make of their input, before the pooling."""
    shortcut = config.shortcut and has_shortcut(layer_set)
    first: Any = None
    for place, filters in enumerate(layer_set):
        joined = shortcut and place == len(layer_set) - 1
        if not config.batch_norm and not joined:
            network = tflearn.conv_2d(network, filters, config.filter_size, **next(hidden))
        else:
            network = _bare(network, filters, config, next(hidden))
            if joined:
                network = network + first
            network = tflearn.activation(network, "relu")
        first = network if first is None else first
    return network


def _bare(network: Any, filters: int, config: Config, settings: dict[str, Any]) -> Any:
    """Return a convolution without its ReLU; normalised, it needs no bias: `beta` is one."""
    settings = settings | {"activation": "linear", "bias": not config.batch_norm}
    network = tflearn.conv_2d(network, filters, config.filter_size, **settings)
    return tflearn.batch_normalization(network) if config.batch_norm else network


def trained(network: Any, config: Config) -> Any:
    """Put TFLearn's training step behind a network; its rate is fed where it falls."""
    rate: Any = config.learning_rate
    optimizer: Any = config.optimizer
    if config.schedule != "constant":
        rate = tf.compat.v1.placeholder_with_default(np.float32(rate), [], RATE)
        optimizer = tflearn.optimizers.get(optimizer)(learning_rate=rate)
    return tflearn.regression(
        network, optimizer=optimizer, learning_rate=rate,
        loss="categorical_crossentropy", to_one_hot=True, n_classes=10, name="labels",
    )  # fmt: skip


def pictures_in(config: Config, mean: float, std: float) -> Any:
    """Return the first layer: `image_input`, or one that turns pictures before they are centred.

    Turned first, their corners are 0, which is black; turned last, 0 is the mean colour.
    """
    if config.corners == "mean" and not config.crop:
        return image_input(config, mean, std)
    images = tflearn.input_data(shape=[None, 32, 32, 3], dtype=tf.uint8, name="pictures")
    pictures, changes = tf.cast(images, tf.float32), (config.flip, config.rotation, config.crop)
    if config.corners == "mean":
        return augment((pictures - mean) / std, *changes)
    return (augment(pictures, *changes) - mean) / std


def _dense(config: Config, hidden: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the dense layer's settings; its first weights have a seed of their own too."""
    settings = next(hidden)
    if config.dense_init == "truncated_normal":
        seed = 1000 * config.seed + sum(map(len, config.layers))
        settings["weights_init"] = tflearn.initializations.truncated_normal(seed=seed)
    return settings
