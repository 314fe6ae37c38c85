"""The self-check questions at the end of a notebook, read from data/quizzes and checked.

Knows nothing of how they are shown or of who answers. In the texts, `code` and *stress* are
marked as in Markdown. A question is written like this, three or four choices long:

    [[questions]]
    text = "What does the bias do to the decision line?"

        [[questions.choices]]
        right = true
        text = "It shifts the line."
        why = "It is added whatever the inputs are."
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.exercises.toml_tables import keys, read, text

__all__ = ["QUIZZES", "Choice", "Question", "Quiz", "load_quiz", "plain", "quiz_numbers"]

QUIZZES = settings.ROOT / "data" / "quizzes"
QUESTIONS, CHOICES = range(2, 4), range(3, 5)


@dataclass(frozen=True)
class Choice:
    """One possible answer. why: a sentence on why it is right, or what speaks against it."""

    text: str
    why: str


@dataclass(frozen=True)
class Question:
    """name: such as `01.q1`. right: the place of the right choice, from 0."""

    name: str
    text: str
    choices: tuple[Choice, ...]
    right: int


@dataclass(frozen=True)
class Quiz:
    """The questions of one notebook. notebook: its number, such as `01`."""

    notebook: str
    questions: tuple[Question, ...]


def quiz_numbers(folder: Path = QUIZZES) -> tuple[str, ...]:
    """Return the numbers of the notebooks that have a quiz, in order."""
    return tuple(sorted(path.stem for path in folder.glob("[0-9][0-9].toml")))


def load_quiz(notebook: str, folder: Path = QUIZZES) -> Quiz:
    """Return the quiz of a notebook (`"01"`); raise CourseError where it isn't as it should be."""
    if not isinstance(notebook, str) or not re.fullmatch("[0-9][0-9]", notebook):
        raise CourseError(
            f"{notebook!r} is not the number of a notebook.",
            'Write two digits in quotation marks, such as quiz("01").',
        )
    path = folder / f"{notebook}.toml"
    if not path.exists():
        known = ", ".join(quiz_numbers(folder)) or "none"
        raise CourseError(f"Notebook {notebook} has no quiz.", f"There are: {known}.")
    found = _questions(read(path), path.name)
    if len(found) not in QUESTIONS:
        raise CourseError(f"{path.name} has {len(found)} questions.", "Write two or three.")
    parts = enumerate(found, 1)
    return Quiz(notebook, tuple(_question(part, n, notebook, path.name) for n, part in parts))


def plain(text: str) -> str:
    """Return a text without the marks for code and stress, for where there is no HTML."""
    parts = re.split(r"`([^`]+)`", text)
    parts[::2] = (re.sub(r"\*(\S(?:[^*]*\S)?)\*", r"\1", part) for part in parts[::2])
    return "".join(parts)


def _questions(content: dict[str, Any], where: str) -> list[Any]:
    keys(content, {"questions"}, set(), where)
    return _tables(content["questions"], where, "[[questions]]")


def _question(part: dict[str, Any], number: int, notebook: str, file: str) -> Question:
    where = f"{file}, question {number}"
    keys(part, {"text", "choices"}, set(), where)
    tables = _tables(part["choices"], where, "[[questions.choices]]")
    if len(tables) not in CHOICES:
        raise CourseError(f"{where} has {len(tables)} choices.", "Write three or four.")
    choices = tuple(_choice(one, f"{where}, choice {n}") for n, one in enumerate(tables, 1))
    if len({plain(one.text) for one in choices}) < len(choices):
        raise CourseError(f"{where} has two choices alike.", "Let each say something else.")
    right = [n for n, one in enumerate(tables) if one.get("right")]
    if len(right) != 1:
        raise CourseError(
            f"{where} has {len(right)} right choices.", "Write `right = true` into exactly one."
        )
    return Question(f"{notebook}.q{number}", text(part, "text", where), choices, right[0])


def _choice(part: dict[str, Any], where: str) -> Choice:
    keys(part, {"text", "why"}, {"right"}, where)
    if not isinstance(part.get("right", False), bool):
        raise CourseError(f"{where}: `right` is neither true nor false.", "Write `right = true`.")
    return Choice(text(part, "text", where), text(part, "why", where))


def _tables(value: Any, where: str, heading: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise CourseError(
            f"{where}: {heading} isn't a list of tables.", f"Begin each by {heading}."
        )
    return value
