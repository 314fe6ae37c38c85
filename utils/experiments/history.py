"""Read finished runs back: numbers from TensorBoard's event files, the rest from run.json.

Folders in, tables out: nothing here knows TFLearn, Keras or Jupyter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from utils import settings
from utils.errors import CourseError
from utils.experiments.event_log import TAGS, event_files, read_scalars
from utils.experiments.run_folder import RECORD, STATUSES, RunName, read_record, run_folders
from utils.experiments.statistics import run_order, summarise
from utils.experiments.studies import STUDIES, get_profile, get_study

__all__ = [
    "COLUMNS",
    "Run",
    "compare",
    "epoch_table",
    "load_runs",
    "reference",
]

COLUMNS = (
    *("study", "variant", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("train_accuracy", "seconds", "status"),
)
MEASURES = tuple(column for column in COLUMNS if column in TAGS)


@dataclass(frozen=True)
class Run:
    """One training of one variant with one seed, as its folder tells it.

    study, variant, seed: from the folder's path, as TensorBoard names the run.
    status: `running`, `finished`, `diverged`, `stopped`, or `unreadable` with a `problem`.
    record: run.json; empty where it can't be read.
    epochs: one row an epoch: `epoch` and MEASURES, accuracies as fractions, from the event
        files; no rows where the run is unreadable.
    problem: why the run is unreadable and what to do about it, in two sentences.
    """

    study: str
    variant: str
    seed: int
    folder: Path
    status: str
    record: dict[str, Any] = field(repr=False)
    epochs: pd.DataFrame = field(repr=False)
    problem: str = ""


def load_runs(root: Path | None = None, study: str | None = None) -> list[Run]:
    """Return all runs below the log root, or those of one study, in the studies' order.

    A run that can't be read is not left out: it comes with the status `unreadable`. Event
    files that a notebook logged by itself, without a run.json, outside of the studies, are
    TensorBoard's alone.
    """
    root = settings.runs_dir() if root is None else root
    if study is not None and not (root / study).is_dir():
        get_study(study)  # a name that is no study's is a mistake; a study without runs isn't
    named = [(folder, RunName.of(folder)) for folder in run_folders(root, study)]
    runs = [_load(folder, name) for folder, name in named if name and _is_run(folder, name)]
    return sorted(runs, key=lambda run: (*run_order(run.study, run.variant), run.seed))


def epoch_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row an epoch of every run, with the columns COLUMNS.

    Accuracies are fractions; `loss` and `accuracy` are the running means while learning.
    """
    tables = [
        run.epochs.assign(study=run.study, variant=run.variant, seed=run.seed, status=run.status)
        for run in runs
        if len(run.epochs)
    ]
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def compare(runs: Sequence[Run] | pd.DataFrame) -> pd.DataFrame:
    """Return one row a variant; only finished runs enter the means, all are in `status`.

    runs: from `load_runs`, or a table from `epoch_table` or `reference`.

    Columns: study, variant, runs (finished ones), final_accuracy, best_accuracy and gap, each
    with its 95 % t interval over the seeds as `final_ci`, `best_ci`, `gap_ci` (NaN for fewer
    than two runs), seconds (an epoch: median over a run's epochs, mean over the runs), status.
    What makes the comparison doubtful is in `.attrs["notes"]`, a list of sentences.
    Raises CourseError where there is nothing to compare.
    """
    keys, notes = ["study", "variant", "seed", "status"], []
    if isinstance(runs, pd.DataFrame):
        table, statuses = runs, runs[keys].drop_duplicates()
    else:
        table, notes = epoch_table(runs), _notes(runs)
        statuses = pd.DataFrame([[getattr(run, key) for key in keys] for run in runs], columns=keys)
    if statuses.empty:
        raise CourseError(
            "There are no runs to compare.", "Train a study first, such as `course train dropout`."
        )
    result = summarise(table, statuses)
    result.attrs["notes"] = notes
    return result


