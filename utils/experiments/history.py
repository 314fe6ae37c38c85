"""Read runs back as their records tell them, and compare them.

Folders in, tables out: nothing here knows TFLearn, Keras or Jupyter. TensorBoard's event files
hold the same numbers; here they are only looked at, and written anew where they don't.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from utils import settings
from utils.errors import CourseError
from utils.experiments.event_reading import TAGS
from utils.experiments.event_repair import mend_events
from utils.experiments.log_root import few, shown
from utils.experiments.own_studies import meet_own
from utils.experiments.run_folder import RECORD, RunName, arithmetic, read_record, run_folders
from utils.experiments.statistics import Comparison, run_order, summarise
from utils.experiments.studies import find_study, get_profile, get_study
from utils.networks.tflearn_cnn.config import Config

if TYPE_CHECKING:
    import pandas as pd  # 0.4 s, for those who ask for a DataFrame

__all__ = [
    "COLUMNS",
    "Run",
    "compare",
    "differences_in",
    "epoch_columns",
    "epoch_table",
    "load_runs",
    "recipe",
    "reference",
    "summary",
]

COLUMNS = (
    *("study", "variant", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("train_accuracy", "seconds", "status"),
)
MEASURES = tuple(column for column in COLUMNS if column in TAGS)


@dataclass(frozen=True)
class Run:
    """One training of one variant with one seed, as its folder tells it.

    study, variant, seed: from the folder's path, as TensorBoard names the run; what no screen
        can show stands there as it is written in Python.
    status: `running`, `finished`, `diverged`, `stopped`, or `unreadable` with a `problem`.
    record: run.json; empty where it can't be read.
    problem: why the run is unreadable and what to do about it, in two sentences.
    note: what was wrong with its event file and what was done about that; else nothing.
    """

    study: str
    variant: str
    seed: int
    folder: Path
    status: str
    record: dict[str, Any] = field(repr=False)
    problem: str = ""
    note: str = ""

    @property
    def epochs(self) -> "pd.DataFrame":
        """One row an epoch: `epoch` and MEASURES, accuracies as fractions; none if unreadable."""
        return epoch_table([self])[["epoch", *MEASURES]]


def load_runs(
    root: Path | None = None, study: str | None = None, verify: bool = False
) -> list[Run]:
    """Return all runs below the log root, or those of one study, in the studies' order.

    A run that can't be read is not left out: it comes with the status `unreadable`. Event
    files that a notebook logged by itself, without a run.json, outside of the studies, are
    TensorBoard's alone. An ended run whose event file has been lost or damaged gets another.
    verify: read event files whole, checksums too; else only how they end.
    """
    root = settings.runs_dir() if root is None else root
    meet_own(root)
    plain = study is None or (Path(study).name == study and study != "..")
    if study is not None and not (plain and (root / study).is_dir()):
        get_study(study)  # a name that is no study's is a mistake; a study without runs isn't
    found = run_folders(root, None if study is None else escape(study))
    named = [(folder, RunName.of(folder)) for folder in found]
    runs = [_load(folder, name, verify) for folder, name in named if name and _is_run(folder, name)]
    return sorted(runs, key=lambda run: (*run_order(run.study, run.variant), run.seed))


def epoch_table(runs: Sequence[Run]) -> "pd.DataFrame":
    """Return one row an epoch of every run, with the columns COLUMNS.

    Accuracies are fractions; `loss` and `accuracy` are the running means while learning.
    Numbers are those that TensorBoard shows: the record's, rounded to float32.
    """
    import pandas as pd

    return pd.DataFrame(epoch_columns(runs), columns=list(COLUMNS))


def epoch_columns(runs: Sequence[Run]) -> dict[str, np.ndarray]:
    """Return what `epoch_table` does as arrays by the column's name, without pandas."""
    rows = [(run, row) for run in runs for row in run.record.get("history", ())]
    columns: dict[str, np.ndarray] = {
        name: np.array([getattr(run, name) for run, _ in rows], object)
        for name in ("study", "variant", "status")
    }
    columns["seed"] = np.array([run.seed for run, _ in rows], int)
    columns["epoch"] = np.array([row["epoch"] for _, row in rows], int)
    for name in MEASURES:
        columns[name] = np.array([row[name] for _, row in rows], np.float32).astype(float)
    return {name: columns[name] for name in COLUMNS}


def compare(runs: "Sequence[Run] | pd.DataFrame") -> "pd.DataFrame":
    """Return one row a variant; only finished runs enter the means, all are in `status`.

    runs: from `load_runs`, or a table from `epoch_table` or `reference`.

    Columns: study, variant, runs (finished ones), final_accuracy, best_accuracy and gap, each
    with its 95 % t interval over the seeds as `final_ci`, `best_ci`, `gap_ci` (NaN for fewer
    than two runs), seconds (an epoch: median over a run's epochs, mean over the runs), status,
    and against: the final accuracy's `Difference` from the study's baseline, by
    `utils.experiments.statistics.compare_pairs`; None for the baseline itself, and where one of
    the two has no finished run.
    What makes the comparison doubtful is in `.attrs["notes"]`, a list of sentences.
    Raises CourseError where there is nothing to compare.
    """
    import pandas as pd

    found = summary(runs)
    result = pd.DataFrame(found.rows)
    result.attrs["notes"] = found.notes
    return result


