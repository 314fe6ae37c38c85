"""Notebook 20 measured: how a random split flatters, and few pictures learned from in three ways.

    course reference own_pictures

Each seed draws other things, another split, other first weights. The lesson's own cells learn. What
transfer from CIFAR-10 to its own ten classes seems to be worth is measured on validation pictures,
which the ladder's network hasn't learned from; the test set stays shut.
"""

from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tools.measuring import Lesson, main, measure, real_data, rows_of
from utils import settings
from utils.data import (
    Dataset,
    OwnPictures,
    few,
    near_copies,
    read_folder,
    split_at_random,
    split_by_group,
    write_example,
)
from utils.experiments.measured import Measured

LESSON = Lesson(
    "20_own_pictures",
    ("network", "learn-code", "flatter-code", "ladder", "features", "on-top-code", "ways-code"),
)
LEAK_SEEDS, SEEDS, SIZES = range(5), range(3), (5, 10, 20, 40)
CIFAR_SEEDS, CIFAR_EACH, CIFAR_SIZE = range(3), 40, 10
WAYS = ("scratch", "frozen", "tuned")


@cache
def drawn(seed: int) -> OwnPictures:
    """Return the example that this seed draws, read as the lesson reads it."""
    with TemporaryDirectory() as scratch:
        return read_folder(write_example(Path(scratch) / "example", seed))


def of_cifar(data: Dataset) -> OwnPictures:
    """Return forty validation pictures of each class, each of them alone."""
    chosen = few(data.validation.labels, np.arange(len(data.validation)), CIFAR_EACH)
    labels = data.validation.labels[chosen]
    return OwnPictures(
        data.validation.images[chosen], labels, data.class_names,
        tuple(f"{data.class_names[label]}/{k}" for k, label in enumerate(labels)),
        np.arange(len(labels)), ("nothing: each alone",) * len(labels),
    )  # fmt: skip


def lesson(pictures: OwnPictures, last: str) -> dict[str, Any]:
    """Return what the lesson's cells up to that one define, for these pictures."""
    given = {"np": np, "settings": settings, "few": few, "example": pictures, "pictures": pictures,
             "names": pictures.class_names, "y": pictures.labels,
             "split_at_random": split_at_random, "split_by_group": split_by_group}  # fmt: skip
    return LESSON.run("network", last, given)


def leak(seed: int) -> list[Measured]:
    """Return accuracy by either split, and the share of validation pictures with a near copy."""
    one = drawn(seed)
    random, group = lesson(one, "flatter-code")["both_splits"](seed)
    found = {"random.accuracy": random, "group.accuracy": group}
    for way, parts in (
        ("random", split_at_random(one.labels, seed=seed)),
        ("group", split_by_group(one.labels, one.groups, one.class_names, seed=seed)),
    ):
        copies = near_copies(one.images, parts.validation, parts.train)
        found[f"{way}.copies"] = len(copies) / len(parts.validation)
    return rows_of(seed, found)


@cache
def prepared(seed: int) -> dict[str, Any]:
    """Return the lesson as far as the three ways, with the features of a seed's pictures."""
    return lesson(drawn(seed), "ways-code")


def ways(each: int, seed: int) -> list[Measured]:
    """Return the accuracies of the three ways to learn from so many drawn pictures a class."""
    found = prepared(seed)["three_ways"](each, seed)
    return rows_of(seed, {f"{way}_{each}": one for way, one in zip(WAYS, found, strict=True)})


def unfair(data: Dataset, seed: int) -> list[Measured]:
    """Return the same for CIFAR-10's own classes, which the ladder's network knows."""
    found = lesson(of_cifar(data), "ways-code")["three_ways"](CIFAR_SIZE, seed)
    return rows_of(seed, {f"cifar.{way}": one for way, one in zip(WAYS, found, strict=True)})


def script() -> None:
    """Measure part by part."""
    data = real_data("cifar10")
    parts = {f"leak {seed}": partial(leak, seed) for seed in LEAK_SEEDS}
    parts |= {f"{each} a class {seed}": partial(ways, each, seed)
              for seed in SEEDS for each in SIZES}  # fmt: skip
    parts |= {f"cifar {seed}": partial(unfair, data, seed) for seed in CIFAR_SEEDS}
    measure("own_pictures", parts, data, lessons=(LESSON,))


if __name__ == "__main__":
    main(script)
