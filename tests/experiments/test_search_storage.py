"""Runs that come home: whole at any moment, and nowhere else."""

import zipfile
from pathlib import Path

import pytest

from utils.errors import CourseError
from utils.experiments.search.ray_tune import open_storage
from utils.experiments.search.searching import search
from utils.experiments.search.storage import ARCHIVE, pack, put, reaches, unpack
from utils.files import lock

FIRST = {"run.json": b"1", "checkpoint/epoch-001.index": b"a", "events.out.tfevents.1.course": b"x"}
SECOND = {
    "run.json": b"2", "checkpoint/epoch-002.index": b"b", "events.out.tfevents.1.course": b"xyz",
}  # fmt: skip


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def archive(folder, files):
    """Return an archive of a folder that holds these files."""
    pack(write(folder / "packed", files), folder / f"{files['run.json'].decode()}.zip")
    return folder / f"{files['run.json'].decode()}.zip"


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def archives(tmp_path):
    return archive(tmp_path / "a", FIRST), archive(tmp_path / "b", SECOND)


def test_a_folder_comes_back_as_it_was_packed(tmp_path, archives):
    for one, files in zip(archives, (FIRST, SECOND), strict=True):
        unpack(one, tmp_path / "run")
        assert content(tmp_path / "run") == files


@pytest.mark.parametrize("moment", range(5))
def test_cut_off_between_two_files_the_record_names_a_checkpoint_that_is_there(
    tmp_path, monkeypatch, moment, archives
):
    run = write(tmp_path / "run", FIRST)
    calls, replace, unlink = [], Path.replace, Path.unlink

    def counted(real):
        def call(path, *arguments, **options):
            if len(calls) == moment:
                raise KeyboardInterrupt
            calls.append(path)
            return real(path, *arguments, **options)

        return call

    monkeypatch.setattr(Path, "replace", counted(replace))
    monkeypatch.setattr(Path, "unlink", counted(unlink))
    with pytest.raises(KeyboardInterrupt):
        unpack(archives[1], run)
    named = {b"1": "epoch-001", b"2": "epoch-002"}[(run / "run.json").read_bytes()]
    assert (run / "checkpoint" / f"{named}.index").is_file()


def test_an_event_file_that_has_grown_stays_the_same_file(tmp_path, archives):
    run = write(tmp_path / "run", FIRST)
    with (run / "events.out.tfevents.1.course").open("rb") as watching:  # as TensorBoard does
        assert watching.read() == b"x"
        unpack(archives[1], run)
        assert watching.read() == b"yz"


def test_what_no_training_made_stays_when_a_run_comes_home(tmp_path, archives):
    run = write(tmp_path / "run", FIRST | {"notes.txt": b"mine", "checkpoint/notes.txt": b"mine"})
    unpack(archives[1], run)
    mine = {"notes.txt": b"mine", "checkpoint/notes.txt": b"mine"}
    assert content(run) == SECOND | mine


def test_an_event_file_of_other_content_is_replaced(tmp_path, archives):
    run = write(tmp_path / "run", FIRST | {"events.out.tfevents.1.course": b"other"})
    unpack(archives[0], run)
    assert content(run) == FIRST


def test_half_written_files_are_left_out(tmp_path):
    write(tmp_path / "run", FIRST | {"run.json.new": b"half"})
    pack(tmp_path / "run", tmp_path / ARCHIVE)
    unpack(tmp_path / ARCHIVE, tmp_path / "back")
    assert content(tmp_path / "back") == FIRST


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / ARCHIVE, "w") as packed:
        packed.writestr("run.json", "1")
        packed.writestr(name, "bad")
    with pytest.raises(ValueError, match="isn't a run's archive"):
        unpack(tmp_path / ARCHIVE, tmp_path / "run")
    assert not (tmp_path / "run").exists() and not (tmp_path / "outside").exists()


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_storage_is_a_folder_or_a_url_and_is_left_empty(tmp_path, form):
    pytest.importorskip("ray", reason="the extra search isn't installed")
    write(tmp_path / "run", FIRST)
    with open_storage(tmp_path / "runs", "search", form.format(tmp_path / "shared")) as place:
        assert reaches(place) and not reaches(place + "-of-another")
        put(tmp_path / "run", f"{place}/before")
        (packed,) = (tmp_path / "shared").rglob(ARCHIVE)
        unpack(packed, tmp_path / "back")
    assert content(tmp_path / "back") == FIRST
    assert list((tmp_path / "shared").iterdir()) == []


def test_what_a_killed_sitting_left_beside_its_runs_is_removed(tmp_path):
    pytest.importorskip("ray", reason="the extra search isn't installed")
    beside = write(tmp_path / "search" / ".tune" / "search-1", {"run.zip": b"old"})
    with open_storage(tmp_path, "search", None) as place:
        assert Path(place).parent == beside.parent and not beside.exists()
    assert not beside.parent.exists()


def test_a_storage_that_cannot_be_is_one_sentence(tmp_path):
    pytest.importorskip("ray", reason="the extra search isn't installed")
    (tmp_path / "file").write_text("")
    for storage in (str(tmp_path / "file"), "nowhere://bucket"):
        with (
            pytest.raises(CourseError, match="Nothing can be stored in"),
            open_storage(tmp_path, "search", storage),
        ):
            pass


def test_two_searches_of_one_name_never_run_at_once(tmp_path, monkeypatch):
    for package in ("ray", "optuna"):
        pytest.importorskip(package, reason="the extra search isn't installed")
    for name, value in (("RUNS", str(tmp_path)), ("PROFILE", "smoke"), ("DATA_SOURCE", "sample")):
        monkeypatch.setenv(f"COURSE_{name}", value)
    with (
        lock(tmp_path / "search" / ".driver.lock"),
        pytest.raises(CourseError, match="Another process is at work on this search"),
    ):
        search("search", trials=1)
    assert [path.name for path in (tmp_path / "search").iterdir()] == [".driver.lock"]
