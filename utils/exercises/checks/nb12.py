"""The exercise of notebook 12 that needs a program: a step with L2."""

from typing import Any

import numpy as np

from utils.exercises import array, call, exercise


@exercise("12.1")
def l2_step(answer: Any) -> None:
    w, gradient = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.0, -0.1])
    for rate, strength in ((0.1, 0.5), (0.5, 0.01)):
        array(
            call(answer, w, gradient, rate, strength),
            w - rate * (gradient + strength * w),
            1e-9,
            name=f"`l2_step([1, -2, 0.5], [0.3, 0, -0.1], {rate}, {strength})`",
            hint="New weights: old ones minus rate times (gradient plus strength times weights).",
            mistakes=[
                (w - rate * gradient, "That is the loss alone. Where is the penalty's slope?"),
                (w + rate * (gradient + strength * w), "Go *down* the slope: subtract."),
                (
                    w - rate * (gradient + strength * np.sign(w)),
                    "That is L1: the sign of w. L2's slope is w itself.",
                ),
                (
                    w - rate * (gradient + strength * w**2 / 2),
                    "That adds the price; a step needs the price's *slope*.",
                ),
                (
                    w - rate * (gradient + 2 * strength * w),
                    "The price is w² *over 2*, so that its slope is w, without a 2.",
                ),
                (
                    w - rate * gradient - strength * w,
                    "The penalty's slope too is multiplied by the learning rate.",
                ),
            ],
        )
