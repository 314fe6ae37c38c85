"""TensorBoard's event files: what is written is what TensorBoard and the course read."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_runs import get, hparams_sessions, made_rows, make_run, scalars, served, wait_for
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

from utils.errors import CourseError
from utils.experiments import event_log
from utils.experiments.event_log import FACTORS, METRICS, TAGS, RunLog, event_files, read_scalars
from utils.experiments.event_reading import GAP
from utils.experiments.studies import STUDIES
from utils.settings import ROOT

NAME = "dropout/0.5/seed-0"


def written(folder: Path, rows, history=()) -> Path:
    with RunLog(
        folder, NAME, {"dropout": 0.5, "flip": True, "layers": "32 | 64 64"}, history
    ) as log:
        for row in rows:
            log.epoch(row)
    return folder


def accumulated(folder: Path):
    """Return what TensorBoard's own reader finds: (step, value) by tag.

    Its server reads this way where its fast loader, a Linux and macOS program, is missing.
    """
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    reader.Reload()
    return {
        tag: [(e.step, make_ndarray(e.tensor_proto).item()) for e in reader.Tensors(tag)]
        for tag in reader.Tags()["tensors"]
        if tag in (*TAGS.values(), GAP)
    }


def test_what_is_written_is_read_back_as_float32_by_epoch(tmp_path):
    rows = made_rows(0.5)
    found = read_scalars(written(tmp_path, rows))
    assert set(found) == {*TAGS.values(), GAP}
    for key, tag in TAGS.items():
        expected = [(row["epoch"], float(np.float32(row[key])), row["wall_time"]) for row in rows]
        assert found[tag] == expected
    assert [value for _, value, _ in found[GAP]] == pytest.approx([0.1] * 4)


def test_tensorboards_own_reader_finds_the_same(tmp_path):
    written(tmp_path, made_rows(0.5))
    ours = {tag: [point[:2] for point in line] for tag, line in read_scalars(tmp_path).items()}
    assert accumulated(tmp_path) == ours


def test_a_key_that_is_no_tag_or_has_no_value_is_left_out(tmp_path):
    written(tmp_path, [{"epoch": 1, "loss": 0.5, "val_loss": None, "mood": 3.0}])
    assert [tag for tag in read_scalars(tmp_path)] == ["Loss"]


def test_a_loss_that_is_not_a_number_is_kept_as_such(tmp_path):
    written(tmp_path, [{"epoch": 1, "loss": math.nan}])
    assert math.isnan(read_scalars(tmp_path)["Loss"][0][1])


def test_a_resumed_run_has_each_epoch_once_in_one_file(tmp_path):
    rows = made_rows(0.5, epochs=6)
    written(tmp_path, rows[:5])  # killed in epoch 6, its last checkpoint was of epoch 3
    again = [{**row, "accuracy": 0.9} for row in rows[3:]]
    written(tmp_path, again, history=rows[:3])
    assert len(event_files(tmp_path)) == 1
    steps = [step for step, _ in accumulated(tmp_path)["Accuracy"]]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert [value for _, value, _ in read_scalars(tmp_path)["Accuracy"]][3:] == [
        float(np.float32(0.9))
    ] * 3


def test_where_the_older_file_cannot_be_removed_the_newer_one_counts(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    rows = made_rows(0.5, epochs=5)
    written(tmp_path, rows)
    monkeypatch.setattr(Path, "unlink", refuse)
    written(tmp_path, [], history=[{**row, "loss": 7.0} for row in rows[:2]])
    assert len(event_files(tmp_path)) == 2
    expected = [(1, 7.0), (2, 7.0)]
    assert [point[:2] for point in read_scalars(tmp_path)["Loss"]] == expected
    assert accumulated(tmp_path)["Loss"] == expected


@pytest.mark.parametrize(
    "older",
    [
        "events.out.tfevents.9999999999.course",  # in the year 2286
        "events.out.tfevents.99999999990000000007.course",
        "events.out.tfevents.9999999999.host.17.0",
        "events.out.tfevents.1795653968.course",
        "events.out.tfevents.course",
        "zzz.tfevents",
        "tfevents.学习率",
    ],
)
@pytest.mark.parametrize("now", [-5.0, 0.0, 1_795_653_968.5])
def test_whatever_the_clock_says_a_new_file_sorts_behind_the_older_ones(
    tmp_path, monkeypatch, older, now
):
    (tmp_path / older).write_bytes(b"")
    monkeypatch.setattr(event_log.time, "time", lambda: now)
    rows = made_rows(0.5)
    for number in range(1, 13):  # resumed again and again
        before = event_files(tmp_path)[-1]
        with RunLog(tmp_path, NAME, {}, rows[:number]):
            assert event_files(tmp_path)[-1] > before
        assert len(read_scalars(tmp_path)["Loss"]) == min(number, len(rows))
    assert [step for step, _ in accumulated(tmp_path)["Loss"]] == [1, 2, 3, 4]
    assert len(event_files(tmp_path)) <= 2 and all(
        len(file.name) < 70 for file in event_files(tmp_path)
    )


@pytest.mark.parametrize("missing", [1, 4, 5, 40, 200])
def test_a_record_that_is_still_being_written_is_left_out(tmp_path, missing):
    log = RunLog(tmp_path, NAME, {"dropout": 0.5})
    for row in made_rows(0.5):
        log.epoch(row)
    file = event_files(tmp_path)[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-missing])
    assert [step for step, _, _ in read_scalars(tmp_path)["Accuracy/Validation"]] == [1, 2, 3]
    log.close()


def test_damage_inside_a_file_names_the_file_and_the_remedy(tmp_path):
    file = event_files(written(tmp_path, made_rows(0.5)))[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(CourseError, match="is damaged at record") as caught:
        read_scalars(tmp_path)
    assert str(file) in caught.value.problem and "train this run again" in caught.value.remedy


def test_scalars_of_tensorflow_1_are_read_too(tmp_path):
    with (tmp_path / "events.out.tfevents.1").open("wb") as file:
        value = Summary.Value(tag="Loss", simple_value=0.25)
        event = Event(step=3, wall_time=5.0, summary=Summary(value=[value]))
        RecordWriter(file).write(event.SerializeToString())
    assert read_scalars(tmp_path) == {"Loss": [(3, 0.25, 5.0)]}


def hand_made(folder, *values, step=1):
    """Write one event of these values, with the right checksums, as any program may."""
    with (folder / "events.out.tfevents.1").open("wb") as file:
        event = Event(step=step, wall_time=5.0, summary=Summary(value=values))
        RecordWriter(file).write(event.SerializeToString())


def scalar(**tensor):
    described = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    return Summary.Value(tag="Loss", metadata=described, tensor=TensorProto(**tensor))


def shape(*sizes):
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


@pytest.mark.parametrize(
    "tensor",
    [
        {"dtype": 7, "string_val": [b"text"]},
        {"dtype": 99, "float_val": [1.0]},
        {"dtype": 0},
        {"dtype": 1},
        {"dtype": 1, "float_val": [1.0, 2.0], "tensor_shape": shape(2)},
        {"dtype": 1, "float_val": [1.0], "tensor_shape": shape(2**40, 2**20)},
        {"dtype": 1, "float_val": [1.0], "tensor_shape": shape(-1)},
        {"dtype": 1, "tensor_content": b"abc"},
        {"dtype": 8, "scomplex_val": [1.0, 2.0]},
        {"dtype": 20, "float_val": [1.0]},
    ],
)
def test_a_scalar_that_is_no_number_is_named_with_its_file(tmp_path, tensor):
    hand_made(tmp_path, scalar(**tensor))
    with pytest.raises(CourseError, match=r"tfevents\.1 is damaged at record 1"):
        read_scalars(tmp_path)


@pytest.mark.parametrize(
    ("tensor", "value"),
    [
        ({"dtype": 1, "float_val": [0.25]}, 0.25),
        ({"dtype": 1, "tensor_content": b"\0\0\x80>"}, 0.25),
        ({"dtype": 2, "double_val": [1e300]}, 1e300),
        ({"dtype": 9, "int64_val": [-3], "tensor_shape": shape(1, 1)}, -3.0),
        ({"dtype": 10, "bool_val": [True]}, 1.0),
        ({"dtype": 19, "half_val": [0x3400]}, 0.25),
    ],
)
def test_a_number_of_any_type_is_read(tmp_path, tensor, value):
    hand_made(tmp_path, scalar(**tensor), step=-7)
    assert read_scalars(tmp_path) == {"Loss": [(-7, value, 5.0)]}


def test_a_folder_without_event_files_has_no_scalars(tmp_path):
    assert read_scalars(tmp_path) == {} and read_scalars(tmp_path / "nowhere") == {}


def test_an_error_inside_the_block_leaves_the_file_whole(tmp_path):
    with pytest.raises(RuntimeError), RunLog(tmp_path, NAME, {"dropout": 0.5}) as log:
        log.epoch(made_rows(0.5)[0])
        raise RuntimeError
    assert len(read_scalars(tmp_path)["Loss"]) == 1


def test_hparams_shows_the_studies_factors_and_validation_first():
    assert {study.field for study in STUDIES.values()} == set(FACTORS)
    assert list(METRICS) == ["Accuracy/Validation", "Loss/Validation", GAP]


def test_neither_writing_reading_nor_drawing_imports_tensorflow(tmp_path):
    make_run(tmp_path, NAME, made_rows(0.5))
    code = f"""
