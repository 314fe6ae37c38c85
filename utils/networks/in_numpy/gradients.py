"""The gradient of a small CNN's loss for every weight, layer by layer, in float64.

NumPy alone: knows nothing of sheets or Keras.
"""

from dataclasses import dataclass, replace

import numpy as np

from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.functions import cross_entropy, softmax, windows
from utils.networks.in_numpy.plain_layers import Layer, Network

__all__ = ["TINY", "Gradients", "gradients", "loss", "step", "tiny_network"]

TINY = "tiny, never trained"


@dataclass(frozen=True)
class Gradients:
    """How the loss changes with each number, in float64.

    logits: (classes,); weights: of Dense, (inputs, classes).
    maps, sums: after and before ReLU, (height, width, filters).
    filters: (height, width, channels, filters); filter_biases: (filters,).
    """

    logits: np.ndarray
    weights: np.ndarray
    maps: np.ndarray
    sums: np.ndarray
    filters: np.ndarray
    filter_biases: np.ndarray


def tiny_network() -> Network:
    """Return the built-in network: 2 filters of 3 x 3, ReLU, 3 classes; weights never trained.

    Drawn with a fixed seed, and rounded, so that they can be read in their cells.
    """
    random = np.random.default_rng(53)
    filters = random.normal(0, 0.5, (3, 3, 1, 2)).round(2)
    weights = random.normal(0, 0.35, (32, 3)).round(2)
    layers = (
        Layer("Conv2D", "conv", (4, 4, 2), filters, np.zeros(2), "relu", (3, 3), has_bias=True),
        Layer("Flatten", "flatten", (32,)),
        Layer("Dense", "dense", (3,), weights, np.zeros(3), "softmax", answers=True, has_bias=True),
    )
    return Network(TINY, (6, 6, 1), layers)


def loss(network: Network, example: np.ndarray, label: int) -> float:
    """Return the cross-entropy of a network's answer to one example, in float64."""
    return cross_entropy(forward(network, example)[-1], label)


def gradients(network: Network, example: np.ndarray, label: int) -> Gradients:
    """Return the gradient of the cross-entropy for every number of a network, in float64.

    network: of the chain that `backward_workbook` takes; example: of its input shape.
    """
    conv, _, dense = network.layers
    maps, flat, logits = forward(network, example)
    at_logits = softmax(logits) - np.eye(len(logits))[label]
    at_maps = (dense.weights @ at_logits).reshape(maps.shape)
    at_sums = np.where(maps > 0, at_maps, 0.0)
    seen = windows(example, maps.shape[:2])  # (i, j, channel, y, x)
    filters = np.einsum("ijcyx,yxf->ijcf", seen, at_sums)
    biases = at_sums.sum(axis=(0, 1))
    return Gradients(at_logits, np.outer(flat, at_logits), at_maps, at_sums, filters, biases)


def step(network: Network, found: Gradients, learning_rate: float) -> Network:
    """Return a network whose every weight and bias is one step of gradient descent further."""
    conv, flatten, dense = network.layers
    conv = replace(
        conv,
        weights=conv.weights - learning_rate * found.filters,
        biases=conv.biases - learning_rate * found.filter_biases * conv.has_bias,
    )
    dense = replace(
        dense,
        weights=dense.weights - learning_rate * found.weights,
        biases=dense.biases - learning_rate * found.logits * dense.has_bias,
    )
    return replace(network, layers=(conv, flatten, dense))
