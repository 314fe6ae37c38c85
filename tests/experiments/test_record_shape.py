"""A record's shape is checked where it is read: what is wrong is named, what is older is read."""

import json
import os

import pytest
from made_runs import made_record, made_rows

from utils.errors import CourseError
from utils.experiments.run_folder import read_record, write_record
from utils.experiments.studies import config_for

GONE = object()


@pytest.fixture
def record():
    return made_record(config_for("dropout", "0.5", "quick", 3), made_rows(0.5))


def changed(record, path, value):
    """Change or remove the field at a path such as `config.dropout` or `history.2.loss`."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = record
    for part in way:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return record


def read(folder, record):
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return read_record(folder)


def test_what_was_written_is_read(tmp_path, record):
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("format", 2, "`format` is 2"),
        ("format", True, "`format` is True"),
        ("status", "done", "`status` is 'done'"),
        ("status", GONE, "`status` is missing"),
        ("config", [], "`config` is []"),
        ("config", {}, "`config.layers` is missing"),
        ("config.dropout", "0.5", "`config.dropout` is '0.5'"),
        ("config.dropout", 1.5, "`config`: dropout is 1.5"),
        ("config.dropout", float("nan"), "`config.dropout` is nan"),
        ("config.layers", [[]], "empty layer set"),
        ("config.layers", [["32"]], "`config.layers` is [['32']]"),
        ("config.layers", [32], "`config.layers` is [32]"),
        ("config.batch_size", 9.5, "`config.batch_size` is 9.5"),
        ("config.batch_size", True, "`config.batch_size` is True"),
        ("config.seed", -1, "`config.seed` is -1"),
        ("config.epochs", 10**400, "`config.epochs` is 1000"),
        ("history.1.val_loss", 10**400, "`history` has a `val_loss` that isn't from"),
        ("config.train_size", "all", "`config.train_size` is 'all'"),
        ("config.magic", 1, "`config` has a field 'magic'"),
        ("classes", "cat", "`classes` is 'cat'"),
        ("classes", ["cat", 3], "`classes` is ['cat', 3]"),
        ("history.1.confusion", [[1, 2]], "`confusion` of epoch 2 is [[1, 2]]"),
        ("history.1.confusion", [[1, -2], [0, 0]], "`confusion` of epoch 2 is [[1, -2], [0, 0]]"),
        ("history.1.confusion", [[1.0]], "`confusion` of epoch 2 is [[1.0]]"),
        ("history.1.confusion", [[True]], "`confusion` of epoch 2 is [[True]]"),
        ("history.1.confusion", [], "`confusion` of epoch 2 is []"),
        ("history.1.confusion", {"a": 1}, "`confusion` of epoch 2 is {'a': 1}"),
        ("dataset", None, "`dataset` is None"),
        ("dataset.name", 5, "`dataset.name` is 5"),
        ("dataset.train", -1, "`dataset.train` is -1"),
        ("dataset.real", "yes", "`dataset.real` is 'yes'"),
        ("seed", "0", "`seed` is '0'"),
        ("study", 5, "`study` is 5"),
        ("variant", "a\nb", "`variant` is 'a\\nb'"),
        ("machine", "\ud800", "`machine` is '\\ud800'"),
        ("precision", ["float32"], "`precision` is ['float32']"),
        ("kernels", 3, "`kernels` is 3"),
        ("versions", {"python": 3}, "`versions` is"),
        ("ended", 5, "`ended` is 5"),
        ("copied_from", {}, "`copied_from` is {}"),
        ("checkpoint", "../../weights", "`checkpoint` is '../../weights'"),
        ("checkpoint", "a\\b", "`checkpoint` is"),
        ("checkpoint", "..", "`checkpoint` is '..'"),
        ("checkpoint", "/etc/passwd", "`checkpoint` is '/etc/passwd'"),
        ("checkpoint", 7, "`checkpoint` is 7"),
        ("history", {}, "`history` is {}"),
        ("history", [], "`history` is empty, though the run is finished"),
        ("history.2", 7, "`history` has a row 3 that is no table"),
        ("history.2.epoch", 4, "`history` has a row 3 whose `epoch` isn't 3"),
        ("history.2.epoch", "3", "row 3 whose `epoch` isn't 3"),
        ("history.2.epoch", 3.0, "row 3 whose `epoch` isn't 3"),
        ("history.0", GONE, "row 1 whose `epoch` isn't 1"),
        ("history.1.val_loss", GONE, "`history` has a row without `val_loss`"),
        ("history.1.val_loss", None, "`history` has a `val_loss` that is no number"),
        ("history.1.val_loss", "1", "`history` has a `val_loss` that is no number"),
        ("history.1.val_loss", float("inf"), "`history` has a `val_loss` that isn't from"),
        ("history.1.loss", 1e39, "`history` has a `loss` that isn't from"),
        ("history.1.val_accuracy", 1.01, "`val_accuracy` that isn't from 0 to 1"),
        ("history.1.seconds", -1, "`history` has a `seconds` that isn't from 0"),
        ("history.1.wall_time", [], "`history` has a `wall_time` that is no number"),
    ],
)
def test_a_field_that_cannot_be_is_named_with_its_file(tmp_path, record, path, value, named):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, changed(record, path, value))
    assert named in caught.value.problem and str(tmp_path / "run.json") in caught.value.problem
    assert f"Move the folder {tmp_path} elsewhere" in caught.value.remedy


def test_an_infinity_behind_a_number_that_is_none_is_seen(tmp_path, record):
    record["history"][0]["loss"], record["history"][1]["loss"] = float("nan"), float("-inf")
    with pytest.raises(CourseError, match="`loss` that isn't from"):
        read(tmp_path, record)


def test_a_number_that_is_none_is_read(tmp_path, record):
    found = read(tmp_path, changed(record, "history.1.val_loss", float("nan")))
    assert found["history"][1]["val_loss"] != found["history"][1]["val_loss"]


def test_what_earlier_editions_did_not_write_gets_a_neutral_value(tmp_path, record):
    kept = ("format", "config", "status", "history", "dataset")
    older = {name: record[name] for name in kept}
    older["dataset"] = {"name": "cifar10", "sha256": "0" * 64}
    found = read(tmp_path, older)
    assert found["seed"] == 3 and found["checkpoint"] is None and found["machine"] == ""
    assert found["dataset"]["train"] is None and "kernels" not in found
    assert set(record) - set(found) == {"kernels", "precision"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_read(tmp_path, record, encoding):
    (tmp_path / "run.json").write_bytes(json.dumps(record).replace("\n", "\r\n").encode(encoding))
    assert read_record(tmp_path) == record


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\0", b"null", b"[]", b"5", b"{}", b"\xff\xfe", b"[" * 100_000, b"1" * 5000],
)
def test_what_is_no_record_is_named(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(CourseError, match="can't be read as a run's record"):
        read_record(tmp_path)


def test_a_folder_or_a_pipe_in_its_place_is_named_and_not_waited_for(tmp_path):
    (tmp_path / "a" / "run.json").mkdir(parents=True)
    names = ["a"]
    if hasattr(os, "mkfifo"):
        (tmp_path / "b").mkdir()
        os.mkfifo(tmp_path / "b" / "run.json")
        names.append("b")
    for name in names:
        with pytest.raises(CourseError, match=r"run.json can't be read .*\(it isn't a file\)"):
            read_record(tmp_path / name)


def test_a_file_far_larger_than_any_record_is_not_read(tmp_path):
    with (tmp_path / "run.json").open("wb") as file:
        file.truncate(2**33)  # a hole: it takes no room on the disk
    with pytest.raises(CourseError, match=r"\(it has 8,589,934,592 bytes\)"):
        read_record(tmp_path)


def test_a_folder_without_a_record_holds_no_run(tmp_path):
    assert read_record(tmp_path) is None and read_record(tmp_path / "nowhere") is None
