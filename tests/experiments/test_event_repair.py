"""Ended runs whose event file is damaged, cut or lost: numbers stay, the file comes back."""

import json
import struct

import numpy as np
import pytest
from made_runs import made_rows, make_run
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from utils.experiments.event_log import TAGS, RunLog, event_files, read_scalars
from utils.experiments.history import compare, load_runs
from utils.experiments.run_folder import held

NAME = "dropout/0/seed-0"


@pytest.fixture
def folder(tmp_path):
    return make_run(tmp_path, NAME, made_rows(0.5))


def lose(folder):
    event_files(folder)[0].unlink()


def empty(folder):
    event_files(folder)[0].write_bytes(b"")


def cut_the_last_epoch(folder):
    file = event_files(folder)[0]
    file.write_bytes(file.read_bytes()[:-300])


def cut_within_a_record(folder):
    file = event_files(folder)[0]
    file.write_bytes(file.read_bytes()[:-3])


def add_bytes(folder):
    with event_files(folder)[0].open("ab") as file:
        file.write(b"more")


def make_a_length_huge(folder):
    file = event_files(folder)[0]
    file.write_bytes(struct.pack("<Q", 2**63) + file.read_bytes()[8:])


def take_another_runs(folder):
    with RunLog(folder, NAME, {}, made_rows(0.7)) as log:
        log.close()


def take_fewer_epochs(folder):
    with RunLog(folder, NAME, {}, made_rows(0.5)[:3]) as log:
        log.close()


HARMS = [lose, empty, cut_the_last_epoch, cut_within_a_record, add_bytes, make_a_length_huge,
         take_another_runs, take_fewer_epochs]  # fmt: skip


