"""The test sets are sealed: one function opens them, and two ledgers say how often and what for.

The course's own ledger is data/reference/test_openings.toml; yours lies beside your progress
file. Knows nothing of networks or notebooks.
"""

import json
import textwrap
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import catalogue
from utils.data.dataset import Dataset, Split
from utils.errors import CourseError
from utils.files import append

__all__ = ["LEDGER", "Opening", "course_openings", "note_opening", "open_test_set", "openings"]

LEDGER = settings.ROOT / "data" / "reference" / "test_openings.toml"
VERSION = 1
_WIDTH = 88


@dataclass(frozen=True)
class Opening:
    """One opening of a real test set by the course.

    set: the data set's name. pictures: how many of its test pictures were looked at.
    measured, why: what was measured of what, and what for, as words after "for" and "to".
    by: the script or lesson.
    accuracy: fractions by what was measured, one for each of `seeds`; empty where not kept.
    """

    id: str
    set: str
    pictures: int
    measured: str
    why: str
    when: date
    by: str
    seeds: tuple[int, ...] = ()
    accuracy: Mapping[str, Sequence[float]] = field(default_factory=dict)


def open_test_set(
    dataset: Dataset,
    what: str,
    why: str,
    by: str = "",
    only: Callable[[Split], Split] | None = None,
    key: str = "",
) -> Split:
    """Return a data set's test pictures: the one way to them, which notes each opening.

    A test set serves to report what validation has chosen. A learner is told which look it is.
    what: what will be measured, after "for": `the accuracy of batch size 50, seeds 0-2`.
    why: what for, after "to": `report it`.
    by: a script of the course, `tools/reference/NAME.py`: it is the course's opening then.
    only: takes the part of the pictures that is needed; all unless given.
    key: of a script's work that is done in several sittings: the same key is the same opening.
    Raises ValueError where it isn't said what for, or a script opens the sample for the course.
    """
    if not (what.strip() and why.strip()):
        raise ValueError("A test set is opened for something: say what, and why.")
    split = dataset.test if only is None else only(dataset.test)
    if by:
        if not dataset.real:
            raise ValueError(f"{by} opens the sample; the course's ledger is of real test sets.")
        now = datetime.now(UTC)
        name = key or f"{Path(by).stem}-{now.isoformat()}"  # to the microsecond: each is one
        note_opening(Opening(name, dataset.name, len(split), what, why, now.date(), by))
    else:
        said = _note_own(dataset, len(split), what, why)
        print(textwrap.fill(said, _WIDTH, break_on_hyphens=False), flush=True)  # names stay whole
    return split


def openings(name: str) -> str:
    """Say how often the course has opened a set's real test pictures, when and what for.

    cifar10 and cats_dogs share their test pictures, so they share their openings.
    Raises CourseError for a name that is no data set's.
    """
    found = course_openings(name).values()
    if not found:
        return f"This course has never opened the test pictures of {_title(name)}."
    times = {1: "once", 2: "twice"}.get(len(found), f"{len(found)} times")
    lines = [f"This course has opened the test pictures of {_title(name)} {times}:"]
    for one in found:
        text = f"{one.when}, {one.pictures:,} pictures: {one.measured}, to {one.why} ({one.by})"
        lines += textwrap.wrap(text, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines)


def course_openings(name: str) -> dict[str, Opening]:
    """Return the course's openings of a set's test pictures by their ids, in order of time.

    Raises CourseError for a name that is no data set's.
    """
    catalogue.get(name)
    every = [_opening(entry) for entry in tomllib.loads(_ledger()).get("opening", ())]
    return {one.id: one for one in every if _pictures(one.set) == _pictures(name)}


def note_opening(opening: Opening) -> None:
    """Add an opening to the course's ledger; one whose id stands there already is left."""
    if opening.id not in course_openings(opening.set):
        append(LEDGER, _as_toml(opening).encode())


def _ledger() -> str:
    return LEDGER.read_text(encoding="utf-8") if LEDGER.is_file() else ""


def _opening(entry: Mapping[str, Any]) -> Opening:
    return Opening(**{**entry, "seeds": tuple(entry.get("seeds", ()))})


def _as_toml(opening: Opening) -> str:
    """Return an entry; JSON's strings, numbers and lists are TOML's too."""

    def said(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        f"{name} = {said(getattr(opening, name))}"
        for name in ("id", "set", "pictures", "measured", "why", "by")
    ]
    lines.insert(-1, f"when = {opening.when.isoformat()}")
    if opening.accuracy:
        pairs = (f"{said(one)} = {said(list(all_))}" for one, all_ in opening.accuracy.items())
        lines += [f"seeds = {said(list(opening.seeds))}", f"accuracy = {{ {', '.join(pairs)} }}"]
    return "\n[[opening]]\n" + "\n".join(lines) + "\n"


def _pictures(name: str) -> str:
    """Return the same text for sets that share their real test pictures, as cats_dogs does."""
    return catalogue.SETS[name].found_as if name in catalogue.SETS else name


def _title(name: str) -> str:
    """Return the title of the set that a set's test pictures belong to."""
    sharing = (one for one in catalogue.SETS.values() if one.found_as == _pictures(name))
    return next((one.title for one in sharing), name)


# The learner's own


def _note_own(dataset: Dataset, pictures: int, what: str, why: str) -> str:
    """Note a learner's look; return the sentence on it. Never raises: the look itself may be."""
    title = _title(dataset.name) if dataset.real else "the sample"
    whose = f"{title}'" if title.endswith("s") else f"{title}'s"
    path = None
    try:
        path = settings.looks_path()
        if path is None:
            return f"You look at {whose} test pictures; COURSE_PROGRESS is off: it isn't noted."
        before = [look for look in _own_looks(path) if _same_pictures(look, dataset)]
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        look = {"version": VERSION, "time": now, "set": dataset.name, "real": dataset.real}
        look |= {"pictures": pictures, "what": what, "why": why}
        append(path, json.dumps(look).encode() + b"\n")
    except (OSError, ValueError, CourseError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "problem", None) or error
        return (
            f"You look at {whose} test pictures. It isn't noted, because {path or 'its file'} "
            f"can't be used ({str(reason).rstrip('.')}); COURSE_PROGRESS can name another file."
        )
    if not before:
        return f"Your first look at {whose} test pictures; it is noted in {path.name}."
    return (
        f"This is your {_ordinal(len(before) + 1)} look at {whose} test pictures; the first was "
        f"on {before[0]['time'][:10]} for {before[0]['what']}. Each look for a choice makes the "
        "number a little too good."
    )


def _same_pictures(look: Mapping[str, Any], dataset: Dataset) -> bool:
    """Say whether a look was at this set's test pictures, under whatever name."""
    same = look["set"] == dataset.name  # the samples share none
    if dataset.real:
        same = _pictures(look["set"]) == _pictures(dataset.name)
    return same and look["real"] == dataset.real


def _own_looks(path: Path) -> list[dict[str, Any]]:
    """Return the looks in a learner's ledger; what isn't one, such as a line cut off, is left."""
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [look for line in lines if (look := _parse(line)) is not None]


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        look = json.loads(line)
        datetime.fromisoformat(look["time"])
        "".join((look["set"], look["what"], look["why"])).encode()  # texts that can be shown
        return look if look["version"] == VERSION and isinstance(look["real"], bool) else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _ordinal(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{'th' if n % 100 in (11, 12, 13) else ending}"
