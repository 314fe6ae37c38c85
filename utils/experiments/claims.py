"""Claims: sentences in which a lesson says what was measured, computed and never typed.

`data/reference/claims.toml` holds each as a template and where its numbers come from: a table of
the reference, what is asked of it, and what must be true of the answer for the sentence to be.
A table is one row an epoch (`study, variant, seed, epoch, …`) or one row a value (`quantity, seed,
value`). Nothing here knows notebooks, TensorFlow or pandas.
"""

import csv
import json
import math
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.experiments.statistics import Difference, compare_pairs, interval

__all__ = ["Claim", "Told", "broken", "claim", "claims", "tell"]

# What is asked of a table: of one group of runs, of a pattern of groups, or of two groups.
_ASKED = ("mean", "each", "lowest", "highest", "difference", "about")
_ELSE = {"of", "epoch", "as", "digits", "verdict", "above", "below"}
_MINUS = str.maketrans("-", "−")

_BySeed = dict[int, float]


@dataclass(frozen=True)
class Claim:
    """One sentence or more of one lesson.

    key: the lesson's number and a word, `10.depth`.
    says: the text, Markdown, with a field in braces for each of `values`.
    table: a file's name in data/reference, without `.csv`.
    values: per field what it is, as it stands in claims.toml, which explains it at its top.
    """

    key: str
    says: str
    table: str
    values: Mapping[str, Mapping[str, Any]]

    @property
    def lesson(self) -> str:
        """The two digits of the lesson that tells it."""
        return self.key.partition(".")[0]


@dataclass(frozen=True)
class Told:
    """What a notebook shows of claims: the sentences, and below them what they rest on."""

    texts: Sequence[str]
    basis: Sequence[str] = field(repr=False)

    def _repr_markdown_(self) -> str:
        small = "; ".join(dict.fromkeys(self.basis))
        return "\n\n".join((*self.texts, f"<small>{small}</small>"))

    def __str__(self) -> str:
        return "\n\n".join(self.texts)


def claim(*keys: str) -> Told:
    """Return what the reference says under these keys, rendered for a notebook.

    Raises CourseError for a key that isn't in claims.toml, and for one that can't be computed.
    """
    known = claims()
    for key in keys:
        if key not in known:
            near = ", ".join(other for other in known if other[:3] == key[:3]) or ", ".join(known)
            raise CourseError(f"There is no claim {key!r}.", f"Choose one of: {near}.")
    chosen = [known[key] for key in keys]
    return Told([tell(one) for one in chosen], [_basis(one) for one in chosen])


@cache
def claims() -> Mapping[str, Claim]:
    """Return all claims by key, in the file's order; raise CourseError where one is malformed."""
    path = _folder() / "claims.toml"
    with path.open("rb") as file:
        read = tomllib.load(file)
    found = {}
    for key, raw in read.items():
        one = Claim(key, raw.pop("says").strip(), raw.pop("table"), raw)
        fields = {name for _, name, _, _ in string.Formatter().parse(one.says) if name}
        if fields != set(one.values):
            odd = ", ".join(sorted(fields ^ set(one.values)))
            raise CourseError(f"{path}: in {key} the text's fields and the values differ: {odd}.")
        for name, value in one.values.items():
            _check_form(f"{path}: {key}.{name}", value)
        found[key] = one
    return found


def tell(one: Claim) -> str:
    """Return the claim's text with its numbers; a minus is a minus sign."""
    return one.says.format(**{name: _text(one, value) for name, value in one.values.items()})


def broken(one: Claim) -> list[str]:
    """Return what the table says against the claim's sentence, a line each: none if it is true."""
    lines = []
    for name, value in one.values.items():
        wanted = value.get("verdict")
        if wanted is not None:
            found = _difference(one, value)
            if found.verdict != wanted:
                numbers = _difference_text(found, value)
                lines.append(f"{one.key}.{name} is {found.verdict!r} ({numbers}), not {wanted!r}")
        for word, sign in (("above", 1), ("below", -1)):
            limit = value.get(word)
            worst = min((sign * number for number in _numbers(one, value)), default=math.nan)
            if limit is not None and not worst > sign * limit:
                lines.append(f"{one.key}.{name} has {sign * worst:.4g}, not {word} {limit}")
    return lines


def _check_form(where: str, value: Mapping[str, Any]) -> None:
    asked = [word for word in _ASKED if word in value]
    others = set(value) - set(_ASKED) - _ELSE
    if len(asked) != 1 or others:
        odd = f"; {', '.join(sorted(others))} isn't known" if others else ""
        raise CourseError(f"{where}: ask for exactly one of {', '.join(_ASKED)}{odd}.")


def _folder() -> Path:
    return settings.ROOT / "data" / "reference"


