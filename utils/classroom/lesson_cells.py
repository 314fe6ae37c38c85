"""A lesson of the teacher's and what a learner made of it: the code cells, read as plain data.

What a learner handed in is read as JSON and nothing more; its outputs aren't looked at. Knows
nothing of what is right.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from utils import settings
from utils.classroom.needed import Cell, ExerciseCell

__all__ = ["TaughtLesson", "NoNotebook", "code_cells", "lesson_of", "merged", "the_lesson"]

MOST_CELLS = 2_000
Code = tuple[str, str]  # a cell's id and its text


class NoNotebook(ValueError):
    """What was handed in isn't a notebook that can be graded; the text says why."""


@dataclass(frozen=True)
class TaughtLesson:
    """path: the teacher's own notebook. cells: its code cells. questions: its exercises."""

    path: Path
    cells: tuple[Code, ...]
    questions: tuple[ExerciseCell, ...]


@cache
def the_lesson(number: str) -> TaughtLesson:
    """Return the lesson of a number (`"05"`) that the course has."""
    path = next(path for path in settings.lessons() if path.name.startswith(f"{number}_"))
    cells = code_cells(path.read_bytes())
    return TaughtLesson(path, tuple(cells), tuple(_questions(cells, number)))


def _questions(cells: Sequence[Code], number: str) -> list[ExerciseCell]:
    import ast

    found = []
    for name, source in cells:
        for exercise in re.findall(rf'check\("({number}\.\d+)"', source):
            if (answer := Cell(name, source).checks(exercise)) is not None:
                found.append(ExerciseCell(exercise, name, source, ast.unparse(answer)))
    return found


def code_cells(content: bytes) -> list[Code]:
    """Return the code cells of a notebook. Raises NoNotebook that says what it is instead."""
    try:
        notebook = json.loads(content)
    except RecursionError as error:
        raise NoNotebook("is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise NoNotebook("is no notebook") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NoNotebook("is no notebook of format 4")
    _only_python(notebook.get("metadata"))
    cells = [one for one in notebook["cells"] if isinstance(one, dict)]
    if len(cells) > MOST_CELLS:
        raise NoNotebook(f"has {len(cells):,} cells")
    return [_code(one) for one in cells if one.get("cell_type") == "code"]


def _only_python(metadata: Any) -> None:
    metadata = metadata if isinstance(metadata, dict) else {}
    for place, key in (("kernelspec", "language"), ("language_info", "name")):
        about = metadata.get(place)
        language = about.get(key) if isinstance(about, dict) else None
        if isinstance(language, str) and language.lower() not in ("python", "ipython", ""):
            raise NoNotebook(f"is written in {language[:40]}, not in Python")


def _code(cell: dict[str, Any]) -> Code:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    name = cell.get("id")
    return name if isinstance(name, str) else "", source if isinstance(source, str) else ""


def lesson_of(cells: Sequence[Code], place: str) -> str | None:
    """Return the number of the lesson that a notebook is of; None where it is of none.

    By its checks, else by its file's name.
    """
    numbers = {path.name[:2] for path in settings.lessons()}
    checks = Counter(
        number
        for _, source in cells
        for number in re.findall(r"""check\(\s*["'](\d\d)\.""", source)
    )
    for number, _ in checks.most_common():
        if number in numbers:
            return number
    for path in settings.lessons():
        if path.stem in Path(place).name:
            return path.name[:2]
    return None


def merged(lesson: TaughtLesson, cells: Sequence[Code]) -> list[Code]:
    """Return a learner's cells, and before them those of the lesson that they left out.

    A cell without an id is known by its text.
    """
    known = {source: name for name, source in lesson.cells}
    named = [(name or known.get(source, ""), source) for name, source in cells]
    there = {name for name, _ in named}
    return [one for one in lesson.cells if one[0] not in there] + named
