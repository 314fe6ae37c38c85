"""Claims: sentences in which a lesson says what was measured, computed and never typed.

`data/reference/claims.toml` holds each as a template and where its numbers come from: a table of
the reference, what is asked of it, and what must be true of the answer for the sentence to be.
Nothing here knows how numbers are kept, nor notebooks, TensorFlow or pandas.
"""

import math
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from utils.errors import CourseError
from utils.experiments.claim_sources import (
    NO_SEED,
    BySeed,
    account,
    diverged,
    folder,
    group,
    measured_by_now,
)
from utils.experiments.sentences import say_rung, say_rungs
from utils.experiments.statistics import Difference, compare_pairs, interval

__all__ = ["Claim", "Told", "broken", "claim", "claims", "tell"]

# What is asked: of one group of runs, of two, of a table's account; or, as whole sentences that
# hold in any state of a table that is still being made, of two groups, and of a row of them.
_OF_GROUP = ("mean", "each", "lowest", "highest", "count")
_BY_NOW = ("rung", "rungs")
_ASKED = (*_OF_GROUP, "difference", "about", *_BY_NOW)
_ELSE = {"of", "epoch", "as", "digits", "verdict", "above", "below", "over", "under"}
_MINUS = str.maketrans("-", "−")


@dataclass(frozen=True)
class Claim:
    """One sentence or more of one lesson.

    key: the lesson's number and a word, `11.depth`.
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
        small = "<br>".join(self.basis)
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
    return Told([tell(one) for one in chosen], _basis(chosen))


@cache
def claims() -> Mapping[str, Claim]:
    """Return all claims by key, in the file's order; raise CourseError where one is malformed."""
    path = folder() / "claims.toml"
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
            if (limit := value.get(word)) is not None:
                worst = min(sign * number for number in _numbers(one, value))
                if not worst > sign * limit:
                    lines.append(f"{one.key}.{name} has {sign * worst:.4g}, not {word} {limit}")
    return lines


def _check_form(where: str, value: Mapping[str, Any]) -> None:
    asked = [word for word in _ASKED if word in value]
    others = set(value) - set(_ASKED) - _ELSE
    if len(asked) != 1 or others:
        odd = f"; {', '.join(sorted(others))} isn't known" if others else ""
        raise CourseError(f"{where}: ask for exactly one of {', '.join(_ASKED)}{odd}.")
    if ("over" in value) + ("under" in value) != ("count" in value):
        raise CourseError(f"{where}: a count, and nothing else, has one of `over` and `under`.")
    if "verdict" in value and "difference" not in value:
        raise CourseError(f"{where}: only a difference has a verdict.")
    if set(value) & set(_BY_NOW) and len(value) > 1:
        raise CourseError(f"{where}: a rung says what there is, and takes nothing else.")


def _numbers(one: Claim, value: Mapping[str, Any]) -> list[float]:
    """Return the numbers that limits are held against."""
    if "difference" in value:
        return [_difference(one, value).mean]
    if "about" in value:
        return [float(_about(one, value))]
    [found] = _groups(one, value)
    return [_count(found, value)] if "count" in value else list(found.values())


def _difference(one: Claim, value: Mapping[str, Any]) -> Difference:
    first, second = _groups(one, value)
    return compare_pairs(first, second)


def _count(found: BySeed, value: Mapping[str, Any]) -> int:
    if "over" in value:
        return sum(number > value["over"] for number in found.values())
    return sum(number < value["under"] for number in found.values())


def _groups(one: Claim, value: Mapping[str, Any]) -> list[BySeed]:
    of, epoch, asked = value.get("of", "val_accuracy"), value.get("epoch"), _asked(one, value)
    if set(value) & set(_BY_NOW):
        return [measured_by_now(source, name, of, epoch) for source, name in asked]
    epochs = epoch if isinstance(epoch, list) else [epoch] * len(asked)
    return [group(source, name, of, own)
            for (source, name), own in zip(asked, epochs, strict=True)]  # fmt: skip


def _asked(one: Claim, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return of each group that is asked for its source and its name there: `quick#layers/one`."""
    word = next(word for word in _ASKED if word in value)
    several = word in ("difference", *_BY_NOW)
    names = value[word] if several else [value[word]] * (word != "about")
    split = (name.rpartition("#") for name in names)
    return [(source or one.table, name) for source, _, name in split]


def _about(one: Claim, value: Mapping[str, Any]) -> Any:
    known, name = account(one.table), value["about"]
    if name not in known:
        raise CourseError(f"{one.key} asks {one.table}.json for {name}, which isn't there.")
    return known[name]


def _basis(chosen: Sequence[Claim]) -> list[str]:
    """Say what claims rest on, a text a source: the file, seeds, machine, precision and day."""
    seeds: dict[str, set[int]] = {}
    for one in chosen:
        for value in one.values.values():
            if "about" in value:
                seeds.setdefault(one.table, set())
            for (source, _), found in zip(_asked(one, value), _groups(one, value), strict=True):
                seeds.setdefault(source, set()).update(set(found) - {NO_SEED})
    return [_source_text(source, found) for source, found in seeds.items()]


def _source_text(source: str, seeds: set[int]) -> str:
    if not (folder() / f"{source}.json").is_file() and not seeds:
        return f"data/reference/{source}.csv · not there yet"
    about = account(source)
    file = f"{source}.csv" if (folder() / f"{source}.csv").is_file() else "test_openings.toml"
    words = [f"data/reference/{file}"]
    if seeds:
        words.append(f"seed{'s' * (len(seeds) > 1)} {_ranges(sorted(seeds))}")
    words += [str(about[name]) for name in ("machine", "precision") if about.get(name)]
    days = (str(about.get(name, ""))[:10] for name in ("date", "ended", "study.chosen"))
    return " · ".join([*words, next(filter(None, days), "of a day not told")])


def _ranges(numbers: Sequence[int]) -> str:
    """Return `0–4, 7`: what follows one another as a range, in order."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{one[0]}–{one[-1]}" if len(one) > 1 else f"{one[0]}" for one in parts)


def _text(one: Claim, value: Mapping[str, Any]) -> str:
    if "about" in value:
        found = _about(one, value)
        return found if isinstance(found, str) else f"{found:,}"
    if set(value) & set(_BY_NOW):
        return _by_now(one, value)
    if "count" in value:
        [found] = _groups(one, value)
        return f"{_count(found, value)} of {len(found)}"
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


def _by_now(one: Claim, value: Mapping[str, Any]) -> str:
    """Return the sentence on rungs, as far as they are measured."""
    asked = _asked(one, value)
    names = [f"`{name.rpartition('/')[2]}`" for _, name in asked]
    told = list(zip(names, _groups(one, value), strict=True))
    said = say_rungs(told) if "rungs" in value else say_rung(*told)
    gone = [
        f" With seed {_ranges(seeds)} {name} diverged."
        for name, (source, group_name) in zip(names, asked, strict=True)
        if (seeds := diverged(source, group_name))
    ]
    return said + "".join(gone)


def _difference_text(found: Difference, value: Mapping[str, Any]) -> str:
    value = {"as": "points", **value}
    if math.isnan(found.half):
        return _number(found.mean, value)
    low, high = (_plain(end, value, "+") for end in (found.low, found.high))
    how = "" if found.paired else ", Welch"
    return f"{_number(found.mean, value)} (95 % interval {low} to {high}{how})"


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
