"""Grade what a class handed in: each notebook's exercises, several side by side.

Believed are the learners' answers alone, as they come out of the cage: no stored output, no
progress file, none of their checks. Knows nothing of how a report looks.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from utils.classroom import cage
from utils.classroom.handed_in import Handed, HandedIn, Refused, handed_in, newest
from utils.classroom.judge import NOTEBOOK_SECONDS, Keeper, Mark, mark
from utils.classroom.lesson_cells import (
    Code,
    NoNotebook,
    code_cells,
    lesson_of,
    merged,
    the_lesson,
)
from utils.errors import CourseError
from utils.exercises.calling import kept_in
from utils.exercises.progress import read_events

__all__ = ["Graded", "Grades", "grade"]

SHARE = 4  # notebooks of one lesson that are worth a keeper of their own: it takes seconds to start


@dataclass(frozen=True)
class Graded:
    """One notebook. number: its lesson's. remarks: what a teacher should know of it."""

    handed: Handed
    number: str
    marks: tuple[Mark, ...]
    remarks: tuple[str, ...] = ()

    @property
    def lesson(self) -> str:
        return the_lesson(self.number).path.stem

    @property
    def right(self) -> int:
        return sum(one.state == "right" for one in self.marks)


@dataclass(frozen=True)
class Grades:
    """All of a class. refused: what couldn't be graded; others: files that nobody asked for.

    contained: whether the code ran in a cage.
    """

    graded: tuple[Graded, ...]
    refused: tuple[Refused, ...]
    others: tuple[str, ...]
    contained: bool
    seconds: float


@dataclass(frozen=True)
class _Work:
    handed: Handed
    number: str
    cells: tuple[Code, ...]
    claimed: frozenset[str]
    remarks: tuple[str, ...]


def grade(
    folder: Path,
    trust: bool = False,
    names: Mapping[str, str] | None = None,
    done: Callable[[int, int], None] = lambda count, of: None,
) -> Grades:
    """Return the grades of all notebooks in a folder or a zip.

    trust: run them without a cage, where none can be made. names: from a learner's name to the
        one that their numbers were drawn by; those not in it have the numbers of the text.
    done: told after each notebook how many are graded, and of how many.
    Raises CourseError where the folder isn't there, or there is no cage and no trust.
    """
    began, contained = time.monotonic(), _contained(trust)
    found = handed_in(folder, (".ipynb", ".jsonl"))
    works, refused = _sorted(found)
    graded: list[Graded] = []
    stop = Event()
    with kept_in(), ThreadPoolExecutor(_cores()) as pool:
        parts = [pool.submit(_grade_part, part, not contained, names or {}, stop)
                 for part in _parts(works)]  # fmt: skip
        try:
            for part in as_completed(parts):
                graded += part.result()
                done(len(graded), len(works))
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    graded.sort(key=lambda one: (*one.handed.who, one.number))
    refused = sorted([*found.refused, *refused], key=lambda one: one.place)
    seconds = time.monotonic() - began
    return Grades(tuple(graded), tuple(refused), found.others, contained, seconds)


def _contained(trust: bool) -> bool:
    """Say whether there is a cage; raise CourseError where there is none, and no trust either."""
    if sys.platform != "linux":
        raise CourseError(
            "Grading runs what learners wrote, and only Linux has the cage for that.",
            "Grade in WSL, in a container, or on another machine.",
        )
    if cage.is_possible():
        return True
    if not trust:
        raise CourseError(
            "This system lets nobody make a cage, so what learners wrote could read your files, "
            "change them and reach the network.",
            "Grade on a Linux that permits user namespaces, or run it uncontained by `trust`.",
            ("trust",),
        )
    return False


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return min(8, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _sorted(found: HandedIn) -> tuple[list[_Work], list[Refused]]:
    """Return the notebooks to grade, one a learner and lesson, and those that can't be."""
    by_lesson: dict[tuple[tuple[str, str], str], list[Handed]] = defaultdict(list)
    cells: dict[str, list[Code]] = {}
    refused = []
    for one in found.files:
        if not one.place.lower().endswith(".ipynb"):
            continue
        try:
            cells[one.place] = code_cells(one.content)
        except NoNotebook as error:
            refused.append(Refused(one.learner, one.place, str(error)))
            continue
        number = lesson_of(cells[one.place], one.place)
        if number is None or not the_lesson(number).questions:
            refused.append(Refused(one.learner, one.place, "has no exercise of this course"))
        else:
            by_lesson[one.who, number].append(one)
    works = []
    for (who, number), files in by_lesson.items():
        first, others = newest(files)
        remarks = (
            [f"handed in {len(files)} times; the newest counts, {first.place}"] if others else []
        )
        code = tuple(merged(the_lesson(number), cells[first.place]))
        claimed = _claimed(found.files, who, number)
        works.append(_Work(first, number, code, claimed, tuple(remarks)))
    return works, refused


def _claimed(files: Sequence[Handed], who: tuple[str, str], number: str) -> frozenset[str]:
    """Return the exercises that a progress file beside the notebook calls solved."""
    return frozenset(
        event.name
        for one in files
        if one.who == who and one.place.lower().endswith(".jsonl")
        for event in read_events(one.content).events
        if event.kind == "exercise" and event.passed and event.name.startswith(f"{number}.")
    )


def _parts(works: Sequence[_Work]) -> list[list[_Work]]:
    """Divide the notebooks by lesson, and a lesson that has many among the cores."""
    by_lesson = defaultdict(list)
    for one in works:
        by_lesson[one.number].append(one)
    parts = []
    for number in sorted(by_lesson):
        same = by_lesson[number]
        count = max(1, min(_cores(), len(same) // SHARE))
        parts += [same[place::count] for place in range(count)]
    return sorted(parts, key=len, reverse=True)


def _grade_part(
    part: Sequence[_Work], trusted: bool, names: Mapping[str, str], stop: Event
) -> list[Graded]:
    lesson = the_lesson(part[0].number)
    with Keeper(lesson.path, trusted) as keeper:
        return [_grade_one(keeper, work, names, stop) for work in part if not stop.is_set()]


def _grade_one(keeper: Keeper, work: _Work, names: Mapping[str, str], stop: Event) -> Graded:
    until = time.monotonic() + NOTEBOOK_SECONDS
    learner = names.get(work.handed.who[0], "")
    marks = []
    for question in the_lesson(work.number).questions:
        if stop.is_set():
            break
        if time.monotonic() >= until:
            text = f"The notebook had used up its {NOTEBOOK_SECONDS:.0f} seconds."
            marks.append(Mark(question.name, "stopped", text))
        else:
            marks.append(mark(keeper, work.cells, question, learner, until))
    remarks = [*work.remarks]
    if more := work.claimed - {one.exercise for one in marks if one.state == "right"}:
        names_ = ", ".join(sorted(more))
        remarks.append(f"the progress file calls {names_} solved, which the notebook doesn't show")
    return Graded(work.handed, work.number, tuple(marks), tuple(remarks))
