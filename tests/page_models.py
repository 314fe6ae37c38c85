"""Keras models for the tests of pages, with random weights; each kind of layer that a page takes."""

import keras
import numpy as np
from keras import layers

SHAPE = (9, 8, 3)


def filled(model, seed=0):
    """Give a model small random weights; variances stay above 0."""
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(0, 0.3, one.shape) for one in model.get_weights()])
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_variance.assign(np.abs(layer.moving_variance) + 0.1)
    return model


def chain(*given, shape=SHAPE, end=None):
    end = layers.Dense(3, activation="softmax") if end is None else end
    return keras.Sequential([keras.Input(shape), *given, end])


def conv(filters=3, size=3, **options):
    return layers.Conv2D(filters, size, **options)


def normal(axis_mean=0.2, **options):
    return layers.Normalization(mean=[axis_mean, 0.1, -0.3], variance=[0.5, 1.0, 2.0], **options)


def chains():
    """Yield name and model of chains of layers."""
    flat, act = layers.Flatten, layers.Activation
    yield "strides, valid, leaky", chain(conv(strides=2, activation="leaky_relu"), flat())
    yield "same, strided, sigmoid, no bias", chain(
        conv(size=(2, 3), strides=(2, 1), padding="same", use_bias=False, activation="sigmoid"),
        layers.GlobalAveragePooling2D())  # fmt: skip
    yield "norms", chain(
        layers.BatchNormalization(), conv(activation="relu"), layers.BatchNormalization(),
        conv(use_bias=False), layers.BatchNormalization(scale=False), layers.LeakyReLU(0.1),
        flat(), layers.BatchNormalization(epsilon=0.1))  # fmt: skip
    yield (
        "a border, overlapping pooling",
        chain(layers.ZeroPadding2D(((1, 2), (0, 3))), layers.MaxPooling2D(3, 2), flat()),
    )
    yield "means at the edge", chain(layers.AveragePooling2D(3, 2, padding="same"), flat())
    yield "largest at the edge", chain(
        act("linear"), conv(), layers.MaxPooling2D((2, 3), padding="same"),
        layers.GlobalMaxPooling2D())  # fmt: skip
    yield (
        "scaled a channel",
        chain(layers.Rescaling([1.0, 2.0, 0.5], offset=[0.0, 1.0, -1.0]), normal(), flat()),
    )
    yield "laid out anew", chain(
        flat(), layers.Dense(12, activation="tanh"), layers.Reshape((2, 3, 2)),
        layers.ReLU(negative_slope=0.2), flat())  # fmt: skip
    yield "what only trains", chain(
        layers.RandomFlip(), layers.GaussianNoise(0.1), layers.Dropout(0.5), flat(),
        layers.Dense(5, activation="relu"), layers.Dropout(0.5))  # fmt: skip
    yield "logits", chain(conv(activation="tanh"), flat(), end=layers.Dense(4))
    yield "softmax as a layer", chain(conv(), flat(), layers.Dense(4), end=layers.Softmax())
    yield (
        "one sigmoid",
        chain(conv(), layers.GlobalAveragePooling2D(), end=layers.Dense(1, activation="sigmoid")),
    )
    yield "numbers in a row", chain(layers.Dense(6, activation="relu"), shape=(7,))


def graphs():
    """Yield name and model of layers that branch."""
    yield "added", branched(lambda x: layers.Add()([x, conv(padding="same")(x), x]))
    yield (
        "side by side",
        branched(
            lambda x: layers.Concatenate()(
                [conv(2, padding="same")(x), x, conv(1, padding="same")(x)]
            )
        ),
    )
    yield (
        "numbers side by side",
        branched(
            lambda x: layers.Concatenate(axis=1)(
                [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)]
            )
        ),
    )
    yield "a norm of what another takes too", branched(normed_and_not)
    yield (
        "a norm behind what only trains",
        branched(lambda x: normed_and_not(x, layers.GaussianNoise(0.1))),
    )
    yield "a layer used twice", branched(twice)
    yield "a model within, used twice", branched(within)
    yield (
        "the input itself, added at the end",
        branched(lambda x: layers.Add()([x, layers.Dropout(0.2)(x)]), first=False),
    )


