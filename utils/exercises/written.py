"""The exercises that are plain data: a right answer and wrong ones, read from data/exercises.

A number, or numbers in square brackets, with the hint for each typical mistake:

    ["13.2"]
    answer = 384
    tolerance = 0.5                 # may be left out
    name = "The batch size"
    hint = "Which number's root is twice the root of 96?"
    mistakes = [
        [192, "Twice the pictures shrink the spread only by the root of two, 1.41."],
    ]

Or a choice, with the hint for each of the wrong options:

    ["10.3"]
    right = "b"
    hint = "Answer with one of the letters a, b."

        ["10.3".options]
        a = "The seed differs too."
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from utils import settings
from utils.errors import CourseError
from utils.exercises.compare import array, choice, number
from utils.exercises.toml_tables import keys, read, text

__all__ = ["EXERCISES", "written"]

EXERCISES = settings.ROOT / "data" / "exercises"


def written(notebook: str, folder: Path = EXERCISES) -> dict[str, Callable[[Any], object]]:
    """Return the checkers of a notebook's (`"13"`) written exercises by id; none without a file.

    Raises CourseError that names file and exercise where one isn't as it should be.
    """
    path = folder / f"{notebook}.toml"
    tables = read(path) if path.exists() else {}
    for name in tables:
        if not re.fullmatch(rf"{notebook}\.[1-9]\d?", name):
            raise CourseError(
                f"{path.name}: {name!r} is not the id of an exercise of this notebook.",
                f'An id is written in quotation marks, such as ["{notebook}.1"].',
            )
    return {name: _checker(part, f"{path.name}, {name}") for name, part in tables.items()}


def _checker(part: Any, where: str) -> Callable[[Any], object]:
    if isinstance(part, dict) and "right" in part:
        return _choice(part, where)
    keys(part, {"answer", "name", "hint", "mistakes"}, {"tolerance"}, where)
    answer = _numbers(part["answer"], f"{where}: `answer`")
    tolerance, mistakes = part.get("tolerance", 1e-6), part["mistakes"]
    if type(tolerance) not in (int, float) or not tolerance >= 0:
        raise CourseError(f"{where}: `tolerance` isn't a number from 0 on.", "Write one.")
    if not isinstance(mistakes, list):
        raise CourseError(f"{where}: `mistakes` isn't a list.", "Write pairs in square brackets.")
    compare: Callable[..., object] = array if isinstance(answer, list) else number
    return partial(
        compare,
        wanted=answer,
        tolerance=tolerance,
        name=text(part, "name", where),
        hint=text(part, "hint", where),
        mistakes=[_mistake(one, f"{where}, mistake {n}") for n, one in enumerate(mistakes, 1)],
    )


def _choice(part: dict[str, Any], where: str) -> Callable[[Any], object]:
    keys(part, {"right", "options", "hint"}, set(), where)
    right, options = text(part, "right", where), part["options"]
    if not isinstance(options, dict) or not options or right in options:
        raise CourseError(
            f"{where}: `options` isn't a table of the wrong options.",
            "Write one with the hint for each, and leave out the right one.",
        )
    hints = {option: text(options, option, where) for option in options}
    return partial(choice, right=right, hints=hints, hint=text(part, "hint", where))


def _mistake(pair: Any, where: str) -> tuple[Any, str]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise CourseError(f"{where} isn't a pair.", "Write `[the wrong answer, its hint]`.")
    return _numbers(pair[0], where), text({"hint": pair[1]}, "hint", where)


def _numbers(value: Any, where: str) -> Any:
    """Return a number, or a list that is an array of numbers, as it is."""
    try:
        readable = np.asarray(value).dtype.kind in "iuf"
    except ValueError:  # rows of different lengths
        readable = False
    if not readable:
        raise CourseError(f"{where} isn't a number, nor rows of numbers.", "Write one, as 0.5.")
    return value
