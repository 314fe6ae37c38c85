"""The progress file: what was opened, run, checked and answered; a line of JSON an event, in order.

Knows nothing of which notebooks, exercises and quizzes there are: the caller says.

Recorded is what stands in the course's notebooks, by whatever program they are run: `course run`
counts like a person, since the answers in them are the learner's, and a stub is no answer. In
notebooks/solutions, and in the learner's copies of them, nothing is recorded. COURSE_PROGRESS names
another file, or is `off`.
"""

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from utils import settings
from utils.errors import CourseError
from utils.files import append, refuse_taken, whole

__all__ = ["COLUMNS", "Event", "Item", "Reading", "Record", "Standing", "export", "read"]
__all__ += ["harmless", "read_events", "readings", "record", "recorded", "standings"]

Kind = Literal["notebook", "exercise", "quiz", "prediction", "reading"]

VERSION = 2
# When lesson 05, *A hidden layer*, came, lesson 05 became 06, and so on to the end. Lines of before
# are of version 1.
_MOVED = (1, 5)  # a version, and the first lesson whose number is one more since
COLUMNS = (
    *("learner", "notebook", "kind", "name", "done", "first_done", "attempts"),
    *("first_opened", "last_opened", "by_hand", "cells", "numbers_of"),
)
_NAMES = {
    "notebook": r"\d\d",
    "exercise": r"\d\d\.[1-9]\d?",
    "quiz": r"\d\d\.q[1-9]",
    "prediction": r"\d\d",
    "reading": r"\d\d",
}
_FORMULA = tuple("=+-@＝＋－＠")  # what a spreadsheet takes for the beginning of a formula

_warned = False
_recorded = 0


@dataclass(frozen=True)
class Event:
    """One line. passed: right or wrong; of a notebook, that it ran as far as its quiz.

    details: what else is known, such as the numbers of a prediction, the `learner` whose numbers
        an exercise had, or of a reading the `cells` newly run by hand and of how many there are.
    """

    time: datetime
    kind: Kind
    name: str
    passed: bool
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """What was read. skipped: a few words on each line that isn't an event we know."""

    events: tuple[Event, ...]
    skipped: tuple[str, ...]


class Item(NamedTuple):
    """Something that can be done. notebook: its file's name without ending."""

    notebook: str
    kind: Kind
    name: str


class Standing(NamedTuple):
    """How far an item is. attempts: answers up to the first right one, so that running a
    solved notebook again changes nothing."""

    item: Item
    first_done: datetime | None
    attempts: int


class Reading(NamedTuple):
    """How far a lesson was read. by_hand: the code cells that were run one by one, of `cells`."""

    first_opened: datetime
    last_opened: datetime
    by_hand: frozenset[str]
    cells: int


def recorded() -> int:
    """Return how many events this process has noted."""
    return _recorded


def record(kind: Kind, name: str, passed: bool, **details: Any) -> None:
    """Append an event. Never raises: where that can't be, it is said once a process.

    details: what JSON can hold.
    """
    global _recorded
    path = None
    try:
        path = settings.progress_path()
        if path is None or _among_solutions():
            return
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        fields = {"version": VERSION, "time": now, "kind": kind, "name": name}
        fields |= {"passed": bool(passed)} | ({"details": details} if details else {})
        append(path, json.dumps(fields).encode() + b"\n")
        _recorded += 1
    except (OSError, RuntimeError, ValueError, CourseError) as error:
        _warn(path, error)


def _among_solutions() -> bool:
    """Say whether this kernel runs a solution: kernels start in their notebook's folder."""
    folders = (settings.NOTEBOOKS, settings.work_dir())
    return Path.cwd() in [(folder / "solutions").resolve() for folder in folders]


def _warn(path: Path | None, error: Exception) -> None:
    global _warned
    if not _warned:
        _warned = True
        reason = getattr(error, "strerror", None) or getattr(error, "problem", None) or error
        print(
            f"Your progress isn't recorded, because {path or 'its file'} can't be written "
            f"({str(reason).rstrip('.')}); COURSE_PROGRESS can name another file.",
            file=sys.stderr,
        )


