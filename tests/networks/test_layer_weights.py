"""Whose weights are whose, for any network's arrays."""

import numpy as np

from utils.networks import weights_by_layer


def test_weights_are_called_by_their_kind_and_place_and_biases_are_left_out():
    shapes = [(3, 3, 3, 8), (8,), (3, 3, 8, 8), (8,), (128, 10), (10,), (10, 2)]
    arrays = [np.full(shape, number, float) for number, shape in enumerate(shapes)]
    found = weights_by_layer(arrays)
    assert {name: int(array.flat[0]) for name, array in found.items()} == {
        "conv1": 0, "conv2": 2, "dense1": 4, "dense2": 6,
    }  # fmt: skip