def flip_a_bit(folder):
    """Damage the data of one record, which its length doesn't tell."""
    file = event_files(folder)[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def drawn(folder):
    """Return what TensorBoard's own reader shows: (step, value) by tag."""
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    reader.Reload()
    return {
        tag: [(one.step, make_ndarray(one.tensor_proto).item()) for one in reader.Tensors(tag)]
        for tag in reader.Tags()["tensors"]
        if tag in TAGS.values()
    }


def expected(rows):
    return {
        tag: [(row["epoch"], float(np.float32(row[key]))) for row in rows]
        for key, tag in TAGS.items()
    }


@pytest.mark.parametrize("status", ["finished", "diverged"])
@pytest.mark.parametrize("harm", HARMS)
def test_the_numbers_stay_and_tensorboard_shows_the_run_again(tmp_path, harm, status):
    folder = make_run(tmp_path, NAME, made_rows(0.5), status)
    harm(folder)
    (run,) = load_runs(tmp_path)
    assert run.status == status and list(run.epochs["val_accuracy"]) == [0.125, 0.25, 0.375, 0.5]
    assert "written anew from run.json" in run.note and str(folder) in run.note
    assert compare([run]).attrs["notes"] == [run.note]
    assert drawn(folder) == expected(made_rows(0.5))
    (file,) = event_files(folder)
    assert len(list(EventFileLoader(str(file)).Load())) == 4 + 4 + 1
    (again,) = load_runs(tmp_path, verify=True)
    assert again.note == "" and event_files(folder) == [file]


def test_a_whole_file_is_left_as_it_is(tmp_path, folder):
    before = event_files(folder)[0].read_bytes()
    for verify in (False, True):
        assert load_runs(tmp_path, verify=verify)[0].note == ""
    assert event_files(folder)[0].read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["seed-0"]  # no lock was needed


def test_damage_inside_is_found_when_every_file_is_verified(tmp_path, folder):
    flip_a_bit(folder)
    assert load_runs(tmp_path)[0].note == ""
    assert "is damaged at record" in load_runs(tmp_path, verify=True)[0].note
    assert drawn(folder) == expected(made_rows(0.5))


def test_a_run_that_diverged_before_its_first_epoch_has_an_event_file_without_epochs(tmp_path):
    folder = make_run(tmp_path, NAME, [], "diverged")
    assert load_runs(tmp_path)[0].note == ""
    lose(folder)
    assert "written anew" in load_runs(tmp_path)[0].note
    assert load_runs(tmp_path, verify=True)[0].note == "" and drawn(folder) == {}


def test_while_another_process_has_the_run_its_numbers_are_read_all_the_same(tmp_path, folder):
    cut_the_last_epoch(folder)
    before = event_files(folder)[0].read_bytes()
    with held(folder):
        (run,) = load_runs(tmp_path)
    assert len(run.epochs) == 4 and "can't be written anew now: Another process" in run.note
    assert event_files(folder)[0].read_bytes() == before
    assert "was written anew" in load_runs(tmp_path)[0].note


def test_where_nothing_can_be_written_the_numbers_are_read_all_the_same(tmp_path, folder):
    lose(folder)
    lock = folder.with_name(".seed-0.lock")
    lock.mkdir()  # stands for a folder without the right to write, which root always has
    (run,) = load_runs(tmp_path)
    assert len(run.epochs) == 4 and f"can't be written anew now: {lock} can't be made" in run.note
    assert event_files(folder) == []


def test_another_programs_files_in_a_runs_folder_are_kept(tmp_path, folder):
    for name in ("events.out.tfevents.1.host.2.0", "events.out.tfevents.9999999999.host.2.0"):
        (folder / name).write_bytes(b"another program's")
    (run,) = load_runs(tmp_path)
    assert "written anew" in run.note and len(run.epochs) == 4
    kept = [path.read_bytes() for path in event_files(folder)]
    assert kept[:2] == [b"another program's"] * 2 and len(kept) == 3
    assert load_runs(tmp_path, verify=True)[0].note == ""
    assert drawn(folder) == expected(made_rows(0.5))


def test_what_a_mac_leaves_beside_a_file_is_no_event_file(tmp_path, folder):
    file = event_files(folder)[0]
    (folder / f"._{file.name}").write_bytes(b"\0\5\x16\7")
    assert event_files(folder) == [file] and load_runs(tmp_path, verify=True)[0].note == ""


def test_of_several_files_the_newest_counts_as_for_tensorboard(tmp_path, folder):
    file = event_files(folder)[0]
    (folder / "events.out.tfevents.0000000001.course").write_bytes(b"damaged for long")
    assert load_runs(tmp_path)[0].note == "" == load_runs(tmp_path, verify=True)[0].note
    assert [step for step, _, _ in read_scalars(folder)["Loss"]] == [1, 2, 3, 4]
    assert file in event_files(folder)


def test_a_number_that_is_none_comes_back_as_none(tmp_path):
    rows = made_rows(0.5)
    rows[1]["val_loss"] = float("nan")
    folder = make_run(tmp_path, NAME, rows)
    assert load_runs(tmp_path, verify=True)[0].note == ""
    lose(folder)
    assert "written anew" in load_runs(tmp_path)[0].note
    assert np.isnan([value for _, value in drawn(folder)["Loss/Validation"]]).tolist() == [
        False, True, False, False,
    ]  # fmt: skip


def test_a_run_that_goes_on_meanwhile_is_left_to_whoever_trains_it(tmp_path, folder, monkeypatch):
    """The record is read again under the lock: what it says then counts."""
    from utils.experiments import event_repair

    lose(folder)
    path = folder / "run.json"
    running = json.loads(path.read_text()) | {"status": "running"}
    wait = event_repair.held
    monkeypatch.setattr(
        event_repair, "held", lambda run: (path.write_text(json.dumps(running)), wait(run))[1]
    )
    load_runs(tmp_path)
    assert event_files(folder) == []


def with_mistakes(folder):
    """Have a run be one of this edition: weights and confusion matrices with every epoch."""
    record = json.loads((folder / "run.json").read_text())
    record["classes"] = ["cat", "dog"]
    for row in record["history"]:
        row["confusion"] = [[row["epoch"], 1], [1, 5]]
    (folder / "run.json").write_text(json.dumps(record))
    with RunLog(folder, NAME, {}, classes=record["classes"], graph=b"\n\5\n\3net") as log:
        for row in record["history"]:
            log.epoch(row, {"conv1": np.arange(row["epoch"])})
    return record


def steps(folder):
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    reader.Reload()
    return {tag: [one.step for one in reader.Tensors(tag)] for tag in reader.Tags()["tensors"]}


def test_what_can_be_read_of_the_weights_comes_along_and_what_is_gone_is_said(tmp_path, folder):
    with_mistakes(folder)
    assert load_runs(tmp_path, verify=True)[0].note == ""
    file = event_files(folder)[0]
    events = list(EventFileLoader(str(file)).Load())
    behind = sum(event.ByteSize() for event in events[-2:])  # epoch 4, and the end
    content = bytearray(file.read_bytes())
    content[-behind - 200] ^= 1  # in epoch 3
    file.write_bytes(content)
    (run,) = load_runs(tmp_path, verify=True)
    assert "gone are the weights' histograms of 2 of its 4 epochs" in run.note
    found = steps(folder)
    assert found["weights/conv1"] == [1, 2]
    assert found["confusion"] == found["classes/cat"] == found["Loss"] == [1, 2, 3, 4]
    assert load_runs(tmp_path, verify=True)[0].note == ""


def test_a_cut_end_takes_no_weights_with_it(tmp_path, folder):
    with_mistakes(folder)
    cut_within_a_record(folder)
    assert "shows the run whole" in load_runs(tmp_path)[0].note
    assert steps(folder)["weights/conv1"] == [1, 2, 3, 4]
