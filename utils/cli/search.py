"""`course search`: hyperparameter search from a terminal."""

from utils import settings
from utils.cli import options

__all__ = ["search"]


def search(
    trials: options.TrialsOption = 24,
    by: options.SearchOption = "optuna",
    finalists: options.FinalistsOption = 3,
    seed: options.SeedOption = 0,
    name: options.NameOption = "search",
    profile: options.ProfileOption = None,
    data: options.DataOption = None,
    runs: options.RunsOption = None,
    at_once: options.AtOnceOption = None,
    address: options.AddressOption = None,
    storage: options.StorageOption = None,
) -> None:
    """Search for a better recipe than the baseline, on Ray.

    Trials that fall behind are stopped early (ASHA). The best are trained
    with three other seeds beside the baseline, the winner is written as a
    study, and both are measured on the test set, once a search. After an
    interruption repeat the same command: it goes on.
    """
    settings.put(profile, data, runs)
    from utils.experiments.search.searching import search as run_search

    run_search(name, trials=trials, by=by, seed=seed, finalists=finalists,
               at_once=at_once, address=address, storage=storage)  # fmt: skip
