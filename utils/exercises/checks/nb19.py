"""The exercises of notebook 19: a receptive field, Grad-CAM by hand, one step uphill."""

from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, array, call, exercise, value
from utils.exercises.compare import Mistakes


def _plan(random: Random) -> dict[str, Any]:
    return {"before": random.randint(2, 6), "after": random.randint(2, 6)}


@value(
    "19.1",
    says="The width",
    hint="Walk back from one place of the last map: by how many pixels does each layer add?",
    more="Draw a row of pixels, and below it a row of places half as many. Mark one place of the "
    "last map, and then, layer by layer upwards, all that it is made of. Behind the halving, "
    "neighbours lie two pixels apart.",
    draw=_plan,
    before=5,
    after=2,
)
def field(my: Numbers) -> tuple[float, Mistakes]:
    wanted = 1 + 2 * my.before + 2 + 4 * my.after
    return wanted, [
        (1 + 2 * (my.before + 1 + my.after),
         "Behind the halving a neighbour is two pixels further, not one."),
        (1 + 2 * my.before + 4 * (my.after + 1),
         "The layer that halves still reads its input place by place: its neighbours lie one "
         "pixel apart."),
        (1 + 4 * my.before + 2 + 2 * my.after,
         "Turned round: which layers have the places that lie two pixels apart?"),
        (wanted - 2, "The layer that halves is 3 × 3 as well."),
        (wanted - 1, "Begin with the place itself: it is one wide before anything is added."),
        (wanted**2, "That is the area. How many pixels *across*?"),
        (3 * (my.before + 1 + my.after), "Neighbouring windows overlap: a layer adds less than 3."),
    ]  # fmt: skip


def _maps(seed: int, height: int, width: int, filters: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    maps = np.maximum(0, random.normal(0.3, 1, (height, width, filters)))
    return maps, random.normal(0, 0.5, maps.shape) + random.normal(0, 1, filters)


def _heat(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    summed = np.maximum(0, (maps * weights).sum(axis=2))
    return summed / summed.max() if summed.max() > 0 else summed


@exercise(
    "19.2",
    hint="One weight a filter, then a sum over the filters; numbers below 0 at the very end.",
    more="Print the shapes: the weights have one axis, the product with the maps has three, and "
    "the sum takes the last one away. Then look at the largest number before you divide by it.",
)
def cam(answer: Any) -> None:
    for seed, shape in ((1, (3, 4, 5)), (2, (2, 2, 3))):
        maps, slopes = _maps(seed, *shape)
        weights = slopes.mean(axis=(0, 1))
        summed = (maps * weights).sum(axis=2)
        early = (np.maximum(0, maps * weights)).sum(axis=2)
        array(
            call(answer, maps, slopes),
            _heat(maps, weights),
            name="The map",
            mistakes=[
                (np.maximum(0, summed), "It isn't scaled yet: its largest number must be 1."),
                (summed, "Numbers below 0 speak against the class, and it isn't scaled yet."),
                (summed / summed.max(), "Numbers below 0 speak against the class."),
                (early / early.max(), "Cut off below 0 *after* the sum: filters may outvote."),
                (_heat(maps * slopes, np.ones(shape[2])),
                 "A filter has one weight, the same at every place: the mean of its slopes."),
                (_heat(maps, np.maximum(0, weights)),
                 "Filters that speak against the class count too."),
            ],
        )  # fmt: skip
    maps, slopes = _maps(3, 2, 3, 2)
    array(
        call(answer, maps, -np.abs(slopes)),
        np.zeros((2, 3)),
        name="The map where nothing speaks for the class",
        mistakes=[(np.full((2, 3), np.nan), "0 was divided by 0: look at the largest one first.")],
    )


@exercise(
    "19.3",
    hint="Each picture has a standard deviation of its own, over all three of its axes.",
    more="With `keepdims=True` the standard deviations have the shape (n, 1, 1, 1), and dividing "
    "by them goes picture by picture. `np.clip` keeps numbers within two bounds.",
)
def uphill(answer: Any) -> None:
    for seed, rate in ((1, 4.0), (2, 30.0)):
        random = np.random.default_rng(seed)
        images = random.uniform(0, 255, (3, 4, 5, 3))
        slopes = random.normal(0.1, 1, images.shape) * np.array([0.1, 1, 20]).reshape(3, 1, 1, 1)
        own = slopes / slopes.std(axis=(1, 2, 3), keepdims=True)
        array(
            call(answer, images.copy(), slopes.copy(), rate),
            np.clip(images + rate * own, 0, 255),
            name="The pictures",
            mistakes=[
                (images + rate * own, "Numbers below 0 or above 255 are no colours."),
                (np.clip(images - rate * own, 0, 255), "That goes downhill."),
                (np.clip(images + rate * slopes / slopes.std(), 0, 255),
                 "Each picture is divided by *its own* standard deviation, not by that of all."),
                (np.clip(images + rate * slopes, 0, 255), "The slopes aren't divided yet."),
                (np.clip(images + own, 0, 255), "`rate` has no effect."),
            ],
        )  # fmt: skip
