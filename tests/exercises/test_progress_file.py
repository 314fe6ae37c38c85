"""The progress file: whole lines from many writers, no traceback from any content, safe exports."""

import csv
import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from utils import settings
from utils.errors import CourseError
from utils.exercises import check, progress
from utils.exercises.progress import (
    COLUMNS,
    Event,
    Item,
    Standing,
    export,
    read,
    readings,
    record,
    standings,
)
from utils.jupyter.execute import kernel_environment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = b'{"version": 2, "time": "2026-03-01T12:00:00+00:00", "kind": "exercise", "name": "01.1", '
GOOD += b'"passed": true}'


def here() -> Path:
    path = settings.progress_path()
    assert path is not None
    return path


def written(content: bytes) -> progress.Record:
    here().write_bytes(content)
    return read(here())


# The setting


def test_the_tests_never_write_to_the_learners_own_file(tmp_path):
    assert here() == tmp_path / "progress.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", "from utils import settings; print(settings.progress_path())"],
        capture_output=True, text=True, cwd=settings.ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == str(here())


def test_kernels_are_told_where_the_file_is(tmp_path):
    environment = kernel_environment("smoke", "auto", tmp_path)
    assert environment["COURSE_PROGRESS"] == str(here())


@pytest.mark.parametrize("value", [None, ""])
def test_unless_told_otherwise_the_file_lies_beside_the_readme_and_git_ignores_it(
    monkeypatch, value
):
    monkeypatch.delenv("COURSE_PROGRESS")
    if value is not None:
        monkeypatch.setenv("COURSE_PROGRESS", value)
    assert settings.progress_path() == settings.ROOT / "progress.jsonl"
    assert "progress.jsonl" in (settings.ROOT / ".gitignore").read_text().splitlines()


def test_a_relative_path_means_the_same_in_every_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", "mine.jsonl")
    monkeypatch.chdir(tmp_path)
    assert settings.progress_path() == settings.ROOT / "mine.jsonl"


def test_off_records_nothing(monkeypatch, tmp_path):
    path = here()
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    monkeypatch.chdir(tmp_path)
    record("exercise", "01.1", True)
    assert not path.exists() and list(tmp_path.iterdir()) == []


# Writing


def test_an_event_is_one_line_with_version_time_and_zone():
    record("quiz", "01.q2", False)
    (line,) = here().read_bytes().splitlines(keepends=True)
    fields = json.loads(line)
    assert line.endswith(b"}\n") and fields.pop("time")
    assert fields == {"version": 2, "kind": "quiz", "name": "01.q2", "passed": False}
    (event,) = read(here()).events
    assert (event.kind, event.name, event.passed) == ("quiz", "01.q2", False)
    assert event.time.tzinfo is not None
    assert abs(datetime.now(UTC) - event.time) < timedelta(minutes=5)


def test_a_folder_that_is_missing_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "new" / "mine.jsonl"))
    record("notebook", "01", True)
    assert len(read(here()).events) == 1


def test_four_processes_at_a_time_leave_800_whole_lines():
    code = "from utils.exercises.progress import record\n"
    code += "for n in range(200): record('exercise', '0{0}.1', n % 2 == 0)"
    writers = [
        subprocess.Popen([sys.executable, "-c", code.format(n)], cwd=settings.ROOT)
        for n in range(1, 5)
    ]
    assert [writer.wait() for writer in writers] == [0] * 4
    found = read(here())
    assert len(found.events) == 800 and found.skipped == ()
    for n in range(1, 5):
        mine = [event.passed for event in found.events if event.name == f"0{n}.1"]
        assert mine == [True, False] * 100
    assert len([line for line in here().read_bytes().split(b"\n") if line]) == 800


def test_an_event_is_written_in_one_go_at_the_end(monkeypatch):
    """What keeps the lines of two processes whole, which the test above could miss by luck."""
    opened, sizes = [], []
    real_open, real_write = os.open, os.write
    monkeypatch.setattr(os, "open", lambda *a, **k: (opened.append(a[1]), real_open(*a, **k))[1])
    monkeypatch.setattr(os, "write", lambda f, b: (sizes.append(b), real_write(f, b))[1])
    record("notebook", "01", True)
    record("notebook", "02", True)
    monkeypatch.undo()
    assert len(sizes) == 2 and all(part.endswith(b"}\n") for part in sizes)
    assert all(flags & os.O_APPEND for flags in opened)


