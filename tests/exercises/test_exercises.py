"""Every exercise: its solution passes, its stub doesn't, and typical mistakes get their hint.

The typical mistakes stand in wrong_01.py, wrong_02.py and so on:
WRONG = {"01.1": [(a wrong answer, "words of the hint meant for it"), …]}.
"""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from utils import settings
from utils.exercises import evaluate, exercises

HERE = Path(__file__).parent
LESSONS = settings.lessons()


def exercise_ids(lesson: Path) -> list[str]:
    """Return the ids that the lesson's exercise cells check, in order."""
    cells = nbformat.read(lesson, as_version=4).cells
    nodes = (
        node
        for cell in cells
        if "exercise" in cell.metadata.get("tags", [])
        for node in ast.walk(ast.parse(cell.source))
    )
    return [
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "check"
        and isinstance(node.args[0], ast.Constant)
    ]


def wrong_answers(number: str) -> dict[str, list[tuple[Any, str]]]:
    """Return the typical wrong answers of one notebook; none where the file is missing."""
    path = HERE / f"wrong_{number}.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WRONG


EXERCISES = [(lesson, name) for lesson in LESSONS for name in exercise_ids(lesson)]
WRONG = {lesson.stem[:2]: wrong_answers(lesson.stem[:2]) for lesson in LESSONS}
MISTAKES = [
    pytest.param(name, answer, hint, id=f"{name}-mistake-{k}")
    for table in WRONG.values()
    for name, answers in table.items()
    for k, (answer, hint) in enumerate(answers, 1)
]


@cache
def verdicts_of(notebooks: tuple[Path, ...]) -> dict[str, dict[str, Any]]:
    """Return the verdicts on the answers in notebooks' exercise cells, by the notebook's path."""
    environment = os.environ | {"COURSE_PROFILE": "smoke", "MPLBACKEND": "Agg"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(settings.ROOT), environment.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [sys.executable, str(HERE / "answers.py"), *map(str, notebooks)],
        cwd=settings.NOTEBOOKS,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def engine(lesson: Path) -> str:
    """Return what decides TensorFlow's mode: one process holds one engine."""
    return "tflearn" if "tflearn" in lesson.read_text(encoding="utf-8") else ""


def verdicts(notebook: Path) -> dict[str, Any]:
    """Return the verdicts on a notebook's answers; all that share an engine are run at once."""
    mine = engine(settings.NOTEBOOKS / notebook.name)
    lessons = [lesson for lesson in LESSONS if engine(lesson) == mine]
    books = (path for one in lessons for path in (one, one.parent / "solutions" / one.name))
    found = verdicts_of(tuple(books))[str(notebook)]
    assert "raised" not in found, found["raised"]
    return found


def ids(pairs: list[tuple[Path, str]]) -> list[str]:
    return [name for _, name in pairs]


@pytest.mark.parametrize(("lesson", "name"), EXERCISES, ids=ids(EXERCISES))
def test_the_solution_passes(lesson: Path, name: str) -> None:
    verdict = verdicts(lesson.parent / "solutions" / lesson.name)[name]
    assert verdict["passed"], verdict["said"]


@pytest.mark.parametrize(("lesson", "name"), EXERCISES, ids=ids(EXERCISES))
def test_a_function_that_copies_what_the_first_call_wanted_isnt_right(
    lesson: Path, name: str
) -> None:
    verdict = verdicts(lesson.parent / "solutions" / lesson.name)[name]
    if "copied" in verdict:  # the answer is a function
        assert not verdict["copied"] and verdict["calls"] >= 2


@pytest.mark.parametrize(("lesson", "name"), EXERCISES, ids=ids(EXERCISES))
def test_the_untouched_stub_is_not_answered_yet(lesson: Path, name: str) -> None:
    verdict = verdicts(lesson)[name]
    assert not verdict["answered"] and not verdict["passed"], verdict["said"]


@pytest.mark.parametrize(("name", "answer", "hint"), MISTAKES)
def test_a_typical_wrong_answer_gets_the_hint_meant_for_it(
    name: str, answer: Any, hint: str
) -> None:
    verdict = evaluate(name, answer)
    assert verdict.answered and not verdict.passed
    assert hint in f"{verdict.message} {verdict.hint}"


@pytest.mark.parametrize(("lesson", "name"), EXERCISES, ids=ids(EXERCISES))
def test_two_different_mistakes_are_known(lesson: Path, name: str) -> None:
    hints = [hint for _, hint in WRONG[lesson.stem[:2]].get(name, [])]
    assert len(set(hints)) >= 2
    assert all(len(hint) >= 8 for hint in hints), "too short to tell one hint from another"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_exercises_are_those_that_have_a_check(lesson: Path) -> None:
    number = lesson.stem[:2]
    assert tuple(exercise_ids(lesson)) == exercises(number)
    assert set(WRONG[number]) <= set(exercises(number))
