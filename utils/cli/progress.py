"""`course progress`: what a learner has done, as a table or a file for a teacher.

Knows nothing of how events are written and read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from utils import settings
from utils.cli.options import ExportOption, ForceOption, LearnerOption
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.exercises.progress import Reading, Standing

__all__ = ["progress"]


def progress(
    export: ExportOption = None, learner: LearnerOption = None, force: ForceOption = False
) -> None:
    """Show what you have opened, run by hand, solved and answered.

    By hand: code cells that you ran one by one; Run All doesn't count. Tries: how many answers it
    took on average until the right one.
    """
    from utils.exercises import progress
    from utils.exercises.items import items

    if export is None and (learner is not None or force):
        raise CourseError("--learner and --force belong to --export.", "Add --export FILE.csv.")
    path = settings.progress_path()
    if path is None:
        raise CourseError(
            "Nothing is recorded: COURSE_PROGRESS is off.", "Unset it to record your progress."
        )
    found = progress.read(path)
    rows = progress.standings(items(), found.events)
    if export is not None:
        progress.export(export, rows, learner or "", force, found.events)
        print(f"{export}: {len(rows)} rows, {sum(bool(row.first_done) for row in rows)} done")
    elif found.events:
        print(_table(rows, progress.readings(found.events)))
        print(f"\nRecorded in {path}")
    else:
        print("Nothing is recorded yet. Run a notebook to its quiz, or check an exercise,")
        print(f"and it shows here. The file will be {path}")
    if found.skipped:
        _say_skipped(found.skipped, path)


def _table(rows: "Sequence[Standing]", readings: "Mapping[str, Reading]") -> str:
    """Return a line a lesson and one for all."""
    heading = ("lesson", "opened", "by hand", "ran to its quiz", "exercises", "tries", "quiz")
    lines: list[tuple[str, ...]] = [(*heading, "tries")]
    for lesson in dict.fromkeys(row.item.notebook for row in rows):
        own = [row for row in rows if row.item.notebook == lesson]
        reading = readings.get(lesson[:2])
        opened = reading.last_opened.date().isoformat() if reading else "–"
        by_hand = f"{len(reading.by_hand)}/{reading.cells}" if reading else "–"
        run = next(row.first_done for row in own if row.item.kind == "notebook")
        lines.append((lesson, opened, by_hand, "yes" if run else "–", *_solved(own)))
    numbers = {row.item.notebook[:2] for row in rows}
    total = f"{len(numbers & set(readings))}/{len(numbers)}"
    cells = sum(len(reading.by_hand) for reading in readings.values())
    lines.append(("total", total, str(cells), _share(rows, "notebook"), *_solved(rows)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _solved(rows: "Sequence[Standing]") -> tuple[str, ...]:
    """Return shares and mean tries of exercises and quiz."""
    return tuple(of(rows, kind) for kind in ("exercise", "quiz") for of in (_share, _tries))


def _tries(rows: "Sequence[Standing]", kind: str) -> str:
    tries = [row.attempts for row in rows if row.item.kind == kind and row.first_done]
    return f"{sum(tries) / len(tries):.1f}" if tries else "–"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _share(rows: "Sequence[Standing]", kind: str) -> str:
    done = [row.first_done is not None for row in rows if row.item.kind == kind]
    return f"{sum(done)}/{len(done)}" if done else "–"


def _say_skipped(skipped: Sequence[str], path: Path) -> None:
    lines = "line was" if len(skipped) == 1 else "lines were"
    more = "; …" if len(skipped) > 3 else ""
    print(f"{len(skipped)} {lines} skipped in {path.name}: {'; '.join(skipped[:3])}{more}.")
