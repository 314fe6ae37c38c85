"""Records and event files that nobody should have written: rows or a sentence, never a traceback.

Mutated at the level of JSON and of bytes, from real ones. COURSE_TEST_ROUNDS multiplies the inputs.
"""

import io
import json
import os
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from counting import counted
from course import course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_runs import made_record, made_rows, make_run
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DataType
from tensorboard.summary.writer.record_writer import RecordWriter

from utils.errors import CourseError
from utils.experiments.event_log import event_files, read_scalars
from utils.experiments.event_reading import _number
from utils.experiments.history import load_runs, summary
from utils.experiments.run_folder import read_record
from utils.experiments.studies import config_for
from utils.experiments.tables import to_html, to_markdown
from utils.networks.tflearn_cnn.config import Config

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("COURSE_TEST_ROUNDS", "1"))
RECORDS, RECORD_BYTES, EVENTS, EVENT_BYTES, COMMANDS = (
    FACTOR * rounds for rounds in (750, 300, 500, 750, 12)
)
NAME = "dropout/0/seed-0"


def rounds(number):
    """Return the settings of a campaign: always the same inputs, so many of them."""
    # A fixture's folder serves all inputs of a campaign: each overwrites what was there.
    shared = HealthCheck.function_scoped_fixture
    return settings(
        max_examples=number, derandomize=True, deadline=None, database=None,
        suppress_health_check=[shared, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip


# Values that a field may hold in a file that was edited, cut, or written by another program.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 1, 2, 50, 10**400, -(10**30), 2**53 + 1, 0.5, -0.0, 1e39, 1e308, float("nan"),
         float("inf"), "", "0.5", "finished", "none", "../..", "a/b", "\ud800", "\udcff", "a\0b",
         "\u202e", "$\\frac$", "|<b>", "é" * 2000, [], {}, [[]], [[32]], {"epoch": 1}]
    ),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=3),
)  # fmt: skip


def places(value: Any, way: tuple = ()) -> list[tuple]:
    """Return the way to every field, at every depth."""
    found = []
    inside = dict(enumerate(value)) if isinstance(value, list) else value
    for key, one in inside.items() if isinstance(inside, dict) else ():
        found += [(*way, key), *places(one, (*way, key))]
    return found


RECORD = made_record(config_for("dropout", "0", "quick", 0), made_rows(0.5))
PLACES = places(RECORD)


@st.composite
def broken_records(draw):
    """Draw a record with one to three fields changed, lost, doubled or put elsewhere."""
    record = json.loads(json.dumps(RECORD))
    for way in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        try:
            place = record
            for key in way[:-1]:
                place = place[key]
            change = draw(st.sampled_from(["set", "set", "set", "delete", "add"]))
            if change == "set":
                place[way[-1]] = draw(ODD)
            elif change == "delete":
                del place[way[-1]]
            elif isinstance(place, list):
                place.insert(way[-1], draw(ODD))
            else:
                place[draw(st.text(max_size=4))] = draw(ODD)
        except (LookupError, TypeError):  # an earlier change has taken that field away
            continue
    return record


@st.composite
def broken_bytes(draw, whole: st.SearchStrategy[bytes]):
    """Draw a file's content with bytes flipped, lost, repeated or put in."""
    content = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        size = draw(st.sampled_from([1, 1, 2, 8, 12, 100]))
        change = draw(st.sampled_from(["flip", "cut", "lose", "put", "repeat"]))
        if change == "flip" and at < len(content):
            content[at] ^= draw(st.integers(1, 255))
        elif change == "cut":
            del content[at:]
        elif change == "lose":
            del content[at : at + size]
        elif change == "put":
            content[at:at] = draw(st.binary(max_size=size))
        else:
            content[at:at] = content[at : at + size]
    return bytes(content)


def compared(root: Path) -> str:
    """Return the status of the one run below root, after all that shows runs was made of it."""
    runs = load_runs(root)
    found = summary(runs)
    to_markdown(found).encode("utf-8"), to_html(found).encode("utf-8")
    (run,) = runs
    if run.status != "unreadable":  # what else reads a record relies on these
        Config.from_dict(run.record["config"]).hparams()
        assert all(row["epoch"] == n for n, row in enumerate(run.record["history"], start=1))
        len(run.epochs), run.record["machine"], run.record["dataset"]["train"]
    return run.status


