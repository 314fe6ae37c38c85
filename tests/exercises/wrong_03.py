"""Typical wrong answers to notebook 03's exercises, each with a part of the hint meant for it."""

import numpy as np


def brighten_that_goes_round(image, by):
    return np.clip(image + by, 0, 255)


def brighten_without_clip(image, by):
    return image.astype(np.float32) + by


def brighten_to_float(image, by):
    return np.clip(image.astype(np.float32) + by, 0, 255)


def center_on_one_mean(batch):
    return batch - batch.mean()


def center_each_pixel(batch):
    return batch - batch.mean(axis=0)


def nchw_by_reshape(batch):
    n, height, width, channels = batch.shape
    return batch.reshape(n, channels, height, width)


def nchw_with_width_first(batch):
    return batch.transpose(0, 3, 2, 1)


WRONG = {
    "03.1": [
        (brighten_that_goes_round, "*before* adding"),
        (brighten_without_clip, "use `np.clip`"),
        (brighten_to_float, "turns an array into another type"),
    ],
    "03.2": [
        (center_on_one_mean, "Each *channel* has its own"),
        (center_each_pixel, "This is a mean for each pixel"),
    ],
    "03.3": [
        (nchw_by_reshape, "mixes the colours"),
        (nchw_with_width_first, "Height and width have changed places"),
    ],
}
