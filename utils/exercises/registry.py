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
from typing import Any, NamedTuple

from utils import settings
from utils.errors import CourseError
from utils.exercises import progress
from utils.exercises.calling import calls_counted
from utils.exercises.display import VerdictBox, WaitingBox
from utils.exercises.failures import is_learners, raised, where_it_failed
from utils.exercises.patience import shown_after
from utils.exercises.verdict import Unanswered, Verdict, Wrong
from utils.exercises.written import EXERCISES, written

__all__ = ["CheckFailed", "Exercise", "check", "evaluate", "exercise", "exercises", "find"]
__all__ += ["history"]

Checker = Callable[[Any], object]
PATIENCE_SECONDS = 10.0


class Exercise(NamedTuple):
    """What checks an answer, and the two steps of help; neither of them is the answer.

    hint: the general direction, for what no typical mistake explains. more: how to go about it.
    """

    checker: Checker
    hint: str
    more: str


# The verdicts that `check` has shown, oldest first.
history: deque[Verdict] = deque(maxlen=1000)

_known: dict[str, Exercise] = {}
_ID = re.compile(r"(\d\d)\.([1-9]\d?)")


class CheckFailed(CourseError):
    """An exercise that isn't solved, where COURSE_STRICT asks for an error."""


def exercise(name: str, *, hint: str, more: str) -> Callable[[Checker], Checker]:
    """Register a checker: `@exercise("01.1", hint=…, more=…)` above a function of the answer."""
    if not _ID.fullmatch(name):
        raise ValueError(f"{name!r} is not an exercise id such as '01.1'")

    def register(checker: Checker) -> Checker:
        known = _known.get(name)
        if known is not None and known.checker.__module__ != checker.__module__:
            raise ValueError(f"exercise {name} is registered in {known.checker.__module__} already")
        _known[name] = Exercise(checker, hint, more)
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
    ids = (name for name in _known if notebook is None or name.startswith(f"{notebook}."))
    return tuple(sorted(ids, key=lambda name: tuple(map(int, name.split(".")))))


def check(name: str, answer: Any) -> None:
    """Show in a box whether the answer to an exercise is right, and if not, what to look at.

    After the second wrong answer the box offers the second step of help. Never raises, so that a
    notebook runs top to bottom; with COURSE_STRICT=1 it raises CheckFailed for anything but a
    right answer.
    """
    with shown_after(PATIENCE_SECONDS, WaitingBox(str(name), PATIENCE_SECONDS)) as show:
        try:
            verdict = evaluate(name, answer)
        except CourseError as error:
            verdict = Verdict(False, True, str(error), exercise=str(name))
        else:
            if verdict.answered:
                learner = settings.learner()
                details = {"learner": learner} if learner else {}
                progress.record("exercise", name, verdict.passed, **details)
        history.append(verdict)
        show(VerdictBox(verdict, more=_wrong_tries(verdict.exercise) > 1))
    if settings.strict() and not verdict.passed:
        raise CheckFailed(f"Exercise {name} is not solved: {verdict.message}", verdict.hint)


def _wrong_tries(name: str) -> int:
    return sum(one.exercise == name and one.answered and not one.passed for one in history)


def evaluate(name: str, answer: Any) -> Verdict:
    """Return the verdict on an answer. Raises CourseError where there is no such exercise.

    What is wanted is in it only where the learner's function was called: it is the result for
    those arguments alone. Of a value it would be the answer. An interrupt of the learner's code
    is a verdict too.
    """
    known = find(name)
    with calls_counted() as calls:
        try:
            if _is_stub(answer):
                return _open(name, "Put your answer into this cell, then run it again.")
            known.checker(answer)
        except Unanswered as stub:
            return _open(name, str(stub))
        except Wrong as wrong:
            message, got, hint, wanted = wrong.message, wrong.got, wrong.hint, None
            if calls:
                message, wanted = f"{message} {wrong.details}".strip(), wrong.wanted
        except KeyboardInterrupt as stop:
            if not is_learners(stop):
                raise
            message, hint = _stopped(stop)
            got = wanted = None
        except (Exception, SystemExit) as error:
            (message, hint), got, wanted = _surprise(error), answer, None
        else:
            return Verdict(True, True, "That is it.", exercise=name)
    return Verdict(False, True, message, got, wanted, hint or known.hint, name, known.more)


def _open(name: str, message: str) -> Verdict:
    return Verdict(False, False, message, exercise=name)


def _stopped(stop: KeyboardInterrupt) -> tuple[str, str]:
    """Return what to say, and the hint, of an answer that was interrupted."""
    return (
        f"Stopped while your code was running{where_it_failed(stop)}",
        "What makes that loop end? Print what its condition is made of, a few rounds long.",
    )


def _surprise(error: BaseException) -> tuple[str, str]:
    """Return what to say, and the hint, of an answer that made the checker itself stumble."""
    if is_learners(error):
        return (
            f"Your code {raised(error)}",
            "Run that line by itself in a new cell, and print what goes into it.",
        )
    return (
        f"The check can't read this answer ({type(error).__name__}: {error}).",
        "Compare its type and shape with what the task asks for.",
    )


def _is_stub(answer: Any) -> bool:
    """Say whether a stub is left: None, `...`, or one of them inside a tuple, list or dict."""
    if answer is None or answer is ...:
        return True
    parts = list(answer.values()) if isinstance(answer, dict) else answer
    if not isinstance(parts, tuple | list) or not parts:
        return False
    return any(p is ... for p in parts) or all(_is_stub(p) for p in parts)


def find(name: str) -> Exercise:
    """Return the exercise of that id; raise CourseError where there is none."""
    match = _ID.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise CourseError(
            f"{name!r} is not the id of an exercise.",
            "An id is the notebook's number and the exercise's, in quotation marks: '01.1'.",
        )
    number = match[1]
    if name not in _known:
        _load(number)
    if name not in _known:
        known = sorted(key for key in _known if key.startswith(f"{number}."))
        remedy = f"Notebook {number} has {', '.join(known)}." if known else ""
        raise CourseError(f"There is no exercise {name}.", remedy)
    return _known[name]


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
    for name, (checker, hint, more) in written(number).items():
        try:
            exercise(name, hint=hint, more=more)(checker)
        except ValueError as error:
            raise CourseError(f"{number}.toml: {error}.", "Give it an id of its own.") from error
