"""Where `course run` writes, what it removes there, and that two don't write to one place."""

import os
from pathlib import Path

import pytest
from made_notebooks import text_outputs, write

from utils.files import Held, lock
from utils.jupyter.run_all import run_notebooks


def test_smoke_runs_train_in_the_build_folder_and_start_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_RUNS")
    folder, build = tmp_path / "notebooks", tmp_path / "build"
    write(folder, "01_good", "1")

    def run(selection: str | None = None) -> Path:
        return run_notebooks(
            selection, profile="smoke", notebooks_dir=folder, build_dir=build, progress=False
        ).runs_dir

    old = run() / "old"
    old.mkdir()
    assert run("01") == old.parent == build / "smoke" / "runs" and old.exists()
    assert run() == old.parent and not old.exists()


def test_smoke_runs_go_where_they_are_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, asked = tmp_path / "notebooks", {"notebooks_dir": tmp_path / "notebooks"}
    asked |= {"profile": "smoke", "build_dir": tmp_path / "build", "progress": False}
    write(folder, "01_good", "from utils.settings import runs_dir; print(runs_dir())")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "told"))
    for given, used in ((None, "told"), (tmp_path / "given", "given")):
        report = run_notebooks(runs_dir=given, **asked)
        assert report.runs_dir == tmp_path / used
        assert text_outputs(report.results[0].executed) == f"{tmp_path / used}\n"
    assert not (tmp_path / "build" / "smoke").exists()


def test_a_folder_of_smoke_runs_that_the_course_did_not_make_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COURSE_RUNS")
    mine = tmp_path / "build" / "smoke" / "runs" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("work")
    write(tmp_path / "notebooks", "01_good", "1")
    run_notebooks(
        profile="smoke", notebooks_dir=tmp_path / "notebooks", build_dir=tmp_path / "build",
        progress=False,
    )  # fmt: skip
    assert mine.read_text() == "work" and "are kept" in capsys.readouterr().out


def test_notebooks_are_not_run_twice_at_once_into_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "01_good", "1")
    places = {"notebooks_dir": tmp_path / "notebooks", "build_dir": tmp_path / "build"}
    with (
        lock(tmp_path / "build" / ".run.lock"),
        pytest.raises(Held, match=f"being run already.*process {os.getpid()} "),
    ):
        run_notebooks(**places)
    assert run_notebooks(progress=False, **places).passed