def branched(middle, first=True):
    start = keras.Input(SHAPE)
    x = conv(3, padding="same")(start) if first else start
    x = middle(x)
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    return keras.Model(start, layers.Dense(3, activation="softmax")(x))


def normed_and_not(x, between=None):
    y = between(x) if between else x
    return layers.Concatenate()([x, layers.BatchNormalization()(y)])


def twice(x):
    layer = conv(3, padding="same", activation="tanh")
    return layers.Add()([layer(layer(x)), x])


def within(x):
    start = keras.Input((None, None, 3))
    inner = keras.Model(start, layers.Add()([start, conv(3, padding="same")(start)]))
    return keras.Sequential([inner, layers.ReLU()])(inner(x))


def mixed():
    """A chain of a picture's pixels: norms, leaky ReLU, means, strides, no padding."""
    return filled(chain(
        layers.Rescaling(1 / 255), conv(6, 3, strides=2), layers.BatchNormalization(),
        layers.LeakyReLU(0.1), layers.AveragePooling2D(2), conv(8, 3, activation="relu"),
        layers.BatchNormalization(), layers.Flatten(), shape=(32, 32, 3)))  # fmt: skip


def residual():
    """A residual network of a picture's pixels: 16 by 16, three blocks, one of them strided."""
    start = keras.Input((16, 16, 3))
    x = layers.ReLU()(layers.BatchNormalization()(conv(8, padding="same")(
        layers.Rescaling(1 / 255)(start))))  # fmt: skip
    for filters, strides in ((8, 1), (16, 2), (16, 1)):
        y = conv(filters, strides=strides, padding="same", use_bias=False)(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(conv(filters, padding="same", use_bias=False)(y))
        if strides > 1:
            x = layers.BatchNormalization()(conv(filters, 1, strides=strides)(x))
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return filled(keras.Model(start, layers.Dense(10, activation="softmax")(x)))


def refused():
    """Yield what is said of a model that no page can be made of, and the model."""
    start = keras.Input(SHAPE)
    one, other = conv(3, padding="same")(start), conv(1, padding="same")(start)
    end = layers.Dense(2, activation="softmax")
    flat = layers.Flatten()(start)

    def model(x):
        return keras.Model(start, end(layers.GlobalAveragePooling2D()(x)))

    yield (
        "takes 2 results at once. Only Add and Concatenate",
        model(layers.Multiply()([one, start])),
    )
    yield (
        "adds (9, 8, 3) and (9, 8, 1). Give it results of one shape",
        model(layers.Add()([one, other])),
    )
    yield "has axis = 1. Only the last one", model(layers.Concatenate(axis=1)([one, start]))
    yield "(Add), which is no layer. Write it as one", model(one + start)
    yield (
        "has 1 input and 2 outputs",
        keras.Model(start, [layers.Dense(2)(flat), layers.Dense(3)(flat)]),
    )
    yield "has 2 inputs and 1 output", keras.Model(
        [start, second := keras.Input(SHAPE)],
        layers.Dense(2)(layers.Flatten()(layers.Add()([start, second]))))  # fmt: skip
    yield "(DepthwiseConv2D) can't be expressed", chain(layers.DepthwiseConv2D(3), layers.Flatten())
    yield "inputs of shape (7,), which no picture has", chain(shape=(7,))
    yield (
        "inputs of shape (6, 6, 2), which no picture has",
        chain(layers.Flatten(), shape=(6, 6, 2)),
    )
    yield (
        "(None, None, 3); (height, width, channels) are needed",
        chain(layers.GlobalAveragePooling2D(), shape=(None, None, 3)),
    )


MODELS = {"mixed": mixed, "residual": residual}
