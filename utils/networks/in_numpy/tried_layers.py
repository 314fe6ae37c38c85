"""Keras layers that change nothing while a network answers, found by trying each out.

Tried, not listed: a list would be wrong for the layer that Keras adds next, and for one that acts
by its settings, such as ZeroPadding2D(0). Never imports Keras or TensorFlow.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["changes_nothing"]

MOST_TRIED = 5_000_000  # numbers that a layer is tried on


def changes_nothing(layer: Any, before: tuple[int, ...]) -> bool:
    """Say whether a layer without weights gives just what it is given, while a network answers.

    It is called with training=False on random numbers and on all that its settings name, and must
    give back each of them, in the type of numbers that it calculates in.
    before: the shape of what it is given for one image.
    """
    if layer.weights or np.prod(before, dtype=float) > MOST_TRIED:
        return False
    try:
        if tuple(layer.compute_output_shape((1, *before))[1:]) != before:
            return False
        return all(
            _gives_back(layer, x)
            for x in _tries(before, sorted(set(_numbers(layer.get_config())))[:8])
        )
    except Exception:  # it can't be tried so: then it isn't known to change nothing
        return False


def _gives_back(layer: Any, x: np.ndarray) -> bool:
    given = np.asarray(layer(x[np.newaxis], training=False))[0]
    return np.array_equal(given, x.astype(given.dtype))


def _tries(shape: tuple[int, ...], numbers: list[float]) -> Iterator[np.ndarray]:
    random = np.random.default_rng(0)
    for size in (1, 1000):
        yield random.normal(0, size, shape)
    for number in (0.0, *numbers):  # a layer may change one number alone, as Masking does
        yield np.full(shape, number)


def _numbers(config: Any) -> Iterator[float]:
    """Yield all numbers in a layer's settings."""
    if isinstance(config, int | float) and not isinstance(config, bool):
        yield float(config)
    elif isinstance(config, dict):
        for value in config.values():
            yield from _numbers(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _numbers(value)
