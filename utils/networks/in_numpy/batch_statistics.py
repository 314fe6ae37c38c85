"""Batch normalisation of one number a picture: by the batch itself, or by a running mean of many.

Nothing here knows TensorFlow or figures. Source: S. Ioffe and C. Szegedy, "Batch Normalization:
Accelerating Deep Network Training by Reducing Internal Covariate Shift" (2015),
https://arxiv.org/abs/1502.03167
"""

from collections.abc import Iterable

import numpy as np

__all__ = ["EPSILON", "KEPT", "normalised", "running_statistics"]

EPSILON = 1e-5  # TFLearn's: a layer that says the same to every picture is divided by this root
KEPT = 0.9  # TFLearn's: how much of the running statistics stays at a batch


def normalised(
    z: np.ndarray, gamma: float, beta: float, mean: float, variance: float
) -> np.ndarray:
    """Return γ (z - mean) / √(variance + ε) + β; z has any shape."""
    return gamma * (z - mean) / np.sqrt(variance + EPSILON) + beta


def running_statistics(batches: Iterable[np.ndarray]) -> tuple[float, float]:
    """Return the running mean and variance after these batches; they begin at 0 and 1."""
    mean, variance = 0.0, 1.0
    for z in batches:
        mean = KEPT * mean + (1 - KEPT) * float(z.mean())
        variance = KEPT * variance + (1 - KEPT) * float(z.var())
    return mean, variance
