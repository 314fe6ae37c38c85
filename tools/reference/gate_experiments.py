"""Experiments with the OR gate's network, notebook 02: no bias, whole numbers, hidden neurons.

course reference gate_experiments
"""

from functools import partial
from typing import Any

import numpy as np

from tools.measuring import main, measure, rows_of
from utils.experiments.gate_training import train_gate
from utils.experiments.measured import Measured

OR, XOR = ([[0], [1], [1], [1]], [[0], [1], [1], [0]])
SEEDS = range(10)
RECIPES: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "no_bias": (np.array(OR, np.float32), {"bias": False}),
    "whole": (np.array(OR, int), {}),
    "xor_hidden": (np.array(XOR, np.float32), {"hidden": 2}),
    "xor_wide": (np.array(XOR, np.float32), {"hidden": 2, "width": 1.0}),
}


def part(name: str) -> list[Measured]:
    """Return what ten seeds of one experiment came to."""
    targets, recipe = RECIPES[name]
    rows = []
    for seed in SEEDS:
        last = train_gate(targets, seed=seed, **recipe)[-1]
        found = {"loss": last["loss"], "first_answer": last["predictions"][0, 0]}
        rows += rows_of(seed, {f"{name}.{one}": found[one] for one in found})
    return rows


def script() -> None:
    """Measure each experiment."""
    measure("gate_experiments", {name: partial(part, name) for name in RECIPES})


if __name__ == "__main__":
    main(script)
