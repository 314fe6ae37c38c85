"""What notebooks 11 to 15 and 18 do alike: a study's recipe, its runs, its curves and tables.

Knows the five studies by name alone; one of one's own has no reference. TensorFlow comes along
when something has to be trained.
"""

import html
import math
from dataclasses import asdict
from functools import cached_property
from typing import Any

import pandas as pd
from IPython.display import HTML

from utils import experiments, plots, settings
from utils.data import Dataset, load
from utils.experiments.statistics import per_run
from utils.experiments.studies import (
    STUDIES,
    TRAIN_MEASURED,
    Study,
    config_for,
    get_profile,
    get_study,
    meet,
)
from utils.experiments.study_runner import run_study
from utils.plots.looks import base_name
from utils.widgets.live import live_training
from utils.widgets.predict import Prediction, predict

__all__ = ["StudyLesson"]

NUMBERS = {study: str(11 + k) for k, study in enumerate(STUDIES)}  # of the lessons
CHANCE = 10.0  # per cent that guessing among CIFAR-10's classes gives
CURVES = "Your accuracy by epoch, validation solid, training pictures dashed."


class StudyLesson:
    """One study as a lesson shows it, at the profile and on the data that the settings say.

    study: its name, or one of one's own; nothing is read or trained before a method asks for it.
    dataset: CIFAR-10 as the settings say, loaded when first needed, unless given.
    lesson: the two digits of the lesson that asks, where the study isn't one of the course's five.
    records: run.json of each run that `run` trained, skipped or copied; empty before.
    Raises CourseError for a study that doesn't exist.
    """

    def __init__(
        self, study: str | Study, dataset: Dataset | None = None, lesson: str = ""
    ) -> None:
        self.study = get_study(study) if isinstance(study, str) else study
        meet(self.study)
        self.number = lesson or NUMBERS.get(self.study.name, "")
        self.records: list[dict[str, Any]] = []
        if dataset is not None:
            self.dataset = dataset

    @cached_property
    def dataset(self) -> Dataset:
        """CIFAR-10, or the sample under its banner."""
        return load("cifar10")

    def recipe(self) -> HTML:
        """Return a table of the fields in which the variants' configs differ, and all others."""
        profile = settings.profile_name()
        table = pd.DataFrame(
            {
                self._heading(name): asdict(
                    config_for(self.study.name, name, profile, real=self.dataset.real)
                )
                for name in self.study.variants
            },
            dtype=object,
        )
        table.columns.name = "variant"
        differs = table.nunique(axis=1, dropna=False) > 1
        shared = table.loc[~differs].iloc[:, 0]
        others = ", ".join(f"{name} = {value}" for name, value in shared.items())
        return HTML(
            f"{table.loc[differs].to_html()}"
            f"<p><small>The same in all {table.shape[1]}: {html.escape(others)}.</small></p>"
        )

    def predict(self) -> Prediction:
        """Return the widget that asks for a guess before training: a marker a variant."""
        return self.prediction

    @cached_property
    def prediction(self) -> Prediction:
        """The same widget, however often it is shown."""
        epochs = get_profile(settings.profile_name()).on(self.dataset.real).epochs
        return predict(
            self.number,
            list(self.study.variants),
            CHANCE,
            f"validation accuracy after {epochs} epochs, %",
            study=self.study.name,
            real=self.dataset.real,
        )

    @property
    def guesses(self) -> dict[str, float]:
        """The guess that was kept, per cent by variant; empty where none was."""
        return self.prediction.guesses

    def run(self) -> None:
        """Train what of the study isn't there yet, with seed 0, drawn as it goes.

        An interrupt or the button under the picture ends it after the epoch; called again, it
        goes on there. See `utils.experiments.study_runner.run_study`.
        """
        dataset = self.dataset
        with live_training(self.guesses) as live:
            self.records = run_study(
                self.study,
                dataset=dataset,
                on_epoch=live.on_epoch,
                should_stop=live.should_stop,
            )

    @property
    def mine(self) -> pd.DataFrame:
        """Your runs of this study with seed 0, as they lie on disk: one row an epoch.

        Only those of this profile on this data; columns as in `experiments.epoch_table`.
        """
        profile, real = settings.profile_name(), self.dataset.real
        labels = {experiments.variant_label(name, profile, real) for name in self.study.variants}
        runs = experiments.load_runs(study=self.study.name)
        return experiments.epoch_table(
            [run for run in runs if run.variant in labels and run.seed == 0]
        )

    @property
    def has_reference(self) -> bool:
        """Whether the course has trained this study: whether it is one of the five."""
        return self.study.name in STUDIES

    @cached_property
    def reference(self) -> pd.DataFrame:
        """The course's own `quick` runs of this study on real data, columns as in `mine`."""
        return experiments.reference(self.study.name)

    @property
    def comparable(self) -> bool:
        """Whether your runs do the reference's work on the reference's data."""
        return self.has_reference and settings.profile_name() == "quick" and self.dataset.real

    def curves(self) -> None:
        """Show your accuracy by epoch, in front of the reference where the two are comparable.

        Raises CourseError where there are no runs yet, as `tables` does.
        """
        mine = self.mine
        alt = f"{CURVES} {experiments.describe(experiments.compare(mine))}"
        if self.has_reference and not self.comparable:
            data = "real CIFAR-10" if self.dataset.real else "the sample"
            print(f"Yours: {settings.profile_name()}, {data}. Reference: quick, real CIFAR-10. "
                  "The two can't be compared.")  # fmt: skip
        print(self._measured())
        plots.show(plots.curves(mine, reference=self.reference if self.comparable else None), alt)

    def look_back(self) -> None:
        """Show your guess beside what your runs came to, with the miss in points; note the misses.

        A run that hasn't ended has no accuracy yet. Without a guess your runs stand alone.
        """
        mine = self.mine
        reached = {base_name(one.variant): one.final for one in per_run(mine)}
        diverged = mine.loc[mine["status"] == "diverged", "variant"]
        reached |= dict.fromkeys(map(base_name, diverged), math.nan)
        self.prediction.look_back(reached, self._spread() if self.comparable else None)

    def _spread(self) -> dict[str, tuple[float, float]]:
        """Return the lowest and highest final accuracy of the reference's seeds by variant."""
        finals: dict[str, list[float]] = {}
        for one in per_run(self.reference):
            finals.setdefault(one.variant, []).append(one.final)
        return {name: (min(values), max(values)) for name, values in finals.items()}

    def tables(self) -> HTML:
        """Return two tables, one row a variant: your runs, and the reference if there is one.

        Below each its ends in a sentence, and one a variant: how far it is from the baseline.
        """
        parts = []
        shown = [("Your runs", self.mine)]
        if self.has_reference:
            shown.append(("Reference", self.reference))
        for title, runs in shown:
            table = experiments.compare(runs)
            rows = table.to_dict("records")
            said = [experiments.say_extremes(rows), *experiments.say_against(rows)]
            text = "<br>".join(map(html.escape, filter(None, said)))
            parts.append(f"<b>{title}</b>{experiments.to_html(table)}<p>{text}</p>")
        return HTML("".join(parts))

    def _measured(self) -> str:
        """Say how many pictures the two lines of a run are measured on."""
        work = get_profile(settings.profile_name())
        data = self.dataset.subset(work.train_size, work.validation_size)
        few = len(data.train.first(TRAIN_MEASURED))
        return (
            f"Solid: {len(data.validation):,} validation pictures; dashed: {few:,} training ones."
        )

    def _heading(self, variant: str) -> str:
        own = variant == self.study.baseline
        return f"{variant} (baseline)" if own and variant != "baseline" else variant
