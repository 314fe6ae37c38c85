"""What a class has done, as a table (CSV) and as a page.

Knows nothing of how it was found out. Every text of a learner's is made harmless: in the table for
a spreadsheet, in the page by its templates.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from utils.classroom.gathering import Class, stops
from utils.classroom.grading import Graded, Grades
from utils.errors import CourseError
from utils.exercises.progress import harmless
from utils.files import duration, render, write_whole

__all__ = ["by_exercise", "class_lines", "grade_lines", "known_ending", "write_class"]
__all__ += ["write_grades"]

GRADE_COLUMNS = ("learner", "number", "lesson", "exercise", "result", "message", "reached_for",
                 "remarks", "file")  # fmt: skip
CLASS_COLUMNS = ("learner", "number", "notebook", "kind", "name", "done", "first_done", "attempts",
                 "handed_in", "remarks", "file")  # fmt: skip
SIGNS = {"right": "✓", "wrong": "✗", "open": "…", "stopped": "■"}
UNCONTAINED = (
    "Graded by trust, without a cage: this code could read and change your files, each other's "
    "work and these results, and reach the network."
)


class OfExercise(NamedTuple):
    """How a class did in one exercise: how many of each state."""

    exercise: str
    right: int
    wrong: int
    open: int
    stopped: int


def by_exercise(graded: Iterable[Graded]) -> list[OfExercise]:
    """Return each exercise's counts, in order."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in graded:
        for mark in one.marks:
            counts[mark.exercise][mark.state] += 1
    return [OfExercise(name, *(counts[name][state] for state in SIGNS)) for name in sorted(counts)]


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV that Excel reads as UTF-8."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows([harmless(str(cell)) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def known_ending(path: Path) -> Path:
    """Return a path that ends in .html or .csv; raises CourseError for any other."""
    if path.suffix.lower() not in (".html", ".csv"):
        raise CourseError(
            f"{path} ends in neither .html nor .csv.",
            "The ending says what is written: a page or a table.",
        )
    return path


def write_grades(path: Path, grades: Grades) -> None:
    """Write the grades as a page or a table, by the ending."""
    is_table = known_ending(path).suffix.lower() == ".csv"
    write_whole(path, as_csv(GRADE_COLUMNS, _rows(grades)) if is_table else _page(grades))


def _rows(grades: Grades) -> Iterable[Sequence[object]]:
    for one in grades.graded:
        about = (one.handed.learner, one.handed.number, one.lesson)
        remarks = "; ".join(one.remarks)
        for mark in one.marks:
            notes = "; ".join(mark.notes)
            yield (
                *about,
                mark.exercise,
                mark.state,
                mark.message,
                notes,
                remarks,
                one.handed.place,
            )
    for refused in grades.refused:
        yield (
            refused.learner,
            "",
            "",
            "",
            "not graded",
            f"It {refused.why}.",
            "",
            "",
            refused.place,
        )


def _page(grades: Grades) -> str:
    return render(
        "grades.html",
        title="Grades",
        facts=_facts(grades),
        warning="" if grades.contained else UNCONTAINED,
        graded=grades.graded,
        exercises=by_exercise(grades.graded),
        refused=grades.refused,
        others=grades.others,
        signs=SIGNS,
    )


def _facts(grades: Grades) -> dict[str, str]:
    learners = {one.handed.who for one in grades.graded}
    return {
        "Learners": str(len(learners)),
        "Notebooks": f"{len(grades.graded)} graded, {len(grades.refused)} not",
        "Time": duration(grades.seconds),
    }


def grade_lines(grades: Grades) -> str:
    """Return the grades as lines: a notebook a line, then what couldn't be graded."""
    lines = [] if grades.contained else [UNCONTAINED, ""]
    for one in grades.graded:
        marks = " ".join(f"{mark.exercise} {mark.state}" for mark in one.marks)
        lines.append(f"{one.handed.learner}: {one.lesson}, {one.right}/{len(one.marks)} ({marks})")
        notes = [note for mark in one.marks for note in mark.notes]
        lines += [f"    {note}" for note in dict.fromkeys([*one.remarks, *notes])]
    lines += [f"Not graded: {one.place} {one.why}." for one in grades.refused]
    if grades.others:
        lines.append(f"Not read: {len(grades.others)} other files.")
    facts = _facts(grades)
    lines.append(f"{facts['Learners']} learners, {facts['Notebooks']}, {facts['Time']}.")
    return "\n".join(lines)


def write_class(path: Path, one: Class) -> None:
    """Write where a class stands as a page or a table, by the ending."""
    is_table = known_ending(path).suffix.lower() == ".csv"
    write_whole(path, as_csv(CLASS_COLUMNS, _class_rows(one)) if is_table else _class_page(one))


def _class_rows(one: Class) -> Iterable[Sequence[object]]:
    for learner in one.learners:
        about = (learner.name, learner.handed_by.number)
        last = ("; ".join(learner.remarks), learner.handed_by.place)
        for item in one.items:
            said = learner.said.get((item.kind, item.name))
            first = said.first_done.isoformat() if said and said.first_done else ""
            done, attempts = ("yes" if said.done else "no", said.attempts) if said else ("", "")
            handed = "yes" if item.kind == "exercise" and item.name in learner.handed else ""
            yield (*about, *item, done, first, attempts, handed, *last)
    for card in one.cards:
        found = "; ".join([*card.verdicts, f"predicted: {card.predicted}", *card.remarks])
        whose = (card.name, card.handed_by.number, "", "card", card.study)
        yield (*whose, *[""] * 3, "yes", found, card.handed_by.place)
    for refused in one.refused:
        yield (refused.learner, *[""] * 8, f"not read: it {refused.why}", refused.place)


def _class_page(one: Class) -> str:
    return render(
        "class.html",
        title="The class",
        facts={
            "Learners": str(len(one.learners)),
            "Experiment cards": str(len(one.cards)),
            "Files not read": str(len(one.refused)),
        },
        learners=one.learners,
        stops=stops(one),
        cards=one.cards,
        refused=one.refused,
        others=one.others,
    )


def class_lines(one: Class) -> str:
    """Return where a class stands as lines: a learner a line, what stops most, what is wrong."""
    lines = []
    for learner in one.learners:
        last = learner.last.date().isoformat() if learner.last else "no date"
        tries = f", {learner.tries:.1f} tries" if learner.tries else ""
        where = f"lesson {learner.where}" if learner.where else "nothing yet"
        handed = f", {len(learner.handed)} handed in" if learner.handed else ""
        solved = f"{len(learner.solved)} solved{handed}{tries}"
        lines.append(f"{learner.name}: {where}, {solved} ({last})")
        lines += [f"    {text}" for text in learner.remarks]
    for card in one.cards:
        lines.append(f"{card.name}: card of {card.study}, predicted: {card.predicted}")
        lines += [f"    {text}" for text in (*card.verdicts, *card.remarks)]
    lines += [f"Not read: {refused.place} {refused.why}." for refused in one.refused]
    worst = [f"{stop.exercise} ({stop.stopped})" for stop in stops(one)[:5] if stop.stopped]
    if worst:
        lines.append(f"Most are stopped by: {', '.join(worst)}")
    cards = f", {len(one.cards)} experiment cards" * bool(one.cards)
    lines.append(f"{len(one.learners)} learners{cards}.")
    return "\n".join(lines)