def _numbers(one: Claim, value: Mapping[str, Any]) -> list[float]:
    """Return the numbers that limits are held against."""
    if "difference" in value:
        return [_difference(one, value).mean]
    if "about" in value:
        return [float(_about(one.table)[value["about"]])]
    word = next(word for word in ("mean", "each", "lowest", "highest") if word in value)
    return list(_group(one, value[word], value).values())


def _difference(one: Claim, value: Mapping[str, Any]) -> Difference:
    first, second = (_group(one, name, value) for name in value["difference"])
    return compare_pairs(first, second)


def _group(one: Claim, name: str, value: Mapping[str, Any]) -> _BySeed:
    """Return a group's values by seed; raise CourseError where the table has none."""
    of, epoch = value.get("of", "val_accuracy"), value.get("epoch")
    found = _read(one.table, of, epoch).get(name, {})
    if not found:
        raise CourseError(
            f"{one.key} asks data/reference/{one.table}.csv for {name}, which isn't there.",
            f"Make the table anew: course reference {one.table}",
        )
    return found


@cache
def _read(table: str, of: str, epoch: int | None) -> dict[str, _BySeed]:
    """Return each group of a table with its values by seed; without a seed it is number 0.

    Of epochs, `study/variant` and the column `of` after that epoch, or the last; `gap` is
    training minus validation accuracy. Runs that diverged have no last epoch to speak of.
    """
    with (_folder() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    groups: dict[str, _BySeed] = {}
    if rows and "quantity" in rows[0]:
        for row in rows:
            groups.setdefault(row["quantity"], {})[int(row["seed"] or 0)] = float(row["value"])
        return groups
    for row in rows:  # later epochs overwrite earlier ones
        if row["status"] == "finished" and epoch in (None, int(row["epoch"])):
            seeds = groups.setdefault(f"{row['study']}/{row['variant']}", {})
            seeds[int(row["seed"])] = _measure(row, of)
    return groups


def _measure(row: Mapping[str, str], of: str) -> float:
    if of == "gap":
        return float(row["train_accuracy"]) - float(row["val_accuracy"])
    return float(row[of])


@cache
def _about(table: str) -> dict[str, Any]:
    """Return the table's own account of itself, nested names joined by a dot."""
    read = json.loads((_folder() / f"{table}.json").read_text(encoding="utf-8"))
    flat = {}
    for name, value in read.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": one for inner, one in value.items()})
        else:
            flat[name] = value
    return flat


def _basis(one: Claim) -> str:
    """Say what a claim rests on: table, runs, machine and day."""
    about = _about(one.table)
    words = [f"data/reference/{one.table}.csv"]
    if about.get("seeds"):
        words.append(f"seeds {', '.join(map(str, about['seeds']))}")
    words += [str(about[name]) for name in ("machine", "precision") if about.get(name)]
    return ", ".join([*words, str(about.get("date", about.get("ended", "")))[:10]])


def _text(one: Claim, value: Mapping[str, Any]) -> str:
    if "about" in value:
        return f"{_about(one.table)[value['about']]:,}"
    if "difference" in value:
        return _difference_text(_difference(one, value), value)
    numbers = _numbers(one, value)
    if "each" in value:
        *most, last = (_number(number, value) for number in numbers)
        return f"{', '.join(most)} and {last}" if most else last
    if "mean" not in value:
        return _number(min(numbers) if "lowest" in value else max(numbers), value)
    mean, half = math.fsum(numbers) / len(numbers), interval(numbers)
    if math.isnan(half):
        return _number(mean, value)
    spread = _plain(half, value)
    return _number(mean, value, f" ± {spread}")


def _difference_text(found: Difference, value: Mapping[str, Any]) -> str:
    value = {"as": "points", **value}
    if math.isnan(found.half):
        return _number(found.mean, value)
    low, high = (_plain(end, value, "+") for end in (found.low, found.high))
    return f"{_number(found.mean, value)} (95 % interval {low} to {high})"


def _number(number: float, value: Mapping[str, Any], spread: str = "") -> str:
    """Return the number, its ± if there is one, and its unit."""
    of = value.get("of", "")
    form = value.get("as", "points" if of == "gap" else "number" if "loss" in of else "percent")
    unit = {"percent": " %", "points": " points", "number": ""}[form]
    return _plain(number, {**value, "as": form}, "+" if form == "points" else "") + spread + unit


def _plain(number: float, value: Mapping[str, Any], sign: str = "") -> str:
    of = value.get("of", "")
    form = value.get("as", "number" if "loss" in of else "percent")
    scale, digits = (1, 3) if form == "number" else (100, 1)
    return f"{scale * number:{sign},.{value.get('digits', digits)}f}".translate(_MINUS)
