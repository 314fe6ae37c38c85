"""Typical wrong answers to notebook 07's exercises, each with a part of the hint meant for it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def without_the_start(n, k, stride, padding):
    return (n + 2 * padding - k) // stride


def padding_on_one_side(n, k, stride, padding):
    return (n + padding - k) // stride + 1


def both_slopes(x):
    windows = sliding_window_view(x, (3, 3))
    return np.einsum("ijmn,mn->ij", windows, SOBEL), np.einsum("ijmn,mn->ij", windows, SOBEL.T)


def added_absolute_values(x):
    across, down = both_slopes(x)
    return np.abs(across) + np.abs(down)


def only_vertical_edges(x):
    return np.abs(both_slopes(x)[0])


def without_channels(n, channels, filters, k, stride):
    places = (-(-n // stride)) ** 2
    return places * filters * k * k, filters * (k * k * channels + 1)


def stride_forgotten(n, channels, filters, k, stride):
    return n * n * filters * k * k * channels, filters * (k * k * channels + 1)


def without_biases(n, channels, filters, k, stride):
    places = (-(-n // stride)) ** 2
    return places * filters * k * k * channels, filters * k * k * channels


WRONG = {
    "07.1": [
        (without_the_start, "where the window starts"),
        (padding_on_one_side, "*both* sides"),
    ],
    "07.2": [
        ([[0, 0, 0], [0, 0, 1], [0, 0, 0]], "the *opposite* way"),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "as it is"),
    ],
    "07.3": [
        (added_absolute_values, "root of the sum of squares"),
        (only_vertical_edges, "`vertical.T`"),
    ],
    "07.4": [
        (without_channels, "as deep as its picture"),
        (stride_forgotten, "visits fewer places"),
        (without_biases, "The biases are missing"),
    ],
}
