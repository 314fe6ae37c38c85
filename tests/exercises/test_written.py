"""The exercises that are plain data: each mistake gets its hint, a broken file is one sentence."""

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
    pytest.param(name, answer, hint, id=f"{name}-{n}")
    for name, table in TABLES.items()
    for n, (answer, hint) in enumerate(table.get("mistakes", table.get("options", {}).items()), 1)
]

NUMBER = '["01.1"]\nanswer = 2\nname = "It"\nhint = "Count."\nmistakes = [[1, "One more."]]\n'
CHOICE = '["01.2"]\nright = "b"\nhint = "a or b."\n["01.2".options]\na = "Not a."\n'
ROWS = NUMBER.replace("[1, ", "[[[1, 2], [3, 0]], ").replace("= 2", "= [[1, 2], [3, 4]]")


def checkers(folder: Path, content: str) -> dict[str, Any]:
    (folder / "01.toml").write_text(content, encoding="utf-8")
    return written("01", folder)


def test_every_file_belongs_to_a_notebook_and_its_exercises_are_known():
    lessons = {path.stem[:2] for path in settings.lessons()}
    assert {path.name for path in FILES} <= {f"{number}.toml" for number in lessons}
    assert set(TABLES) <= set(exercises())


@pytest.mark.parametrize("name", TABLES)
def test_the_written_answer_is_right(name):
    assert evaluate(name, TABLES[name].get("answer", TABLES[name].get("right"))).passed


@pytest.mark.parametrize(("name", "answer", "hint"), SLIPS)
def test_each_written_mistake_is_wrong_and_gets_its_own_hint(name, answer, hint):
    verdict = evaluate(name, answer)
    assert verdict.answered and not verdict.passed
    assert verdict.hint == hint


def test_a_notebook_needs_no_module_where_all_its_exercises_are_written():
    assert not (Path(settings.ROOT) / "utils/exercises/checks/nb13.py").exists()
    assert exercises("13") == ("13.1", "13.2", "13.3")


def test_a_number_rows_and_a_choice_are_compared_by_what_the_table_holds(tmp_path):
    both = checkers(tmp_path, NUMBER + CHOICE)
    both["01.1"](2)
    both["01.2"]("B")
    for name, answer, hint in [
        ("01.1", 1, "One more."),
        ("01.1", 7, "Count."),
        ("01.2", "a", "Not a."),
    ]:
        with pytest.raises(Wrong) as wrong:
            both[name](answer)
        assert wrong.value.hint == hint
    with pytest.raises(Unanswered, match="It is still to be filled in"):
        both["01.1"](None)
    rows = checkers(tmp_path, ROWS)["01.1"]
    rows([[1, 2], [3, 4]])
    with pytest.raises(Wrong, match="1 of 4 values differ") as wrong:
        rows([[1, 2], [3, 0]])
    assert wrong.value.hint == "One more."


def test_the_tolerance_is_a_millionth_where_none_is_written(tmp_path):
    with pytest.raises(Wrong):
        checkers(tmp_path, NUMBER)["01.1"](2.4)
    checkers(tmp_path, NUMBER + "tolerance = 0.5")["01.1"](2.4)


def test_a_notebook_without_a_file_has_no_written_exercises(tmp_path):
    assert written("01", tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('["01.1"', "01.toml can't be read as TOML"),
        (NUMBER.replace("01.1", "02.1"), "01.toml: '02.1' is not the id of an exercise of this"),
        (NUMBER.replace('"01.1"', "01.1"), "01.toml: '01' is not the id of an exercise"),
        ('"01.1" = 2', "01.toml, 01.1 isn't a table"),
        (NUMBER.replace("name", "title"), "01.toml, 01.1 has no `name`"),
        (NUMBER + "right = true", "01.toml, 01.1 has no `options`"),
        (NUMBER + "extra = 1", "01.toml, 01.1 has an unknown `extra`. Known are: answer, hint,"),
        (NUMBER.replace("= 2", '= "2"'), "01.toml, 01.1: `answer` isn't a number"),
        (NUMBER.replace("= 2", "= true"), "01.toml, 01.1: `answer` isn't a number"),
        (NUMBER.replace("= 2", "= [[1, 2], [3]]"), "01.toml, 01.1: `answer` isn't a number"),
        (NUMBER + "tolerance = -1", "01.toml, 01.1: `tolerance` isn't a number from 0 on"),
        (NUMBER + "tolerance = [1]", "01.toml, 01.1: `tolerance` isn't a number from 0 on"),
        (NUMBER + "tolerance = nan", "01.toml, 01.1: `tolerance` isn't a number from 0 on"),
        (NUMBER.replace('[[1, "One more."]]', "3"), "01.toml, 01.1: `mistakes` isn't a list"),
        (NUMBER.replace('[1, "One more."]', "1"), "01.toml, 01.1, mistake 1 isn't a pair"),
        (NUMBER.replace('[1, "One more."]', "[1]"), "01.toml, 01.1, mistake 1 isn't a pair"),
        (NUMBER.replace("[1,", '["1",'), "01.toml, 01.1, mistake 1 isn't a number"),
        (NUMBER.replace('"One more."', "2"), "01.toml, 01.1, mistake 1: `hint` isn't a text"),
        (NUMBER.replace("One more", "`One"), "mistake 1: `hint` has an odd number of backticks"),
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
    content = NUMBER + NUMBER.replace("01.1", "01.9")
    (tmp_path / "data" / "exercises" / "01.toml").write_text(content, encoding="utf-8")
    program = (
        "from pathlib import Path; from utils import settings; settings.ROOT = Path(r'%s')\n"
        "from utils.exercises import check; check('01.1', 2)"
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
