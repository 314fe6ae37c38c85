"""The `course` command as a person uses it: its output and its exit codes."""

import os
import subprocess
import sys

import pytest
from course import course
from tiny import TINY, tiny_dataset

from utils.settings import ROOT


def process(*arguments, **environment):
    """Run `course …` as a process of its own; return it when it has ended."""
    return subprocess.run(
        [sys.executable, "-m", "utils.cli", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "depth"], "There is no study 'depth'. Choose one of: layers, dropout"),
        (["train", "dropout", "--variant", "0.9"], "There is no variant of dropout '0.9'"),
        (["train", "dropout", "--profile", "huge"], "'huge', which is not one of smoke, quick"),
        (["train", "dropout", "--data", "fake"], "'fake', which is not one of auto, real, sample"),
        (["compare", "depth"], "There is no study 'depth'"),
        (["compare"], "holds no runs"),
        (["run", "--only", "77"], "77"),
        (["data", "fetch", "imagenet"], "imagenet"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_exit_1(tmp_path, arguments, said):
    done = course(*arguments, COURSE_RUNS=str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert done.stderr.startswith("course: ") and said in done.stderr


def test_bad_input_ends_the_process_itself_with_one_sentence_and_exit_1(tmp_path):
    done = process("compare", COURSE_RUNS=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: ") and done.stderr.count("\n") == 1
    assert "holds no runs" in done.stderr


def test_a_data_folder_that_is_not_there_is_named():
    done = course("train", "dropout", COURSE_DATA="/nowhere/data")
    assert done.returncode == 1 and "/nowhere/data, which is not a folder" in done.stderr


def test_a_study_is_trained_skipped_and_compared(tmp_path):
    """On the sample, so that it runs anywhere; each run is named for what it is."""
    options = ["--seeds", 2, "--profile", "smoke", "--data", "sample", "--runs", tmp_path / "runs"]
    first = process("train", "dropout", "--variant", "0", "--variant", "0.5", *options)
    assert first.returncode == 0, first.stderr
    assert "dropout/0@smoke-sample/seed-1: finished" in first.stdout
    again = course("train", "dropout", "--variant", "0", *options)
    assert "dropout/0@smoke-sample/seed-1: finished before, skipped" in again.stdout
    page = tmp_path / "page.html"
    table = course("compare", "dropout", "--runs", tmp_path / "runs", "-o", page)
    assert table.returncode == 0, table.stderr
    assert "0@smoke-sample" in table.stdout and "0.5@smoke-sample" in table.stdout
    assert "±" in table.stdout
    html = page.read_text(encoding="utf-8")
    assert "<img" in html and "alt=" in html


def test_a_diverged_run_is_said_so(tmp_path):
    """A run whose loss turns infinite is a result, not a crash."""
    from dataclasses import replace

    from utils.experiments.training import train

    config = replace(TINY, optimizer="sgd", learning_rate=1e30)
    folder = tmp_path / "learning_rate/huge/seed-0"
    train(config, tiny_dataset(), folder, study="learning_rate", variant="huge")
    done = course("compare", "learning_rate", "--runs", tmp_path, "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "diverged" in done.stdout


def test_help_needs_no_tensorflow():
    code = "import sys, utils.cli.main; sys.exit(bool({'tensorflow', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
