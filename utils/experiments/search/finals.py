"""What a search found: finalists beside the baseline, the choice as a study, one look at the test.

Reads runs from the log root; TensorFlow is imported only to look at the test set.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from utils.data import Dataset, open_test_set
from utils.errors import CourseError
from utils.experiments.run_folder import now, readable_record, run_dir
from utils.experiments.search.journal import FINAL_SEEDS, SearchPlan, Trial, read_json
from utils.experiments.search.space import changed_fields
from utils.experiments.sentences import against_text, say_difference
from utils.experiments.statistics import compare_pairs, interval
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import Config

__all__ = [
    "BASELINE_NAME",
    "Recipe",
    "best_trials",
    "choose",
    "final_recipes",
    "final_table",
    "look_at_test",
    "mean_text",
    "study_path",
    "test_text",
    "test_values",
    "verdict",
]

FORMAT = 3  # 1 had validation accuracies, and 1 and 2 had test accuracies, without their seeds
BASELINE_NAME = "baseline"


@dataclass(frozen=True)
class Recipe:
    """One recipe of the finals: the baseline or a finalist.

    name: `baseline`, or the trial's short name.
    values: the final validation accuracy by seed, of each that finished.
    """

    name: str
    config: Config
    values: Mapping[int, float] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Return the mean over the seeds; NaN without any."""
        return float(np.mean(list(self.values.values()))) if self.values else float("nan")

    @property
    def whole(self) -> bool:
        """Say whether every seed finished: one that diverged makes a recipe unfit."""
        return len(self.values) == FINAL_SEEDS


def best_trials(trials: Sequence[Trial], count: int) -> list[Trial]:
    """Return the finished trials with the highest final validation accuracy, best first.

    Raises CourseError where none has finished.
    """
    finished = [trial for trial in trials if trial.record["status"] == "finished"]
    if not finished:
        raise CourseError(
            "No trial of the search has finished: all were stopped or diverged.",
            "Begin another search with more `trials` and another `name`.",
            ("trials", "name"),
        )
    return sorted(finished, key=lambda trial: (-trial.value, trial.number))[:count]


def final_recipes(root: Path, plan: SearchPlan, finalists: Sequence[Trial]) -> list[Recipe]:
    """Return the baseline and the finalists with what their final runs came to."""
    recipes = [Recipe(BASELINE_NAME, plan.config({}, plan.seed))]
    recipes += [Recipe(trial.name, trial.config(plan)) for trial in finalists]
    return [
        Recipe(recipe.name, recipe.config, _final_values(root, plan, recipe.name))
        for recipe in recipes
    ]


def _final_values(root: Path, plan: SearchPlan, name: str) -> dict[int, float]:
    records = [readable_record(folder) for folder in final_folders(root, plan, name)]
    return {
        seed: record["history"][-1]["val_accuracy"]
        for seed, record in zip(plan.final_seeds, records, strict=True)
        if record and record["status"] == "finished"
    }


def final_folders(root: Path, plan: SearchPlan, name: str) -> list[Path]:
    """Return the folders of a recipe's final runs, a seed each."""
    return [run_dir(root, plan.finals, plan.label(name), seed) for seed in plan.final_seeds]


def choose(recipes: Sequence[Recipe]) -> Recipe:
    """Return the finalist with the highest mean; raise CourseError where none has all seeds."""
    whole = [recipe for recipe in recipes if recipe.whole and recipe.name != BASELINE_NAME]
    if not whole:
        raise CourseError(
            "Every finalist diverged with one of its seeds.",
            "Begin another search with another `seed` and another `name`.",
            ("seed", "name"),
        )
    return max(whole, key=lambda recipe: recipe.mean)


def final_table(recipes: Sequence[Recipe]) -> str:
    """Return the finals as a Markdown table, the baseline first."""
    base = recipes[0]
    lines = [
        "| Recipe | Validation accuracy | Against the baseline | What it changes |",
        "| --- | ---: | --- | --- |",
    ]
    for recipe in recipes:
        against = "the baseline" if recipe is base else _against(recipe, base)
        what = changed_fields(recipe.config, base.config).replace("|", "\\|")
        mean = mean_text(list(recipe.values.values()))
        lines.append(f"| {recipe.name} | {mean} | {against} | {what} |")
    return "\n".join(lines)


def _against(recipe: Recipe, base: Recipe) -> str:
    both = recipe.values and base.values
    return against_text(compare_pairs(recipe.values, base.values) if both else None)


