"""The choices, which are plain data: each mistake gets its hint, a broken file is one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from utils import settings
from utils.errors import CourseError
from utils.exercises import Unanswered, Wrong, evaluate, exercises
from utils.exercises.toml_tables import read
from utils.exercises.written import EXERCISES, written

FILES = sorted(EXERCISES.iterdir())
TABLES = {name: table for path in FILES for name, table in read(path).items()}
SLIPS = [
    pytest.param(name, option, hint, id=f"{name}-{option}")
    for name, table in TABLES.items()
    for option, hint in table["options"].items()
]

CHOICE = '["01.2"]\nright = "b"\nhint = "a or b."\nmore = "Try both."\n'
CHOICE += '["01.2".options]\na = "Not a."\n'


def checkers(folder: Path, content: str) -> dict[str, Any]:
    (folder / "01.toml").write_text(content, encoding="utf-8")
    return {name: checker for name, (checker, _, _) in written("01", folder).items()}


def test_every_file_belongs_to_a_notebook_and_its_exercises_are_known():
    lessons = {path.stem[:2] for path in settings.lessons()}
    assert {path.name for path in FILES} <= {f"{number}.toml" for number in lessons}
    assert set(TABLES) <= set(exercises())


@pytest.mark.parametrize("name", TABLES)
def test_the_written_answer_is_right(name):
    assert evaluate(name, TABLES[name]["right"]).passed


@pytest.mark.parametrize(("name", "answer", "hint"), SLIPS)
def test_each_written_mistake_is_wrong_and_gets_its_own_hint(name, answer, hint):
    verdict = evaluate(name, answer)
    assert verdict.answered and not verdict.passed
    assert verdict.hint == hint


def test_a_choice_is_compared_by_what_the_table_holds(tmp_path):
    checker = checkers(tmp_path, CHOICE)["01.2"]
    checker("B")
    with pytest.raises(Wrong) as wrong:
        checker("a")
    assert wrong.value.hint == "Not a."
    with pytest.raises(Unanswered, match="Choose one of 'a', 'b'"):
        checker(None)
    assert written("01", tmp_path)["01.2"][1:] == ("a or b.", "Try both.")


def test_a_notebook_without_a_file_has_no_written_exercises(tmp_path):
    assert written("01", tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('["01.2"', "01.toml can't be read as TOML"),
        (CHOICE.replace("01.2", "02.2"), "01.toml: '02.2' is not the id of an exercise of this"),
        (CHOICE.replace('"01.2"', "01.2"), "01.toml: '01' is not the id of an exercise"),
        ('"01.2" = 2', "01.toml, 01.2 isn't a table"),
        (CHOICE.replace("right", "answer"), "01.toml, 01.2 has no `right`"),
        (CHOICE.replace("more", "extra"), "01.toml, 01.2 has no `more`"),
        ("extra".join(CHOICE.rsplit('["01.2".options]\na', 1)), "01.2 has no `options`"),
        (
            CHOICE.replace("right", "extra = 1\nright"),
            "01.2 has an unknown `extra`. Known are: hint,",
        ),
        (CHOICE.replace('"b"', "2"), "01.toml, 01.2: `right` isn't a text"),
        (CHOICE.replace('"a or b."', "2"), "01.toml, 01.2: `hint` isn't a text"),
        (CHOICE.replace("Try", "`Try"), "01.2: `more` has an odd number of backticks"),
        (CHOICE.replace("a = ", "b = "), "01.toml, 01.2: `options` isn't a table of the wrong"),
        (CHOICE.replace('a = "Not a."', ""), "01.toml, 01.2: `options` isn't a table of the"),
        (CHOICE.replace('"Not a."', "3"), "01.toml, 01.2: `a` isn't a text"),
    ],
)
def test_a_broken_file_is_one_sentence_that_names_file_and_exercise(tmp_path, content, said):
    with pytest.raises(CourseError) as raised:
        checkers(tmp_path, content)
    assert said in str(raised.value)
    assert raised.value.remedy and "\n" not in str(raised.value)


def test_an_exercise_that_is_written_and_programmed_is_one_sentence_in_the_box(tmp_path):
    (tmp_path / "data" / "exercises").mkdir(parents=True)
    content = CHOICE.replace("01.2", "01.1") + CHOICE.replace("01.2", "01.9")
    (tmp_path / "data" / "exercises" / "01.toml").write_text(content, encoding="utf-8")
    program = (
        "from pathlib import Path; from utils import settings; settings.ROOT = Path(r'%s')\n"
        "from utils.exercises import check; check('01.1', 'b')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program % tmp_path],
        env=os.environ | {"COURSE_STRICT": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    said = "01.toml: exercise 01.1 is registered in utils.exercises.checks.nb01 already."
    assert said in " ".join(done.stdout.split())
