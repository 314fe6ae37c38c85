"""`search`: tune the config's fields with Ray, then prove the find with further seeds.

Trials → finalists and baseline with three other seeds each → the best, as a study → one look at
the test set. Whatever is interrupted goes on when the same search is called again. Knows
nothing of notebooks or cloud; Ray and TensorFlow are imported only where they are used.
"""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.own_studies import keep_study, study_table
from utils.experiments.search.finals import (
    BASELINE_NAME,
    best_trials,
    choose,
    final_recipes,
    final_table,
    look_at_test,
    study_path,
    test_text,
    verdict,
    write_study,
)
from utils.experiments.search.journal import (
    FINAL_SEEDS,
    SearchPlan,
    Trial,
    ended,
    open_search,
    read_json,
    read_trials,
)
from utils.experiments.search.ray_cluster import check_nodes, machines
from utils.experiments.search.ray_tune import Sitting, open_storage, search_trials, train_jobs
from utils.experiments.search.worker import TrialJob
from utils.experiments.studies import Study
from utils.files import lock

__all__ = ["search", "search_name"]


def search(
    name: str | None = None,
    *,
    study: Study | None = None,
    trials: int = 24,
    by: str = "optuna",
    seed: int = 0,
    finalists: int = 3,
    profile: str | None = None,
    at_once: int | None = None,
    address: str | None = None,
    storage: str | None = None,
    runs: Path | None = None,
) -> dict[str, Any]:
    """Search, or go on with a search of that name; return its study (`study.json`).

    name: `search`, or the study's and `-search`, unless given.
    study: of one's own, whose baseline and space it has (`own_space`); else the course's.
    by: `optuna` or `random`.
    finalists: how many of the best trials are trained with three further seeds.
    profile, runs: the amount of work and the log root; the settings' unless given.
    at_once: trials side by side; as many as cores and memory allow unless given.
    address: of a Ray cluster; this machine alone unless given.
    storage: a folder or a bucket's URL that all nodes of the cluster reach, through which the
        runs come; in the log root unless given, which they must share then.

    Raises CourseError for settings that can't be, for a name that another search has, and
    where Ray or the data is missing.
    """
    root = (runs or settings.runs_dir()).resolve()
    profile = profile or settings.profile_name()
    name = name or search_name(study)
    table = study_table(study) if study else None
    plan = SearchPlan(name, trials, by, profile, seed, finalists, {}, table)
    len(plan.space.dimensions)  # what can't be searched is said before a picture is read
    _need("ray", "optuna")
    dataset = load("cifar10")
    plan = replace(plan, data={"sha256": dataset.sha256, "real": dataset.real})
    with lock(
        root / name / ".driver.lock",
        f"Another process is at work on this search ({root / name}).",
        "Wait until it ends, or give this search a name of its own with `name`.",
        seconds=0,
        arguments=("name",),
    ):
        if study:
            keep_study(study, root)
        open_search(root, plan)
        if not study_path(root, name).is_file():
            _train_all(root, plan, dataset, at_once, address, storage)
            _write_choice(root, plan)
        return _finish(root, plan, dataset)


def search_name(study: Study | None) -> str:
    """Return what a search is called where it is given no name."""
    if study is None:
        return "search"
    return f"{re.sub(r'[^a-z0-9_-]', '-', study.name.lower())[:24]}-search"


def _need(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise CourseError(
            f"A search needs {' and '.join(missing)}, missing here.",
            "Install it: pip install -e '.[search]'",
        )


def _train_all(
    root: Path,
    plan: SearchPlan,
    dataset: Dataset,
    at_once: int | None,
    address: str | None,
    storage: str | None,
) -> None:
    """Train the trials, then the finals, as far as they aren't there yet."""
    before = read_trials(root, plan)
    with (
        machines(address, at_once, plan.trials) as found,
        open_storage(root, plan.name, storage) as place,
    ):
        print(found.text, flush=True)
        if address:
            check_nodes(dataset, place)
        base = plan.config({}, plan.seed)
        sitting = Sitting(root, place, found.at_once, found.threads, found.resources, base)
        if before:
            over = sum(trial.over for trial in before)
            print(f"{plan.name}: {over} of {plan.trials} trials are over, it goes on there")
        search_trials(plan, before, sitting)
        finalists = best_trials(read_trials(root, plan), plan.finalists)
        jobs = final_jobs(plan, finalists, found.threads)
        left = [job for job in jobs if not ended(root, job)]
        train_jobs(plan.finals, left, len(jobs), sitting)


def final_jobs(plan: SearchPlan, finalists: list[Trial], threads: int) -> list[TrialJob]:
    """Return the finals' runs: the baseline and each finalist with each of the final seeds."""
    return [
        plan.job(plan.finals, name, config, threads)
        for seed in plan.final_seeds
        for name, config in (
            (BASELINE_NAME, plan.config({}, seed)),
            *((one.name, plan.config(one.point, seed)) for one in finalists),
        )
    ]


def _write_choice(root: Path, plan: SearchPlan) -> None:
    trials = read_trials(root, plan)
    recipes = final_recipes(root, plan, best_trials(trials, plan.finalists))
    write_study(root, plan, trials, recipes)


def _finish(root: Path, plan: SearchPlan, dataset: Dataset) -> dict[str, Any]:
    """Look at the test set where that wasn't done, and print what was found."""
    looked_before = read_json(study_path(root, plan.name))["test"] is not None
    study = look_at_test(root, plan, dataset)
    recipes = final_recipes(root, plan, best_trials(read_trials(root, plan), plan.finalists))
    print(f"\n{final_table(recipes)}\n\n{FINAL_SEEDS} seeds each, mean ± 95 % interval.")
    print(verdict(recipes[0], choose(recipes)))
    test = study["test"]
    print(
        f"Test set, {test['pictures']:,} pictures, looked at for this choice ({test['looked']}"
        f"{', not again now' * looked_before}): {test_text(study)}"
    )
    print(f"The choice as a study: {study_path(root, plan.name)}")
    return study
