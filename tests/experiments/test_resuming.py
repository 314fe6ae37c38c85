"""A training that is cut off, at any moment, and goes on: for real on a tiny network."""

import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from test_training import ROOT, steps_of
from tiny import TINY, tiny_dataset

from utils.errors import CourseError
from utils.experiments import training
from utils.experiments.run_folder import read_record
from utils.networks.tflearn_cnn.session import CnnSession


def measured(record):
    """Return what a run's epochs measured, all but the time they took."""
    return [{key: row[key] for key in row if key not in ("seconds", "wall_time")}
            for row in record["history"]]  # fmt: skip


def variables(run_dir):
    """Return all that a run's last checkpoint holds."""
    reader = tf.train.load_checkpoint(
        str(run_dir / "checkpoint" / read_record(run_dir)["checkpoint"])
    )
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def cut_off_in_the_middle_of(epoch, config, run_dir):
    """Train until Ctrl-C comes in the middle of an epoch's steps."""
    steps, step = [], CnnSession.step

    def interrupted(network, images, labels, rate):
        steps.append(1)
        if len(steps) == 2 + 3 * (epoch - 1 - done):
            raise KeyboardInterrupt
        return step(network, images, labels, rate)

    done = len((read_record(run_dir) or {"history": []})["history"])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(CnnSession, "step", interrupted)
        training.train(config, tiny_dataset(), run_dir)


