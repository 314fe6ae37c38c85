"""Tables made from parts: each part made once, a lesson's own cells, real data alone."""

import importlib
import inspect
import json
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tools import measuring
from tools.measuring import Lesson, measure, real_data
from utils import settings
from utils.errors import CourseError
from utils.experiments.measured import Measured, read_measured
from utils.settings import ROOT

SCRIPTS = sorted(path.stem for path in (ROOT / "tools" / "reference").glob("*.py"))
TABLES = ROOT / "data" / "reference"


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Have tables land in a folder, which is returned, and parts be kept beside it."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    folder = tmp_path / "tables"
    monkeypatch.setattr(
        measuring, "write_measured", partial(measuring.write_measured, folder=folder)
    )
    return folder


class Parts:
    """Two parts that count how often they are made; the second fails until it is mended."""

    def __init__(self):
        self.made, self.mended = [], False

    def part(self, seed):
        self.made.append(seed)
        if seed == 1 and not self.mended:
            raise KeyboardInterrupt
        return [Measured("loss", seed, seed / 2)]

    def measure(self, **more):
        parts = {f"seed {seed}": partial(self.part, seed) for seed in (0, 1)}
        measure("table", parts, **more)


def test_after_an_interruption_only_what_is_missing_is_made(tables, capsys):
    parts = Parts()
    with pytest.raises(KeyboardInterrupt):
        parts.measure()
    assert not (tables / "table.csv").exists()
    parts.mended = True
    parts.measure()
    assert parts.made == [0, 1, 1]
    assert "seed 0: kept" in capsys.readouterr().out
    assert read_measured("table", tables) == [("loss", 0, 0.0), ("loss", 1, 0.5)]
    parts.measure()
    assert parts.made == [0, 1, 1]


def test_parts_are_made_anew_when_a_cell_of_the_lesson_has_changed(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    parts, lesson = Parts(), Lesson("lesson", ("cell",))
    parts.mended = True
    for source in ("x = 1", "x = 1", "x = 2"):
        write_lesson(tmp_path, cell=source)
        parts.measure(lessons=(lesson,))
    assert parts.made == [0, 1, 0, 1]


def test_what_is_of_use_to_the_last_step_alone_stays_out_of_the_table(tables):
    parts = Parts()
    parts.mended = True
    parts.measure(finish=lambda rows: [Measured("sum", None, sum(row.value for row in rows))])
    assert read_measured("table", tables) == [("sum", None, 0.5)]


def test_beside_the_numbers_stands_what_they_were_measured_on_and_nothing_private(tables):
    parts = Parts()
    parts.mended = True
    parts.measure()
    text = (tables / "table.json").read_text(encoding="utf-8")
    about = json.loads(text)
    assert about["command"] == "course reference table" and about["threads"] >= 1
    assert about["machine"].endswith("cores") and about["seeds"] == [0, 1]
    assert {"tensorflow", "keras", "numpy", "python"} <= set(about["versions"])
    assert socket.gethostname() not in text and str(ROOT) not in text


def write_lesson(folder: Path, **cells: str) -> None:
    code = [{"id": one, "cell_type": "code", "source": text} for one, text in cells.items()]
    (folder / "lesson.ipynb").write_text(json.dumps({"cells": code}), encoding="utf-8")


def test_a_lessons_cells_run_with_another_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    write_lesson(tmp_path, one="seed = 0\nprint('much')", other="found = seed + 1")
    lesson = Lesson("lesson", ("one", "other"), {"one": (("seed = 0", "seed = {seed}"),)})
    assert lesson.run("one", "other", {}, seed=7)["found"] == 8


def test_the_source_of_a_lessons_function_can_be_read_as_in_a_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    source = "def step(x):\n    return x + 1\n"
    write_lesson(tmp_path, one=source)
    step = Lesson("lesson", ("one",)).run("one", "one", {})["step"]
    assert inspect.getsource(step) == source


@pytest.mark.parametrize(
    "lesson",
    [Lesson("lesson", ("gone",)), Lesson("lesson", ("one",), {"one": (("seed = 1", ""),)})],
)
def test_a_cell_that_has_gone_or_changed_is_named(tmp_path, monkeypatch, lesson):
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    write_lesson(tmp_path, one="seed = 0")
    with pytest.raises(CourseError, match=r"lesson\.ipynb has changed: no cell (gone|one) that"):
        lesson.sources()


# The scripts

LESSONS = [
    pytest.param(lesson, id=f"{name}-{lesson.name}")
    for name in SCRIPTS
    if "Lesson(" in (ROOT / "tools" / "reference" / f"{name}.py").read_text(encoding="utf-8")
    for lesson in vars(importlib.import_module(f"tools.reference.{name}")).values()
    if isinstance(lesson, Lesson)
]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_that_a_script_executes_is_in_its_lesson_as_the_script_expects(lesson):
    sources = lesson.sources()
    for one, changes in lesson.changes.items():
        assert all(sources[one].count(old) == 1 for old, _ in changes)


def test_the_scripts_of_lessons_were_found():
    assert len(LESSONS) >= 6


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.name)
def test_every_table_has_a_script_and_says_on_what_it_was_measured(path):
    assert path.stem in SCRIPTS
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for one in about.get("runs", [about]):
        assert {"machine", "versions"} <= set(one) and "dataset" in about
    if "command" in about:
        assert about["command"] == f"course reference {path.stem}"
        assert read_measured(path.stem)


@pytest.mark.parametrize(
    "name", ["mnist", "cats_dogs", "three_classes", "mnist_cnn", "mnist_dense"]
)
def test_a_script_refuses_the_sample_before_anything_is_trained(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", f"tools.reference.{name}"], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"COURSE_DATA_SOURCE": "sample", "COURSE_BUILD": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.strip() == (
        "COURSE_DATA_SOURCE is 'sample', and the lessons' numbers are those of real data. Unset it."
    )


def test_real_data_that_is_not_here_is_not_fetched_but_named(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(settings, "own_dir", lambda: tmp_path)
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    with pytest.raises(CourseError, match="Fetch it: course data fetch cats_dogs"):
        real_data("cats_dogs")


def test_pictures_that_every_seed_misreads_are_counted_and_no_seeds_own_list_is_written():
    from tools.reference.cats_dogs import finish

    wrong = {0: (3, 5, 8), 1: (3, 8), 2: (1, 3, 8)}
    rows = [Measured(f"_{n}", seed, 1) for seed, numbers in wrong.items() for n in numbers]
    shown = [Measured("misread", seed, len(numbers)) for seed, numbers in wrong.items()]
    assert finish([*rows, *shown]) == [*shown, Measured("misread_by_all_seeds", None, 2)]
