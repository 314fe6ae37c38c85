"""The exercises of notebook 17: a log-uniform draw, the bill of a race, random trials."""

from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, array, call, exercise, value
from utils.exercises.compare import Mistakes


@exercise(
    "17.1",
    hint="Draw the logarithm evenly, then come back from it.",
    more=(
        "At u = 0.5 between 1 and 100 the result must be 10, not 50. What are the logarithms "
        "of 1, 10 and 100? Go evenly between the outer two, and undo the logarithm at the "
        "end."
    ),
)
def log_uniform(answer: Any) -> None:
    u = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    for low, high in ((1e-4, 1e-1), (2.0, 32.0)):
        array(
            call(answer, u, low, high),
            low * (high / low) ** u,
            tolerance=1e-9,
            name=f"`log_uniform(u, {low:g}, {high:g})` at u = 0, 0.25, 0.5, 0.75, 1",
            mistakes=[
                (
                    low + (high - low) * u,
                    "That is even in the number itself, not in its logarithm.",
                ),
                (
                    np.log(low) + (np.log(high) - np.log(low)) * u,
                    "That is the logarithm of the number wanted: what undoes it?",
                ),
                (high * (low / high) ** u, "Turned round: u = 0 must give low, u = 1 high."),
                (
                    np.exp(low + (high - low) * u),
                    "Take the logarithm of low and high before you draw between them.",
                ),
            ],
        )


def _race(random: Random) -> dict[str, int]:
    part, first = random.randint(2, 4), random.randint(1, 3)
    second = first + random.randint(2, 5)
    return {
        "trials": part**2 * random.randint(3, 12),
        "part": part,
        "first": first,
        "second": second,
        "last": second + random.randint(3, 9),
    }


@value(
    "17.2",
    says="The number of epochs",
    hint="How many trials end at each of the three places, and how long has each of them trained?",
    more="Make a table with three rows: where trials end, how many end there, how many epochs each "
    "of these has behind it. Nobody trains an epoch twice. The last column's sum is the bill.",
    draw=_race,
    trials=27,
    part=3,
    first=1,
    second=3,
    last=9,
)
def bill(my: Numbers) -> tuple[int, Mistakes]:
    n, then, late = my.trials, my.trials // my.part, my.trials // my.part**2
    wanted = n * my.first + then * (my.second - my.first) + late * (my.last - my.second)
    final = late / my.part
    return wanted, [
        (n * my.last, "That is all trials to the end; the race stops most of them."),
        (n * my.first + then * my.second + late * my.last,
         "Counted twice: those that go on have their first epochs behind them."),
        ((n - then) * my.first + (then - late) * my.second + (late - final) * my.last,
         "Those who are left reach the end, since nobody is stopped there."),
        (n + then + late, "A trial that goes on trains several epochs up to the next stop."),
    ]  # fmt: skip


def _odds(random: Random) -> dict[str, float]:
    best = random.choice((0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15))
    return {"best": best, "chance": random.choice((0.8, 0.85, 0.9, 0.95, 0.98, 0.99))}


def _enough(best: float, chance: float) -> int:
    """Return the smallest number of trials that hit the best part with that chance."""
    return next(n for n in range(1, 10_000) if (1 - best) ** n <= 1 - chance + 1e-12)


@value(
    "17.3",
    says="The number of trials",
    hint="Turn it round: what is the chance that all trials miss?",
    more="One trial misses with 1 minus `best`; misses of trials that don't know of one another "
    "multiply. Print that product for 1, 2, 3 … trials: where is it small enough at last?",
    draw=_odds,
    best=0.05,
    chance=0.95,
)
def trials_needed(my: Numbers) -> tuple[int, Mistakes]:
    wanted = _enough(my.best, my.chance)
    return wanted, [
        (wanted - 1, "Very near: but the chance to hit is still a hair too little."),
        (1 / my.best, "So many hit once *on average*, and in one case of three not at all."),
        (my.chance / my.best, "Chances of misses multiply; they don't add up."),
        (_enough(my.best, 0.5), "So many trials hit with a chance of one half. More is asked for."),
        (1, "One trial hits with the chance `best`. More is asked for."),
    ]
