"""Progress of a training as a terminal, a notebook and a log file show it."""

import io
import re
import sys

import pytest

from utils.experiments import progress_line
from utils.experiments.progress_line import TrainingProgress

ROW = {"loss": 1.5, "accuracy": 0.25, "val_loss": 1.75, "val_accuracy": 0.2}


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress_line, "time", clock)
    return clock


class Terminal(io.StringIO):
    def isatty(self):
        return True


def steps(shown, number):
    for _ in range(number):
        shown.step(1.0, 0.5)


def test_a_log_file_gets_a_line_an_epoch_and_one_at_the_end(capsys, clock):
    shown = TrainingProgress("dropout/0.5/seed-0", epochs=2, steps=10)
    clock.now += 5
    steps(shown, 10)
    assert capsys.readouterr().out == ""
    shown.epoch(ROW)
    assert capsys.readouterr().out == (
        "dropout/0.5/seed-0: epoch 1 of 2 · loss 1.500 · accuracy 0.250"
        " · validation: loss 1.750, accuracy 0.200 · 5 s left\n"
    )
    clock.now += 6
    steps(shown, 10)
    shown.epoch(ROW)
    shown.close(ROW, "finished")
    epoch, end = capsys.readouterr().out.splitlines()
    assert "epoch 2 of 2" in epoch and epoch.endswith("0 s left")
    assert end.startswith("dropout/0.5/seed-0: finished, 11 s · loss 1.500")


def test_a_resumed_run_counts_from_where_it_was_and_estimates_by_its_own_pace(capsys, clock):
    shown = TrainingProgress("run", epochs=4, steps=10, done=2)
    clock.now += 3
    steps(shown, 10)
    shown.epoch(ROW)
    line = capsys.readouterr().out
    assert "epoch 3 of 4" in line
    assert "· 3 s left" in line


def test_a_run_that_ends_without_an_epoch_says_how_it_ended(capsys, clock):
    TrainingProgress("run", epochs=2, steps=10).close(None, "diverged")
    assert capsys.readouterr().out == "run: diverged, 0 s\n"


def test_a_terminal_gets_a_bar_with_the_running_means_and_no_line_an_epoch(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    shown = TrainingProgress("run", epochs=1, steps=3)
    steps(shown, 3)
    shown.epoch(ROW)
    shown.close(ROW, "finished")
    seen = sys.stdout.getvalue()
    assert re.search(r"run:\s+100%.* 3/3 ", seen)
    assert "loss 1.000, accuracy 0.500" in seen
    assert seen.count("validation") == 1  # in the last line alone
    assert seen.splitlines()[-1].startswith("run: finished")


def test_a_training_that_breaks_off_leaves_its_bar_on_a_line_of_its_own(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(KeyboardInterrupt), TrainingProgress("run", epochs=1, steps=3) as shown:
        steps(shown, 1)
        raise KeyboardInterrupt
    assert sys.stdout.getvalue().endswith("\n") and shown.bar.disable


def test_a_notebook_gets_one_line_that_is_rewritten():
    outputs = in_kernel(
        "import time\n"
        "from utils.experiments import progress_line\n"
        "progress_line.REFRESH_SECONDS = 0\n"
        "shown = progress_line.TrainingProgress('run', epochs=1, steps=3)\n"
        "for _ in range(3):\n"
        "    time.sleep(0.01)\n"
        "    shown.step(1.0, 0.5)\n"
        f"shown.close({ROW}, 'finished')\n"
    )
    assert [output["output_type"] for output in outputs] == ["display_data"]
    (text,) = outputs[0]["data"].values()
    assert text.startswith("run: finished")


def in_kernel(code: str) -> list[dict]:
    """Return the outputs of a cell with that code, run by a real kernel."""
    from nbformat.v4 import new_code_cell, new_notebook

    from utils import settings
    from utils.jupyter.execute import execute, kernel_environment, run_to_its_end

    notebook = new_notebook(cells=[new_code_cell(code)])
    environment = kernel_environment("smoke", "sample", settings.runs_dir())
    _, failures = run_to_its_end(execute(notebook, settings.ROOT, environment))
    assert failures == []
    return notebook.cells[0].outputs
