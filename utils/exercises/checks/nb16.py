"""The exercise of notebook 16 that needs a program: a log-uniform draw."""

from typing import Any

import numpy as np

from utils.exercises import array, call, exercise


@exercise("16.1")
def log_uniform(answer: Any) -> None:
    u = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    for low, high in ((1e-4, 1e-1), (2.0, 32.0)):
        array(
            call(answer, u, low, high),
            low * (high / low) ** u,
            tolerance=1e-9,
            name=f"`log_uniform(u, {low:g}, {high:g})` at u = 0, 0.25, 0.5, 0.75, 1",
            hint="Draw the logarithm evenly between ln low and ln high, then take e to it.",
            mistakes=[
                (
                    low + (high - low) * u,
                    "That is even in the number itself, not in its logarithm.",
                ),
                (
                    np.log(low) + (np.log(high) - np.log(low)) * u,
                    "That is the logarithm of the number wanted: np.exp brings it back.",
                ),
                (high * (low / high) ** u, "Turned round: u = 0 must give low, u = 1 high."),
                (
                    np.exp(low + (high - low) * u),
                    "Take the logarithm of low and high before you draw between them.",
                ),
            ],
        )
