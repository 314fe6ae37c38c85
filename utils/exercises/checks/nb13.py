"""The exercises of notebook 13 but the choice: a step with L2, a fair strength."""

from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, array, call, exercise, value
from utils.exercises.compare import Mistakes


@exercise(
    "13.1",
    hint="The gradient of a sum is the sum of gradients: what does the penalty add?",
    more=(
        "What is the slope of w² / 2, and which factor stands before it? Add that to the "
        "loss's own gradient; the learning rate then multiplies the whole, and the step goes "
        "down."
    ),
)
def l2_step(answer: Any) -> None:
    w, gradient = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.0, -0.1])
    for rate, strength in ((0.1, 0.5), (0.5, 0.01)):
        array(
            call(answer, w, gradient, rate, strength),
            w - rate * (gradient + strength * w),
            1e-9,
            name=f"`l2_step([1, -2, 0.5], [0.3, 0, -0.1], {rate}, {strength})`",
            mistakes=[
                (w - rate * gradient, "That is the loss alone. Where is the penalty's slope?"),
                (w + rate * (gradient + strength * w), "Go *down* the slope: subtract."),
                (
                    w - rate * (gradient + strength * np.sign(w)),
                    "That is L1: the sign of w. L2's slope grows with w.",
                ),
                (
                    w - rate * (gradient + strength * w**2 / 2),
                    "That adds the price; a step needs the price's *slope*.",
                ),
                (
                    w - rate * (gradient + 2 * strength * w),
                    "The price is w² *over 2*: look at its slope again.",
                ),
                (
                    w - rate * gradient - strength * w,
                    "The penalty's slope too is multiplied by the learning rate.",
                ),
            ],
        )


def _pull(random: Random) -> dict[str, float]:
    return {
        "l2_strength": round(random.randint(2, 40) * 1e-4, 4),
        "weight": round(random.randint(4, 60) * 1e-3, 3),
    }


@value(
    "13.2",
    says="The strength",
    hint="How hard does L2 pull at that weight? And L1, at any weight?",
    more="A pull is the slope of the penalty. Draw both penalties over w: a parabola, and two "
    "straight lines. At that weight both slopes shall be alike; which number is L1's slope?",
    draw=_pull,
    relative=1e-4,
    l2_strength=0.001,
    weight=0.015,
)
def fair_strength(my: Numbers) -> tuple[float, Mistakes]:
    return my.l2_strength * my.weight, [
        (my.l2_strength, "So L1 pulls far harder: its slope is the whole strength, whatever w is."),
        (
            my.l2_strength / my.weight,
            "L2's pull gets *weaker* for a small weight. Which way round?",
        ),
        (my.l2_strength * my.weight**2 / 2, "That compares the prices. Learning feels slopes."),
        (my.l2_strength * my.weight / 2, "The price is w² over 2: look at its slope again."),
        (my.weight, "That is the weight. How hard does L2 pull at it?"),
    ]
