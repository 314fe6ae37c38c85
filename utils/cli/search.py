"""`course search`: hyperparameter search from a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from utils import settings

__all__ = ["search"]


def search(
    trials: Annotated[int, typer.Option(help="Recipes to try.")] = 24,
    by: Annotated[
        str, typer.Option("--search", help="Who proposes recipes: optuna or random.")
    ] = "optuna",
    finalists: Annotated[
        int, typer.Option(help="Best trials that are trained again with three other seeds.")
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of the proposals and of every trial.")] = 0,
    name: Annotated[
        str, typer.Option(help="The search's name: its folder in the log root.")
    ] = "search",
    profile: Annotated[
        str | None, typer.Option("--profile", help="How much work: smoke, quick or full.")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="auto, real (downloads) or sample (built in).")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option("--runs", help="The log root: the folder of all runs.")
    ] = None,
    at_once: Annotated[
        int | None,
        typer.Option(min=1, help="Trials side by side; as many as fit unless given."),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster: auto, HOST:PORT or ray://HOST:PORT; else this machine."),
    ] = None,
) -> None:
    """Search for a better recipe than the baseline, on Ray.

    Trials that fall behind are stopped early (ASHA). The best are trained
    with three other seeds beside the baseline, the winner is written as a
    study, and both are measured on the test set, once. After an
    interruption repeat the same command: it goes on.
    """
    settings.put(profile, data, runs)
    from utils.experiments.search.searching import search as run_search

    run_search(name, trials=trials, by=by, seed=seed, finalists=finalists,
               at_once=at_once, address=address)  # fmt: skip
