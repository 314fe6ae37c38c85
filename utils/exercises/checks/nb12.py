"""The exercises of notebook 12: dropout by hand, a rate, thin networks, the gap."""

import math
from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, array, call, exercise, number, value
from utils.exercises.compare import Mistakes


@exercise(
    "12.1",
    hint="Switch off by the mask, then make up for what is missing.",
    more=(
        "With p = 0.5 about half of the sum is lost, so what stays must count double. With p "
        "= 0.2, how much is left, and what brings it back to the whole?"
    ),
)
def dropout(answer: Any) -> None:
    x = np.array([1.0, -2.0, 3.0, 4.0])
    mask = np.array([True, False, True, True])
    for p in (0.25, 0.2):
        array(
            call(answer, x, mask, p),
            x * mask / (1 - p),
            name=f"`drop([1, -2, 3, 4], [True, False, True, True], {p})`",
            mistakes=[
                (x * mask, "The mean has sunk: what stays must be scaled up, and by how much?"),
                (x * mask / p, "Divide by the part that *stays*, not by the part dropped."),
                (x * mask * (1 - p), "That makes the rest smaller; it must grow: divide."),
                (x * ~mask / (1 - p), "`True` in the mask means that the value stays."),
            ],
        )


@value(
    "12.2",
    says="Keras's rate",
    hint="TFLearn's number says how many stay. What does Keras's say?",
    more="Imagine 100 neurons, and count those that stay and those that go. Which count, as a "
    "fraction, does `Dropout` want?",
    draw=lambda random: {"keep": random.choice((0.55, 0.6, 0.65, 0.7, 0.75, 0.85, 0.9, 0.95))},
    keep=0.8,
)
def rate(my: Numbers) -> tuple[float, Mistakes]:
    return round(1 - my.keep, 2), [
        (my.keep, "That is what TFLearn *keeps*. Keras wants the part that is dropped."),
        (100 * my.keep, "Both libraries take a fraction between 0 and 1, not per cent."),
        (100 * (1 - my.keep), "The right part, but as a fraction: between 0 and 1."),
    ]


def _neurons(random: Random) -> dict[str, int]:
    return {"neurons": random.choice([n for n in range(7, 25) if n != 10])}


@value(
    "12.3",
    says="The number of thin networks",
    hint="Two states for the first neuron, times two for the second, and so on.",
    more="List all of them for one neuron, for two and for three. What happens to their number "
    "with each neuron more?",
    draw=_neurons,
    neurons=10,
)
def thin_networks(my: Numbers) -> tuple[int, Mistakes]:
    n = my.neurons
    return 2**n, [
        (2 * n, "Two states each, but they *multiply*: 2 · 2 · 2 …"),
        (n**2, "The two have changed places: which is multiplied by itself, and how often?"),
        (2**n - 1, "All off counts as well."),
        (2**n - 2, "All on and all off count as well."),
        (math.comb(n, n // 2), "That counts only those with half of them on. Any number may be."),
    ]


@exercise(
    "12.4",
    hint=(
        "Which of the two accuracies was measured as `val_accuracy` was? And which row is the last?"
    ),
    more=(
        "Find the row first: the one with the largest `epoch`, wherever it stands in the "
        "list. Then take two of its numbers, both measured with dropout off. Training counts "
        "positive."
    ),
)
def honest_gap(answer: Any) -> None:
    rows = [
        {"epoch": 2, "accuracy": 0.55, "train_accuracy": 0.74, "val_accuracy": 0.66},
        {"epoch": 3, "accuracy": 0.58, "train_accuracy": 0.79, "val_accuracy": 0.64},
        {"epoch": 1, "accuracy": 0.41, "train_accuracy": 0.50, "val_accuracy": 0.48},
    ]
    other = [
        {"epoch": 1, "accuracy": 0.30, "train_accuracy": 0.42, "val_accuracy": 0.41},
        {"epoch": 2, "accuracy": 0.40, "train_accuracy": 0.53, "val_accuracy": 0.50},
    ]
    for history in (sorted(rows, key=lambda row: row["epoch"]), rows, other):
        number(
            call(answer, history),
            0.03 if history is other else 0.15,
            name=f"The gap after the epochs {', '.join(str(row['epoch']) for row in history)}",
            mistakes=[
                (-0.06, "`accuracy` was measured while learning, with dropout on. Not alike."),
                (-0.15, "The other way round: training minus validation."),
                (0.02, "That is the first epoch. The last one has the largest `epoch`."),
                (0.08, "That is the epoch with the best validation accuracy, not the last."),
            ],
        )
