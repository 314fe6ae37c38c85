"""`course ladder` as people type it: with runs and without, in any terminal, on a damaged table."""

import os
import pty
import re
import subprocess
import sys

import pytest
from course import course
from made_runs import made_rows, make_run
from reference_ladder import made_ladder

from utils import settings
from utils.experiments import ladder_board

FINALS = {"start": {0: 0.62, 1: 0.63}, "all-pictures": {0: 0.70, 1: 0.72}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = made_ladder(tmp_path / "reference", FINALS)
    monkeypatch.setattr(ladder_board, "REFERENCE", folder)
    return folder


def process(folder, root, *words):
    """Return a command for a process of its own, which reads the made table."""
    code = f"""
import sys
from pathlib import Path
from utils.experiments import ladder_board
ladder_board.REFERENCE = Path({str(folder)!r})
sys.argv = ["course", "ladder", "--runs", {str(root)!r}, *{words!r}]
from utils.cli.main import main
main()
"""
    return [sys.executable, "-c", code]


def test_rungs_and_own_runs_are_printed_the_most_accurate_first(folder, tmp_path):
    make_run(tmp_path / "runs", "dropout/0/seed-0", made_rows(0.66))
    make_run(tmp_path / "runs", "layers/one-set/seed-0", made_rows(0.5), status="running")
    done = course("ladder", "--runs", tmp_path / "runs")
    assert done.returncode == 0 and done.stderr == ""
    names = re.findall(r"^\| ([a-z].*?) \|", done.stdout, re.MULTILINE)
    assert names[:3] == names[3:] == ["all-pictures", "yours: dropout/0", "start"]
    assert "1 run of yours has no place, not finished yet: layers/one-set/seed-0." in done.stdout
    one = course("ladder", "layers", "--runs", tmp_path / "runs").stdout
    assert "dropout" not in one and "layers/one-set/seed-0" in one


def test_what_can_not_be_shown_is_one_sentence(folder, tmp_path):
    (tmp_path / "file").write_text("")
    wrong = course("ladder", "--runs", tmp_path / "file")
    assert wrong.returncode == 1
    assert wrong.stderr == f"course: {tmp_path}/file isn't a folder. Give a folder as --runs.\n"
    unknown = course("ladder", "nothing")
    assert unknown.returncode == 1 and "There is no study 'nothing'." in unknown.stderr
    empty = course("ladder", "--runs", tmp_path / "none")
    assert empty.returncode == 0 and "You have no runs yet in" in empty.stdout
    (folder / "ladder.csv").unlink()
    missing = course("ladder")
    assert missing.returncode == 1 and missing.stderr.count("\n") == 1
    assert "ladder.csv is missing. Restore it with `git checkout data/reference`." in missing.stderr


def test_a_system_that_speaks_ascii_alone_shows_the_board(folder, tmp_path):
    make_run(tmp_path / "runs", "dropout/0/seed-0", made_rows(0.66))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        process(folder, tmp_path / "runs"), capture_output=True, cwd=settings.ROOT,
        env=os.environ | ascii_only | {"PYTHONIOENCODING": "ascii"}, check=True,
    )  # fmt: skip
    said = done.stdout.decode("ascii")
    assert "| start | 0.625 +/- 0.064 | 2 | - |" in said and "Pictures x epochs" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
@pytest.mark.parametrize("columns", [36, 200])
def test_a_terminal_of_few_columns_gets_lines_that_fit(folder, tmp_path, columns):
    make_run(tmp_path / "runs", "dropout/0/seed-0", made_rows(0.66))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        process(folder, tmp_path / "runs", "dropout"), stdout=theirs, cwd=settings.ROOT,
        env=os.environ | {"COLUMNS": str(columns)},
    ):  # fmt: skip
        os.close(theirs)
        said = b""
        while b"play no" not in said or not said.endswith(b"\n"):
            said += os.read(ours, 4096)
    os.close(ours)
    lines = said.decode().splitlines()
    assert ("| start |" in said.decode()) == (columns == 200)
    assert columns == 200 or max(map(len, lines)) <= columns
    assert any(line.startswith("yours: dropout/0") for line in lines) or columns == 200