def mean_text(values: Sequence[float]) -> str:
    """Return `0.655 ± 0.006`: the mean and the 95 % interval's half width, or what there is."""
    if len(values) == 0:
        return "none finished"
    if len(values) == 1:
        return f"{values[0]:.3f} (1 seed)"
    return f"{np.mean(values):.3f} ± {interval(values):.3f}"


def verdict(base: Recipe, best: Recipe) -> str:
    """Say how far the best is from the baseline on validation, and what may be said of it.

    Finals share their seeds, so they are paired. The interval doesn't count that the best was
    chosen among the finalists by these very runs.
    """
    if not base.values:
        return f"{best.name}: no run of the baseline finished, so there is nothing to compare with."
    difference = compare_pairs(best.values, base.values)
    return f"On validation, {say_difference(best.name, 'the baseline', difference)}"


def study_path(root: Path, name: str) -> Path:
    """Return the file that holds a search's choice."""
    return root / name / "study.json"


def write_study(
    root: Path, plan: SearchPlan, trials: Sequence[Trial], recipes: Sequence[Recipe]
) -> dict[str, Any]:
    """Write the choice as a study of two variants, and return it; nothing of the test set yet."""
    best, base = choose(recipes), recipes[0]
    statuses = [trial.record["status"] for trial in trials]
    study = {
        "format": FORMAT,
        "name": plan.finals,
        "question": "Does the recipe that a search found beat the baseline?",
        "variants": {BASELINE_NAME: base.config.to_dict(), "best": best.config.to_dict()},
        "runs": {
            BASELINE_NAME: f"{plan.finals}/{plan.label(BASELINE_NAME)}",
            "best": f"{plan.finals}/{plan.label(best.name)}",
        },
        "seeds": list(plan.final_seeds),
        "from": {
            "search": plan.name, "by": plan.search, "seed": plan.seed, "profile": plan.profile,
            "data": plan.data, "trial": best.name,
            "changes": changed_fields(best.config, base.config),
            "trials": {status: statuses.count(status) for status in sorted(set(statuses))},
        },
        "validation": {
            recipe.name: {str(seed): value for seed, value in recipe.values.items()}
            for recipe in recipes
        },
        "verdict": verdict(base, best),
        "chosen": now(),
        "test": None,
    }  # fmt: skip
    _write(root, plan.name, study)
    return study


def look_at_test(root: Path, plan: SearchPlan, dataset: Dataset) -> dict[str, Any]:
    """Measure best and baseline on the test set, and write it into the study; return it.

    The choice is in the study before the first test picture is looked at. Where the test was
    looked at before, that is returned, and nothing is measured again.
    """
    study = read_json(study_path(root, plan.name))
    if study["test"] is not None:
        return dict(study)
    from utils.experiments.training import evaluate  # imports TensorFlow

    seeds = ", ".join(map(str, study["seeds"]))
    what = f"the best of the search {plan.name!r}, chosen by validation, and the baseline"
    pictures = open_test_set(dataset, f"{what}, seeds {seeds}", "report them")
    test: dict[str, Any] = {}
    for variant, label in study["runs"].items():
        name, recipe = label.split("/")
        folders = [run_dir(root, name, recipe, seed) for seed in study["seeds"]]
        records = [(path, readable_record(path)) for path in folders]
        test[variant] = {
            str(seed): evaluate(path, dataset, pictures)[1]
            for seed, (path, record) in zip(study["seeds"], records, strict=True)
            if record and record["status"] == "finished"
        }
    study["test"] = test | {"pictures": len(pictures), "looked": now()}
    _write(root, plan.name, study)
    return dict(study)


def test_values(study: Mapping[str, Any], variant: str) -> dict[int, float]:
    """Return the test accuracies of `best` or `baseline` by seed.

    Studies of formats 1 and 2 have lists, in the seeds' order; one that is too short doesn't say
    whose its values are: they get numbers below 0, which are nobody's.
    """
    told = study["test"][variant]
    if isinstance(told, list):
        seeds = study["seeds"] if len(told) == len(study["seeds"]) else range(-len(told), 0)
        return dict(zip(seeds, told, strict=True))
    return {int(seed): value for seed, value in told.items()}


def test_text(study: Mapping[str, Any]) -> str:
    """Say how good best and baseline are on the test set, and their difference seed by seed."""
    best, base = (test_values(study, name) for name in ("best", BASELINE_NAME))
    means = f"best {mean_text([*best.values()])}, baseline {mean_text([*base.values()])}"
    if not best or not base:
        return f"{means}."
    return f"{means}.\n{say_difference('The best', 'the baseline', compare_pairs(best, base))}"


def _write(root: Path, name: str, study: dict[str, Any]) -> None:
    write_whole(study_path(root, name), json.dumps(study, indent=1) + "\n")
