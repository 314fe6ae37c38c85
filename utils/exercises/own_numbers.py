"""Exercises in numbers: those of the text, or each learner's own, drawn by name.

The right answer and those that slips lead to are functions of the numbers, so that a task asks
everybody the same and nobody can hand the answer on:

    @value("14.2", says="The batch size", hint=…, more=…, draw=a_batch, batch=96, times=2)
    def half_the_noise(my):
        return my.batch * my.times**2, [(my.batch * my.times, "Twice the pictures …")]

batch=96, times=2 are the numbers of the text. `draw` makes others from a generator, or None where
what it drew isn't sensible. Knows nothing of how answers are compared.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from utils import settings
from utils.errors import CourseError
from utils.exercises.compare import Mistakes, array, number
from utils.exercises.registry import exercise, exercises, find

__all__ = ["Numbers", "all_numbers", "draws", "given", "numbers_for", "numbers_of", "value"]
__all__ += ["values"]

Draw = Callable[[Random], dict[str, Any] | None]
Answers = Callable[["Numbers"], tuple[Any, Mistakes]]
TRIES = 10_000


class Numbers(SimpleNamespace):
    """The numbers of one exercise by name: `my.batch`."""

    def __repr__(self) -> str:
        return ", ".join(f"{name} = {one!r}" for name, one in vars(self).items())


class _Source(NamedTuple):
    fixed: dict[str, Any]
    draw: Draw


class Value(NamedTuple):
    """answers: from the numbers to the right answer and the typical wrong ones with their hints.

    relative: what part of the right answer an answer may be away from it.
    """

    answers: Answers
    relative: float


_sources: dict[str, _Source] = {}
values: dict[str, Value] = {}


def draws(name: str, draw: Draw, **fixed: Any) -> None:
    """Give an exercise numbers: those of the text, and what draws a learner's own."""
    _sources[name] = _Source(fixed, draw)


def value(
    name: str,
    *,
    says: str,
    hint: str,
    more: str,
    draw: Draw,
    relative: float = 1e-6,
    **fixed: Any,
) -> Callable[[Answers], Answers]:
    """Register an exercise whose answer is a number or an array that its numbers lead to.

    says: what the sentences call the answer, such as `The batch size`.
    """

    def register(answers: Answers) -> Answers:
        draws(name, draw, **fixed)
        values[name] = Value(answers, relative)

        def checker(answer: Any) -> None:
            wanted, mistakes = answers(numbers_of(name))
            compare: Callable[..., object] = array if np.ndim(wanted) else number
            compare(answer, wanted, _tolerance(name, wanted), name=says, mistakes=mistakes)

        checker.__module__ = answers.__module__
        exercise(name, hint=hint, more=more)(checker)
        return answers

    return register


def given(name: str) -> Numbers:
    """Return an exercise's numbers, and print them: `my = given("14.2")`, then `my.batch`.

    They are the text's own, or with COURSE_LEARNER that learner's.
    """
    find(name)
    if name not in _sources:
        raise CourseError(f"Exercise {name} has no numbers of its own.", "Its text has them all.")
    learner = settings.learner().encode(errors="replace").decode()  # as a terminal can show it
    numbers = numbers_of(name)
    print(f"Exercise {name}{f', numbers for {learner}' if learner else ''}: {numbers!r}")
    return numbers


_asked_for: ContextVar[str | None] = ContextVar("asked_for", default=None)


@contextmanager
def numbers_for(learner: str) -> Iterator[None]:
    """Let the checks ask for that learner's numbers here, whatever COURSE_LEARNER is."""
    token = _asked_for.set(learner)
    try:
        yield
    finally:
        _asked_for.reset(token)


def all_numbers(notebook: str) -> dict[str, dict[str, Any]]:
    """Return the numbers of all exercises of a notebook (`"07"`) that have some, by their ids."""
    return {name: vars(numbers_of(name)) for name in exercises(notebook) if name in _sources}


def numbers_of(name: str, learner: str | None = None) -> Numbers:
    """Return the numbers of an exercise that is known, for a learner: COURSE_LEARNER's if None."""
    asked = learner if learner is not None else _asked_for.get()
    who = settings.learner() if asked is None else asked
    plain = " ".join(unicodedata.normalize("NFKC", who).casefold().split())
    return Numbers(**(_drawn(name, plain) if plain else _sources[name].fixed))


@cache
def _drawn(name: str, learner: str) -> dict[str, Any]:
    """Draw until the answer can be told from every typical mistake; the same for the same name."""
    seed = hashlib.sha256(f"{learner}\n{name}".encode(errors="replace")).digest()
    random = Random(int.from_bytes(seed))  # noqa: S311  # no secret: a teacher can compute it too
    for _ in range(TRIES):
        drawn = _sources[name].draw(random)
        if drawn is not None and _can_be_told(name, Numbers(**drawn)):
            return drawn
    raise RuntimeError(f"exercise {name} draws no sensible numbers")


def _can_be_told(name: str, numbers: Numbers) -> bool:
    if name not in values:
        return True
    wanted, mistakes = values[name].answers(numbers)
    far = 3 * _tolerance(name, wanted)
    return not any(np.allclose(wanted, wrong, rtol=0, atol=far) for wrong, _ in mistakes)


def _tolerance(name: str, wanted: Any) -> float:
    whole = isinstance(wanted, int)  # of a large one a part in a million may be more than 1
    return 1e-6 if whole else values[name].relative * float(np.max(np.abs(wanted)))