# Each has its own: what it draws, what it measures beside its weights, what it keeps a mean of.
KINDS = {
    "auto": {},
    "float32": {"precision": "float32"},
    "all that sets can have": {
        "layers": ((4, 4),), "batch_norm": True, "shortcut": True, "global_pooling": True,
        "crop": 4, "schedule": "cosine", "average": 0.9, "optimizer": "momentum",
    },
    "nin, which drops twice": {"network": "nin", "layers": ((4, 4), (4, 4), (4,))},
    "densenet": {"network": "densenet", "layers": ((4, 4),) * 3},
    "resnet": {"network": "resnet", "layers": ((4, 4), (8, 8)), "dropout": 0.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_cut_off_comes_to_the_numbers_of_one_that_never_was(tmp_path, kind):
    """Dropout, flip and rotation on, a last batch that is smaller, cut off three times."""
    config = replace(TINY, batch_size=48, epochs=6, **KINDS[kind])
    assert (config.dropout or kind == "resnet") and config.flip and config.rotation
    whole = train_to(5, config, tmp_path / "whole")
    train_to(1, config, tmp_path / "cut")
    cut_off_in_the_middle_of(3, config, tmp_path / "cut")
    cut_off_in_the_middle_of(4, config, tmp_path / "cut")
    cut = train_to(5, config, tmp_path / "cut")
    assert measured(cut) == measured(whole)
    kept, wanted = variables(tmp_path / "cut"), variables(tmp_path / "whole")
    assert any(re.search("Adam|Momentum", name) for name in kept) and kept.keys() == wanted.keys()
    assert all(np.array_equal(kept[name], wanted[name]) for name in kept)


def train_to(epoch, config, run_dir):
    """Train a run up to an epoch, and stop it there."""
    seen = []
    return training.train(
        config, tiny_dataset(), run_dir, on_epoch=seen.append,
        should_stop=lambda: len(seen[-1]["history"]) >= epoch,
    )  # fmt: skip


SCRIPT = """
import sys
sys.path.insert(0, "tests")
from pathlib import Path
from tiny import TINY, tiny_dataset
from dataclasses import replace
from utils.experiments.training import train
def say(record):
    epoch = len(record["history"])
    print("epoch", epoch, flush=True)
    if epoch == 6:  # it isn't over before it is killed, however slow the other process is
        sys.stdin.read()
train(replace(TINY, epochs=6), tiny_dataset(), Path(sys.argv[1]), on_epoch=say)
"""


@pytest.mark.parametrize("killed_after", [2, 5, 6])
def test_a_killed_run_resumes_with_no_epoch_lost_or_doubled(tmp_path, killed_after):
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path / "run")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    for line in child.stdout:
        if line.startswith(f"epoch {killed_after}"):
            child.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            break
    child.wait()
    child.stdin.close()
    child.stdout.close()
    cut = read_record(tmp_path / "run")
    assert cut["status"] == "running" and len(cut["history"]) >= killed_after
    config = replace(TINY, epochs=6)
    record = training.train(config, tiny_dataset(), tmp_path / "run")
    assert record["history"][: len(cut["history"])] == cut["history"]
    assert [row["epoch"] for row in record["history"]] == [1, 2, 3, 4, 5, 6]
    assert steps_of(tmp_path / "run") == [1, 2, 3, 4, 5, 6]
    whole = training.train(config, tiny_dataset(), tmp_path / "whole")
    assert measured(record) == measured(whole)


@pytest.mark.parametrize("moment", ["events", "checkpoint"])
def test_a_crash_between_checkpoint_record_and_events_loses_nothing(tmp_path, monkeypatch, moment):
    """The process dies after saving epoch 2 but before the next file is written."""
    target = {"events": (training.RunLog, "epoch"), "checkpoint": (training, "_switch_checkpoint")}
    owner, name = target[moment]
    original, calls = getattr(owner, name), []

    def dies_at_the_second_call(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit("killed")
        return original(*arguments)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(owner, name, dies_at_the_second_call)
        training.train(TINY, tiny_dataset(), tmp_path / "run")
    record = training.train(TINY, tiny_dataset(), tmp_path / "run")
    for tag in ("Loss/Validation", "weights/conv1", "confusion"):
        assert [row["epoch"] for row in record["history"]] == [1, 2, 3]
        assert steps_of(tmp_path / "run", tag) == [1, 2, 3], tag


LEFT = ("checkpoint/epoch-008.index", "checkpoint/epoch-008.data-00000-of-00001",
        "checkpoint/epoch-002.index.tempstate16", ".run.json.0123abcd.new")  # fmt: skip


MINE = ("notes.txt", "checkpoint/notes.txt", "checkpoint/epoch-008.mine", ".run.json.mine.new")


def scatter(run_dir):
    """Put into a run's folder what a killed training leaves, and files of a person's own."""
    for name in (*LEFT, *MINE):
        (run_dir / name).write_text("")


def test_what_a_killed_training_left_goes_when_the_run_goes_on_and_nothing_else(tmp_path):
    record = train_to(2, TINY, tmp_path / "run")
    assert record["checkpoint"] == "epoch-002"
    scatter(tmp_path / "run")

    def look(record):
        assert not any((tmp_path / "run" / name).exists() for name in LEFT)

    training.train(TINY, tiny_dataset(), tmp_path / "run", on_epoch=look)
    assert all((tmp_path / "run" / name).exists() for name in MINE)
    kept = {file.name for file in (tmp_path / "run/checkpoint").glob("*.*")}
    assert kept == {"weights.index", "weights.data-00000-of-00001", "notes.txt", "epoch-008.mine"}


def test_where_the_recorded_checkpoint_is_gone_no_other_is_thrown_away(tmp_path):
    train_to(2, TINY, tmp_path / "run")
    scatter(tmp_path / "run")
    for file in (tmp_path / "run/checkpoint").glob("epoch-002.*[!6]"):
        file.unlink()
    with pytest.raises(CourseError, match="epoch-002 can't be read") as raised:
        training.train(TINY, tiny_dataset(), tmp_path / "run")
    assert str(raised.value).endswith("elsewhere and train that run again.")
    assert (tmp_path / "run/checkpoint/epoch-008.index").exists()
    (tmp_path / "run").rename(tmp_path / "elsewhere")  # the remedy
    assert training.train(TINY, tiny_dataset(), tmp_path / "run")["status"] == "finished"


@pytest.mark.parametrize("length", [0, 1000])
@pytest.mark.parametrize("part", ["index", "data-00000-of-00001"])
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, part, length):
    train_to(1, TINY, tmp_path / "run")
    file = tmp_path / "run/checkpoint" / f"epoch-001.{part}"
    file.write_bytes(file.read_bytes()[:length][:-1])
    with pytest.raises(CourseError, match="epoch-001 can't be read") as raised:
        training.train(TINY, tiny_dataset(), tmp_path / "run")
    assert "\n" not in str(raised.value) and "Move the folder" in str(raised.value)


@pytest.mark.parametrize("moment", range(1, 64, 7))
def test_ctrl_c_at_any_moment_leaves_no_lock_and_no_half_file(tmp_path, monkeypatch, moment):
    """Ctrl-C comes when a file is opened, renamed, removed or flushed, or a step is taken."""
    calls = []

    def counted(original):
        def call(*arguments, **named):
            calls.append(1)
            if len(calls) == moment:
                raise KeyboardInterrupt
            return original(*arguments, **named)

        return call

    places = ((Path, "replace"), (Path, "unlink"), (Path, "open"), (CnnSession, "step"),
              (training.checkpoints, "save"), (training.RunLog, "epoch"))  # fmt: skip
    with monkeypatch.context() as patch:
        for owner, name in places:
            patch.setattr(owner, name, counted(getattr(owner, name)))
        with pytest.raises(KeyboardInterrupt):
            training.train(TINY, tiny_dataset(), tmp_path / "run")
    assert not [*tmp_path.rglob("*.new"), *tmp_path.rglob("*.holder"), *tmp_path.rglob("*.temp*")]
    if (read_record(tmp_path / "run") or {}).get("status") != "finished":
        training.train(TINY, tiny_dataset(), tmp_path / "run")
    assert [row["epoch"] for row in read_record(tmp_path / "run")["history"]] == [1, 2, 3]
    assert steps_of(tmp_path / "run") == [1, 2, 3]
