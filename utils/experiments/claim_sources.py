"""Where claims take their numbers from: a table of the reference, its account, or an opening.

Groups of numbers by seed come out. A table is one row an epoch (`study, variant, seed, epoch, …`)
or one row a value (`quantity, seed, value`); its account is the .json beside it; an opening stands
in the ledger of test sets. Nothing here knows sentences, notebooks, TensorFlow or pandas.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import SETS, course_openings
from utils.errors import CourseError
from utils.experiments.measured import Measured, read_measured

__all__ = ["NO_SEED", "BySeed", "account", "diverged", "folder", "group", "measured_by_now"]

NO_SEED = -1  # the number of what no seed plays a part in

BySeed = Mapping[int, float]


def folder() -> Path:
    """Return where tables, accounts and claims lie."""
    return settings.ROOT / "data" / "reference"


def group(source: str, name: str, of: str, epoch: int | None) -> BySeed:
    """Return the values of a group by seed.

    name: `study/variant` of a table of epochs, a quantity of a table of values, or the name of a
        list in the account, whose seeds stand beside or above it.
    of, epoch: of a table of epochs, which column, and after which epoch, None for the last.
    Raises CourseError where there is no such group, or it has no seeds.
    """
    found = _table(source, of, epoch).get(name)
    return found if found is not None else _told(source, name)


def measured_by_now(source: str, name: str, of: str, epoch: int | None) -> BySeed:
    """Return what `group` does, of a table that is being made: nothing of what isn't there yet."""
    return _table(source, of, epoch).get(name, {})


def diverged(source: str, name: str) -> list[int]:
    """Return the seeds with which a group of a table of epochs diverged."""
    path = folder() / f"{source}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = (row for row in rows if f"{row.get('study')}/{row.get('variant')}" == name)
    return sorted({int(row["seed"]) for row in mine if row["status"] == "diverged"})


@cache
def account(source: str) -> Mapping[str, Any]:
    """Return a table's own account of itself, nested names joined by dots; or an opening.

    Raises CourseError for a name that is neither.
    """
    path = folder() / f"{source}.json"
    if path.is_file():
        return dict(_flat(json.loads(path.read_text(encoding="utf-8"))))
    every = {key: one for name in SETS for key, one in course_openings(name).items()}
    if source not in every:
        raise CourseError(
            f"data/reference/ has no {source}.json, and its ledger of test sets no such opening.",
            f"Name a table there, or one of: {', '.join(every)}.",
        )
    one = every[source]
    return {**one.accuracy, "seeds": list(one.seeds), "date": one.when}


def _flat(read: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each name with its value; what holds a value by seed stays whole."""
    for name, value in read.items():
        if isinstance(value, dict) and not all(key.isdigit() for key in value):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _told(source: str, name: str) -> BySeed:
    """Return a group that the account tells: a value by seed, or a list with its seeds."""
    known, above = account(source), name
    values = known.get(name)
    if isinstance(values, dict):
        return {int(seed): float(value) for seed, value in values.items()}
    if not isinstance(values, list):
        raise CourseError(
            f"data/reference/ is asked for {name} of {source}, which isn't there.",
            f"Make the table anew: course reference {source}",
        )
    seeds: list[int] = []
    while above and not seeds:  # the nearest
        above = above.rpartition(".")[0]
        seeds = known.get(f"{above}.seeds".lstrip("."), [])
    if len(seeds) != len(values):
        raise CourseError(f"{name} of {source} has {len(values)} values for {len(seeds)} seeds.")
    return dict(zip(seeds, map(float, values), strict=True))


@cache
def _table(source: str, of: str, epoch: int | None) -> Mapping[str, BySeed]:
    """Return each group of a table with its values by seed; none of what is no table.

    `gap` is training minus validation accuracy. Runs that diverged have no last epoch to speak of.
    """
    path = folder() / f"{source}.csv"
    if not path.is_file():
        return {}
    groups: dict[str, dict[int, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        rows = [] if tuple(lines.fieldnames or ()) == Measured._fields else list(lines)
    for row in rows:  # later epochs overwrite earlier ones
        if row["status"] == "finished" and epoch in (None, int(row["epoch"])):
            seeds = groups.setdefault(f"{row['study']}/{row['variant']}", {})
            seeds[int(row["seed"])] = _measure(row, of)
    for quantity, seed, value in () if rows else read_measured(source, folder()):
        groups.setdefault(quantity, {})[NO_SEED if seed is None else seed] = value
    return groups


def _measure(row: Mapping[str, str], of: str) -> float:
    if of == "gap":
        return float(row["train_accuracy"]) - float(row["val_accuracy"])
    if of not in row:
        known = ", ".join(name for name in row if name not in ("study", "variant", "status"))
        raise CourseError(f"Tables of epochs have no column {of!r}.", f"Choose gap or: {known}.")
    return float(row[of])