def test_after_a_cut_line_the_next_event_begins_a_line_of_its_own():
    here().write_bytes(GOOD + b"\n" + GOOD[:40])
    record("exercise", "01.2", True)
    found = read(here())
    assert [event.name for event in found.events] == ["01.1", "01.2"]
    assert found.skipped == ("line 2 can't be read",)


@pytest.fixture
def unwarned(monkeypatch):
    monkeypatch.setattr(progress, "_warned", False)


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_can_not_be_written_is_one_sentence_a_process(monkeypatch, unwarned, capsys):
    monkeypatch.setattr(os, "open", refuse)
    for _ in range(3):
        record("exercise", "01.1", True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert str(here()) in lines[0] and "No space left" in lines[0] and "COURSE_PROGRESS" in lines[0]


def test_a_write_that_is_cut_short_is_said(monkeypatch, unwarned, capsys):
    monkeypatch.setattr(os, "write", lambda file, line: len(line) - 1)
    record("exercise", "01.1", True)
    assert "the disk is full" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["a file/progress.jsonl", ".", "nul\0byte"])
def test_a_path_that_can_not_be_is_said_and_the_check_itself_still_works(
    monkeypatch, unwarned, capsys, tmp_path, path
):
    (tmp_path / "a file").write_text("no folder")
    monkeypatch.setattr(settings, "progress_path", lambda: tmp_path / path)
    check("01.1", (1, -1, -0.5))
    said = capsys.readouterr()
    assert "✓ Right" in said.out
    assert len(said.err.splitlines()) == 1 and "Your progress isn't recorded" in said.err


@pytest.mark.parametrize("value", ["~nobody-of-that-name/mine.jsonl", "nul\0byte"])
def test_a_setting_that_is_no_path_is_said_and_the_check_itself_still_works(
    monkeypatch, unwarned, capsys, value
):
    monkeypatch.setattr(os, "environ", {**os.environ, "COURSE_PROGRESS": value})
    for _ in range(2):
        check("01.1", (1, -1, -0.5))
    said = capsys.readouterr()
    assert said.out.count("✓ Right") == 2
    assert len(said.err.splitlines()) == 1 and "COURSE_PROGRESS" in said.err


# What counts


def test_a_check_records_right_and_wrong_answers_but_no_stub():
    for answer in (..., None, (0, 0, 0), (1, -1, -0.5)):
        check("01.1", answer)
    events = [(event.kind, event.name, event.passed) for event in read(here()).events]
    assert events == [("exercise", "01.1", False), ("exercise", "01.1", True)]


def test_an_exercise_that_is_not_there_is_not_recorded():
    check("01.99", 1)
    check("nonsense", 1)
    assert not here().exists()


