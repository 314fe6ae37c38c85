"""`course reference`: the list of tables, and a table's script run as a process of its own."""

import datetime
import json

import pytest
from typer.testing import CliRunner

from utils import settings
from utils.cli.main import app
from utils.errors import CourseError
from utils.settings import ROOT

SCRIPT = '''"""Says what it was handed."""

import sys
from pathlib import Path

Path("said").write_text(" ".join(sys.argv[1:]))
sys.exit(3)
'''


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a course of one script and one table."""
    (tmp_path / "tools" / "reference").mkdir(parents=True)
    (tmp_path / "tools" / "reference" / "echo.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "data" / "reference").mkdir(parents=True)
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def reference(*words):
    return CliRunner().invoke(app, ["reference", *words])


def test_a_script_runs_in_the_courses_folder_with_what_follows_its_name(root):
    done = reference("echo", "--save", "build/runs", "two words")
    assert done.exit_code == 3
    assert (root / "said").read_text() == "--save build/runs two words"


@pytest.mark.parametrize(
    ("record", "age"),
    [
        (None, "not made yet"),
        ({}, "undated"),
        ({"date": "today"}, "of today"),
        ({"date": "yesterday"}, "1 day old"),
        ({"ended": "2026-01-01T23:08:57+00:00"}, "days old"),
    ],
)
def test_the_list_says_what_each_table_is_for_and_how_old_it_is(root, record, age):
    today = datetime.datetime.now(datetime.UTC).date()
    days = {"today": today, "yesterday": today - datetime.timedelta(days=1)}
    if record is not None:
        record = {key: str(days.get(value, value)) for key, value in record.items()}
        path = root / "data" / "reference" / "echo.json"
        path.write_text(json.dumps(record), encoding="utf-8")
    done = reference()
    assert done.exit_code == 0
    assert done.output.startswith("echo  ") and age in done.output
    assert done.output.rstrip().endswith("Says what it was handed.")


def test_the_list_names_the_courses_own_scripts_and_a_networks_day():
    lines = {line.split()[0]: line for line in reference().output.splitlines()}
    assert set(lines) == {path.stem for path in (ROOT / "tools" / "reference").glob("*.py")}
    assert "not made yet" not in lines["mnist_dense"] and "day" in lines["mnist_dense"]


def test_a_name_that_no_script_has_is_answered_by_those_that_there_are(root):
    error = reference("nothing").exception
    assert isinstance(error, CourseError)
    assert "'nothing'" in error.problem and error.remedy == "Choose one of: echo."


def test_where_the_scripts_are_not_installed_that_is_said(root):
    (root / "tools" / "reference" / "echo.py").unlink()
    for words in ((), ("echo",)):
        error = reference(*words).exception
        assert isinstance(error, CourseError)
        assert "aren't here" in error.problem and "clone" in error.remedy


def test_the_command_is_not_in_the_learners_help():
    assert "reference" not in CliRunner().invoke(app, ["--help"]).output
