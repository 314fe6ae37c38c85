"""The copy of the code that a machine gets, and the sentences about money."""

from dataclasses import replace
from pathlib import Path

import pytest
from jobs_made import JOB

from utils.cloud import prices
from utils.cloud.prices import LaunchPlan, Offer
from utils.cloud.sky_task import Limits
from utils.cloud.upload import code_line, copy_code, whole_inputs
from utils.errors import CourseError

NAME = "course-x"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Return a folder of a job: code, runs, a secret, and copies made before."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    for name in ("train.py", "parts/net.py", "notes.txt", ".env", "runs/a/run.json", "build/old"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (tmp_path / ".floydignore").write_text("notes.txt\n")
    (tmp_path / ".gitignore").write_text("parts/\n")
    return tmp_path


def sent(copy):
    return {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}


def test_the_copy_holds_the_code_and_neither_runs_nor_secrets_nor_earlier_copies(folder):
    files = {"train.py", "parts/net.py", ".floydignore", ".gitignore", ".skyignore"}
    assert sent(copy_code(folder, NAME)) == files
    (folder / "train.py").unlink()
    assert sent(copy_code(folder, f"{NAME}-2")) == files - {"train.py"}


def test_a_folder_that_lies_where_the_copy_would_is_left_alone(folder):
    mine = folder / "build" / "cloud" / NAME / "code" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(CourseError, match="code, where code is copied to, is taken"):
        copy_code(folder, NAME)
    assert mine.read_text() == "mine"


def test_an_input_goes_as_it_is_unless_git_is_to_ignore_part_of_it(folder):
    photos = folder / "photos"
    photos.mkdir()
    (photos / "a.png").write_text("a")
    (photos / "link").symlink_to("a.png")
    mounts = {"/in/photos": str(photos), "/in/a": str(photos / "a.png"), "/in/b": "s3://bucket/b"}
    with whole_inputs(mounts, NAME) as plain:
        assert plain == mounts
    (photos / ".gitignore").write_text("*")
    before = sent(photos)
    with whole_inputs(mounts, NAME) as whole:
        twin = Path(whole["/in/photos"])
        assert sent(twin) == before | {".skyignore"} and twin != photos
        assert (twin / "a.png").samefile(photos / "a.png") and (twin / "link").is_symlink()
        assert {**whole, "/in/photos": str(photos)} == mounts
    assert sent(photos) == before and not twin.exists()


def test_where_the_disk_has_no_links_an_input_is_copied(folder, monkeypatch):
    monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    with whole_inputs({"/in/parts": str(folder)}, NAME) as whole:  # the build folder is within it
        copy = Path(whole["/in/parts"])
        assert (copy / "train.py").read_text() == "train.py"
        assert sent(copy) == {one for one in sent(folder) if "cloud" not in one} | {".skyignore"}


def test_the_size_of_what_is_sent_is_said(folder):
    assert code_line(folder) == f"Sent: 4 files of {folder}, 0.0 MB."


def test_the_price_of_several_machines_is_all_of_theirs():
    plan = LaunchPlan((Offer("AWS", "us-east-1", "g4dn.xlarge", "T4", 0.5),))
    lines = prices.price_lines(plan, replace(JOB, nodes=3, max_runtime=5400), Limits(2.0, 15))
    assert lines == [
        "Planned: 3 × g4dn.xlarge (T4) on AWS, us-east-1: $1.50 an hour.",
        "1 h 30 min of that: $2.25 at the most.",
        "The machine's start, up to 30 min of set-up and the 15 idle minutes at the end "
        "are paid too.",
    ]


def test_a_plan_without_prices_says_why():
    lines = prices.price_lines(LaunchPlan(notes=("Lists are gone.",)), JOB, Limits())
    assert lines == ["Lists are gone.", "So there is no price, and nothing was planned."]
