"""Where a search's next point comes from: by chance, or from Optuna's model of the results.

Ray Tune's own OptunaSearch asks and tells; here it learns which trials there were before. Its
`storage` would keep that too, in a database beside the runs that could say something else than
they do. Knows no folders. Ray and Optuna are imported only inside functions.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from utils.experiments.search.space import COURSE_SPACE, LogRange, Point, Space, rounded

__all__ = ["SEARCHES", "make_searcher"]

SEARCHES = ("optuna", "random")

# Optuna's own start: so many points by chance before the model chooses (its default is 10).
STARTUP = 8


def make_searcher(
    seed: int,
    over: Sequence[tuple[Mapping[str, Any], float]],
    numbers: Sequence[int],
    fixed: Sequence[Mapping[str, Any]],
    to_params: Callable[[int, Point], dict[str, Any]],
    space: Space = COURSE_SPACE,
) -> Any:
    """Return what Ray Tune asks for the next trial.

    over: points that were tried, each with its last validation accuracy.
    numbers: of the trials to propose, in this order.
    fixed: the points of the first of them; those after them Optuna's tree-structured Parzen
        estimator (TPE) chooses. It learns from the trials that are over, so its points depend
        on the order in which they end.
        Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011.
    to_params: makes of a number and a point what the trial is told.
    space: what the points are of.
    """
    import optuna
    from ray import tune
    from ray.tune.search.optuna import OptunaSearch

    left = list(numbers)

    class Searcher(OptunaSearch):
        """Optuna's points with two digits, as the runs' names tell them, each with its number."""

        def suggest(self, trial_id: str) -> Any:
            point: Any = super().suggest(trial_id)
            return to_params(left.pop(0), rounded(point, space))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # A sitting that goes on must not draw the first sitting's numbers again.
        # constant_liar: a running trial counts as a bad one, so that the next lies elsewhere.
        sampler = optuna.samplers.TPESampler(
            seed=seed + 100_003 * len(over), n_startup_trials=STARTUP, constant_liar=True
        )
    domains = {
        name: (
            tune.loguniform(dimension.low, dimension.high)
            if isinstance(dimension, LogRange)
            else tune.choice(dimension.values)
        )
        for name, dimension in space.dimensions.items()
    }
    searcher = Searcher(
        domains, metric="val_accuracy", mode="max", sampler=sampler,
        points_to_evaluate=[dict(point) for point in fixed],
    )  # fmt: skip
    for point, value in over:  # `evaluated_rewards` would take the fixed points for tried ones
        searcher.add_evaluated_point(dict(point), value)
    return searcher