def reference(study: str, profile: str = "quick") -> pd.DataFrame:
    """Return the course's own runs of a study on real data, as `epoch_table` returns yours.

    Raises CourseError where the repository holds none for this study and profile.
    """
    get_study(study)
    get_profile(profile)
    path = settings.ROOT / "data" / "reference" / f"{profile}.csv"
    if not path.is_file():
        raise CourseError(
            f"There are no reference runs for the profile {profile!r} ({path} is missing).",
            "Ask for the profile 'quick', or restore the file with `git checkout data/reference`.",
        )
    texts = {"study": str, "variant": str, "status": str}
    table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise CourseError(
            f"{path} has no column {missing[0]!r}.",
            "Restore the file with `git checkout data/reference`.",
        )
    rows = table.loc[table["study"] == study, list(COLUMNS)]
    if rows.empty:
        raise CourseError(f"{path} holds no run of the study {study!r}.")
    return rows.reset_index(drop=True)


def _is_run(folder: Path, name: RunName) -> bool:
    return name.study in STUDIES or (folder / RECORD).is_file()


def _load(folder: Path, name: RunName) -> Run:
    record: dict[str, Any] = {}
    nothing = pd.DataFrame(columns=["epoch", *MEASURES], dtype=float)
    try:
        record = read_record(folder) or {}
        epochs = _read_epochs(folder)
        problem = _problem(folder, record, len(epochs))
    except CourseError as error:
        problem = str(error)
    if problem:
        return Run(*name, folder, "unreadable", record, nothing, problem)
    return Run(*name, folder, record["status"], record, epochs)


def _read_epochs(folder: Path) -> pd.DataFrame:
    scalars = read_scalars(folder)
    columns = {
        key: pd.Series({step: value for step, value, _ in scalars.get(TAGS[key], [])}, dtype=float)
        for key in MEASURES
    }
    table = pd.DataFrame(columns).sort_index()
    table.insert(0, "epoch", table.index.astype(int))
    return table.reset_index(drop=True)


def _problem(folder: Path, record: dict[str, Any], epochs: int) -> str:
    """Say what contradicts itself in a run's folder; nothing where all is well."""
    remedy = f"Move the folder {folder} elsewhere and train that run again."
    if not record:
        return f"{folder} has no run.json. {remedy}"
    if record.get("status") not in STATUSES:
        return f"{folder / RECORD} has no status that is known. {remedy}"
    if record["status"] == "finished":
        if not event_files(folder):
            return f"{folder} has no event file, though its run is finished. {remedy}"
        if epochs != len(record.get("history", [])):
            return (
                f"The event file in {folder} has {epochs} epochs, "
                f"but run.json has {len(record.get('history', []))}. {remedy}"
            )
    return ""


def _notes(runs: Sequence[Run]) -> list[str]:
    """Say what can't be read, and in what runs differ that should differ in one field only."""
    notes = [run.problem for run in runs if run.problem]
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.status == "finished":
            groups.setdefault((run.study, run.variant.partition("@")[2]), []).append(run)
    for (study, _), members in groups.items():
        differing = _differing(members)
        if study not in STUDIES and len(differing) > 1:  # a search: it varies several at once
            notes.append(
                f"The runs of {study} differ in {', '.join(differing)}, so no single field's "
                "effect can be read from them."
            )
            continue
        varied = STUDIES[study].field if study in STUDIES else ""
        notes += [
            f"The runs of {study} differ in {name} too ({', '.join(values)}), "
            f"so their difference isn't due to {varied or 'one field'} alone."
            for name, values in differing.items()
            if name != varied
        ]
    return notes


def _differing(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return the fields, but the seed, in which runs differ, each with its values as text."""
    recipes = [_recipe(run) for run in runs]
    names = dict.fromkeys(name for recipe in recipes for name in recipe if name != "seed")
    values = {
        name: list(dict.fromkeys(str(recipe.get(name)) for recipe in recipes)) for name in names
    }
    return {name: found for name, found in values.items() if len(found) > 1}


def _recipe(run: Run) -> dict[str, Any]:
    """Return all that may tell two runs apart: config, data, arithmetic."""
    data = {f"data {key}": run.record["dataset"].get(key) for key in ("name", "sha256")}
    return {**run.record["config"], **data, "arithmetic": _arithmetic(run.record)}


def _arithmetic(record: dict[str, Any]) -> str | None:
    """Return the precision, and for float32 by whose kernels; bfloat16 is oneDNN's alone."""
    precision = record.get("precision")
    if precision != "float32" or record.get("kernels") == "GPU":
        return precision
    return f"float32 by {record.get('kernels', 'kernels not noted')}"
