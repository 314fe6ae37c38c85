"""What a job made or changed comes back, over nothing that is there: by real launches here."""

import os
from pathlib import Path

import pytest
from jobs import HERE, WHY, Place, job

from utils import settings
from utils.cloud import local
from utils.cloud.floyd.job import Input
from utils.cloud.outputs import bring_all, is_empty
from utils.cloud.upload import copy_files

with_bash = pytest.mark.skipif(not HERE, reason=WHY)


@pytest.fixture
def launched(tmp_path, monkeypatch, capfd):
    """Return what launches a command in a small folder; it returns what came back, by name."""
    place = Place(tmp_path / "small")
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("COURSE_VENV", place.variables["COURSE_VENV"])
    monkeypatch.setattr(local, "KEPT", (*local.KEPT, "CALLS", "FETCHED"))
    for name in ("CALLS", "FETCHED"):
        monkeypatch.setenv(name, place.variables[name])
    (place.code / "notebooks").mkdir()
    (place.code / "notebooks" / "01.ipynb").write_text("as sent")
    (place.code / "train.py").write_text("pass")

    def launches(command, status=0, **changes):
        before = set(settings.outputs_dir().glob("*"))
        assert local.run_local(job(command, folder=place.code, **changes)) == status
        new = set(settings.outputs_dir().glob("*")) - before
        assert len(new) <= 1
        launches.said = capfd.readouterr().out
        return {
            path.relative_to(folder).as_posix(): path.read_text()
            for folder in new
            for path in folder.rglob("*")
            if path.is_file()
        }

    launches.folder = place.code
    return launches


@with_bash
def test_what_was_made_or_changed_comes_and_what_was_only_sent_does_not(launched):
    came = launched(
        "mkdir -p models/a 'with space'; echo w > models/a/best.h5; echo s > 'with space/ü.txt'; "
        "echo solved > notebooks/01.ipynb; echo done > progress.jsonl; touch train.py; "
        "echo hidden > .notes"
    )
    assert came == {
        "models/a/best.h5": "w\n", "with space/ü.txt": "s\n", "notebooks/01.ipynb": "solved\n",
        "progress.jsonl": "done\n", ".notes": "hidden\n",
    }  # fmt: skip
    assert "Notebooks among them: notebooks/01.ipynb. Your own are as they were." in launched.said
    assert "noted of progress there: progress.jsonl; yours is as it was." in launched.said
    assert (launched.folder / "notebooks" / "01.ipynb").read_text() == "as sent"


@with_bash
def test_a_file_that_keeps_its_size_and_an_old_date_comes_all_the_same(launched):
    came = launched("printf PASS > train.py; touch -d 2001-01-01 train.py; "
                    "echo x > old; touch -d 2001-01-01 old")  # fmt: skip
    assert came == {"train.py": "PASS", "old": "x\n"}


@with_bash
def test_what_a_failed_job_left_comes_too(launched):
    assert launched("echo half > model; exit 3", status=3) == {"model": "half\n"}


@with_bash
@pytest.mark.parametrize(
    "write",
    ["echo m > /output/m", "cd /; printf 'm\\n' > '/output/m'", "f=/output; echo m > $f/m",
     "echo m > $FLOYD_OUTPUT/m", "for one in /output /output; do echo m > $one/m; done",
     "bash -c \"echo m > /output/m\""],
)  # fmt: skip
def test_floydhubs_output_is_the_jobs_own_and_comes_back(launched, write):
    if os.path.lexists("/output"):
        pytest.skip("this machine has an /output of its own")
    assert launched(write) == {"output/m": "m\n"}
    assert not os.path.lexists("/output")


@with_bash
def test_an_input_is_found_at_the_places_that_floydhub_had(launched, tmp_path):
    (tmp_path / "words.txt").write_text("here")
    inputs = (Input(str(tmp_path / "words.txt"), "course-words"),)
    command = "cat /course-words/words.txt /floyd/input/course-words/words.txt > found"
    assert launched(command, inputs=inputs) == {"found": "herehere"}