def read(path: Path) -> Record:
    """Read the events of a file; one that isn't there has none. What isn't an event is skipped.

    Raises CourseError where the file can't be read at all.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise CourseError(
            f"{path} can't be read ({error.strerror or error}).",
            "Mend that, or name another file in COURSE_PROGRESS.",
        ) from error
    return read_events(content)


def read_events(content: bytes) -> Record:
    """Return the events in a file's content. What isn't an event is skipped."""
    events, skipped = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        found = _parse(line) if line.strip() else None
        if isinstance(found, Event):
            events.append(found)
        elif found:
            skipped.append(f"line {number} {found}")
    return Record(tuple(events), tuple(skipped))


def _parse(line: bytes) -> Event | str:
    """Return the event, or what is wrong with the line."""
    try:
        fields = json.loads(line)
        version, kind, name = fields["version"], fields["kind"], fields["name"]
        if type(version) is int and version not in (_MOVED[0], VERSION):
            return f"is of version {version:.6g}"
        time = datetime.fromisoformat(fields["time"])
        known = type(version) is int and re.fullmatch(_NAMES[kind], name, re.ASCII)
        if known and time.tzinfo is not None and isinstance(fields["passed"], bool):
            details = fields.get("details")
            name = _numbered_today(name, version)
            return Event(
                time, kind, name, fields["passed"], details if type(details) is dict else {}
            )
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        pass  # whatever a cut or foreign line leads to
    return "can't be read"


def _numbered_today(name: str, version: int) -> str:
    before, first = _MOVED
    number = int(name[:2])
    return f"{number + 1:02}{name[2:]}" if version == before and number >= first else name


def standings(items: Iterable[Item], events: Iterable[Event]) -> list[Standing]:
    """Return how far each item is, in the items' order; other events don't count."""
    by_name = defaultdict(list)
    for event in events:
        by_name[event.kind, event.name].append(event)
    return [_standing(item, by_name[item.kind, item.name]) for item in items]


def _standing(item: Item, tries: Sequence[Event]) -> Standing:
    for attempts, event in enumerate(tries, 1):
        if event.passed:
            return Standing(item, event.time, attempts)
    return Standing(item, None, len(tries))


def readings(events: Iterable[Event]) -> dict[str, Reading]:
    """Return how far each lesson was read, by its number; those never opened are left out."""
    found: dict[str, Reading] = {}
    for event in events:
        if event.kind != "reading":
            continue
        cells, of = event.details.get("cells"), event.details.get("of")
        new = frozenset(one for one in cells if isinstance(one, str)) if type(cells) is list else ()
        first, last, known, count = found.get(event.name, (event.time, event.time, frozenset(), 0))
        last = last if new else event.time  # a reading without cells is an opening
        count = of if type(of) is int and 0 <= of < 10_000 else count
        found[event.name] = Reading(first, last, known.union(new), count)
    return found


def numbers_of(events: Iterable[Event]) -> dict[str, str]:
    """Return whose numbers each solved exercise had: of its first right answer."""
    found: dict[str, str] = {}
    for event in events:
        if event.kind == "exercise" and event.passed:
            found.setdefault(event.name, str(event.details.get("learner", "")))
    return found


def export(
    path: Path,
    rows: Iterable[Standing],
    learner: str = "",
    force: bool = False,
    events: Sequence[Event] = (),
) -> None:
    """Write a table for a teacher, a row an item, as CSV in UTF-8; see COLUMNS.

    events: those that the rows were made of, for what was read, and with whose numbers.
    It begins with a byte order mark, or Excel would take it for another encoding.
    Raises CourseError where it would overwrite something (unless force) or can't be written.
    """
    _refuse(path, force)
    with (
        whole(path) as beside,
        beside.open("w", encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        table = csv.writer(file)
        table.writerow(COLUMNS)
        read_, whose = readings(events), numbers_of(events)
        for row in rows:
            name = harmless(whose.get(row.item.name, "")) if row.item.kind == "exercise" else ""
            reading = read_.get(row.item.name) if row.item.kind == "notebook" else None
            table.writerow([*_cells(row, harmless(learner)), *_reading_cells(reading), name])


def _refuse(path: Path, force: bool) -> None:
    if path.suffix.lower() != ".csv":
        raise CourseError(f"{path} doesn't end in .csv.", "Give the table a name such as anna.csv.")
    if not path.parent.is_dir():
        raise CourseError(f"There is no folder {path.parent}.", "Make it first, or choose another.")
    refuse_taken(path, force)


def _cells(row: Standing, learner: str) -> list[str]:
    done = row.first_done.isoformat() if row.first_done else ""
    return [learner, *row.item, "yes" if done else "no", done, str(row.attempts)]


def _reading_cells(reading: Reading | None) -> list[str]:
    if reading is None:
        return ["", "", "", ""]
    times = (reading.first_opened, reading.last_opened)
    return [*(time.isoformat() for time in times), str(len(reading.by_hand)), str(reading.cells)]


def harmless(text: str) -> str:
    """Return the text on one line, so that no spreadsheet takes it for a formula.

    Nor a part of it, where the language's separator of columns is the semicolon.
    """
    text = " ".join(text.replace(";", ",").split())
    return f"'{text}" if text.startswith(_FORMULA) else text
