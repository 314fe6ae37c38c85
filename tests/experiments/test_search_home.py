"""Runs that come home: whole at any moment, from one attempt only."""

import multiprocessing
from pathlib import Path

import pytest
from starting import LONG

from utils.errors import CourseError
from utils.experiments.search.collector import (
    Home,
    Superseded,
    folder_files,
    held_lock,
    store,
    write_files,
)

FIRST = {"run.json": b"1", "checkpoint/epoch-001.index": b"a", "events.out.tfevents.1.course": b"x"}
SECOND = {
    "run.json": b"2", "checkpoint/epoch-002.index": b"b", "events.out.tfevents.1.course": b"xyz",
}  # fmt: skip


def test_a_folder_comes_back_as_it_was_sent(tmp_path):
    write_files(tmp_path / "run", FIRST)
    assert folder_files(tmp_path / "run") == FIRST
    write_files(tmp_path / "run", SECOND)
    assert folder_files(tmp_path / "run") == SECOND


@pytest.mark.parametrize("moment", range(3))
def test_cut_off_between_two_files_the_record_names_a_checkpoint_that_is_there(
    tmp_path, monkeypatch, moment
):
    write_files(tmp_path, FIRST)
    calls, replace, unlink = [], Path.replace, Path.unlink

    def counted(real):
        def call(path, *arguments):
            if len(calls) == moment:
                raise KeyboardInterrupt
            calls.append(path)
            return real(path, *arguments)

        return call

    monkeypatch.setattr(Path, "replace", counted(replace))
    monkeypatch.setattr(Path, "unlink", counted(unlink))
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, SECOND)
    named = {b"1": "epoch-001", b"2": "epoch-002"}[(tmp_path / "run.json").read_bytes()]
    assert (tmp_path / "checkpoint" / f"{named}.index").is_file()


def test_an_event_file_that_has_grown_stays_the_same_file(tmp_path):
    write_files(tmp_path, FIRST)
    path = tmp_path / "events.out.tfevents.1.course"
    with path.open("rb") as watching:  # as TensorBoard does
        assert watching.read() == b"x"
        write_files(tmp_path, SECOND)
        assert watching.read() == b"yz"


def test_an_event_file_of_other_content_is_replaced(tmp_path):
    write_files(tmp_path, FIRST)
    write_files(tmp_path, FIRST | {"events.out.tfevents.1.course": b"other"})
    assert (tmp_path / "events.out.tfevents.1.course").read_bytes() == b"other"


def test_a_folder_without_a_record_counts_as_nothing_and_half_files_are_left_out(tmp_path):
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "epoch-001.index").write_bytes(b"a")
    assert folder_files(tmp_path) == {}
    (tmp_path / "run.json").write_bytes(b"1")
    (tmp_path / "run.json.new").write_bytes(b"half")
    assert sorted(folder_files(tmp_path)) == ["checkpoint/epoch-001.index", "run.json"]


def test_what_an_attempt_sends_after_the_next_has_begun_is_refused(tmp_path):
    home = Home(str(tmp_path))
    assert home.begin("s/v/seed-0", "one") == {}
    home.receive("s/v/seed-0", "one", FIRST)
    assert home.begin("s/v/seed-0", "two") == FIRST
    with pytest.raises(Superseded):
        home.receive("s/v/seed-0", "one", SECOND)
    assert folder_files(tmp_path / "s/v/seed-0") == FIRST


def test_a_run_is_asked_to_stop_by_its_folder(tmp_path):
    home = Home(str(tmp_path))
    home.ask_to_stop("s/v/seed-0")
    assert home.should_stop("s/v/seed-0") and not home.should_stop("s/w/seed-0")


def test_the_news_of_a_home_elsewhere_make_the_same_folder_here(tmp_path, capsys):
    home = Home("", mirrored=True)
    home.append("s/trials.jsonl", "one")
    home.begin("s/v/seed-0", "x")
    home.receive("s/v/seed-0", "x", FIRST)
    home.append("s/trials.jsonl", "two")
    home.receive("s/v/seed-0", "x", SECOND)
    home.say("hello")
    for kind, what in home.news():
        store(tmp_path, kind, what)
    assert home.news() == []
    assert (tmp_path / "s/trials.jsonl").read_text() == "one\ntwo\n"
    assert folder_files(tmp_path / "s/v/seed-0") == SECOND
    assert capsys.readouterr().out == "hello\n"
    home.close()
    assert not home.root.exists()


def _hold(path, ready):
    lock = held_lock(Path(path), 0)
    ready.set()
    assert lock.is_locked
    multiprocessing.Event().wait()


def test_a_lock_is_held_as_long_as_its_process_lives(tmp_path):
    pytest.importorskip("filelock", reason="the extra search isn't installed")
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=_hold, args=(str(tmp_path / "lock"), ready), daemon=True)
    other.start()
    assert ready.wait(LONG)
    with pytest.raises(CourseError, match="Another process is at work"):
        held_lock(tmp_path / "lock", 0)
    other.kill()
    other.join()
    held_lock(tmp_path / "lock", 5).release()