@with_bash
def test_only_a_whole_name_is_taken_for_floydhubs_place(launched):
    came = launched(
        'a=b; echo $a/output "$a"/output x/output /outputs /output-1 /output.txt > said'
    )
    assert came == {"said": "b/output b/output x/output /outputs /output-1 /output.txt\n"}


@with_bash
def test_environments_caches_and_data_sets_stay_where_they_are(launched):
    came = launched(
        "mkdir -p .venv/lib __pycache__ mine/lib cifar-10-batches-bin; touch .venv/lib/a "
        "__pycache__/b mine/pyvenv.cfg mine/lib/c cifar-10-batches-bin/data_batch_1.bin "
        "a.pyc mnist.npz"
    )
    assert came == {}


@with_bash
def test_jupyterlabs_copies_of_lessons_come_once_they_are_changed(launched):
    (launched.folder / "notebooks" / "02.ipynb").write_text("as sent too")
    came = launched("mkdir work; cp notebooks/* work; echo solved > work/01.ipynb; touch work/.x")
    assert came == {"work/01.ipynb": "solved\n"}


@with_bash
def test_a_link_comes_as_a_link_and_one_that_leads_out_is_named(launched, tmp_path):
    (tmp_path / "secret").write_text("mine")
    launched(f"echo 1 > a; ln -s a latest; ln -s {tmp_path}/secret far; ln -s ../../x up")
    (folder,) = settings.outputs_dir().iterdir()
    assert (folder / "latest").readlink() == Path("a")
    assert {one.name for one in folder.iterdir()} == {"a", "latest"}
    assert "Links that lead out of the job's folder stayed there: far, up." in launched.said


@with_bash
def test_a_run_that_has_no_place_in_the_log_root_comes_with_the_rest(launched):
    mine = settings.runs_dir() / "a" / "b" / "seed-0" / "file"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    came = launched("mkdir -p runs/a/b/seed-0 runs/a/c/seed-0; echo theirs > runs/a/b/seed-0/file; "
                    "echo new > runs/a/c/seed-0/file")  # fmt: skip
    assert came == {"runs/a/b/seed-0/file": "theirs\n"} and mine.read_text() == "mine"


@with_bash
def test_before_the_job_begins_it_is_said_what_comes_back(launched):
    launched("echo begun")
    terms, begun = launched.said.index("What comes back: "), launched.said.index("begun")
    assert terms < begun and str(settings.outputs_dir()) in launched.said[:begun]


# Brought more than once


@pytest.fixture
def made(tmp_path):
    """Return a copy of a folder that was sent."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sent.txt").write_text("sent")
    copy_files(tmp_path / "own", tmp_path / "notes" / "code", "smoke-0a1b2c")
    return tmp_path / "notes" / "code"


def bring(made):
    return bring_all(made, made.parent)


def names():
    folder = settings.outputs_dir() / "smoke-0a1b2c"
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_what_a_job_has_not_touched_is_nothing_to_bring(made):
    assert is_empty(made, made.parent) and bring(made) == ["No new runs came back."]
    assert not settings.outputs_dir().exists()
    (made / "sent.txt").write_text("SENT")
    assert not is_empty(made, made.parent)


def test_what_grew_since_takes_the_place_of_what_came_before(made):
    (made / "log.txt").write_text("1")
    bring(made)
    (made / "log.txt").write_text("1 2")
    assert "log.txt" in " ".join(bring(made)) and names() == {"log.txt": "1 2"}
    assert bring(made) == ["No new runs came back."]


def test_what_a_person_has_changed_since_stays_and_the_new_one_lies_beside_it(made):
    (made / "log.txt").write_text("1")
    bring(made)
    (settings.outputs_dir() / "smoke-0a1b2c" / "log.txt").write_text("mine")
    for text in ("1 2", "1 2 3"):
        (made / "log.txt").write_text(text)
        bring(made)
    assert names() == {"log.txt": "mine", "log (2).txt": "1 2 3"}


def test_what_lay_there_before_the_first_fetch_stays(made):
    (settings.outputs_dir() / "smoke-0a1b2c").mkdir(parents=True)
    (settings.outputs_dir() / "smoke-0a1b2c" / "log").write_text("mine")
    (made / "log").write_text("theirs")
    bring(made)
    assert names() == {"log": "mine", "log (2)": "theirs"}
