"""What a network answers, layer by layer, in float64: the values that the cells carry.

NumPy alone: knows nothing of sheets or Keras.
"""

import numpy as np

from utils.networks.in_numpy.functions import average_pool, convolve, max_pool, relu, sigmoid
from utils.networks.in_numpy.plain_layers import Layer, Network, sources

__all__ = ["LOWEST", "class_logits", "forward", "sums"]

LOWEST = -700  # of a sigmoid: e to the power of 709.8 is the largest number, here and in a cell


def forward(network: Network, example: np.ndarray) -> list[np.ndarray]:
    """Return what each layer gives for one input, as float64 arrays of the layers' shapes.

    A softmax or sigmoid at the end isn't applied: the last array holds the logits.
    """
    values: list[np.ndarray] = []
    first = np.asarray(example, dtype=np.float64)
    for number, layer in enumerate(network.layers):
        given = [first if one < 0 else values[one] for one in sources(layer, number)]
        values.append(_merge(layer, given) if len(given) > 1 else _give(layer, given[0]))
    return values


def _merge(layer: Layer, given: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(given, axis=-1) if layer.kind == "Concatenate" else np.sum(given, axis=0)


def class_logits(last: np.ndarray) -> np.ndarray:
    """Return one logit a class, (classes,), of what the last layer gives.

    One number alone is the logit z of the second of two classes: softmax of 0 and z is sigmoid.
    """
    return np.array([0.0, last[0]]) if last.shape == (1,) else last


def sums(layer: Layer, x: np.ndarray) -> np.ndarray:
    """Return what a Dense layer gives before its activation: inputs times weights plus biases."""
    return x @ layer.weights + layer.biases


def _give(layer: Layer, x: np.ndarray) -> np.ndarray:
    geometry = layer.stride, layer.padding
    if layer.kind in ("Rescaling", "BatchNormalization"):
        y = x * layer.scale + layer.offset
    elif layer.kind == "Conv2D":
        y = convolve(x, layer.weights, *geometry) + layer.biases
    elif layer.kind == "MaxPooling2D":
        y = max_pool(x, layer.window, *geometry)
    elif layer.kind == "AveragePooling2D":
        y = average_pool(x, layer.window, *geometry)
    elif layer.kind == "ZeroPadding2D":
        top, bottom, left, right = layer.padding
        y = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    elif layer.kind == "GlobalMaxPooling2D":
        y = x.max(axis=(0, 1))
    elif layer.kind == "GlobalAveragePooling2D":
        y = x.mean(axis=(0, 1))
    elif layer.kind in ("Flatten", "Reshape"):
        y = x.reshape(layer.shape)
    elif layer.kind == "Dense":
        y = sums(layer, x)
    else:  # activations act below; Dropout changes nothing while the network only answers
        y = x
    return _activated(layer, y)


def _activated(layer: Layer, z: np.ndarray) -> np.ndarray:
    if layer.applied == "relu":
        return relu(z)
    if layer.applied == "leaky_relu":
        return relu(z) + layer.slope * np.minimum(z, 0)
    if layer.applied == "sigmoid":
        return sigmoid(np.maximum(z, LOWEST))
    return np.tanh(z) if layer.applied == "tanh" else z