def test_a_strict_check_is_recorded_before_it_raises(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(CourseError):
        check("01.1", (0, 0, 0))
    assert len(read(here()).events) == 1


def test_a_learners_copies_of_the_solutions_are_nobodys_progress_either(monkeypatch, tmp_path):
    (tmp_path / "work" / "solutions").mkdir(parents=True)
    monkeypatch.setattr(settings, "own_dir", lambda: tmp_path)
    monkeypatch.chdir(tmp_path / "work" / "solutions")
    check("01.1", (1, -1, -0.5))
    assert not here().exists()
    monkeypatch.chdir(tmp_path / "work")
    check("01.1", (1, -1, -0.5))
    assert len(read(here()).events) == 1


def test_solutions_are_nobodys_progress(monkeypatch):
    monkeypatch.chdir(settings.NOTEBOOKS / "solutions")
    check("01.1", (1, -1, -0.5))
    record("notebook", "01", True)
    assert not here().exists()
    monkeypatch.chdir(settings.NOTEBOOKS)
    check("01.1", (1, -1, -0.5))
    assert len(read(here()).events) == 1


# Reading


def test_a_file_that_is_not_there_has_no_events():
    assert read(here()) == progress.Record((), ())


def test_a_file_that_can_not_be_read_is_one_sentence(tmp_path):
    with pytest.raises(CourseError, match="can't be read"):
        read(tmp_path)


def test_a_file_that_an_editor_gave_a_byte_order_mark_is_read():
    assert written(b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD + b"\r\n").skipped == ()
    assert len(read(here()).events) == 2


def test_a_cut_last_line_and_one_of_another_version_are_skipped_and_said():
    other = GOOD.replace(b'"version": 2', b'"version": 3')
    found = written(GOOD + b"\n" + other + b"\n\n" + GOOD[:-9])
    assert found.events == (Event(NOON, "exercise", "01.1", True),)
    assert found.skipped == ("line 2 is of version 3", "line 4 can't be read")


@pytest.mark.parametrize(
    ("before", "today"), [("04.1", "04.1"), ("05.1", "06.1"), ("09.12", "10.12"), ("16.3", "17.3")]
)
def test_a_line_of_before_lessons_were_renumbered_counts_for_the_lesson_of_today(before, today):
    old = GOOD.replace(b'"version": 2', b'"version": 1').replace(b"01.1", before.encode())
    found = written(old + b"\n" + GOOD.replace(b"01.1", before.encode()))
    assert found.events == tuple(Event(NOON, "exercise", name, True) for name in (today, before))
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"true", b'"yes"'), (b"true", b"1"), (b"true", b"null"), (b"exercise", b"exam"),
        (b'"exercise"', b'["exercise"]'), (b"01.1", b"1.1"), (b"01.1", b"=1+1"),
        (b'"01.1"', b"1.1"), (b"+00:00", b""), (b"2026-03-01T", b""), (b"2,", b"true,"),
        (b'"version": 2, ', b""), (b"2,", b'"2",'), (b"2,", b"2.0,"), (b"01.1", b"01.1\\n"),
        (b"01.1", "０１.1".encode()),
    ],
)  # fmt: skip
def test_a_line_with_a_field_that_can_not_be_is_skipped(old, new):
    assert old in GOOD
    found = written(GOOD.replace(old, new, 1) + b"\n" + GOOD + b"\n")
    assert len(found.events) == 1
    assert found.skipped == ("line 1 can't be read",)


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000, b'{"version": ' + b"9" * 5_000 + b"}", b"[]", b"1", b'"a"', b"null",
     b"\xff\xfe", b'{"version": NaN}', b'{"version": {"version": 2}}', b"{}"],
    ids=range(10),
)  # fmt: skip
def test_foreign_content_is_skipped(line):
    found = written(line + b"\n" + GOOD)
    assert len(found.events) == 1 and len(found.skipped) == 1
    assert len(found.skipped[0]) < 60


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.text(), parts, max_size=2),
    max_leaves=4,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "version": st.just(2) | ANYTHING,
        "time": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | ANYTHING,
        "kind": st.sampled_from(["notebook", "exercise", "quiz", "reading"]) | ANYTHING,
        "name": st.sampled_from(["01", "01.1", "01.q1"]) | ANYTHING,
        "passed": st.booleans() | ANYTHING,
        "details": st.fixed_dictionaries({}, optional={"cells": ANYTHING, "of": ANYTHING}),
    },
)
LINES = st.lists(st.binary(max_size=80) | FIELDS.map(json.dumps).map(str.encode) | st.just(GOOD))


