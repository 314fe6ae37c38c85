"""The exercises of notebook 15 but the choice: the edge of a learning rate, a dead neuron."""

from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, Wrong, call, exercise, value
from utils.exercises.compare import Mistakes


def _steepness(random: Random) -> dict[str, float]:
    return {"c": random.choice([k / 2 for k in range(3, 41) if k != 6])}


@value(
    "15.1",
    says="The edge",
    hint="The lesson has the edge of a/2 · w². Which a makes that the loss of the task?",
    more="Take the slope of the loss: it is a · w. A step with the edge's rate lands as far on the "
    "other side as it began. Try a rate in a loop: does w grow or shrink?",
    draw=_steepness,
    relative=0.003,
    c=3,
)
def edge(my: Numbers) -> tuple[float, Mistakes]:
    return 1 / my.c, [
        (2 / my.c, "The loss is a/2 · w²: so what stands before w² is half of a."),
        (0.5 / my.c, "At that rate it is there in one step. The edge lies further out."),
        (2 * my.c, "That is a, the steepness. The steeper, the smaller the edge."),
        (4 / my.c, "a is twice what stands before w², not half of it."),
    ]


@exercise(
    "15.2",
    hint="What does the neuron give for each of the three inputs?",
    more=(
        "Compute the sum before ReLU for 0.5, 1 and 2, by hand, with w = 1 and b = −1.5. One "
        "of them is above 0, so it lives. Which comparison says that *none* is?"
    ),
)
def is_dead(answer: Any) -> None:
    for w, b, wanted in ((1, 0, False), (1, -1.5, False), (1, -2, True), (-1, 0.5, True),
                         (0.015, -0.03, True), (-1, 1, False)):  # fmt: skip
        got = call(answer, w, b)
        if not isinstance(got, bool | np.bool_ | int) or int(got) not in (0, 1):
            raise Wrong(f"`is_dead({w}, {b})` is neither True nor False.", got=got)
        if bool(got) != wanted:
            raise Wrong(
                f"`is_dead({w}, {b})` is not right.",
                got=got,
                wanted=wanted,
                hint=_hint(w, b, wanted),
            )


def _hint(w: float, b: float, wanted: bool) -> str:
    outputs = ", ".join(f"{max(0.0, w * x + b):g}" for x in (0.5, 1, 2))
    if wanted:
        return f"Its outputs are {outputs}: all are 0, at exactly 0 too, so no gradient comes."
    return f"Its outputs are {outputs}: *one* that is above 0 keeps it alive."
