"""The exercises that are plain data: a choice, read from data/exercises.

The right option, the hint for each of the wrong ones, and two steps of help:

    ["11.3"]
    right = "b"
    hint = "List what differs in each pair."
    more = "One thing may differ, and luck must be seen: how many seeds?"

        ["11.3".options]
        a = "The seed differs too."

A number is an exercise with a program, since each learner may have other numbers: own_numbers.py.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.exercises.compare import choice
from utils.exercises.toml_tables import keys, read, text

__all__ = ["EXERCISES", "written"]

EXERCISES = settings.ROOT / "data" / "exercises"

Written = tuple[Callable[[Any], object], str, str]


def written(notebook: str, folder: Path = EXERCISES) -> dict[str, Written]:
    """Return checker, hint and more help of a notebook's (`"14"`) written exercises by id.

    There are none without a file. Raises CourseError that names file and exercise where one isn't
    as it should be.
    """
    path = folder / f"{notebook}.toml"
    tables = read(path) if path.exists() else {}
    for name in tables:
        if not re.fullmatch(rf"{notebook}\.[1-9]\d?", name):
            raise CourseError(
                f"{path.name}: {name!r} is not the id of an exercise of this notebook.",
                f'An id is written in quotation marks, such as ["{notebook}.1"].',
            )
    return {name: _choice(part, f"{path.name}, {name}") for name, part in tables.items()}


def _choice(part: Any, where: str) -> Written:
    keys(part, {"right", "options", "hint", "more"}, set(), where)
    right, options = text(part, "right", where), part["options"]
    if not isinstance(options, dict) or not options or right in options:
        raise CourseError(
            f"{where}: `options` isn't a table of the wrong options.",
            "Write one with the hint for each, and leave out the right one.",
        )
    hints = {option: text(options, option, where) for option in options}
    hint, more = text(part, "hint", where), text(part, "more", where)
    return partial(choice, right=right, hints=hints), hint, more
