"""`course progress`: what a learner has done, as a table or a file for a teacher.

Knows nothing of how events are written and read.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from utils import settings
from utils.cli.options import ExportOption, ForceOption, LearnerOption
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.exercises.progress import Standing

__all__ = ["progress"]


def progress(
    export: ExportOption = None, learner: LearnerOption = None, force: ForceOption = False
) -> None:
    """Show what you have run, solved and answered."""
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
        progress.export(export, rows, learner or "", force)
        print(f"{export}: {len(rows)} rows, {sum(bool(row.first_done) for row in rows)} done")
    elif found.events:
        print(_table(rows))
        print(f"\nRecorded in {path}")
    else:
        print("Nothing is recorded yet. Run a notebook to its quiz, or check an exercise,")
        print(f"and it shows here. The file will be {path}")
    if found.skipped:
        _say_skipped(found.skipped, path)


def _table(rows: "Sequence[Standing]") -> str:
    """Return a line a notebook and one for all."""
    lines: list[tuple[str, ...]] = [("notebook", "run", "exercises passed", "quiz right")]
    for notebook in dict.fromkeys(row.item.notebook for row in rows):
        own = [row for row in rows if row.item.notebook == notebook]
        run = next(row.first_done for row in own if row.item.kind == "notebook")
        date = run.date().isoformat() if run else "–"
        lines.append((notebook, date, _share(own, "exercise"), _share(own, "quiz")))
    total = (_share(rows, kind) for kind in ("notebook", "exercise", "quiz"))
    lines.append(("total", *total))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


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
