"""Runs that come from elsewhere: whole, and never over one that is here."""

import contextlib
import json
import os

import pytest
from made_runs import made_record, made_rows

from utils.experiments import import_runs
from utils.experiments.import_runs import bring_runs
from utils.experiments.run_folder import held
from utils.networks.tflearn_cnn.config import Config

NAME = "dropout/0.5@full/seed-0"


def write_run(root, name, epochs, ended=None, started="2026-01-01", mark=""):
    """Write a run of so many epochs, with a checkpoint that says how many."""
    folder = root / name
    (folder / "checkpoint").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint" / "weights").write_text(f"{mark}{epochs}")
    status = "finished" if ended else "running"
    record = made_record(Config(), made_rows(0.5, epochs=9)[:epochs], status)
    record |= {"started": started, "ended": ended}
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def weights(root, name=NAME):
    return (root / name / "checkpoint" / "weights").read_text()


@pytest.fixture
def there(tmp_path):
    return tmp_path / "there"


@pytest.fixture
def here(tmp_path):
    return tmp_path / "here"


def test_new_runs_come_whole_and_are_named(there, here):
    write_run(there, NAME, 3, ended="now")
    write_run(there, "layers/baseline/seed-1", 2)
    (there / "mnist" / "dense").mkdir(parents=True)
    (there / "mnist" / "dense" / "events.out.tfevents.1").write_text("points")
    lines = bring_runs(there, here)
    names = f"{NAME}, layers/baseline/seed-1, mnist/dense"
    assert lines == [f"3 runs brought into {here}: {names}."]
    assert weights(here) == "3" and weights(there) == "3"
    assert (here / "mnist" / "dense" / "events.out.tfevents.1").read_text() == "points"
    assert {path.suffix for path in here.rglob(".*")} == {".lock"}


def test_another_run_of_the_same_name_here_is_kept_and_named(there, here):
    write_run(there, NAME, 9, ended="now")
    write_run(here, NAME, 3, started="2026-02-02")
    lines = bring_runs(there, here)
    assert lines[0] == "No new runs came back."
    assert "kept as it was" in lines[1] and NAME in lines[1]
    assert weights(here) == "3"


def test_a_finished_run_here_is_kept(there, here):
    write_run(there, NAME, 9, ended="now")
    write_run(here, NAME, 3, ended="before")
    bring_runs(there, here)
    assert weights(here) == "3"


def test_bringing_twice_changes_nothing_and_says_so(there, here):
    write_run(there, NAME, 3)
    bring_runs(there, here)
    assert bring_runs(there, here) == ["No new runs came back."]


def test_a_run_that_went_on_elsewhere_replaces_its_own_beginning(there, here):
    write_run(there, NAME, 3)
    bring_runs(there, here)
    write_run(there, NAME, 5, ended="now")
    assert bring_runs(there, here) == [f"1 run brought into {here}: {NAME}."]
    assert weights(here) == "5"


def test_a_run_that_went_on_here_is_not_set_back(there, here):
    write_run(there, NAME, 3)
    bring_runs(there, here)
    write_run(here, NAME, 5)
    bring_runs(there, here)
    assert weights(here) == "5"


def test_a_run_that_went_on_both_here_and_there_is_kept_here(there, here):
    write_run(there, NAME, 3)
    bring_runs(there, here)
    folder = write_run(here, NAME, 4, mark="ours ")
    record = json.loads((folder / "run.json").read_text())
    record["history"][-1]["loss"] = 0.25
    (folder / "run.json").write_text(json.dumps(record))
    write_run(there, NAME, 8)
    bring_runs(there, here)
    assert weights(here) == "ours 4"


def test_a_copy_that_was_cut_off_is_done_again(there, here):
    write_run(there, NAME, 3)
    half = here / "dropout" / "0.5@full" / ".seed-0.12345678.new"
    half.mkdir(parents=True)
    (half / "rest").write_text("")
    os.utime(half, (0, 0))
    bring_runs(there, here)
    assert weights(here) == "3" and not half.exists()
    assert not (here / NAME / "rest").exists()


def test_a_damaged_record_keeps_what_is_here_and_lets_the_others_come(there, here):
    write_run(here, NAME, 3)
    (write_run(there, NAME, 5) / "run.json").write_text('{"format": 1, "sta')
    write_run(there, "layers/baseline/seed-1", 2)
    lines = bring_runs(there, here)
    assert "1 run brought" in lines[0] and NAME in lines[1]
    assert weights(here) == "3" and weights(here, "layers/baseline/seed-1") == "2"


def test_a_searchs_own_files_come_with_its_runs_and_grow_with_it(there, here):
    write_run(there, "search/trial-1/seed-0", 2)
    (there / "search" / "trials.jsonl").write_text("one\n")
    assert bring_runs(there, here)[1] == "With them came search/trials.jsonl."
    (there / "search" / "trials.jsonl").write_text("one\ntwo\n")
    bring_runs(there, here)
    assert (here / "search" / "trials.jsonl").read_text() == "one\ntwo\n"
    (here / "search" / "trials.jsonl").write_text("one\nmine\n")
    assert "search/trials.jsonl" in bring_runs(there, here)[-1]
    assert (here / "search" / "trials.jsonl").read_text() == "one\nmine\n"


def test_what_a_copying_tool_left_half_done_stays_where_it_is(there, here):
    folder = write_run(there, NAME, 3)
    (folder / ".rsync-partial").mkdir()
    (folder / ".rsync-partial" / "weights").write_text("half")
    bring_runs(there, here)
    assert not (here / NAME / ".rsync-partial").exists()
    assert bring_runs(there, here) == ["No new runs came back."]


def test_a_run_that_another_process_writes_here_is_left_to_it_and_named(there, here):
    write_run(there, NAME, 5, ended="now")
    write_run(there, "layers/baseline/seed-1", 2)
    write_run(here, NAME, 3)
    with held(here / NAME):
        lines = bring_runs(there, here)
    assert lines[0].startswith("1 run brought") and "layers/baseline/seed-1" in lines[0]
    assert lines[1].startswith(f"Another process trains {here / NAME}. It is process {os.getpid()}")
    assert weights(here) == "3"
    assert f": {NAME}." in bring_runs(there, here)[0] and weights(here) == "5"


def test_a_run_that_went_on_here_between_the_look_and_the_lock_is_kept(there, here, monkeypatch):
    write_run(there, NAME, 3)

    @contextlib.contextmanager
    def late(place):
        write_run(here, NAME, 5)
        yield

    monkeypatch.setattr(import_runs, "held", late)
    assert NAME in bring_runs(there, here)[1]
    assert weights(here) == "5"


def test_a_run_that_a_kill_left_set_aside_is_put_back(there, here):
    """`files.whole` moves ours aside and is killed before the new one has its place."""
    ours = write_run(here, NAME, 3)
    ours.rename(ours.with_name(".seed-0.0123abcd.old"))
    write_run(ours.parent, ".seed-0.0123abcd.new", 1)
    with held(ours):
        assert weights(here) == "3"
    assert [path.name for path in ours.parent.iterdir() if path.is_dir()] == ["seed-0"]


def test_where_nothing_ran_there_is_nothing_to_bring(there, here):
    assert bring_runs(there, here) == ["No new runs came back."]
