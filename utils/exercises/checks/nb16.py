"""The exercises of notebook 16: a log-uniform draw, the bill of a race, how many random trials."""

from typing import Any

import numpy as np

from utils.exercises import array, call, exercise, number


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


@exercise("16.2")
def epochs_of_a_race(answer: Any) -> None:
    number(
        answer,
        63,
        name="The number of epochs",
        hint="How many trials end after 1 epoch, how many after 3, how many after 9?",
        mistakes=[
            (243, "That is all trials to the end; the race stops most of them."),
            (
                27 * 1 + 9 * 3 + 3 * 9,
                "Counted twice: the nine that go on have 1 of their 3 epochs behind them.",
            ),
            (18 * 1 + 6 * 3 + 2 * 9, "Three trials reach the end, since there is no stop at 9."),
            (27 + 9 + 3, "A trial that goes on from 1 to 3 trains two more epochs, not one."),
        ],
    )


@exercise("16.3")
def trials_enough(answer: Any) -> None:
    number(
        answer,
        59,
        name="The number of trials",
        hint="The chance that n trials all miss the best twentieth is 0.95 to the power of n.",
        mistakes=[
            (58, "With 58 trials the chance to hit is 94.9 %: a hair too little."),
            (20, "On average one of 20 hits, but in one case of three none does."),
            (19, "0.05 times 19 is 0.95, but chances of misses multiply; they don't add up."),
            (14, "14 trials hit with a chance of one half. 95 % is asked for."),
            (1, "One trial hits with a chance of 5 %."),
        ],
    )
