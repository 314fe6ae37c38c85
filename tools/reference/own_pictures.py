"""How a random split flatters, notebook 20: the same network after either split of the example.

    course reference own_pictures

Each seed draws other things, other splits, other first weights. The lesson's own cells learn.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tools.measuring import Lesson, main, measure, rows_of
from utils import settings
from utils.data import near_copies, read_folder, split_at_random, split_by_group, write_example
from utils.experiments.measured import Measured

LESSON = Lesson("20_own_pictures", ("network", "learn-code", "flatter-code"))
SEEDS = range(3)


def leak(seed: int) -> list[Measured]:
    """Return accuracy by either split, and the share of validation pictures with a near copy."""
    with TemporaryDirectory() as scratch:
        one = read_folder(write_example(Path(scratch) / "example", seed))
    parts = {
        "random": split_at_random(one.labels, seed=seed),
        "group": split_by_group(one.labels, one.groups, one.class_names, seed=seed),
    }
    given = {"np": np, "settings": settings, "example": one,
             "split_at_random": split_at_random, "split_by_group": split_by_group}  # fmt: skip
    accuracies = LESSON.run("network", "flatter-code", given)["both_splits"](seed)
    found = {f"{way}.accuracy": right for way, right in zip(parts, accuracies, strict=True)}
    for way, (train, validation) in parts.items():
        copies = near_copies(one.images, validation, train)
        found[f"{way}.copies"] = len(copies) / len(validation)
    return rows_of(seed, found)


def script() -> None:
    """Measure seed by seed."""
    measure("own_pictures", {f"seed {seed}": partial(leak, seed) for seed in SEEDS},
            lessons=(LESSON,))  # fmt: skip


if __name__ == "__main__":
    main(script)
