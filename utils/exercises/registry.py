"""The exercises by id, and the two ways to ask for a verdict: `check` and `evaluate`.

Knows nothing of what is right: that stands in `checks/nb01.py` or `data/exercises/01.toml`, or in
both, which are read when one of a notebook's exercises is first asked for.
"""

import importlib
import re
from collections import deque
from collections.abc import Callable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from IPython.display import display

from utils import settings
from utils.errors import CourseError
from utils.exercises import progress
from utils.exercises.display import VerdictBox
from utils.exercises.failures import is_learners, where_it_failed
from utils.exercises.verdict import Unanswered, Verdict, Wrong
from utils.exercises.written import EXERCISES, written

__all__ = ["CheckFailed", "check", "evaluate", "exercise", "exercises", "history"]

Checker = Callable[[Any], object]

# The verdicts that `check` has shown, oldest first.
history: deque[Verdict] = deque(maxlen=1000)

_checkers: dict[str, Checker] = {}
_ID = re.compile(r"(\d\d)\.([1-9]\d?)")


class CheckFailed(CourseError):
    """An exercise that isn't solved, where COURSE_STRICT asks for an error."""


def exercise(name: str) -> Callable[[Checker], Checker]:
    """Register a checker: `@exercise("01.1")` above a function of the learner's answer."""
    if not _ID.fullmatch(name):
        raise ValueError(f"{name!r} is not an exercise id such as '01.1'")

    def register(checker: Checker) -> Checker:
        known = _checkers.get(name)
        if known is not None and known.__module__ != checker.__module__:
            raise ValueError(f"exercise {name} is registered in {known.__module__} already")
        _checkers[name] = checker
        return checker

    return register


def exercises(notebook: str | None = None) -> tuple[str, ...]:
    """Return the ids of one notebook's exercises (`"01"`), or of all, in order."""
    files = (
        (Path(__file__).parent / "checks").glob("nb[0-9][0-9].py"),
        EXERCISES.glob("[0-9][0-9].toml"),
    )
    for number in sorted({path.stem[-2:] for path in chain(*files)}):
        if notebook in (None, number):
            _load(number)
    ids = (name for name in _checkers if notebook is None or name.startswith(f"{notebook}."))
    return tuple(sorted(ids, key=lambda name: tuple(map(int, name.split(".")))))


def check(name: str, answer: Any) -> None:
    """Show in a box whether the answer to an exercise is right, and if not, what to look at.

    Never raises, so that a notebook runs top to bottom; with COURSE_STRICT=1 it raises
    CheckFailed for anything but a right answer.
    """
    try:
        verdict = evaluate(name, answer)
    except CourseError as error:
        verdict = Verdict(False, True, str(error), exercise=str(name))
    else:
        if verdict.answered:
            progress.record("exercise", name, verdict.passed)
    history.append(verdict)
    display(VerdictBox(verdict))
    if settings.strict() and not verdict.passed:
        raise CheckFailed(f"Exercise {name} is not solved: {verdict.message}", verdict.hint)


def evaluate(name: str, answer: Any) -> Verdict:
    """Return the verdict on an answer. Raises CourseError where there is no such exercise."""
    checker = _find(name)
    if _is_stub(answer):
        return _open(name, "Put your answer into this cell, then run it again.")
    try:
        checker(answer)
    except Unanswered as stub:
        return _open(name, str(stub))
    except Wrong as wrong:
        return Verdict(
            False, True, wrong.message, wrong.got, wrong.wanted, wrong.hint, exercise=name
        )
    except Exception as error:
        return _surprise(name, answer, error)
    return Verdict(True, True, "That is it.", exercise=name)


def _open(name: str, message: str) -> Verdict:
    return Verdict(False, False, message, exercise=name)


def _surprise(name: str, answer: Any, error: Exception) -> Verdict:
    """Return the verdict on an answer that made the checker itself stumble."""
    what = f"{type(error).__name__}: {error}"
    if is_learners(error):
        message = f"Your code raised {what}{where_it_failed(error)}"
        hint = "Run that line by itself in a new cell, and print what goes into it."
    else:
        message = f"The check can't read this answer ({what})."
        hint = "Compare its type and shape with what the task asks for."
    return Verdict(False, True, message, got=answer, hint=hint, exercise=name)


def _is_stub(answer: Any) -> bool:
    """Say whether a stub is left: None, `...`, or one of them inside a tuple, list or dict."""
    if answer is None or answer is ...:
        return True
    parts = list(answer.values()) if isinstance(answer, dict) else answer
    if not isinstance(parts, tuple | list) or not parts:
        return False
    return any(p is ... for p in parts) or all(_is_stub(p) for p in parts)


def _find(name: str) -> Checker:
    """Return the checker of that id; raise CourseError where there is none."""
    match = _ID.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise CourseError(
            f"{name!r} is not the id of an exercise.",
            "An id is the notebook's number and the exercise's, in quotation marks: '01.1'.",
        )
    number = match[1]
    if name not in _checkers:
        _load(number)
    if name not in _checkers:
        known = sorted(key for key in _checkers if key.startswith(f"{number}."))
        remedy = f"Notebook {number} has {', '.join(known)}." if known else ""
        raise CourseError(f"There is no exercise {name}.", remedy)
    return _checkers[name]


@cache
def _load(number: str) -> None:
    """Register the exercises of a notebook; raise CourseError where they can't be read."""
    module = f"utils.exercises.checks.nb{number}"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise CourseError(
                f"The checks of notebook {number} need {error.name}, which isn't installed.",
                "Install the course again: pip install -r requirements.txt.",
            ) from error
    for name, checker in written(number).items():
        try:
            exercise(name)(checker)
        except ValueError as error:
            raise CourseError(f"{number}.toml: {error}.", "Give it an id of its own.") from error
