"""How many times as long loops take as NumPy, notebook 03: five measurements, other tables each.

    course reference tensors

A time is the machine's, so run it with nothing else at work; the differences of two sums aren't.
"""

from functools import partial

import numpy as np

from tools.measuring import Lesson, main, measure, rows_of
from utils.experiments.measured import Measured

LESSON = Lesson(
    "03_tensors",
    ("naive", "naive-time", "dot", "dot-time"),
    {
        "naive-time": (("default_rng(0)", "default_rng({seed})"),),
        "dot-time": (("default_rng(1)", "default_rng(1 + {seed})"),),
    },
)
SEEDS = range(5)


def timed(seed: int) -> list[Measured]:
    """Run the lesson's comparison, and once more for what it only prints."""
    names = LESSON.run("naive", "naive-time", {"np": np}, seed=seed)
    (x, y), fastest, found = (names["x"], names["y"]), names["fastest"], {}
    for name, naive, quick, inputs in (("relu", names["naive_relu"], names["relu"], (x,)),
                                       ("add", names["naive_add"], np.add, (x, y))):  # fmt: skip
        slow = fastest(naive, *inputs, times=3)
        found[f"{name}.times_faster"] = slow / fastest(quick, *inputs, times=200)
    names = LESSON.run("dot", "dot-time", names, seed=seed)
    found["dot.times_faster"] = names["slow"] / names["fast"]
    found["dot.largest_difference"] = np.abs(names["z_loops"] - names["z"]).max()
    return rows_of(seed, found)


def script() -> None:
    """Measure five times."""
    measure("tensors", {f"measurement {seed}": partial(timed, seed) for seed in SEEDS},
            lessons=(LESSON,))  # fmt: skip


if __name__ == "__main__":
    main(script)
