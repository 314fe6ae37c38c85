"""Typical wrong answers to notebook 10's exercises, each with a part of the hint meant for it."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slopes_as_sums(x, labels, w, b):
    error = sigmoid(x @ w + b) - labels
    return x.T @ error, error.sum()


def slopes_of_the_squared_error(x, labels, w, b):
    p = sigmoid(x @ w + b)
    error = (p - labels) * p * (1 - p) / len(labels)
    return x.T @ error, error.sum()


def slopes_uphill(x, labels, w, b):
    error = (labels - sigmoid(x @ w + b)) / len(labels)
    return x.T @ error, error.sum()


def bias_as_a_sum(x, labels, w, b):
    error = sigmoid(x @ w + b) - labels
    return x.T @ error / len(labels), error.sum()


def without_the_rest(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[k * size : (k + 1) * size] for k in range(n // size)]


def drawn_instead_of_shuffled(n, size, seed):
    order = np.random.default_rng(seed).integers(0, n, n)
    return [order[start : start + size] for start in range(0, n, size)]


def not_shuffled(n, size, seed):
    return [np.arange(n)[start : start + size] for start in range(0, n, size)]


def always_the_same_order(n, size, seed):
    order = np.random.default_rng(0).permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]


def sorted_by_share(p, labels, k):
    wrong = np.flatnonzero((p > 0.5) != labels)
    return wrong[np.argsort(-p[wrong])][:k]


def least_confident(p, labels, k):
    wrong = np.flatnonzero((p > 0.5) != labels)
    return wrong[np.argsort(np.maximum(p, 1 - p)[wrong])][:k]


def right_ones_too(p, labels, k):
    return np.argsort(-np.maximum(p, 1 - p))[:k]


def places_among_mistakes(p, labels, k):
    wrong = np.flatnonzero((p > 0.5) != labels)
    return np.argsort(-np.maximum(p, 1 - p)[wrong])[:k]


def rounded_down(accuracy, half):
    return int(accuracy * (1 - accuracy) * (1.96 / half) ** 2)


def without_196(accuracy, half):
    return int(np.ceil(accuracy * (1 - accuracy) / half**2))


def half_as_width(accuracy, half):
    return int(np.ceil(accuracy * (1 - accuracy) * (1.96 / (2 * half)) ** 2))


WRONG = {
    "10.1": [
        (slopes_as_sums, "sum over the batch"),
        (slopes_of_the_squared_error, "that factor cancels"),
        (slopes_uphill, "it is p − y"),
        (bias_as_a_sum, "a *mean* over the pictures as well"),
    ],
    "10.2": [
        (without_the_rest, "The last batch is missing"),
        (drawn_instead_of_shuffled, "shuffle the numbers, don't draw them"),
        (not_shuffled, "permutation by the seed"),
        (always_the_same_order, "Hand the seed to"),
    ],
    "10.3": [
        (sorted_by_share, "confident where p is *small*"),
        (least_confident, "the least confident mistakes"),
        (right_ones_too, "Right answers are among them"),
        (places_among_mistakes, "places in the list of mistakes"),
    ],
    "10.4": [
        (rounded_down, "round *up*"),
        (without_196, "The 1.96 is missing"),
        (half_as_width, "*one* side"),
    ],
}
