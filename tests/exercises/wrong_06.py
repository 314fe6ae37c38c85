"""Typical wrong answers to notebook 06's exercises, each with a part of the hint meant for it."""

import numpy as np


def without_biases(widths):
    return sum(inputs * units for inputs, units in zip(widths, widths[1:], strict=False))


def biases_of_the_inputs(widths):
    return sum(n * m + n for n, m in zip(widths, widths[1:], strict=False))


def softmax_over_everything(z):
    return np.exp(z) / np.exp(z).sum()


def softmax_that_overflows(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def loss_of_the_largest_share(probabilities, labels):
    return -np.log(probabilities.max(axis=1)).mean()


def loss_as_a_sum(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels]).sum()


def sure_by_the_label(probabilities, labels, limit):
    sure = probabilities[np.arange(len(labels)), labels] >= limit
    right = probabilities.argmax(axis=1) == labels
    return sure.mean(), right[sure].mean()


def right_of_all(probabilities, labels, limit):
    sure = probabilities.max(axis=1) >= limit
    right = probabilities.argmax(axis=1) == labels
    return sure.mean(), (right & sure).mean()


WRONG = {
    "06.1": [
        (without_biases, "The biases are missing"),
        (biases_of_the_inputs, "not to an input"),
    ],
    "06.2": [
        (softmax_over_everything, "Each row should"),
        (softmax_that_overflows, "What may you take away from all of a row"),
    ],
    "06.3": [
        (loss_of_the_largest_share, "the share of the *right* class"),
        (loss_as_a_sum, "*mean* over its pictures"),
    ],
    "06.4": [
        (sure_by_the_label, "doesn't know the label"),
        (right_of_all, "those that were *answered*"),
    ],
}
