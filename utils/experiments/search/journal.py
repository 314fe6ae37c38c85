"""What a search was asked, in a file beside its runs, and what it has done so far: the runs.

    <runs>/<name>/search.json     what was asked; a search of other settings is refused
    <runs>/<name>/<trial>/seed-*  the trials: ordinary runs
    <runs>/<name>-finals/…        finalists and baseline with further seeds

Which trials there are, and which are over, their runs' own records say. Nothing here knows Ray
or TensorFlow.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.experiments.own_studies import to_study
from utils.experiments.run_folder import (
    now,
    read_record,
    readable_record,
    run_folders,
    variant_label,
)
from utils.experiments.search.own_space import study_space
from utils.experiments.search.proposals import SEARCHES
from utils.experiments.search.space import (
    COURSE_SPACE,
    Point,
    Space,
    config_point,
    draw_point,
    point_config,
    trial_label,
)
from utils.experiments.search.worker import ENDED, TrialJob
from utils.experiments.studies import COURSE_STUDIES, get_profile
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import Config

__all__ = [
    "FINAL_SEEDS",
    "SearchPlan",
    "Trial",
    "ended",
    "open_search",
    "read_trials",
]

FORMAT = 1
# Final runs a recipe. With fewer than three, an interval says next to nothing (notebook 16).
FINAL_SEEDS = 3


@dataclass(frozen=True)
class SearchPlan:
    """What is asked of a search; checked when it is made.

    name: its folder in the log root, which is its study's name too.
    trials: points to try. search: `optuna` or `random`.
    finalists: how many of the best are trained again, with FINAL_SEEDS other seeds.
    seed: of the points and of every trial; the finals have the seeds after it.
    data: `sha256` and `real` of the data set.
    study: the study of one's own that is searched, as `study_table` returns it; None for the
        course's own search.
    """

    name: str
    trials: int
    search: str
    profile: str
    seed: int
    finalists: int
    data: dict[str, Any]
    study: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        get_profile(self.profile)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,30}", self.name) or self.name in COURSE_STUDIES:
            raise CourseError(
                f"{self.name!r} can't be a search's name.",
                "Take small letters, digits, - and _, and no study's name: search-2, for example.",
            )
        if self.search not in SEARCHES:
            raise CourseError(
                f"There is no search {self.search!r}.", f"Choose one of: {', '.join(SEARCHES)}."
            )
        for name, least in (("trials", 1), ("finalists", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise CourseError(
                    f"`{name}` is {getattr(self, name)}; the least is {least}.", "", (name,)
                )

    @cached_property
    def space(self) -> Space:
        """Return what the search varies."""
        return study_space(to_study(self.study)) if self.study else COURSE_SPACE

    @property
    def finals(self) -> str:
        """Return the name of the study that the finals' runs belong to."""
        return f"{self.name}-finals"

    @property
    def final_seeds(self) -> range:
        """Return the seeds of the finals; the trials' own isn't among them: it was chosen by."""
        return range(self.seed + 1, self.seed + 1 + FINAL_SEEDS)

    def point(self, number: int) -> Point:
        """Return the random point of a trial: it depends on seed and number, on nothing else."""
        return draw_point(np.random.default_rng((self.seed, number)), self.space)

    def config(self, point: Mapping[str, Any], seed: int) -> Config:
        """Return the recipe of a point; of none, the baseline's."""
        return point_config(point, self.profile, seed, self.data["real"], self.space)

    def label(self, name: str) -> str:
        """Return the name of a variant's folder."""
        return variant_label(name, self.profile, self.data["real"])

    def job(self, study: str, name: str, config: Config, threads: int) -> TrialJob:
        """Return one run of this search as a worker has to know it."""
        return TrialJob(study, self.label(name), self.profile, config.to_dict(), self.data, threads)


@dataclass(frozen=True)
class Trial:
    """One point of a search and the record of the run that tries it."""

    number: int
    point: dict[str, Any]
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """Return the trial's short name."""
        return trial_label(self.number, self.point)

    @property
    def over(self) -> bool:
        """Say whether the trial is finished, stopped or diverged."""
        return self.record["status"] in ENDED

    @property
    def value(self) -> float:
        """Return the last validation accuracy; 0 where the run diverged before its first."""
        return float(self.record["history"][-1]["val_accuracy"]) if self.record["history"] else 0.0

    def config(self, plan: SearchPlan) -> Config:
        """Return the trial's recipe."""
        return plan.config(self.point, plan.seed)


def open_search(root: Path, plan: SearchPlan) -> None:
    """Begin a search, or go on with it; raise CourseError where its name is another's."""
    folder = root / plan.name
    path = folder / "search.json"
    asked = {"format": FORMAT, **asdict(plan)}
    if not path.is_file():
        if run_folders(root, plan.name) or (folder / "study.json").exists():
            raise CourseError(
                f"{folder} holds a study or runs that no search made.",
                "Give the search another `name`.",
                ("name",),
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asked | {"begun": now()}, indent=1) + "\n")
        return
    before = read_json(path)
    for name, value in asked.items():
        if before.get(name) != value:
            what = {"data": "the data set", "study": "the study"}.get(name, f"`{name}`")
            was = f" ({before.get(name)} then, {value} now)" if what == f"`{name}`" else ""
            raise CourseError(
                f"The search {plan.name!r} in {root} was begun with another value of {what}{was}.",
                "Repeat its options to go on with it, or begin another one with `name`.",
                (name, "name"),
            )


def read_trials(root: Path, plan: SearchPlan) -> list[Trial]:
    """Return the trials that have come as far as one epoch, by number; bad records are noted."""
    trials = []
    for folder in run_folders(root, plan.name):
        found = re.fullmatch(rf"t(\d+)(?:[-@].*)?/seed-{plan.seed}", "/".join(folder.parts[-2:]))
        if found and (record := readable_record(folder)):
            number = int(found[1])
            config = Config.from_dict(record["config"])
            trials.append(
                Trial(number, config_point(config, plan.point(number), plan.space), record)
            )
    return sorted(trials, key=lambda trial: trial.number)


def ended(root: Path, job: TrialJob) -> bool:
    """Say whether a job's run is over."""
    record = read_record(root / job.folder)
    return record is not None and record["status"] in ENDED


def read_json(path: Path) -> Any:
    """Return a JSON file's content; raise CourseError where it can't be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(
            f"{path} can't be read ({error}).", "Move that search's folder elsewhere."
        ) from error