def test_any_field_of_a_record_may_hold_anything(tmp_path):
    folder, seen = make_run(tmp_path, NAME, made_rows(0.5)), Counter()

    @rounds(RECORDS)
    @given(broken_records())
    def campaign(record):
        (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
        seen[compared(tmp_path)] += 1

    campaign()
    counted(f"records with other fields: {sum(seen.values())}, {dict(seen)}, 0 tracebacks")
    assert seen["unreadable"] and seen["finished"]


def test_a_records_bytes_may_be_any(tmp_path):
    folder, seen = make_run(tmp_path, NAME, made_rows(0.5)), Counter()
    text = json.dumps(RECORD)
    whole = st.sampled_from([text.encode(code) for code in ("utf-8", "utf-8-sig", "utf-16")])

    @rounds(RECORD_BYTES)
    @given(broken_bytes(whole))
    def campaign(content):
        (folder / "run.json").write_bytes(content)
        seen[compared(tmp_path)] += 1

    campaign()
    counted(f"records with other bytes: {sum(seen.values())}, {dict(seen)}, 0 tracebacks")
    assert seen["unreadable"]


def test_training_and_search_read_the_same_records(tmp_path):
    """What read_record lets through is what check_record says; all else is one kind of error."""
    seen = Counter()

    @rounds(RECORD_BYTES)
    @given(st.one_of(broken_records().map(json.dumps), st.text(max_size=40)))
    def campaign(text):
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
        try:
            record = read_record(tmp_path)
        except CourseError as error:
            assert str(tmp_path / "run.json") in error.problem and "Move the folder" in error.remedy
            seen["refused"] += 1
        else:
            assert Config.from_dict(record["config"]).seed == record["config"]["seed"]
            seen["read"] += 1

    campaign()
    counted(f"records read alone: {sum(seen.values())}, {dict(seen)}")
    assert seen["refused"] and seen["read"]


def framed(*events: bytes) -> bytes:
    """Return an event file's content of these records, their checksums right."""
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in events:
        writer.write(event)
    return buffer.getvalue()


@st.composite
def tensors(draw):
    """Draw a tensor as no program writes it: a type, a shape and content that don't agree."""
    sizes = draw(st.lists(st.sampled_from([0, 1, 1, 2, -1, 2**31, 2**62]), max_size=3))
    dims = [TensorShapeProto.Dim(size=size) for size in sizes]
    tensor = TensorProto(
        dtype=draw(st.integers(0, 130)),
        tensor_shape=TensorShapeProto(dim=dims, unknown_rank=draw(st.booleans())),
    )
    for field, values in (
        ("float_val", st.floats(width=32)), ("double_val", st.floats()),
        ("int_val", st.integers(-(2**31), 2**31 - 1)), ("int64_val", st.integers(-(2**63), 9)),
        ("string_val", st.binary(max_size=4)), ("half_val", st.integers(0, 2**31 - 1)),
        ("bool_val", st.booleans()), ("scomplex_val", st.floats(width=32)),
    ):  # fmt: skip
        if draw(st.integers(0, 3)) == 0:
            getattr(tensor, field).extend(draw(st.lists(values, max_size=3)))
    if draw(st.integers(0, 3)) == 0:
        tensor.tensor_content = draw(st.binary(max_size=9))
    return tensor


@st.composite
def events(draw):
    """Draw an event with numbers that none should have, under right checksums."""
    values = []
    for _ in range(draw(st.integers(0, 3))):
        plugin = draw(st.sampled_from(["scalars", "scalars", "hparams", ""]))
        described = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
        value = Summary.Value(tag=draw(st.sampled_from(["Loss", "Accuracy", "", "é"])))
        value.metadata.CopyFrom(described)
        if draw(st.booleans()):
            value.simple_value = draw(st.floats(width=32))
        else:
            value.tensor.CopyFrom(draw(tensors()))
        values.append(value)
    event = Event(
        step=draw(st.sampled_from([0, 1, 2, -1, -(2**63), 2**63 - 1])),
        wall_time=draw(st.floats()),
        summary=Summary(value=values),
    )
    if draw(st.integers(0, 5)) == 0:
        event.session_log.status = SessionLog.START
    return event.SerializeToString()


def test_an_event_file_may_hold_any_tensor_under_right_checksums(tmp_path):
    seen = Counter()
    path = tmp_path / "events.out.tfevents.1"

    @rounds(EVENTS)
    @given(st.lists(st.one_of(events(), events(), st.binary(max_size=30)), min_size=1, max_size=4))
    def campaign(records):
        path.write_bytes(framed(*records))
        seen["read" if readable(tmp_path) else "refused"] += 1

    campaign()
    counted(f"event files with hand-made tensors: {sum(seen.values())}, {dict(seen)}, 0 tracebacks")
    assert seen["read"] and seen["refused"]


def readable(folder: Path) -> bool:
    """Say whether a folder's event files can be read; an error names its file."""
    try:
        for series in read_scalars(folder).values():
            steps = [step for step, _, _ in series]
            assert steps == sorted(set(steps))
    except CourseError as error:
        assert "tfevents" in error.problem and error.remedy
        return False
    return True


def seeds(folder: Path) -> list[bytes]:
    """Return event files as they are: a RunLog's, a Keras-like and a PyTorch-like one."""
    ours = event_files(make_run(folder, NAME, made_rows(0.5)))[0].read_bytes()
    described = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    keras = [
        Event(step=step, summary=Summary(value=[Summary.Value(
            tag="epoch_loss", metadata=described,
            tensor=TensorProto(dtype=1, tensor_content=struct.pack("<f", 1 / (step + 1))),
        )]))
        for step in range(4)
    ]  # fmt: skip
    torch = [
        Event(step=s, summary=Summary(value=[Summary.Value(tag="Loss/train", simple_value=0.5)]))
        for s in range(4)
    ]
    version = Event(file_version="brain.Event:2").SerializeToString()
    others = (
        framed(version, *(one.SerializeToString() for one in rows)) for rows in (keras, torch)
    )
    return [ours, *others]


def test_an_event_files_bytes_may_be_any(tmp_path):
    """Alone, and as the file of a finished run, whose numbers stay whatever it holds."""
    whole, seen = seeds(tmp_path / "seeds"), Counter()
    folder = make_run(tmp_path / "root", NAME, made_rows(0.5))
    (tmp_path / "alone").mkdir()

    @rounds(EVENT_BYTES)
    @given(broken_bytes(st.sampled_from(whole)))
    def campaign(content):
        (tmp_path / "alone" / "events.out.tfevents.1").write_bytes(content)
        seen["read" if readable(tmp_path / "alone") else "refused"] += 1
        event_files(folder)[0].write_bytes(content)
        (run,) = load_runs(tmp_path / "root", verify=True)
        assert run.status == "finished" and run.record["history"] == made_rows(0.5)
        assert not run.note or "was written anew" in run.note
        seen["written anew"] += bool(run.note)
        assert len(read_scalars(folder)["Loss"]) == 4

    campaign()
    counted(f"event files with other bytes: {seen['read'] + seen['refused']}, {dict(seen)}")
    assert seen["read"] and seen["refused"] and seen["written anew"]


def test_the_command_passes_over_what_it_cannot_read(tmp_path):
    """The whole of `course compare`, its figures too, beside a run that is as it should be."""
    make_run(tmp_path / "runs", "dropout/0.5/seed-0", made_rows(0.4))
    folder, seen = make_run(tmp_path / "runs", NAME, made_rows(0.5)), Counter()

    @rounds(COMMANDS)
    @given(broken_records())
    def campaign(record):
        (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
        done = course("compare", "--runs", tmp_path / "runs", "-o", tmp_path / "page.html")
        assert done.returncode == 0 and done.stderr == ""
        assert "| 0.5 | 1 | 0.400 |" in done.stdout
        seen["unreadable" if "unreadable" in done.stdout else "read"] += 1

    campaign()
    counted(f"course compare: {sum(seen.values())}, {dict(seen)}, 0 tracebacks")


def test_a_number_that_does_not_fit_its_own_type_is_damage_and_no_traceback():
    tensor = TensorProto(dtype=DataType.Value("DT_INT8"), int_val=[128])
    with pytest.raises(CourseError):
        _number(Summary.Value(tag="x", tensor=tensor), True, Path("events"), 1)
