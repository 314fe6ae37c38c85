"""Typical wrong answers to notebook 02's exercises, each with a part of the hint meant for it."""

import numpy as np


def neuron_without_sigmoid(x, w, b):
    return x @ w + b


def neuron_without_bias(x, w, b):
    return 1 / (1 + np.exp(-(x @ w)))


def sum_of_squares(y_hat, y):
    return ((y_hat - y) ** 2).sum()


def mean_distance(y_hat, y):
    return np.abs(y_hat - y).mean()


# What TFLearn predicts when it is given AND's targets, and what it predicts untrained.
TRAINED_ON_AND = np.array([[0.0001], [0.0382], [0.0382], [0.9546]])
BEFORE_TRAINING = np.array([[0.5], [0.491], [0.501], [0.492]])

WRONG = {
    "02.1": [
        (neuron_without_sigmoid, "Send it through the sigmoid"),
        (neuron_without_bias, "The bias is missing"),
    ],
    "02.2": [
        (sum_of_squares, "The loss is their *mean*"),
        (mean_distance, "square it first"),
    ],
    "02.3": [
        (TRAINED_ON_AND, "the opposite of AND"),
        (BEFORE_TRAINING, "called before `predict`"),
    ],
}
