"""XOR by one hidden layer, notebook 05: how many of 100 starts learn it, and where others stop.

    course reference hidden_layer

Each start is trained as in the lesson, by its own lines: 2,000 steps at learning rate 2. A start
has learned XOR when its loss is below 0.01.
"""

from functools import partial

import numpy as np

from tools.measuring import main, measure, rows_of
from utils.experiments.measured import Measured
from utils.networks.in_numpy.hidden_layer import Weights, backward, first_weights, train

SEEDS = range(100)
RATE, EPOCHS, LONG = 2, 2_000, 10_000
LEARNED = 0.01
WIDTHS = (0.1, 1.0, 3.0, 10.0)
MORE = (3, 4, 8)


def part(name: str, hidden: int, width: float, longer: bool = False) -> list[Measured]:
    """Return the rows of all seeds of one kind of start.

    longer: go on to 10,000 steps, too.
    """
    rows = []
    for seed in SEEDS:
        weights, losses = train(first_weights(hidden, width, seed), RATE, EPOCHS)
        loss, gradient = backward(weights)
        found = {"loss": loss, "from_eighth": abs(loss - 1 / 8), "from_sixth": abs(loss - 1 / 6)}
        if loss < LEARNED:
            found["steps"] = float(np.sum(np.array(losses) >= LEARNED))
        else:
            found |= {"stopped.loss": loss, "stopped.gradient": length(gradient)}
        if longer:
            weights, _ = train(weights, RATE, LONG - EPOCHS)
            found[f"epoch_{LONG}.loss"] = backward(weights)[0]
        rows += rows_of(seed, {f"{name}.{one}": found[one] for one in found})
    return rows


def length(gradient: Weights) -> float:
    """Return the length of a gradient, all its slopes together."""
    return float(np.linalg.norm(np.concatenate([one.ravel() for one in gradient])))


def script() -> None:
    """Measure 2 hidden neurons from starts of several widths, then more neurons."""
    parts = {
        f"width {width:g}": partial(part, f"width_{width:g}", 2, width, width < 2)
        for width in WIDTHS
    }
    parts |= {f"hidden {hidden}": partial(part, f"hidden_{hidden}", hidden, 1.0) for hidden in MORE}
    measure("hidden_layer", parts)


if __name__ == "__main__":
    main(script)
