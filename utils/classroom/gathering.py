"""Where a class stands: the progress files of all learners, read as the hearsay that they are.

A progress file is a learner's own, and can be edited. What contradicts itself is named; what
doesn't may still be made up. Executes nothing. Knows nothing of how a page looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from utils.classroom.handed_cards import HandedCard, read_cards
from utils.classroom.handed_in import Handed, Refused, handed_in, newest
from utils.classroom.lesson_cells import NoNotebook, code_cells, lesson_of, the_lesson
from utils.classroom.progress_files import Said, read_export, read_log
from utils.exercises.items import items
from utils.exercises.progress import Item

__all__ = ["Class", "Learner", "Stop", "collect", "stops"]

PAGE = ".html"  # an experiment card's ending


@dataclass(frozen=True)
class Learner:
    """One learner. said: what the file that counts says of each item, by kind and name.

    handed: the exercises that are filled in in handed-in notebooks; whether they are right, `course
    class grade` says. remarks: what a teacher should know. last: the last sign of work.
    """

    handed_by: Handed
    said: Mapping[tuple[str, str], Said]
    handed: frozenset[str]
    remarks: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.handed_by.learner

    @property
    def solved(self) -> list[str]:
        return [name for (kind, name), one in self.said.items() if kind == "exercise" and one.done]

    @property
    def last(self) -> datetime | None:
        times = [one.latest for one in self.said.values() if one.latest]
        return max(times, default=None)

    @property
    def where(self) -> str:
        """The last lesson with a sign of work in it: one opened, tried, or handed in."""
        touched = [name[:2] for (_, name), one in self.said.items() if one.touched]
        return max([*touched, *(name[:2] for name in self.handed)], default="")

    @property
    def tries(self) -> float | None:
        """Answers up to the right one, the mean over the solved exercises."""
        counts = [self.said["exercise", name].attempts for name in self.solved]
        return sum(counts) / len(counts) if counts else None


class Stop(NamedTuple):
    """An exercise. stopped: learners who have tried it and not solved it."""

    exercise: str
    solved: int
    stopped: int
    tries: float | None


@dataclass(frozen=True)
class Class:
    """All that was found. items: what the course has, in order. cards: of experiments."""

    learners: tuple[Learner, ...]
    cards: tuple[HandedCard, ...]
    items: tuple[Item, ...]
    refused: tuple[Refused, ...]
    others: tuple[str, ...]


def collect(folder: Path) -> Class:
    """Return where all learners stand whose files lie in a folder or a zip.

    Read are `course progress`'s exported tables, progress files, notebooks, and experiment cards.
    Raises CourseError where there is no such folder.
    """
    found = handed_in(folder, (".csv", ".jsonl", ".ipynb", PAGE))
    course = tuple(items())
    known = {(one.kind, one.name) for one in course}
    refused = list(found.refused)
    by_learner: dict[tuple[str, str], list[_Evidence]] = defaultdict(list)
    pages = [file for file in found.files if _ending(file) == PAGE]
    cards, others = read_cards(pages, refused)
    for file in found.files:
        for one in _sources(file, known, refused):
            by_learner[one.file.who].append(one)
    learners = sorted(map(_learner, by_learner.values()), key=lambda one: one.handed_by.who)
    return Class(tuple(learners), cards, course, tuple(refused), (*found.others, *others))


@dataclass(frozen=True)
class _Evidence:
    """What one file says of one learner. said: empty for a notebook."""

    file: Handed
    said: Mapping[tuple[str, str], Said]
    handed: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()

    @property
    def latest(self) -> datetime:
        times = [one.latest for one in self.said.values() if one.latest]
        return max(times, default=datetime.min.replace(tzinfo=UTC))


def _ending(file: Handed) -> str:
    return Path(file.place).suffix.lower()


def _sources(
    file: Handed, known: Iterable[tuple[str, str]], refused: list[Refused]
) -> list[_Evidence]:
    ending = _ending(file)
    if file.place.endswith("-test-openings.jsonl") or ending == PAGE:
        return []
    if ending == ".ipynb":
        return _of_notebook(file, refused)
    read = read_export if ending == ".csv" else read_log
    try:
        tables = read(file.content, set(known))
    except ValueError as error:
        refused.append(Refused(file.learner, file.place, str(error)))
        return []
    return [_of_table(file, *one) for one in tables]


def _of_table(
    file: Handed, name: str, said: Mapping[tuple[str, str], Said], faults: Sequence[str]
) -> _Evidence:
    """Return a source; whose it is, the folder says, and where there is none, the table."""
    remarks = [f"{file.place} {fault}" for fault in faults]
    if name and "/" not in file.place:
        file = replace(file, learner=name)
    elif name and replace(file, learner=name).who[0] != file.who[0]:
        remarks.append(f"{file.place} gives the name {name}")
    return _Evidence(file, said, remarks=tuple(remarks))


def _of_notebook(file: Handed, refused: list[Refused]) -> list[_Evidence]:
    try:
        cells = code_cells(file.content)
    except NoNotebook as error:
        refused.append(Refused(file.learner, file.place, str(error)))
        return []
    number = lesson_of(cells, file.place)
    if number is None:
        refused.append(Refused(file.learner, file.place, "has no exercise of this course"))
        return []
    written = {" ".join(source.split()) for _, source in cells}
    filled = {
        one.name
        for one in the_lesson(number).questions
        if " ".join(one.stub.split()) not in written
        and any(f'"{one.name}"' in source for _, source in cells)
    }
    return [_Evidence(file, {}, frozenset(filled))]


def _learner(sources: Sequence[_Evidence]) -> Learner:
    """Make a learner of all their files; of several progress files the newest counts."""
    tables = [one for one in sources if one.said]
    remarks = [text for one in sources for text in one.remarks]
    handed = frozenset[str]().union(*(one.handed for one in sources))
    first = sources[0]
    if tables:
        latest = max(one.latest for one in tables)
        newest_file, _ = newest([one.file for one in tables if one.latest == latest])
        first = next(one for one in tables if one.file is newest_file)
    if len(tables) > 1:
        remarks.append(f"{len(tables)} progress files; the newest counts, {first.file.place}")
    return Learner(first.file, first.said, handed, tuple(remarks))


def stops(one: Class) -> list[Stop]:
    """Return how the class did in each exercise, that which stops most learners first."""
    found = []
    for item in one.items:
        if item.kind != "exercise":
            continue
        said = [learner.said.get(("exercise", item.name)) for learner in one.learners]
        tried = [entry for entry in said if entry is not None and entry.attempts]
        counts = [entry.attempts for entry in tried if entry.done]
        mean = sum(counts) / len(counts) if counts else None
        found.append(Stop(item.name, len(counts), len(tried) - len(counts), mean))
    return sorted(found, key=lambda stop: -stop.stopped)
