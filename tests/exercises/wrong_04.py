"""Typical wrong answers to notebook 04's exercises, each with a part of the hint meant for it."""

import numpy as np


def slope_by_the_sigmoids_rule(z):
    return np.tanh(z) * (1 - np.tanh(z))


def slope_without_the_square(z):
    return 1 - np.tanh(z)


def shared_factors(x1, x2, y, w1, w2, b):
    y_hat = 1 / (1 + np.exp(-(w1 * x1 + w2 * x2 + b)))
    return y_hat, y_hat - y, y_hat * (1 - y_hat)


def gradient_without_the_sigmoid(x1, x2, y, w1, w2, b):
    _, error, _ = shared_factors(x1, x2, y, w1, w2, b)
    return 2 * error * x1, 2 * error * x2, 2 * error


def gradient_without_the_two(x1, x2, y, w1, w2, b):
    _, error, gradient = shared_factors(x1, x2, y, w1, w2, b)
    return error * gradient * x1, error * gradient * x2, error * gradient


def gradient_turned_round(x1, x2, y, w1, w2, b):
    _, error, gradient = shared_factors(x1, x2, y, w1, w2, b)
    return tuple(-2 * error * gradient * x for x in (x1, x2, 1))


WRONG = {
    "04.1": [
        (slope_by_the_sigmoids_rule, "That is the sigmoid's rule"),
        (slope_without_the_square, "the sign of tanh z must play no part"),
    ],
    "04.2": [
        (gradient_without_the_sigmoid, "The middle factor is missing"),
        (gradient_without_the_two, "The 2 is missing"),
        (gradient_turned_round, "The sign is turned round"),
    ],
    "04.3": [
        ((6.2729, 6.2729, -9.4991), "has learned AND"),
        ((-6.2733, -6.2733, 9.4997), "needs more epochs"),  # 2,000 epochs: the loss is 0.0012
        ((6.9544, 6.9544, -3.2366), "has learned OR"),
        ([-7.0, -7.0], "If w is an array of two"),
    ],
}
