"""Typical wrong answers to the exercises of notebook 17, with the hint meant for each."""

import numpy as np


def even(u, low, high):
    return low + (high - low) * u


def logarithm(u, low, high):
    return np.log(low) + (np.log(high) - np.log(low)) * u


def turned(u, low, high):
    return high * (low / high) ** u


WRONG = {
    "17.1": [
        (even, "not in its logarithm"),
        (logarithm, "what undoes it"),
        (turned, "u = 0 must give low"),
    ],
    "17.2": [
        (243, "stops most of them"),
        (81, "Counted twice"),
        (54, "Those who are left reach the end"),
    ],
    "17.3": [(58, "a hair too little"), (20, "in one case of three"), (19, "multiply")],
}
