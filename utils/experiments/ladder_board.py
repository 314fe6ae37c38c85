"""The ladder as a leaderboard: the reference's rungs and a learner's own runs beside them.

Tables and records in, places out, by validation pictures alone: nothing here opens a data set or
imports TensorFlow.
"""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.experiments.history import Run, load_runs
from utils.experiments.ladder import RUNGS, rung_config
from utils.experiments.log_root import few, shown
from utils.experiments.measured import REFERENCE
from utils.experiments.record_shape import check_config
from utils.experiments.statistics import Difference, baseline_for, compare_pairs, interval
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.price import Price, price

__all__ = ["Leaderboard", "Place", "leaderboard"]

LADDER = "ladder"  # the study that rungs belong to
MOST = 3  # names of runs in a sentence


@dataclass(frozen=True)
class Place:
    """One recipe on the board.

    name: the rung's, or `study/variant` of runs of one's own. idea: of a rung, what it changes.
    values: the validation accuracy after the last epoch, as a fraction, by seed.
    pictures: that it was trained on. seconds: that one run's epochs took, the mean over the seeds.
    below: the name of what it is held against, or nothing. against: the difference from that, over
        the seeds that both have; None where there are none.
    """

    name: str
    idea: str
    yours: bool
    values: Mapping[int, float]
    pictures: int
    seconds: float
    config: Config
    below: str = ""
    against: Difference | None = None

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return math.fsum(self.values.values()) / len(self.values)

    @property
    def half(self) -> float:
        """Half the width of the mean's 95 % t interval; NaN for one seed."""
        return interval(list(self.values.values()))

    @property
    def price(self) -> Price:
        """What the network costs."""
        return price(self.config)


@dataclass(frozen=True)
class Leaderboard:
    """Places, the most accurate first, and sentences on what isn't among them.

    pictures: validation pictures that all were measured on. machine: the rungs'.
    """

    places: list[Place]
    notes: list[str]
    pictures: int
    machine: str

    def describe(self) -> str:
        """Say what there is to see: the alt text of its figure."""
        from utils.experiments.ladder_tables import describe

        return describe(self)

    def __str__(self) -> str:
        from utils.experiments.ladder_tables import board_markdown

        return board_markdown(self)

    def _repr_html_(self) -> str:
        from utils.experiments.ladder_tables import board_html

        return board_html(self)


@dataclass
class _Runs:
    """Runs of one recipe, gathered seed by seed."""

    config: Config
    pictures: int
    values: dict[int, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def place(self, name: str, idea: str, yours: bool) -> Place:
        mean = math.fsum(self.seconds) / len(self.seconds)
        values = dict(sorted(self.values.items()))
        return Place(name, idea, yours, values, self.pictures, mean, self.config)


def leaderboard(
    runs: Path | None = None, study: str | None = None, folder: Path | None = None
) -> Leaderboard:
    """Return the rungs that the reference has trained, and one's own runs that may stand beside.

    runs: the log root; the settings' unless given. study: of one's own runs only this one's.
    folder: of the reference's tables; the course's unless given.

    One's own run has a place where it is finished and was measured on the very validation
    pictures of the reference; each other one is named in a note, with the reason.
    Raises CourseError where the reference's table is missing or can't be read.
    """
    root = settings.runs_dir() if runs is None else runs
    about, last = _read(folder or REFERENCE)
    rungs, notes = _rungs(about, last)
    own, left_out = _own(load_runs(root, study), about["dataset"])
    if not own and not left_out:
        of = f" of {study}" if study else ""
        notes.append(shown(f"You have no runs{of} yet in {root}: all places are the reference's."))
    places = sorted(_compared(rungs, own), key=lambda one: (-one.mean, one.price.multiplications))
    return Leaderboard(places, notes + left_out, about["dataset"]["validation"], about["machine"])


def _read(folder: Path) -> tuple[dict[str, Any], dict[tuple[str, int], float]]:
    """Return the reference's account, and each finished run's last accuracy by name and seed."""
    table = folder / f"{LADDER}.csv"
    remedy = "Restore it with `git checkout data/reference`."
    try:
        about = _account(json.loads(table.with_suffix(".json").read_bytes()))
        with table.open(encoding="utf-8", newline="") as file:
            return about, _last(csv.DictReader(file, strict=True))
    except FileNotFoundError as error:
        missing = f"The reference's rungs aren't here: {error.filename} is missing."
        raise CourseError(missing, remedy) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        what = f"no {error}" if isinstance(error, KeyError) else error
        raise CourseError(f"{table} or its .json can't be read ({what}).", remedy) from error


def _account(about: Any) -> dict[str, Any]:
    """Return what of the account is used, each of its type; raise KeyError, TypeError, ValueError.

    What a file says that is no such account is the file's fault, not the program's.
    """
    runs = []
    for run in about["runs"]:
        check_config(run["config"])
        own = {"name": str(run["name"]), "seed": int(run["seed"]), "config": run["config"]}
        runs.append(own | {"seconds": float(run["seconds"])})
    data = about["dataset"]
    sizes = {name: int(data[name]) for name in ("train", "validation")}
    machine = shown(str(about.get("machine", "")))
    return {"runs": runs, "dataset": {"sha256": data["sha256"], **sizes}, "machine": machine}


def _last(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, int], float]:
    """Return the last epoch's accuracy of each finished run; a run's epochs stand in order."""
    last = {}
    for row in rows:
        name, seed, value = row["variant"], int(row["seed"]), float(row["val_accuracy"])
        if row["status"] == "finished":
            last[f"{LADDER}/{name}", seed] = value
    return last


