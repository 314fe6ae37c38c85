"""Keras models as the tests' requests describe them."""

import block_models
import keras
import numpy as np
from keras import layers


def build(spec):
    """Return the Keras model that a test describes, with random weights and biases.

    It is a chain of layers, or one of `block_models`, by its name. What isn't to be trained stays.
    """
    keras.utils.set_random_seed(spec["seed"])
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(spec.get("dtype", policy))
    if "block" in spec:
        model = block_models.MODELS[spec["block"]]()
    else:
        chain = [getattr(layers, kind)(**with_layers(options)) for kind, options in spec["layers"]]
    keras.config.set_dtype_policy(policy)
    if "block" not in spec:
        model = chained(spec, chain)
    fixed = [(one, one.get_weights()) for one in model._flatten_layers() if not one.trainable]
    random = np.random.default_rng(spec["seed"])
    model.set_weights([random.normal(0, 0.7, w.shape) for w in model.get_weights()])
    for layer, weights in fixed:
        layer.set_weights(weights)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_variance.assign(np.abs(layer.moving_variance) + 0.01)
    return model


def chained(spec, chain):
    """Return the model of a chain of layers."""
    start = keras.Input(tuple(spec["input"]))
    if not spec["functional"]:
        return keras.Sequential([start, *chain])
    x = start
    for layer in chain:
        x = layer(x)
    return keras.Model(start, x)


def with_layers(options):
    """Return a layer's options; an activation may be described as a layer: [kind, options]."""
    given = options.get("activation")
    if not isinstance(given, list):
        return options
    return options | {"activation": getattr(layers, given[0])(**given[1])}
