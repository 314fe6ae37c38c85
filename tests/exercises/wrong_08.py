"""Typical wrong answers to notebook 08's exercises, each with a part of the hint meant for it."""

import numpy as np


def without_relu(image, w, b, row, column, stride, padding):
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    top, left = row * stride, column * stride
    return (padded[top : top + 3, left : left + 3] * w).sum() + b


def without_padding(image, w, b, row, column, stride, padding):
    return max(0, without_relu(image, w, b, row, column, stride, 0))


def without_stride(image, w, b, row, column, stride, padding):
    return max(0, without_relu(image, w, b, row, column, 1, padding))


def positive_log_loss(y, p):
    true = y > 0
    return (y[true] * np.log(p[true])).sum(), (y[true] * np.log(y[true] / p[true])).sum()


def log_loss_twice(y, p):
    true = y > 0
    loss = -(y[true] * np.log(p[true])).sum()
    return loss, loss


def for_a_alone(flat, weights, a, b):
    return (flat * weights[:, a]).argmax()


def weights_alone(flat, weights, a, b):
    return (weights[:, a] - weights[:, b]).argmax()


WRONG = {
    "08.1": [
        (without_relu, "ReLU is missing"),
        (without_padding, "The padding is missing"),
        (without_stride, "The stride is missing"),
    ],
    "08.2": [
        ("=INT((side+2*padding-3)/stride)+1", "here it is 5 × 5"),
        ("=(side+2*padding-5)/stride+1", "There is no half row"),
        ("=INT((side+2padding-5)/stride)+1", "a product needs its `*`"),
    ],
    "08.3": [
        (positive_log_loss, "The minus sign is missing"),
        (log_loss_twice, "the divergence has y / p inside"),
    ],
    "08.4": [
        (for_a_alone, "Take the difference"),
        (weights_alone, "multiply by the input"),
    ],
}