def summary(runs: "Sequence[Run] | pd.DataFrame") -> Comparison:
    """Return what `compare` does without pandas; what was passed over is in the notes too."""
    if isinstance(runs, Sequence):
        table: Any = epoch_columns(runs)
        notes = _notes(runs)
        statuses = [(run.study, run.variant, run.status) for run in runs]
    else:
        table, notes = runs, []
        keys = zip(*(runs[name] for name in ("study", "variant", "seed", "status")), strict=True)
        statuses = [(study, variant, status) for study, variant, _, status in dict.fromkeys(keys)]
    if not statuses:
        raise CourseError(
            "There are no runs to compare.", "Train a study first, such as `course train dropout`."
        )
    return Comparison(summarise(table, statuses), notes, table)


def reference(study: str, profile: str = "quick") -> "pd.DataFrame":
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
    import pandas as pd

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
    return find_study(name.study) is not None or (folder / RECORD).is_file()


def _load(folder: Path, name: RunName, verify: bool) -> Run:
    study, variant = shown(name.study), shown(name.variant)
    try:
        record = read_record(folder)
        if record is None:
            raise CourseError(
                f"{folder} has no run.json.",
                f"Move the folder {folder} elsewhere and train that run again.",
            )
        note = mend_events(folder, record, verify)
    except CourseError as error:
        return Run(study, variant, name.seed, folder, "unreadable", {}, shown(str(error)))
    return Run(study, variant, name.seed, folder, record["status"], record, "", shown(note))


def _notes(runs: Sequence[Run]) -> list[str]:
    """Say what can't be read, and in what runs differ that should differ in one field only."""
    notes = few([run.problem for run in runs if run.problem])
    notes += few([run.note for run in runs if run.note])
    notes += few(_damaged_studies(runs))
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.status == "finished":
            groups.setdefault((run.study, run.variant.partition("@")[2]), []).append(run)
    for (study, _), members in groups.items():
        notes += _machines(study, members)
        differing = differences_in(members)
        known = find_study(study)
        # A search and the ladder vary several at once.
        if not (known and known.field) and len(differing) > 1:
            notes.append(
                f"The runs of {study} differ in {', '.join(differing)}, so no single field's "
                "effect can be read from them."
            )
            continue
        varied = known.field if known else ""
        if known and not varied:  # two rungs of the ladder, one above the other
            varied = next((name for name in differing if hasattr(Config, name)), "")
        notes += [
            f"The runs of {study} differ in {name} too ({_listed(values)}), "
            f"so their difference isn't due to {varied or 'one field'} alone."
            for name, values in differing.items()
            if name != varied
        ]
    return notes


def _damaged_studies(runs: Sequence[Run]) -> list[str]:
    """Say which of the runs' studies can't be read: they would be held against no baseline."""
    studies = {run.folder.parents[1] for run in runs}
    roots = sorted({folder.parent for folder in studies})
    damaged = [(root / name, note) for root in roots for name, note in meet_own(root).items()]
    return [shown(note) for folder, note in damaged if folder in studies]


def _machines(study: str, runs: Sequence[Run]) -> list[str]:
    """Say where runs were trained on more than one machine, and in what each computed."""
    told = {run.record.get("machine"): arithmetic(run.record) for run in runs}
    if len(told) == 1:
        return []
    each = [f"{machine or 'one not noted'}: {how or 'not noted'}" for machine, how in told.items()]
    return [
        f"The runs of {study} were trained on {len(told)} machines ({_listed(each, '; ')}), "
        "so their seconds an epoch can't be compared."
    ]


def _listed(values: list[str], between: str = ", ") -> str:
    return shown(between.join([*values[:10], *["…"] * (len(values) > 10)]))


def differences_in(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return the fields, but the seed, in which runs differ, each with its values as text."""
    recipes = [recipe(run) for run in runs]
    names = dict.fromkeys(name for one in recipes for name in one if name != "seed")
    values = {name: list(dict.fromkeys(str(one.get(name)) for one in recipes)) for name in names}
    return {name: found for name, found in values.items() if len(found) > 1}


def recipe(run: Run) -> dict[str, Any]:
    """Return all that may tell two runs apart: config, data, arithmetic."""
    data = {f"data {key}": run.record["dataset"][key] for key in ("name", "sha256")}
    return {**run.record["config"], **data, "arithmetic": arithmetic(run.record)}
