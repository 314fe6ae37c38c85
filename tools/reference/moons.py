"""Two moons, notebooks 11 to 15: what layers, dropout, L2, batch size and rate do; seeds 0–9.

    course reference moons

Each study starts where its widget does. `shaking` is by how much the training loss changes from
one epoch to the next, the mean of the last 50 epochs.
"""

from functools import partial
from typing import Any

import numpy as np

from tools.measuring import main, measure, rows_of
from utils.experiments.measured import Measured
from utils.networks.in_numpy.moons_network import History, MoonsConfig, train
from utils.widgets.moons import STARTS

SEEDS = range(10)
VALUES: dict[str, tuple[Any, ...]] = {
    "layers": (0, 1, 2, 3),
    "dropout": (0.0, 0.5, 0.8),
    "weight_decay": (0.0, 0.01, 0.1),
    "batch_size": (1, 10, 100),
    "learning_rate": (0.001, 0.3, 3.0, 10.0),
}


def scores(history: History) -> dict[str, float]:
    """Return what a training came to; one that diverged has no more than its epoch."""
    if history.diverged is not None:
        return {"diverged": 1, "diverged_epoch": history.diverged}
    return {
        "diverged": 0,
        "first_loss": history.loss[0],
        "loss": history.loss[-1],
        "val_loss": history.val_loss[-1],
        "gap": history.gap,
        "accuracy": history.accuracy[-1],
        "val_accuracy": history.val_accuracy[-1],
        "shaking": np.abs(np.diff(history.loss[-51:])).mean(),
    }


def part(study: str, value: Any) -> list[Measured]:
    """Return the rows of one value of one study's field, all seeds."""
    rows = []
    for seed in SEEDS:
        history = train(MoonsConfig(**{**STARTS[study], study: value, "seed": seed}))
        found = scores(history)
        rows += rows_of(seed, {f"{study}_{value:g}.{one}": found[one] for one in found})
    return rows


def script() -> None:
    """Measure every value of every study."""
    parts = {
        f"{study} {value:g}": partial(part, study, value)
        for study, values in VALUES.items()
        for value in values
    }
    measure("moons", parts)


if __name__ == "__main__":
    main(script)
