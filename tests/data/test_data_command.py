"""`course data` and `course data verify` beside anything that may lie in the folders."""

import os
from pathlib import Path

import pytest
from tiny_sets import cifar_files
from typer.testing import CliRunner, Result

from utils.cli.main import app


def course(*words: str) -> Result:
    return CliRunner().invoke(app, ["data", *words])


def test_all_sets_are_verified_though_one_is_damaged(
    mnist: bytes, cifar_folder: Path, shared: Path
) -> None:
    (shared / "mnist.npz").write_bytes(b"half")
    done = course("verify")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("mnist ") and "mnist.npz is cut short" in lines[0]
    assert "90/10/20 pictures, contents SHA-256" in done.stdout
    assert course("verify", "cifar10").exit_code == 0
    assert "mnist.npz is cut short" in str(course("verify", "mnist").exception)


def test_where_no_folder_can_be_looked_at_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "typo"))
    done = course("verify")
    assert (done.stdout, str(done.exception).count("typo")) == ("", 1)


def odd_entries(folder: Path) -> None:
    """Fill a data folder with entries of the right names and the wrong kinds."""
    (folder / "mnist.npz").mkdir()
    batches = folder / "cifar-10-batches-bin"
    batches.mkdir()
    names = list(cifar_files())
    (batches / names[0]).mkdir()
    (batches / names[1]).symlink_to("nowhere")
    (batches / names[2]).symlink_to(names[2])
    os.mkfifo(batches / names[3])
    (batches / names[4]).symlink_to("/dev/zero")
    (batches / names[5]).write_bytes(b"")
    (folder / "cats-dogs-64").write_bytes(b"a file")
    (folder / "nobody\udcff").touch()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes and devices among files")
@pytest.mark.parametrize("where", ["cache", "shared"])
def test_odd_entries_are_named_each_in_its_line(
    where: str, mnist: bytes, cifar10: bytes, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(where)
    folder.mkdir(exist_ok=True)
    odd_entries(folder)
    done = course()
    assert done.exit_code == 0, done.exception
    for said in (
        "mnist.npz is a folder instead of a file",
        "data_batch_1.bin is a folder instead of a file; data_batch_2.bin is a link that leads",
        "data_batch_3.bin can't be used: too many levels of symbolic links",
        "data_batch_4.bin is a pipe instead of a file; data_batch_5.bin is a device",
        "test_batch.bin has 0 bytes instead of 61,460",
        "cats-dogs-64 is a file instead of a folder",
    ):
        assert said in done.stdout
    for name in ("mnist", "cifar10", "cats_dogs", "cats_dogs_photos"):
        done = course("verify", name)
        assert type(done.exception).__name__ in ("CourseError", "SystemExit"), name
    assert "nobody" not in course("verify").stdout
