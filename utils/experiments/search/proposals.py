"""Where a search's next point comes from: by chance, or from Optuna's model of the results.

Knows neither Ray nor folders. Optuna is imported only when it is asked for.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from utils.errors import CourseError
from utils.experiments.search.space import SPACE, LogRange, Point, draw_point, rounded

__all__ = ["SEARCHES", "OptunaPoints", "Points", "RandomPoints", "make_points"]

SEARCHES = ("optuna", "random")

# Optuna's own start: so many points by chance before the model chooses (its default is 10).
STARTUP = 8


class Points(Protocol):
    """What proposes points and is told how they did."""

    def propose(self, number: int) -> Point:
        """Return the point of the trial of that number."""

    def running(self, number: int, point: Mapping[str, Any]) -> None:
        """Hear of a trial that an earlier sitting proposed and that isn't over."""

    def told(self, number: int, point: Mapping[str, Any], values: Sequence[float]) -> None:
        """Hear how a trial ended: its validation accuracy after each epoch; may be empty."""


def make_points(search: str, seed: int, known: int) -> Points:
    """Return the source of points of that name.

    known: trials that were proposed in earlier sittings of the same search.
    Raises CourseError for a name that doesn't exist.
    """
    if search == "random":
        return RandomPoints(seed)
    if search != "optuna":
        raise CourseError(
            f"There is no search {search!r}.", f"Choose one of: {', '.join(SEARCHES)}."
        )
    return OptunaPoints(seed, known)


class RandomPoints:
    """Points by chance. A trial's point depends on the seed and its number, on nothing else."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def propose(self, number: int) -> Point:
        """Return the point of the trial of that number."""
        return draw_point(np.random.default_rng((self.seed, number)))

    def running(self, number: int, point: Mapping[str, Any]) -> None:
        """Chance doesn't care."""

    def told(self, number: int, point: Mapping[str, Any], values: Sequence[float]) -> None:
        """Chance doesn't learn."""


class OptunaPoints:
    """Points from Optuna's tree-structured Parzen estimator (TPE).

    It learns from the trials that are over, so which points it proposes depends on the order
    in which they end: the same for the same seed only with one trial at a time.
    Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011.
    """

    def __init__(self, seed: int, known: int = 0) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # A sitting that goes on must not draw the first sitting's numbers again.
        with warnings.catch_warnings():
            # constant_liar: a running trial counts as a bad one, so that the next lies elsewhere.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=seed + 100_003 * known, n_startup_trials=STARTUP, constant_liar=True
            )
        self.optuna = optuna
        self.study = optuna.create_study(direction="maximize", sampler=sampler)
        self.space: dict[str, Any] = {
            name: (
                optuna.distributions.FloatDistribution(dimension.low, dimension.high, log=True)
                if isinstance(dimension, LogRange)
                else optuna.distributions.CategoricalDistribution(dimension.values)
            )
            for name, dimension in SPACE.items()
        }
        self.numbers: dict[int, int] = {}  # a trial's number → Optuna's

    def propose(self, number: int) -> Point:
        """Return the point of the trial of that number."""
        asked = self.study.ask(self.space)
        self.numbers[number] = asked.number
        return rounded(asked.params)

    def running(self, number: int, point: Mapping[str, Any]) -> None:
        """Hear of a trial that an earlier sitting proposed and that isn't over."""
        self._add(number, point, self.optuna.trial.TrialState.RUNNING)

    def told(self, number: int, point: Mapping[str, Any], values: Sequence[float]) -> None:
        """Hear how a trial ended; one without an epoch (it diverged at once) counts as 0."""
        value = values[-1] if values else 0.0
        if number in self.numbers:
            self.study.tell(self.numbers[number], value)
        else:
            self._add(number, point, self.optuna.trial.TrialState.COMPLETE, value)

    def _add(
        self, number: int, point: Mapping[str, Any], state: Any, value: float | None = None
    ) -> None:
        self.study.add_trial(
            self.optuna.trial.create_trial(
                state=state, value=value, params=dict(point), distributions=self.space
            )
        )
        self.numbers[number] = len(self.study.trials) - 1
