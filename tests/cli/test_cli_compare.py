"""`course compare` on log roots as people have them: what it says, and that its advice works."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from course import course
from made_runs import made_rows, make_run
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from utils import settings
from utils.experiments.event_log import RunLog, event_files
from utils.experiments.log_root import strays


def log(folder: Path) -> None:
    """Write an event file as another program does."""
    folder.mkdir(parents=True)
    with (folder / "events.out.tfevents.1700000000.host.1.0").open("wb") as file:
        value = Summary.Value(tag="Loss/train", simple_value=0.5)
        event = Event(step=1, summary=Summary(value=[value]))
        RecordWriter(file).write(event.SerializeToString())


def remedy(stderr: str) -> list[str]:
    """Return the command that an error advises, as a shell takes it apart."""
    return shlex.split(stderr.strip().rpartition(": course ")[2])


@pytest.fixture
def root(tmp_path):
    make_run(tmp_path / "my runs", "dropout/0/seed-0", made_rows(0.4))
    make_run(tmp_path / "my runs", "dropout/0.5/seed-0", made_rows(0.5))
    return tmp_path / "my runs"


@pytest.mark.parametrize(
    ("folders", "told"),
    [
        (["fit/20240101/train", "fit/20240101/validation"], "2 folders of Keras's"),
        (["Jan01_10-10-10_host_lr_0.1"], "1 folder of other programs"),
        (["or_gate", "mnist"], "2 folders of other programs"),
        (["mnist/dense/seed-0", "or_gate/sgd-2/seed-0"], "2 folders that lessons logged"),
        (["."], "1 folder of other programs"),
    ],
)
def test_runs_of_another_kind_are_named_with_what_shows_them(tmp_path, monkeypatch, folders, told):
    root = tmp_path / "it's mine"
    for name in folders:
        log(root / name)
    done = course("compare", "--runs", root)
    assert done.returncode == 1 and told in done.stderr and folders[0] in done.stderr
    served = []
    monkeypatch.setattr("utils.jupyter.tensorboard.serve", lambda runs, port: served.append(runs))
    assert course(*remedy(done.stderr)).returncode == 0 and served == [root]


def test_the_lessons_own_runs_are_tensorboards_and_no_study_is_advised(tmp_path):
    with RunLog(tmp_path / "mnist/dense/seed-0", "mnist/dense/seed-0", {}) as run_log:
        run_log.epoch(made_rows(0.5)[0])
    done = course("compare", "mnist", COURSE_RUNS=str(tmp_path))
    assert (
        done.returncode == 1 and "lessons logged by themselves (mnist/dense/seed-0)" in done.stderr
    )
    assert "course train" not in done.stderr
    assert remedy(done.stderr) == ["tensorboard", "--runs", str(tmp_path)]


@pytest.mark.parametrize("study", ["layers", ""])
def test_where_there_are_no_runs_yet_the_study_to_train_exists(tmp_path, study):
    (tmp_path / "empty root").mkdir()
    for name in ("empty root", "no root"):
        done = course("compare", *filter(None, [study]), "--runs", tmp_path / name)
        assert done.returncode == 1 and "holds no runs" in done.stderr
        assert ("there is no such folder" in done.stderr) == (name == "no root")
        advised = remedy(done.stderr)
        assert advised == ["train", "layers", "--runs", str(tmp_path / name)]
        wrong = course(*advised, "--variant", "none such")  # all is checked before the training
        assert "There is no variant of layers" in wrong.stderr


def test_a_file_is_no_log_root(tmp_path):
    (tmp_path / "file").write_text("")
    done = course("compare", "--runs", tmp_path / "file")
    assert done.returncode == 1 and "it isn't a folder. Give a folder as --runs." in done.stderr


@pytest.mark.parametrize("below", ["dropout", "dropout/0", ".."])
def test_a_folder_inside_or_around_a_log_root_leads_to_the_log_root(root, below):
    done = course("compare", "--runs", root / below)
    assert done.returncode == 1 and "belong to another log root" in done.stderr
    assert remedy(done.stderr) == ["compare", "--runs", str(root)]


def test_a_copy_is_named_and_not_compared(root):
    done = course("compare", "--runs", root, "-o", root / "page.html")
    assert "Note" not in done.stdout
    (root / "dropout/0/seed-0").rename(root / "dropout/0/seed-0 (copy)")
    log(root / "dropout/0.25/mine")
    log(root / "other/mine")
    done = course("compare", "--runs", root, "-o", root / "page.html")
    assert done.returncode == 0, done.stderr
    for name in ("dropout/0/seed-0 (copy)", "dropout/0.25/mine"):
        note = f"{root / name} isn't compared: a run's folder is called"
        assert note in done.stdout and name in (root / "page.html").read_text("utf-8")
    assert "other/mine" not in done.stdout and "| 0.5 | 1 |" in done.stdout


def test_every_event_file_is_read_where_that_is_asked_for(root):
    file = event_files(root / "dropout/0/seed-0")[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    make_run(root, "dropout/0.25/seed-0", made_rows(0.5), status="running")
    arguments = ["compare", "dropout", "--runs", root, "-o", root / "page.html"]
    assert "Event files" not in course(*arguments).stdout
    first, second = (course(*arguments, "--verify").stdout for _ in range(2))
    said = "Event files read whole and held against run.json: 2; "
    assert f"{said}1 didn't say what run.json says; see the notes." in first
    assert "is damaged at record" in first and "written anew" in first
    assert f"{said}all agree." in second and "damaged" not in second


def test_neither_a_link_in_a_circle_nor_a_deep_folder_is_followed_for_ever(tmp_path):
    log(tmp_path / "a/b/c/d/e/f/g/h")
    log(tmp_path / "a/b/c/near")
    (tmp_path / "a/circle").symlink_to(tmp_path, target_is_directory=True)
    assert [stray.folder.name for stray in strays(tmp_path)] == ["near"]


@pytest.mark.skipif(os.name == "nt", reason="Windows' names are text")
def test_names_beyond_ascii_are_compared_where_the_system_speaks_ascii(tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5))
    (tmp_path / "dropout/0").rename(tmp_path / "dropout/学习率 0.01")
    (tmp_path / "dropout").rename(tmp_path / "我的实验")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "utils.cli", "compare", "我的实验", "--runs", tmp_path,
         "-o", tmp_path / "page.html"],
        capture_output=True, encoding="utf-8", cwd=settings.ROOT,
        env=os.environ | ascii_only | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| 学习率 0.01 | 1 | 0.500 |" in done.stdout
    assert "我的实验" in (tmp_path / "page.html").read_text("utf-8")


def test_a_table_needs_neither_pandas_nor_scipy(root):
    code = f"""
import sys
sys.argv = ["course", "compare", "--runs", {str(root)!r}, "-o", {str(root / "page.html")!r}]
from utils.cli.main import main
main()
found = {{"pandas", "scipy", "tensorflow", "matplotlib.pyplot"}} & set(sys.modules)
assert not found, found
"""
    subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, check=True, capture_output=True)
