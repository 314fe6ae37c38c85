"""`course progress` as a person uses it: its output and its exit codes."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from course import course as any_course

from utils import settings
from utils.exercises import exercises
from utils.exercises.progress import COLUMNS, record
from utils.exercises.quizzes import load_quiz, quiz_numbers

LESSONS = settings.lessons()
NUMBERS = [path.stem[:2] for path in LESSONS]
CHECKS = [name for number in NUMBERS for name in exercises(number)]
QUIZZES = [one.name for number in NUMBERS for one in load_quiz(number).questions]


def course(*arguments, **environment):
    """Run `course progress …` in this process."""
    return any_course("progress", *arguments, **environment)


def process(*arguments):
    """Run `course progress …` as a process of its own that writes UTF-8."""
    return subprocess.run(
        [sys.executable, "-m", "utils.cli", "progress", *map(str, arguments)],
        capture_output=True, text=True, cwd=settings.ROOT, encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def some_progress():
    record("notebook", "01", True)
    record("exercise", "01.1", False)
    record("exercise", "01.1", True)
    record("exercise", "01.2", False)
    record("quiz", "01.q1", True)


def test_without_a_file_it_says_how_to_begin():
    done = course()
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("Nothing is recorded yet. Run a notebook to its quiz")
    assert str(settings.progress_path()) in done.stdout


def test_the_table_has_a_line_a_lesson_a_total_and_the_place_of_the_file(some_progress):
    record("reading", "01", True, cells=[], of=31)
    record("reading", "01", True, cells=["setup", "gate"], of=31)
    record("reading", "01", True, cells=["gate", "xor"], of=31)
    done = process()
    assert done.returncode == 0 and done.stderr == ""
    heading, *lines, total, empty, place = done.stdout.splitlines()
    columns = re.split(r"\s{2,}", heading)
    assert columns == ["lesson", "opened", "by hand", "ran to its quiz", "exercises", "tries",
                       "quiz", "tries"]  # fmt: skip
    assert max(map(len, done.stdout.splitlines()[:-1])) < 100
    assert [line.split()[0] for line in lines] == [path.stem for path in LESSONS]
    of = len(exercises("01")), len(load_quiz("01").questions)
    _, date, by_hand, ran, *rest = lines[0].split()
    assert (len(date), by_hand, ran) == (10, "3/31", "yes")
    assert rest == [f"1/{of[0]}", "2.0", f"1/{of[1]}", "1.0"]
    assert lines[1].split()[1:4] == ["–", "–", "–"] and lines[1].split()[5] == "–"
    assert total.split() == [
        "total", f"1/{len(LESSONS)}", "3", f"1/{len(LESSONS)}", f"1/{len(CHECKS)}", "2.0",
        f"1/{len(QUIZZES)}", "1.0",
    ]  # fmt: skip
    assert (empty, place) == ("", f"Recorded in {settings.progress_path()}")


def test_a_lesson_that_ran_all_at_once_shows_no_cell_by_hand():
    record("reading", "06", True, cells=[], of=40)
    record("notebook", "06", True)
    line = course().stdout.splitlines()[6]
    assert line.split()[2:4] == ["0/40", "yes"]


def test_an_export_says_when_a_lesson_was_opened_and_whose_numbers_an_exercise_had(tmp_path):
    record("reading", "14", True, cells=[], of=20)
    record("reading", "14", True, cells=["a", "b"], of=20)
    record("exercise", "14.2", False, learner="ada")
    record("exercise", "14.2", True, learner="=ada")
    record("exercise", "14.1", True)
    assert course("--export", tmp_path / "a.csv").returncode == 0
    by_name = {row["name"]: row for row in rows(tmp_path / "a.csv")}
    assert tuple(by_name["14"])[:7] == COLUMNS[:7]  # as they were, others behind them
    assert COLUMNS[:7] == ("learner", "notebook", "kind", "name", "done", "first_done", "attempts")
    assert (by_name["14"]["by_hand"], by_name["14"]["cells"]) == ("2", "20")
    assert by_name["14"]["first_opened"] == by_name["14"]["last_opened"] != ""
    assert by_name["13"]["by_hand"] == by_name["13"]["first_opened"] == ""
    assert (by_name["14.2"]["numbers_of"], by_name["14.2"]["attempts"]) == ("'=ada", "2")
    assert by_name["14.1"]["numbers_of"] == by_name["14.3"]["numbers_of"] == ""


def test_lines_that_are_skipped_are_said(some_progress):
    path = settings.progress_path()
    with path.open("ab") as file:
        file.write(b'{"version": 3, "kind": "a", "name": "b"}\n{"cut')
    done = course()
    assert done.returncode == 0 and done.stderr == ""
    last = done.stdout.splitlines()[-1]
    assert last == (
        "2 lines were skipped in progress.jsonl: line 6 is of version 3; line 7 can't be read."
    )


def test_an_export_has_every_notebook_exercise_and_question(some_progress, tmp_path):
    path = tmp_path / "anna.csv"
    done = process("--export", path, "--learner", "Ánna")
    assert done.returncode == 0 and done.stderr == ""
    table = rows(path)
    assert tuple(table[0]) == COLUMNS
    assert done.stdout == f"{path}: {len(table)} rows, 3 done\n"
    assert {row["learner"] for row in table} == {"Ánna"}
    names = [row["name"] for row in table]
    assert sorted(names) == sorted([*NUMBERS, *CHECKS, *QUIZZES])
    by_name = {
        row["name"]: (row["done"], row["attempts"], bool(row["first_done"])) for row in table
    }
    assert by_name["01"] == ("yes", "1", True) and by_name["02"] == ("no", "0", False)
    assert by_name["01.1"] == ("yes", "2", True) and by_name["01.2"] == ("no", "1", False)
    assert by_name["01.q1"] == ("yes", "1", True) and by_name["01.q2"] == ("no", "0", False)
    stems = {path.stem[:2]: path.stem for path in LESSONS}
    assert all(row["notebook"] == stems[row["name"][:2]] for row in table)


def test_an_export_of_nothing_is_a_table_with_nothing_done(tmp_path):
    done = course("--export", tmp_path / "a.csv")
    assert done.returncode == 0 and ", 0 done" in done.stdout
    assert {row["done"] for row in rows(tmp_path / "a.csv")} == {"no"}


def test_an_export_overwrites_only_by_force(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("mine")
    done = course("--export", path)
    assert done.returncode == 1 and "--force" in done.stderr and path.read_text() == "mine"
    assert course("--export", path, "--force").returncode == 0
    assert rows(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--export", Path("nowhere/at/a.csv")],
            f"There is no folder {settings.ROOT / 'nowhere' / 'at'}.",
        ),
        (["--export", "a.txt"], "a.txt doesn't end in .csv."),
        (["--learner", "Anna"], "--learner and --force belong to --export."),
        (["--force"], "--learner and --force belong to --export."),
    ],
)
def test_bad_input_is_one_sentence_and_exit_1(arguments, said):
    done = course(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: ") and said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_where_recording_is_off_that_is_said():
    done = course(COURSE_PROGRESS="off")
    assert done.returncode == 1 and "COURSE_PROGRESS is off" in done.stderr


def test_a_quiz_for_every_notebook_is_counted():
    assert set(NUMBERS) <= set(quiz_numbers())
