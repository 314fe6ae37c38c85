"""Noisy steps into a valley: at a constant rate, at one that falls, and the mean of the way.

Nothing here knows networks or figures. Sources: I. Loshchilov and F. Hutter, "SGDR: Stochastic
Gradient Descent with Warm Restarts" (2016), https://arxiv.org/abs/1608.03983; B. Polyak and
A. Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).
"""

import numpy as np

__all__ = ["START", "STEEP", "cosine_rate", "loss", "mean_of_way", "walk"]

STEEP = np.array([0.4, 4.0])  # how steep the valley is along and across
START = np.array([-7.0, 2.2])


def loss(w: np.ndarray) -> np.ndarray:
    """Return the height of the valley at each place; w is (..., 2)."""
    return np.sum(STEEP * w**2, axis=-1) / 2


def cosine_rate(first: float, steps: int) -> np.ndarray:
    """Return the rate of each step, (steps,): from `first` nearly to 0 along half a cosine."""
    return first * (1 + np.cos(np.pi * np.arange(steps) / max(1, steps))) / 2


def walk(rates: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """Return the places of a walk downhill, (steps + 1, 2), its start included.

    Each step goes against the slope, of which each batch of pictures has its own idea: a draw
    from a bell curve of spread `noise` is added. The same seed draws the same noise.
    """
    drawn = noise * np.random.default_rng(seed).normal(size=(len(rates), 2))
    places = np.empty((len(rates) + 1, 2))
    places[0] = START
    for n, rate in enumerate(rates):
        places[n + 1] = places[n] - rate * (STEEP * places[n] + drawn[n])
    return places


def mean_of_way(places: np.ndarray, keep: float) -> np.ndarray:
    """Return the running mean beside each place, (steps + 1, 2), as trainings keep it.

    At step t the part min(keep, (1 + t) / (10 + t)) of it stays, so that the start is soon
    forgotten (tf.train.ExponentialMovingAverage).
    """
    mean = places.copy()
    for t in range(1, len(places)):
        stays = min(keep, (1 + t) / (10 + t))
        mean[t] = stays * mean[t - 1] + (1 - stays) * places[t]
    return mean
