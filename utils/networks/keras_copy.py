"""A network of TFLearn's as a Keras model: the same answers, from pictures as they are stored.

Knows neither runs nor data sets; Keras is imported only when a model is built. Each function
follows one of `tflearn_cnn/building.py` or `tflearn_cnn/image_networks.py`, line by line; what
plays no part after training, dropout and augmentation, is left out.
"""

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.quiet import quiet_stderr
from utils.networks.tflearn_cnn.config import Config, has_shortcut

__all__ = ["keras_copy"]

EPSILON = 1e-5  # what tflearn.batch_normalization adds to the variance
# TFLearn's names of a layer's arrays, in the order of Keras's `set_weights`.
_ARRAYS = {
    "Conv2D": ("W", "b"),
    "FullyConnected": ("W", "b"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}


def keras_copy(
    config: Config, weights: Mapping[str, np.ndarray] | None, mean: float, std: float
) -> Any:
    """Return a functional Keras model that answers as the config's network with these weights.

    Its input are pictures (n, 32, 32, 3), values 0 to 255; its output are probabilities (n, 10).
    weights: by TFLearn's names, as `read_weights` returns them; None leaves those that Keras
        draws, by He's rule: a new network to train.
    mean, std: of all colour values of the training pictures; the model's first layer.
    Raises CourseError where the weights are another network's, and in a process that TFLearn has
    switched to graph mode.
    """
    if "tflearn" in sys.modules:
        raise CourseError(
            "A Keras model can't be built where TFLearn is imported: one kernel holds one engine.",
            "Do it in a notebook or a process of its own.",
        )
    with quiet_stderr():
        import keras
    pictures = keras.Input((32, 32, 3), name="pictures")
    build = _Builder(weights)
    standard = keras.layers.Rescaling(1 / std, -mean / std, name="standardise")(pictures)
    try:
        model = keras.Model(pictures, _NETWORKS[config.network](build, config, standard))
    except (KeyError, ValueError) as error:
        raise _another_network(config) from error
    if build.unused:
        raise _another_network(config)
    return model


def _another_network(config: Config) -> CourseError:
    return CourseError(
        f"These weights aren't those of the config's network, {config.network} of "
        f"{config.layers_text}.",
        "Give a run's folder as it was trained.",
    )


class _Builder:
    """Makes Keras layers in the order of TFLearn's, each with the next weights of its kind."""

    def __init__(self, weights: Mapping[str, np.ndarray] | None) -> None:
        self._weights = weights
        self.unused = set(weights or ())  # the names of those that no layer has taken
        self._counts = dict.fromkeys(_ARRAYS, 0)

    def conv(
        self, x: Any, name: str, filters: int, side: int, strides: int = 1, relu: bool = False
    ) -> Any:
        """Return a convolution; one whose result is normalised may have no bias."""
        arrays = self._next("Conv2D")
        return self._filled(
            "Conv2D", arrays, x, name,
            filters=filters, kernel_size=side, strides=strides, padding="same",
            use_bias=relu if arrays is None else len(arrays) == 2,
            activation="relu" if relu else None, kernel_initializer="he_normal",
        )  # fmt: skip

    def dense(self, x: Any, name: str, units: int, activation: str) -> Any:
        """Return a dense layer; TFLearn's flattens its input."""
        if len(x.shape) > 2:
            x = layer("Flatten", x, "flatten")
        arrays = self._next("FullyConnected")
        return self._filled("Dense", arrays, x, name, units=units, activation=activation)

    def norm(self, x: Any, name: str) -> Any:
        """Return a batch normalisation."""
        arrays = self._next("BatchNormalization")
        return self._filled("BatchNormalization", arrays, x, name, epsilon=EPSILON, momentum=0.9)

    def _next(self, kind: str) -> list[np.ndarray] | None:
        """Return the arrays of the next layer of a kind; TFLearn counts `Conv2D`, `Conv2D_1`, …"""
        scope = f"{kind}_{self._counts[kind]}" if self._counts[kind] else kind
        self._counts[kind] += 1
        if self._weights is None:
            return None
        names = [f"{scope}/{array}" for array in _ARRAYS[kind]]
        names = [name for name in names if name in self._weights or not name.endswith("/b")]
        self.unused -= set(names)
        return [self._weights[name] for name in names]

    def _filled(
        self, kind: str, arrays: list[np.ndarray] | None, x: Any, name: str, **words: Any
    ) -> Any:
        import keras

        made = getattr(keras.layers, kind)(name=name, **words)
        out = made(x)
        if arrays is not None:
            made.set_weights(arrays)
        return out


def layer(kind: str, x: Any, name: str, **words: Any) -> Any:
    """Return what a Keras layer without weights makes of x."""
    import keras

    return getattr(keras.layers, kind)(name=name, **words)(x)


def _sets(build: _Builder, config: Config, x: Any) -> Any:
    for number, layer_set in enumerate(config.layers):
        x = _convolutions(build, config, x, layer_set, f"set{number + 1}")
        if number < config.pooled_sets:
            kind = "MaxPooling2D" if config.pooling == "max" else "AveragePooling2D"
            x = layer(kind, x, f"set{number + 1}_pool", pool_size=2, padding="same")
    if config.global_pooling:
        x = layer("GlobalAveragePooling2D", x, "means")
    else:
        x = build.dense(x, "dense", config.dense_units, "relu")
    return build.dense(x, "classes", 10, "softmax")


def _convolutions(
    build: _Builder, config: Config, x: Any, layer_set: tuple[int, ...], name: str
) -> Any:
    shortcut, first = config.shortcut and has_shortcut(layer_set), None
    for place, filters in enumerate(layer_set):
        one, joined = f"{name}_conv{place + 1}", shortcut and place == len(layer_set) - 1
        bare = config.batch_norm or joined
        x = build.conv(x, one, filters, config.filter_size, relu=not bare)
        if config.batch_norm:
            x = build.norm(x, f"{name}_norm{place + 1}")
        if joined:
            x = layer("Add", [x, first], f"{name}_add")
        if bare:
            x = layer("ReLU", x, f"{name}_relu{place + 1}")
        first = x if first is None else first
    return x


def _nin(build: _Builder, config: Config, x: Any) -> Any:
    last = len(config.layers) - 1
    for number, filters in enumerate(config.layers):
        if number:
            x = layer("MaxPooling2D", x, f"set{number}_pool", pool_size=3, strides=2,
                      padding="same")  # fmt: skip
        for place, maps in enumerate(filters):
            side = 1 if place else (3 if number == last else 5)
            x = build.conv(x, f"set{number + 1}_conv{place + 1}", maps, side, relu=True)
    x = build.conv(x, "class_maps", 10, 1, relu=True)
    return layer("Softmax", layer("GlobalAveragePooling2D", x, "means"), "classes")


def _vgg(build: _Builder, config: Config, x: Any) -> Any:
    for number, filters in enumerate(config.layers, 1):
        for place, maps in enumerate(filters, 1):
            x = build.conv(x, f"set{number}_conv{place}", maps, 3, relu=True)
        x = layer("MaxPooling2D", x, f"set{number}_pool", pool_size=2, padding="same")
    for number in (1, 2):
        x = build.dense(x, f"dense{number}", config.dense_units, "relu")
    return build.dense(x, "classes", 10, "softmax")


def _resnet(build: _Builder, config: Config, x: Any) -> Any:
    x = build.conv(x, "first_conv", config.layers[0][0], 3)
    for number, stage in enumerate(config.layers, 1):
        for block in range(1, len(stage) // 2 + 1):
            halves = number > 1 and block == 1
            x = _residual(build, x, f"set{number}_block{block}", stage[0], 2 if halves else 1)
    return _classes_of(build, x)


def _residual(build: _Builder, x: Any, name: str, filters: int, strides: int) -> Any:
    made = _normalised(build, x, name, "1")
    made = build.conv(made, f"{name}_conv1", filters, 3, strides)
    made = build.conv(_normalised(build, made, name, "2"), f"{name}_conv2", filters, 3)
    if strides > 1 or x.shape[-1] != filters:
        x = _narrowed(x, f"{name}_shortcut", filters, strides)
    return layer("Add", [x, made], f"{name}_add")


def _narrowed(x: Any, name: str, filters: int, strides: int) -> Any:
    """Return x at every second place, with new maps of zeros, as a convolution that only copies.

    Keras has no layer that pads channels. A fixed filter of 1 x 1 for each map, 1 at the map's own
    channel, says it by a layer that every program for Keras models knows.
    """
    import keras

    copying = keras.layers.Conv2D(
        filters, 1, strides=strides, padding="same", use_bias=False, trainable=False, name=name
    )
    out = copying(x)
    copying.set_weights([np.eye(x.shape[-1], filters, dtype=np.float32)[np.newaxis, np.newaxis]])
    return out


def _densenet(build: _Builder, config: Config, x: Any) -> Any:
    growth, layers = config.layers[0][0], len(config.layers[0])
    x = build.conv(x, "first_conv", 16, 3)
    for block in range(1, 4):
        if block > 1:
            between = f"between{block - 1}"
            x = build.conv(_normalised(build, x, between), f"{between}_conv", x.shape[-1], 1)
            x = layer("AveragePooling2D", x, f"{between}_pool", pool_size=2, padding="same")
        for number in range(1, layers + 1):
            name = f"block{block}_layer{number}"
            made = build.conv(_normalised(build, x, name), f"{name}_conv", growth, 3)
            x = layer("Concatenate", [x, made], f"{name}_join")
    return _classes_of(build, x)


def _normalised(build: _Builder, x: Any, name: str, number: str = "") -> Any:
    return layer("ReLU", build.norm(x, f"{name}_norm{number}"), f"{name}_relu{number}")


def _classes_of(build: _Builder, x: Any) -> Any:
    means = layer("GlobalAveragePooling2D", _normalised(build, x, "last"), "means")
    return build.dense(means, "classes", 10, "softmax")


_NETWORKS: Mapping[str, Callable[[_Builder, Config, Any], Any]] = MappingProxyType(
    {"sets": _sets, "nin": _nin, "vgg": _vgg, "resnet": _resnet, "densenet": _densenet}
)