def _rungs(
    about: dict[str, Any], last: Mapping[tuple[str, int], float]
) -> tuple[list[Place], list[str]]:
    """Return the rungs in their order, and sentences on those that have no place."""
    found: dict[str, _Runs] = {}
    old, ended = [], []
    for run in about["runs"]:
        name, seed = run["name"].removeprefix(f"{LADDER}/"), run["seed"]
        if not _is_rung(name, seed, run["config"]):
            old.append(name)
        elif not math.isfinite(last.get((run["name"], seed), math.nan)):
            ended.append(f"{name} with seed {seed}")
        else:
            config = rung_config(name)
            pictures = config.train_size or about["dataset"]["train"]
            of = found.setdefault(name, _Runs(config, pictures))
            of.values[seed] = last[run["name"], seed]
            of.seconds.append(run["seconds"])
    lacking = [rung.name for rung in RUNGS if rung.name not in found]
    notes = [f"Not trained for the reference yet: {', '.join(lacking)}."] if lacking else []
    notes += [
        f"The table's {name} was trained by another recipe than the rung of that name, so it has "
        "no place."
        for name in dict.fromkeys(old)
    ]
    notes += [f"The reference's {name} came to no accuracy." for name in ended]
    known = [rung for rung in RUNGS if rung.name in found]
    return [found[rung.name].place(rung.name, rung.idea, False) for rung in known], notes


def _is_rung(name: str, seed: int, stored: dict[str, Any]) -> bool:
    """Say whether a run of the table is of the recipe that its rung has today."""
    known = name in {rung.name for rung in RUNGS}
    return known and Config.from_dict(stored) == rung_config(name, seed)


def _own(runs: Sequence[Run], data: Mapping[str, Any]) -> tuple[list[Place], list[str]]:
    """Return the places of one's own runs, and a sentence for each reason to leave some out."""
    found: dict[tuple[str, Config], _Runs] = {}
    reasons: dict[str, list[str]] = {}
    for run in (one for one in runs if not one.problem):
        name = f"{run.study}/{run.variant}"
        if reason := _reason(run, data):
            reasons.setdefault(reason, []).append(f"{name}/seed-{run.seed}")
            continue
        config = replace(Config.from_dict(run.record["config"]), seed=0)
        of = found.setdefault((name, config), _Runs(config, run.record["dataset"]["train"] or 0))
        of.values[run.seed] = run.record["history"][-1]["val_accuracy"]
        of.seconds.append(math.fsum(row["seconds"] for row in run.record["history"]))
    left_out = few([run.problem for run in runs if run.problem])
    left_out += [_left_out(reason, names) for reason, names in reasons.items()]
    return [of.place(name, "", True) for (name, _), of in found.items()], left_out


def _reason(run: Run, data: Mapping[str, Any]) -> str:
    """Say why a run has no place on the board; nothing where it has one."""
    of, history = run.record["dataset"], run.record["history"]
    if run.status != "finished":
        return {"running": "not finished yet"}.get(run.status, run.status)
    if of["real"] is False:
        return "trained on the built-in sample, which has other pictures"
    if of["sha256"] != data["sha256"]:
        return "trained on other data than the reference"
    if of["validation"] != data["validation"]:
        return (
            f"measured on {of['validation'] or 0:,} validation pictures, not {data['validation']:,}"
        )
    return "" if math.isfinite(history[-1]["val_accuracy"]) else "without a final accuracy"


def _left_out(reason: str, names: list[str]) -> str:
    told = ", ".join([*names[:MOST], *["…"] * (len(names) > MOST)])
    runs = "run of yours has" if len(names) == 1 else "runs of yours have"
    return shown(f"{len(names):,} {runs} no place, {reason}: {told}.")


def _compared(rungs: list[Place], own: list[Place]) -> Iterator[Place]:
    """Yield all places, each held against the one below it where that is on the board."""
    names = {place.name: place for place in (*rungs, *own)}
    for rung in rungs:
        yield _held_against(rung, names.get(_below(rung.name)))
    for place in own:
        study, _, variant = place.name.partition("/")
        if study == LADDER:
            name, mark, qualifier = variant.partition("@")
            base = f"{_below(name)}{mark}{qualifier}"
        else:
            base = baseline_for(study, variant)
        yield _held_against(place, names.get(f"{study}/{base}") if base != variant else None)


def _below(name: str) -> str:
    """Return the name of the rung below, or nothing."""
    names = ["", *(rung.name for rung in RUNGS)]
    return names[names.index(name) - 1] if name in names[1:] else ""


def _held_against(place: Place, below: Place | None) -> Place:
    both = sorted(set(place.values) & set(below.values)) if below else []
    if below is None or not both:
        return place
    first, second = ({seed: of.values[seed] for seed in both} for of in (place, below))
    return replace(place, below=below.name, against=compare_pairs(first, second))
