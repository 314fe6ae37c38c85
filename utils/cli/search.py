"""`course search`: hyperparameter search from a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from utils import settings
from utils.cli import options
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.experiments.studies import Study

__all__ = ["search", "to_search"]


def search(
    study: Annotated[
        str | None, typer.Argument(metavar="STUDY", help="A study of yours, or FILE.toml.")
    ] = None,
    trials: options.TrialsOption = 24,
    by: options.SearchOption = "optuna",
    finalists: options.FinalistsOption = 3,
    seed: options.SeedOption = 0,
    name: options.NameOption = None,
    profile: options.ProfileOption = None,
    data: options.DataOption = None,
    runs: options.RunsOption = None,
    at_once: options.AtOnceOption = None,
    address: options.AddressOption = None,
    storage: options.StorageOption = None,
) -> None:
    """Search for a better recipe than the baseline, on Ray.

    Trials that fall behind are stopped early (ASHA). The best are trained with
    other seeds beside the baseline; the winner becomes a study; both are
    measured on the test set. Repeated after an interruption, it goes on.
    """
    settings.put(profile, data, runs)
    own = to_search(study) if study else None
    from utils.experiments.search.searching import search as run_search

    run_search(name, study=own, trials=trials, by=by, seed=seed, finalists=finalists,
               at_once=at_once, address=address, storage=storage)  # fmt: skip


def to_search(name: str) -> "Study":
    """Return the study of one's own that is to be searched, by its name or its TOML file.

    Raises CourseError where there is none, and for one of the course's.
    """
    from utils.experiments.own_studies import meet_own, read_study
    from utils.experiments.studies import COURSE_STUDIES, get_study

    damaged = meet_own(settings.runs_dir())
    if name.endswith(".toml"):
        return read_study(Path(name))
    if name in damaged:
        raise CourseError(damaged[name])
    if name in COURSE_STUDIES:
        raise CourseError(
            f"{name} is the course's own: its fields are varied together, by a search without it.",
            "Search them all: course search",
        )
    return get_study(name)
