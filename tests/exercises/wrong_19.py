"""Typical wrong answers to notebook 19's exercises, each with a part of the hint meant for it."""

import numpy as np


def unscaled(maps, slopes):
    return np.maximum(0, (maps * slopes.mean(axis=(0, 1))).sum(axis=2))


def with_what_speaks_against(maps, slopes):
    summed = (maps * slopes.mean(axis=(0, 1))).sum(axis=2)
    return summed / summed.max()


def cut_off_too_early(maps, slopes):
    summed = np.maximum(0, maps * slopes.mean(axis=(0, 1))).sum(axis=2)
    return summed / summed.max()


def place_by_place(maps, slopes):
    summed = np.maximum(0, (maps * slopes).sum(axis=2))
    return summed / summed.max()


def nought_by_nought(maps, slopes):
    summed = unscaled(maps, slopes)
    with np.errstate(invalid="ignore"):
        return summed / summed.max()


def own(slopes):
    return slopes / slopes.std(axis=(1, 2, 3), keepdims=True)


def beyond_colours(images, slopes, rate):
    return images + rate * own(slopes)


def downhill(images, slopes, rate):
    return np.clip(images - rate * own(slopes), 0, 255)


def one_spread_for_all(images, slopes, rate):
    return np.clip(images + rate * slopes / slopes.std(), 0, 255)


def undivided(images, slopes, rate):
    return np.clip(images + rate * slopes, 0, 255)


WRONG = {
    "19.1": [
        (17, "two pixels further"),
        (23, "place by place"),
        (19, "3 × 3 as well"),
        (20, "Begin with the place itself"),
        (441, "That is the area"),
    ],
    "19.2": [
        (unscaled, "isn't scaled yet"),
        (with_what_speaks_against, "speak against the class"),
        (cut_off_too_early, "*after* the sum"),
        (place_by_place, "one weight, the same at every place"),
        (nought_by_nought, "0 was divided by 0"),
    ],
    "19.3": [
        (beyond_colours, "no colours"),
        (downhill, "goes downhill"),
        (one_spread_for_all, "*its own* standard deviation"),
        (undivided, "aren't divided yet"),
    ],
}
