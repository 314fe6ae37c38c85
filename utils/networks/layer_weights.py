"""Whose weights are whose: a network's arrays by the names that people give its layers.

Knows neither Keras nor TFLearn: both hand their arrays over first layer to last.
"""

from collections.abc import Iterable

import numpy as np

__all__ = ["weights_by_layer"]

_KINDS = {4: "conv", 2: "dense"}  # by the number of axes of a layer's weights


def weights_by_layer(arrays: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """Return a network's weights as `conv1`, `conv2`, …, `dense1`, …, each kind counted from 1.

    arrays: of all its layers, in their order, as Keras's `get_weights()` returns them. Biases and
        what else has one axis are left out.
    """
    found: dict[str, np.ndarray] = {}
    counts = dict.fromkeys(_KINDS.values(), 0)
    for array in arrays:
        if kind := _KINDS.get(array.ndim):
            counts[kind] += 1
            found[f"{kind}{counts[kind]}"] = array
    return found
