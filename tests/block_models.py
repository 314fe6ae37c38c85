"""Keras models of residual blocks, for the tests of sheets: of the shapes that people have.

Weights are for `described_models.build` to fill.
"""

import keras
from keras import layers

from utils.networks.keras_copy import _Builder, _resnet
from utils.networks.tflearn_cnn.config import Config


def ended(start, x):
    """Return the model whose maps end in means and three classes."""
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(start, layers.Dense(3, activation="softmax")(x))


def conv(filters, size=3, **options):
    return layers.Conv2D(filters, size, **{"padding": "same", **options})


def ladder():
    """As `course export keras` writes the ladder's network, of an odd size: the same code."""
    config = Config(network="resnet", layers=((2, 2), (3, 3)), dropout=0.0)
    start = keras.Input((7, 5, 3), name="pictures")
    return keras.Model(start, _resnet(_Builder(None), config, layers.Rescaling(1 / 60)(start)))


def first_paper():
    """As He et al. (2015): norms behind convolutions, ReLU behind the sum, a 1 × 1 shortcut."""
    start = keras.Input((6, 8, 2))
    x = layers.ReLU(name="to the block")(conv(2, name="first conv")(start))
    y = conv(3, strides=2, use_bias=False, name="block 1 conv a")(x)
    y = layers.ReLU(name="block 1 relu")(layers.BatchNormalization(name="block 1 norm a")(y))
    y = layers.BatchNormalization()(conv(3, use_bias=False, name="block 1 conv b")(y))
    x = layers.BatchNormalization()(conv(3, 1, strides=2, use_bias=False, name="shortcut 1×1")(x))
    return ended(start, layers.ReLU(name="end")(layers.Add(name="block 1 sum")([x, y])))


def around_input():
    """The input is added to what ReLU gives; then a sum of three, and of one thing twice."""
    start = keras.Input((5, 6, 2))
    y = conv(2, activation="relu", name="made")(start)
    x = layers.Add(name="with input")([y, start])
    three = layers.Add(name="three")([x, layers.MaxPooling2D(3, 1, padding="same")(x), start])
    twice = layers.Add(name="twice")([three, three])
    return ended(start, conv(2, 5)(twice))


def one_after_another():
    """Maps that several layers take: convolutions with and without zeros, a border, a norm."""
    start = keras.Input((7, 7, 1))
    x = conv(2, 2)(start)
    wide = layers.ZeroPadding2D(1)(layers.MaxPooling2D(3, 1)(x))
    sums = [conv(2, strides=1)(x), layers.BatchNormalization()(x), wide, layers.Dropout(0.5)(x)]
    x = layers.Activation("tanh")(layers.Add()(sums))
    return ended(start, layers.Add()([conv(2, padding="valid")(x), conv(2, padding="valid")(x)]))


def of_numbers():
    """Blocks of dense layers, whose inputs come from a list, a row and the list again."""
    start = keras.Input((3, 4, 1))
    flat = layers.Flatten()(start)
    x = layers.Add()([flat, layers.Dense(12, activation="tanh")(flat), flat])
    y = layers.LeakyReLU(0.1)(layers.BatchNormalization()(layers.Dense(12)(layers.ReLU()(x))))
    return ended(start, layers.Dropout(0.1)(layers.Add()([y, x])))


def nested():
    """A block that is a model of its own, within another; two of its names stand outside too."""
    inner = keras.Input((5, 5, 2))
    y = layers.ReLU(name="relu")(conv(2, name="conv")(inner))
    block = keras.Model(inner, layers.Add(name="sum")([inner, conv(2, name="conv b")(y)]))
    start = keras.Input((5, 5, 2))
    x = layers.ReLU(name="relu")(conv(2, name="conv")(start))
    return ended(start, keras.Sequential([keras.Input((5, 5, 2)), block, layers.ReLU()])(x))


def one_relu():
    """A layer without weights that works at three places."""
    start, relu = keras.Input((4, 4, 2)), layers.ReLU(name="relu")
    x = relu(conv(2)(start))
    return ended(start, relu(layers.Add()([x, relu(conv(2)(x)), x])))


def joined(name):
    """Return a model with a layer of that kind for two results, and spaces in its names."""
    start = keras.Input((4, 4, 3))
    x = layers.Add(name="a sum")([start, conv(3, name="my conv")(start)])
    return ended(start, getattr(layers, name)(name="joined")([x, conv(3, name="other")(x)]))


def shared():
    """Return a model of a convolution that works at two places."""
    start, twice = keras.Input((4, 4, 3)), conv(3, name="my conv")
    return ended(start, layers.Add()([start, twice(twice(start))]))


LOOPED = {"ladder": ladder, "first paper": first_paper, "around the input": around_input,
          "one after another": one_after_another, "of numbers": of_numbers}  # fmt: skip
OPENED = {"nested": nested, "one relu": one_relu}
REFUSED = {kind: lambda kind=kind: joined(kind) for kind in (
    "Concatenate", "Multiply", "Average")} | {"shared": shared}  # fmt: skip
MODELS = LOOPED | OPENED | REFUSED
