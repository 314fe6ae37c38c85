"""Typical wrong answers to notebook 09's exercises, each with a part of the hint meant for it."""

import numpy as np


def conv2_that_reads_one_map(filters):
    return filters * 10 + filters * 10 + 25 * filters * 8 + 8 + 90


def always_100_inputs(filters):
    return filters * 10 + filters * (9 * filters + 1) + 808 + 90


def responses(filters):
    left, right = np.array([[0, 1, 1]] * 3), np.array([[1, 1, 0]] * 3)
    return tuple(np.einsum("ij,ijf->f", edge, filters) for edge in (left, right))


def likes_right_edges(filters):
    left, right = responses(filters)
    return (right - left).argmax()


def likes_ink(filters):
    return responses(filters)[0].argmax()


def the_first_pixel(image, answer):
    return 0, 0, 255 - image[0, 0]


def on_the_image_itself(image, answer):
    before = answer(image)
    for place in np.ndindex(*image.shape):
        image[place] = 255 - image[place]
        if answer(image) != before:
            break
    return *place, image[place]


def column_first(image, answer):
    return 0, image.shape[1] + 1, 255


WRONG = {
    "09.1": [
        (conv2_that_reads_one_map, "reads *all* maps of conv1: 9 weights"),
        (always_100_inputs, "not always 100"),
    ],
    "09.2": [
        ("=MAX(G7:H8)", "lie on another sheet"),
        ("=AVERAGE(conv1!G7:H8)", "*largest* number"),
        ("=MAX(conv1!$I$7:$J$8)", "Count columns from 0"),
    ],
    "09.3": [
        (likes_right_edges, "likes *right* edges"),
        (likes_ink, "Subtract its response to a right edge"),
    ],
    "09.4": [
        (the_first_pixel, "Try each pixel and both values"),
        (on_the_image_itself, "each time on a *new* copy"),
        (column_first, "Rows come first"),
    ],
}