import sys
from pathlib import Path
from utils import experiments, jupyter, plots
from utils.plots.comparison_page import comparison_report
found = experiments.load_runs(Path({str(tmp_path)!r}))
assert len(found) == 1 and len(found[0].epochs) == 4, found
comparison_report(found, Path({str(tmp_path / "page.html")!r}))
with experiments.RunLog(Path({str(tmp_path / "new")!r}), "new", {{"a": 1.0}}) as log:
    log.epoch({{"epoch": 1, "loss": 0.5}})
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A running TensorBoard on three runs: address and log root."""
    root = tmp_path_factory.mktemp("board")
    make_run(root, NAME, made_rows(0.5))
    make_run(root, "learning_rate/0.01/seed-2", made_rows(0.1, epochs=2), status="diverged")
    make_run(root, "layers/one-set/seed-0", made_rows(0.3, epochs=2), status="stopped")
    with served(root) as address:
        wait_for(lambda: len(get(f"{address}/data/runs")) == 3)
        wait_for(lambda: len(hparams_sessions(address)) == 3)
        yield address, root


def test_tensorboard_serves_the_numbers_that_were_written(board):
    address, root = board
    for run in ("dropout/0.5/seed-0", "learning_rate/0.01/seed-2", "layers/one-set/seed-0"):
        for tag, line in read_scalars(root / run).items():
            drawn = scalars(address, run, tag)
            assert [step for step, _ in drawn] == [step for step, _, _ in line]
            assert [value for _, value in drawn] == [value for _, value, _ in line]


def test_the_hparams_table_has_each_run_with_its_config_and_validation_metrics(board):
    sessions = hparams_sessions(board[0])
    assert set(sessions) == {NAME, "learning_rate/0.01/seed-2", "layers/one-set/seed-0"}
    row = sessions[NAME]
    assert row["hparams"]["dropout"] == 0.5 and row["hparams"]["layers"] == "32 | 64 64"
    assert row["hparams"]["flip"] is True and row["hparams"]["seed"] == 0
    metrics = {metric["name"]["tag"]: metric["value"] for metric in row["metricValues"]}
    assert set(metrics) == {"Accuracy/Validation", "Loss/Validation", "Gap"}
    assert metrics["Accuracy/Validation"] == 0.5


def test_the_hparams_table_tells_how_each_run_ended(board):
    status = {
        name: group["sessions"][0]["status"] for name, group in hparams_sessions(board[0]).items()
    }
    assert status[NAME] == "STATUS_SUCCESS"
    assert status["learning_rate/0.01/seed-2"] == "STATUS_FAILURE"
    assert status["layers/one-set/seed-0"] not in ("STATUS_SUCCESS", "STATUS_FAILURE")


def test_a_run_resumed_while_tensorboard_watches_has_no_lost_or_doubled_epoch(board):
    address, root = board
    name, rows = "dropout/0/seed-1", made_rows(0.5, epochs=6)
    cut = RunLog(root / name, name, {"dropout": 0.0})
    for row in rows[:4]:
        cut.epoch(row)
    wait_for(lambda: len(scalars(address, name, "Loss")) == 4)
    again = [{**row, "loss": row["loss"] + 1} for row in rows]
    with RunLog(root / name, name, {"dropout": 0.0}, history=again[:3]) as log:
        for row in again[3:]:
            log.epoch(row)
    expected = [(row["epoch"], float(np.float32(row["loss"]))) for row in again]
    wait_for(lambda: scalars(address, name, "Loss")[-1:] == expected[-1:])
    assert scalars(address, name, "Loss") == expected
