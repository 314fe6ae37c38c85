"""The exercises of notebook 11 that need a program: dropout by hand, the gap."""

from typing import Any

import numpy as np

from utils.exercises import array, call, exercise, number


@exercise("11.1")
def dropout(answer: Any) -> None:
    x = np.array([1.0, -2.0, 3.0, 4.0])
    mask = np.array([True, False, True, True])
    for p in (0.25, 0.2):
        array(
            call(answer, x, mask, p),
            x * mask / (1 - p),
            name=f"`dropout([1, -2, 3, 4], [True, False, True, True], {p})`",
            hint="Multiply by the mask, then divide by the part that stays.",
            mistakes=[
                (x * mask, "The mean has sunk: scale up what stays, by dividing by 1 − p."),
                (x * mask / p, "Divide by the part that *stays*, 1 − p, not by the part dropped."),
                (x * mask * (1 - p), "That makes the rest smaller; it must grow: divide."),
                (x * ~mask / (1 - p), "`True` in the mask means that the value stays."),
            ],
        )


@exercise("11.4")
def gap(answer: Any) -> None:
    rows = [
        {"epoch": 2, "accuracy": 0.55, "train_accuracy": 0.74, "val_accuracy": 0.66},
        {"epoch": 3, "accuracy": 0.58, "train_accuracy": 0.79, "val_accuracy": 0.64},
        {"epoch": 1, "accuracy": 0.41, "train_accuracy": 0.50, "val_accuracy": 0.48},
    ]
    for history in (sorted(rows, key=lambda row: row["epoch"]), rows):
        number(
            call(answer, history),
            0.15,
            name=f"`gap(…)` of the epochs {', '.join(str(row['epoch']) for row in history)}",
            hint="Training minus validation accuracy, in the row with the largest epoch.",
            mistakes=[
                (-0.06, "`accuracy` was measured while learning, with dropout on. Not alike."),
                (-0.15, "The other way round: training minus validation."),
                (0.02, "That is the first epoch. The last one has the largest `epoch`."),
                (0.08, "That is the epoch with the best validation accuracy, not the last."),
            ],
        )