@effort(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example([GOOD, b"\x00" * 8, GOOD[:50]])
@given(LINES)
def test_no_content_makes_the_reader_raise(lines):
    content = b"\n".join(lines)
    found = written(content)
    whole = [line for line in content.split(b"\n") if line.strip()]
    assert len(found.events) + len(found.skipped) == len(whole)
    assert len(found.events) >= whole.count(GOOD)
    standings([Item("01_a", "exercise", "01.1")], found.events)
    readings(found.events)


# Standings


def event(name: str, passed: bool, hours: int = 0) -> Event:
    return Event(NOON + timedelta(hours=hours), "exercise", name, passed)


def test_attempts_are_counted_up_to_the_first_right_answer():
    items = [Item("01_a", "exercise", name) for name in ("01.1", "01.2", "01.3")]
    events = [event("01.1", False), event("01.1", True, 1), event("01.1", False, 2)]
    events += [
        event("01.1", True, 3),
        event("01.2", False),
        event("01.2", False),
        event("07.7", True),
    ]
    assert standings(items, events) == [
        Standing(items[0], NOON + timedelta(hours=1), 2),
        Standing(items[1], None, 2),
        Standing(items[2], None, 0),
    ]


def test_an_exercise_and_a_notebook_of_one_name_are_two_things():
    items = [Item("01_a", "notebook", "01.1"), Item("01_a", "exercise", "01.1")]
    first, second = standings(items, [event("01.1", True)])
    assert first.first_done is None and second.first_done == NOON


def reading(cells: object, of: object, hours: int = 0) -> Event:
    return Event(NOON + timedelta(hours=hours), "reading", "01", True, {"cells": cells, "of": of})


def test_what_was_read_adds_up_over_kernels_and_days():
    events = [reading([], 31), reading(["a", "b"], 31, 1), event("01.1", True, 2),
              reading([], 30, 24), reading(["b", "c"], 30, 25)]  # fmt: skip
    found = readings(events)
    assert found == {
        "01": (NOON, NOON + timedelta(hours=24), frozenset({"a", "b", "c"}), 30),
    }
    assert readings([event("01.1", True)]) == {}


@pytest.mark.parametrize("cells", [None, 3, "abc", {"a": 1}, [1, None, ["a"]], [[[]]]])
@pytest.mark.parametrize("of", [None, -1, True, "9", 10**30, 1e308])
def test_a_reading_with_odd_details_is_an_opening(cells, of):
    (found,) = readings([reading(cells, of)]).values()
    assert found == (NOON, NOON, frozenset(), 0)


# Exports

ROWS = [
    Standing(Item("01_a", "notebook", "01"), NOON, 1),
    Standing(Item("01_a", "exercise", "01.1"), None, 3),
]


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_an_export_has_a_row_an_item_done_or_not(tmp_path):
    export(tmp_path / "a.csv", ROWS, 'Zoë "Z", O\'Neil')
    assert table(tmp_path / "a.csv") == [
        list(COLUMNS),
        [
            'Zoë "Z", O\'Neil',
            "01_a",
            "notebook",
            "01",
            "yes",
            "2026-03-01T12:00:00+00:00",
            "1",
            "",
            "",
            "",
            "",
            "",
        ],
        ['Zoë "Z", O\'Neil', "01_a", "exercise", "01.1", "no", "", "3", "", "", "", "", ""],
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("learner", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+1", "'+1"), ("-1", "'-1"), ("@sum", "'@sum"),
        ("\t=1", "'=1"), ("\r\n=1", "'=1"), ("a\nb", "a b"), ("＝1", "'＝1"),
        ("Anna = A", "Anna = A"), ("", ""), ("\udcff", "?"), ("Jörg Müller", "Jörg Müller"),
        ("李雷", "李雷"), ("a;=1+1", "a,=1+1"),
    ],
)  # fmt: skip
def test_a_learners_name_is_no_formula(tmp_path, learner, cell):
    export(tmp_path / "a.csv", ROWS, learner)
    assert {row[0] for row in table(tmp_path / "a.csv")[1:]} == {cell}


def test_excel_is_told_that_a_table_is_utf8_and_a_spreadsheet_by_semicolons_finds_no_formula(
    tmp_path,
):
    export(tmp_path / "a.csv", ROWS, "李雷;=1+1")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbflearner,") and content.count(b"\xef\xbb\xbf") == 1
    for line in content.decode("utf-8-sig").splitlines()[1:]:
        cells = next(csv.reader([line], delimiter=";"))
        assert not any(cell.startswith("=") for cell in cells)


def test_a_file_that_is_there_stays_unless_forced(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(CourseError, match="is there already.*`force`"):
        export(path, ROWS)
    assert path.read_text() == "mine"
    export(path, ROWS, force=True)
    assert len(table(path)) == 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none/a.csv", "There is no folder"),
        ("folder.csv", "is a folder"),
        ("progress.jsonl", "doesn't end in .csv"),
        ("a", "doesn't end in .csv"),
    ],
)
def test_a_place_that_can_not_be_is_one_sentence_even_if_forced(tmp_path, name, said):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CourseError) as raised:
        export(tmp_path / name, ROWS, force=True)
    assert said in raised.value.problem and raised.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_an_export_that_fails_leaves_the_old_file_and_nothing_beside_it(monkeypatch, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CourseError, match="can't be written .*No space left"):
        export(path, ROWS, force=True)
    assert path.read_text() == "old" and [one.name for one in tmp_path.iterdir()] == ["a.csv"]
