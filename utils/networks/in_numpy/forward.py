"""What a network answers, layer by layer, in float64: the values that the cells carry.

NumPy alone: knows nothing of sheets or Keras.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils.networks.in_numpy.keras_layers import Layer, Network

__all__ = ["forward", "log_softmax", "shares", "softmax", "sums"]


def forward(network: Network, example: np.ndarray) -> list[np.ndarray]:
    """Return what each layer gives for one input, as float64 arrays of the layers' shapes.

    A softmax at the end isn't applied: the last array holds the logits.
    """
    values, x = [], np.asarray(example, dtype=np.float64)
    for layer in network.layers:
        x = _give(layer, x)
        values.append(x)
    return values


def sums(layer: Layer, x: np.ndarray) -> np.ndarray:
    """Return what a Dense layer gives before its activation: inputs times weights plus biases."""
    return x @ layer.weights + layer.biases


def shares(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of logits (classes,): positive, 1 together."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def _give(layer: Layer, x: np.ndarray) -> np.ndarray:
    if layer.kind == "Rescaling":
        y = x * layer.scale + layer.offset
    elif layer.kind == "Conv2D":
        y = np.einsum("yxcij,ijcf->yxf", _windows(layer, x, 0), layer.weights) + layer.biases
    elif layer.kind == "MaxPooling2D":
        y = _windows(layer, x, -np.inf).max(axis=(3, 4))
    elif layer.kind == "AveragePooling2D":
        y = np.nanmean(_windows(layer, x, np.nan), axis=(3, 4))
    elif layer.kind == "GlobalAveragePooling2D":
        y = x.mean(axis=(0, 1))
    elif layer.kind == "Flatten":
        y = x.reshape(-1)
    elif layer.kind == "Dense":
        y = sums(layer, x)
    else:  # ReLU acts below; Dropout changes nothing while the network only answers
        y = x
    return np.maximum(y, 0) if layer.activation == "relu" else y


def _windows(layer: Layer, x: np.ndarray, outside: float) -> np.ndarray:
    """Return all windows, (rows, columns, channels, window height, window width)."""
    top, bottom, left, right = layer.padding
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=outside)
    down, across = layer.stride
    return sliding_window_view(padded, layer.window, axis=(0, 1))[::down, ::across]


def cross_entropy(logits: np.ndarray, label: int) -> float:
    """Return −ln of the right class's share, without ever taking the logarithm of 0."""
    powers = np.exp(logits - logits.max())
    return float(np.log(powers.sum()) - (logits[label] - logits.max()))


def log_softmax(z: np.ndarray) -> np.ndarray:
    """Return ln p for logits z, (..., classes): z - ln Σ e^z, safe for logits of any size."""
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits z, (..., classes): e^z by the sum of all e^z."""
    return np.exp(log_softmax(z))
