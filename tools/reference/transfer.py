"""Whether borrowed features help, notebook 20: its three ways to learn from few drawn pictures.

    course reference transfer

Each seed draws other things, other splits, other first weights, and the three ways share them. The
lesson's own cells learn, at its own rates and steps: nothing was chosen here, and test pictures
play no part.
"""

import hashlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tools.measuring import Lesson, main, measure, rows_of
from utils import settings
from utils.data import few, read_folder, split_by_group, write_example
from utils.experiments.measured import Measured
from utils.networks import reference_model

CELLS = ("network", "learn-code", "ladder", "features", "on-top-code", "ways-code")
LESSON = Lesson("20_own_pictures", CELLS)
SEEDS, SIZES = range(10), (5, 10, 20, 40)
WAYS = ("scratch", "frozen", "tuned")  # in the order in which the lesson's function returns them


def learned(seed: int) -> list[Measured]:
    """Return the validation accuracy of each way from each number of pictures a class."""
    with TemporaryDirectory() as folder:
        pictures = read_folder(write_example(Path(folder) / "example", seed))
    given = {
        "np": np, "settings": settings, "pictures": pictures, "y": pictures.labels,
        "names": pictures.class_names, "few": few, "split_by_group": split_by_group,
    }  # fmt: skip
    three_ways = LESSON.run(CELLS[0], CELLS[-1], given)["three_ways"]
    found = {each: zip(WAYS, three_ways(each, seed), strict=True) for each in SIZES}
    return rows_of(seed, {f"{way}.{each}": right for each, row in found.items()
                          for way, right in row})  # fmt: skip


def script() -> None:
    """Measure seed by seed; with another network to borrow from, all anew."""
    lent = hashlib.sha256(reference_model("ladder").read_bytes()).hexdigest()
    measure("transfer", {f"seed {seed}": partial(learned, seed) for seed in SEEDS},
            lessons=(LESSON,), recipes=lent)  # fmt: skip


if __name__ == "__main__":
    main(script)
