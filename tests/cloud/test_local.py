"""`course launch --local` without a network: what it refuses, what a job sees, what comes back."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from jobs import HERE, WHY, Place, alive, job, write_program
from starting import LONG

from utils import settings
from utils.cloud import local
from utils.cloud.floyd.job import Input, find_floyd, read_floyd, resolve
from utils.cloud.upload import files_to_send
from utils.errors import CourseError

pytestmark = pytest.mark.skipif(not HERE, reason=WHY)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Return the folder of launches; the environment is the one that runs this test."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("COURSE_VENV", sys.prefix)
    return tmp_path / "build" / "launch"


@pytest.fixture
def small(tmp_path, build, monkeypatch):
    """A folder of code with an environment that computes nothing, to launch from."""
    place = Place(tmp_path / "small")
    monkeypatch.setenv("COURSE_VENV", place.variables["COURSE_VENV"])
    monkeypatch.setattr(local, "KEPT", (*local.KEPT, "CALLS", "FETCHED"))
    for name in ("CALLS", "FETCHED"):
        monkeypatch.setenv(name, place.variables[name])
    return place


# Before anything is made


def refused(one, build):
    with pytest.raises(CourseError) as error:
        local.run_local(one, show=print)
    assert error.value.remedy and not build.exists()
    return str(error.value)


def test_windows_is_told_of_wsl(build, monkeypatch):
    monkeypatch.setattr("utils.cloud.local.os.name", "nt")
    with pytest.raises(CourseError, match="WSL"):
        local.check_machine(job())


def test_a_missing_timeout_comes_with_its_remedy(build, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert "brew install coreutils" in refused(job(), build)


def test_a_bucket_is_refused_by_its_name(build):
    one = job(inputs=(Input("mnist", "m"), Input("s3://mine/pictures", "data")))
    assert "s3://mine/pictures" in refused(one, build)


def test_a_folder_without_requirements_is_refused(build, tmp_path):
    assert str(tmp_path) in refused(job(folder=tmp_path), build)


def test_jupyters_address_is_shown_on_a_terminal_only(build, capsys):
    with pytest.raises(CourseError, match="terminal only"):
        local.run_local(job("", mode="jupyter"))
    assert not build.exists()


def test_an_environment_that_is_not_there_is_refused_before_anything_is_made(
    build, tmp_path, monkeypatch
):
    for value in (str(tmp_path / "none"), "~nobody-of-that-name/venv"):
        monkeypatch.setenv("COURSE_VENV", value)
        said = refused(job(), build)
        assert "COURSE_VENV" in said


# What is on this disk already


@pytest.mark.parametrize(
    "name", ["code/mine.txt", "input/mine.txt", "jupyter/mine.txt", "setup.sh"]
)
def test_a_persons_own_files_where_a_launch_would_work_are_refused_and_kept(small, build, name):
    mine = build / "job" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for _ in range(2):
        with pytest.raises(CourseError, match="bears no mark of a launch and holds") as error:
            local.run_local(job(folder=small.code))
        assert name.partition("/")[0] in error.value.problem
    assert mine.read_text() == "mine"
    mine.rename(small.code.parent / "moved")
    if mine.parent != build / "job":
        mine.parent.rmdir()
    assert local.run_local(job(folder=small.code)) == 0


@pytest.mark.parametrize("name", ["code", "input", "jupyter"])
def test_a_link_where_a_launch_would_work_is_refused_and_what_it_leads_to_is_kept(
    small, build, tmp_path, name
):
    assert local.run_local(job(folder=small.code)) == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    shutil.rmtree(build / "job" / name, ignore_errors=True)
    (build / "job" / name).symlink_to(tmp_path / "mine")
    with pytest.raises(CourseError, match=f"{name} wasn't made by a launch. Move it away"):
        local.run_local(job(folder=small.code))
    assert (tmp_path / "mine" / "file").read_text() == "mine"


def test_what_an_earlier_launch_has_made_is_gone_at_the_next_and_came_back(small, build):
    assert local.run_local(job("echo 1 > left", folder=small.code)) == 0
    assert (build / "job" / "code" / "left").exists()
    assert local.run_local(job(folder=small.code)) == 0
    assert not (build / "job" / "code" / "left").exists()
    (came,) = settings.outputs_dir().iterdir()
    assert (came / "left").read_text() == "1\n"


def test_what_a_launch_that_was_cut_off_has_made_comes_at_the_next(small, build):
    launch = start(small, build, "echo 1 > left; sleep 300 & echo running; wait")
    for line in launch.stdout:
        if line == "running\n":
            break
    job_processes = psutil.Process(launch.pid).children(recursive=True)
    launch.kill()  # first: else it sees its job die, and takes down the rest by itself
    for one in job_processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end with the one above it
            one.kill()
    launch.communicate()
    shutil.rmtree(settings.outputs_dir(), ignore_errors=True)
    assert local.run_local(job(folder=small.code)) == 0
    (came,) = settings.outputs_dir().iterdir()
    assert (came / "left").read_text() == "1\n"


# What a job sees


@pytest.mark.parametrize("form", ["relative", "home"])
def test_the_environment_may_be_named_from_here_or_from_home(small, monkeypatch, capfd, form):
    place = Path(small.variables["COURSE_VENV"])
    monkeypatch.chdir(place.parent)
    if form == "home":
        monkeypatch.setenv("HOME", str(place.parent))
    monkeypatch.setenv("COURSE_VENV", {"relative": "venv", "home": "~/venv"}[form])
    assert local.run_local(job("env", folder=small.code)) == 0
    assert f"COURSE_VENV={place}\n" in capfd.readouterr().out


def test_a_job_sees_nothing_that_configures_the_course_or_jupyter(small, monkeypatch, capfd):
    for name in ("COURSE_DATA_SOURCE", "COURSE_PROFILE", "COURSE_STRICT", "COURSE_LAB"):
        monkeypatch.setenv(name, "leak")
    for name in ("JUPYTER_TOKEN", "JUPYTER_PATH", "AWS_SECRET_ACCESS_KEY", "TF_XLA_FLAGS"):
        monkeypatch.setenv(name, "leak")
    monkeypatch.setenv("PYTHONPATH", "leak")
    assert local.run_local(job("env", folder=small.code)) == 0
    out = capfd.readouterr().out
    assert "leak" not in out and f"HOME={os.environ['HOME']}" in out


def test_the_code_is_what_would_be_sent_and_no_more(small, build):
    (small.code / ".git").mkdir()
    (small.code / ".floydignore").write_text("big/\n*.tmp\n")
    for name in ("a.py", "deep/b.py", "big/c.bin", "d.tmp", "runs/x/y/seed-0/run.json"):
        (small.code / name).parent.mkdir(parents=True, exist_ok=True)
        (small.code / name).write_text("{}")
    sent = set(files_to_send(small.code))
    assert {Path("a.py"), Path("deep/b.py")} < sent
    command = 'find . -type f | sort > "$FLOYD_INPUT/../seen"'
    assert local.run_local(job(command, folder=small.code)) == 0
    seen = {Path(line) for line in (build / "job" / "seen").read_text().splitlines()}
    assert seen == sent


def test_inputs_lie_where_floydhub_had_them(small, tmp_path, monkeypatch, capfd):
    data = tmp_path / "data"
    (data / "cifar-10-batches-bin").mkdir(parents=True)
    (data / "cifar-10-batches-bin" / "data_batch_1.bin").write_text("cifar")
    (data / "one.txt").write_text("one")
    monkeypatch.setenv("COURSE_DATA", str(data))
    inputs = (
        Input("cifar10", "set"),
        Input(str(data / "cifar-10-batches-bin"), "folder"),
        Input(str(data / "one.txt"), "file"),
    )
    command = (
        'cd "$FLOYD_INPUT"; cat folder/data_batch_1.bin file/one.txt; '
        "cat $COURSE_DATA/cifar-10-batches-bin/data_batch_1.bin"
    )
    assert local.run_local(job(command, folder=small.code, inputs=inputs)) == 0
    assert "cifaronecifar" in capfd.readouterr().out


def test_several_machines_are_one_here_and_it_is_said(small, capfd):
    assert local.run_local(job("echo ran", folder=small.code, nodes=3)) == 0
    out = capfd.readouterr().out
    assert "not 3" in out and "ran" in out


# How it ends


def test_the_commands_exit_status_is_the_launchs(small):
    assert local.run_local(job("exit 7", folder=small.code)) == 7


def test_max_runtime_is_said_and_keeps_the_work(small, capfd):
    command = "mkdir -p runs/a/b/seed-0; echo 1 > runs/a/b/seed-0/file; sleep 300"
    file = settings.runs_dir() / "a" / "b" / "seed-0" / "file"
    for seconds in (1, 10, 100):  # a busy machine may need longer to begin
        one = job(command, folder=small.code, max_runtime=seconds)
        assert local.run_local(one) == 124
        assert f"max_runtime, {seconds} s, is over" in capfd.readouterr().out
        if file.exists():
            break
    assert file.read_text() == "1\n"


def test_a_run_that_is_here_is_never_overwritten(small, capfd):
    mine = settings.runs_dir() / "a" / "b" / "seed-0"
    mine.mkdir(parents=True)
    (mine / "file").write_text("mine")
    command = "mkdir -p runs/a/b/seed-0 runs/a/c/seed-0; echo theirs > runs/a/b/seed-0/file"
    assert local.run_local(job(command, folder=small.code)) == 0
    assert (mine / "file").read_text() == "mine"
    assert "kept as it was: a/b/seed-0" in capfd.readouterr().out
    assert (settings.runs_dir() / "a" / "c" / "seed-0").is_dir()


def test_a_setup_that_fails_is_a_sentence_and_nothing_runs(small, build):
    one = job("touch ran", folder=small.code, inputs=(Input(str(small.code), "data"),))
    one = replace(one, inputs=(Input("mnist", "data"),))
    small.fetched.unlink(missing_ok=True)
    (small.bin / "python").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(CourseError, match="environment couldn't be made"):
        local.run_local(one)
    assert not (build / "job" / "code" / "ran").exists()


LAUNCH = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from jobs import job
from utils import settings
from utils.cloud import local
os.environ["COURSE_BUILD"] = {build!r}
local.KEPT += ("CALLS",)
local.run_local(job({command!r}, folder=Path({folder!r})))
"""


def start(small, build, command, how=None):
    """Start a launch in a process of its own, which hears a signal even where this one doesn't."""
    script = LAUNCH.format(
        tests=str(Path(__file__).parent), build=str(build.parent), folder=str(small.code),
        command=command,
    )  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=settings.ROOT,
        stderr=subprocess.DEVNULL,
        # A shell's background jobs, and so these tests in one, ignore Ctrl-C and nohup's hang-up.
        preexec_fn=lambda: how and signal.signal(how, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_launch_ends_all_it_started_and_keeps_finished_work(small, build, how):
    command = (
        "mkdir -p runs/a/b/seed-0; echo 1 > runs/a/b/seed-0/file; "
        "sleep 300 & echo $! > pid; echo running; wait"
    )
    number = getattr(signal, how)
    launch = start(small, build, command, number)
    for line in launch.stdout:
        if line == "running\n":
            break
    children = psutil.Process(launch.pid).children(recursive=True)
    assert len(children) >= 3  # timeout, bash, sleep, and what stands for TensorBoard
    launch.send_signal(number)
    launch.communicate(timeout=LONG)
    assert launch.returncode != 0
    assert not any(alive(child.pid) for child in children)
    assert (settings.runs_dir() / "a" / "b" / "seed-0" / "file").read_text() == "1\n"


def test_a_launch_that_is_interrupted_while_it_sets_up_ends_the_setup(small, build):
    write_program(small.bin / "python", f"#!/bin/sh\necho $$ > {small.calls}\nexec sleep 1000\n")
    launch = start(small, build, "touch ran", signal.SIGTERM)
    while not (small.calls.exists() and small.calls.read_text().strip()):
        assert launch.poll() is None
        time.sleep(0.05)
    launch.send_signal(signal.SIGTERM)
    launch.communicate(timeout=LONG)
    assert launch.returncode != 0 and not alive(int(small.calls.read_text()))
    assert not (build / "job" / "code" / "ran").exists()


def test_a_launch_under_nohup_outlives_its_terminal(small, build, tmp_path):
    command = (
        f"echo running; until [ -e {tmp_path}/end ]; do sleep 0.1; done; mkdir -p runs/a/b/seed-0"
    )
    script = LAUNCH.format(
        tests=str(Path(__file__).parent), build=str(build.parent), folder=str(small.code),
        command=command,
    )  # fmt: skip
    launch = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=settings.ROOT,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    for line in launch.stdout:
        if line == "running\n":
            break
    launch.send_signal(signal.SIGHUP)
    (tmp_path / "end").touch()
    launch.communicate(timeout=LONG)
    assert launch.returncode == 0 and (settings.runs_dir() / "a" / "b" / "seed-0").is_dir()


def test_the_same_task_twice_at_once_is_refused(small, build):
    first = start(small, build, "echo running; sleep 300")
    for line in first.stdout:
        if line == "running\n":
            break
    with pytest.raises(CourseError, match="running already"):
        local.run_local(job(folder=small.code))
    first.terminate()
    first.communicate(timeout=LONG)


# The course's own floyd.yml, for real


def test_the_task_smoke_trains_here_and_its_runs_come_back(build, capfd):
    smoke = resolve(read_floyd(find_floyd(settings.ROOT)), "smoke")
    assert local.run_local(smoke) == 0, capfd.readouterr()
    from utils.experiments.history import load_runs

    found = load_runs(settings.runs_dir())
    assert len(found) >= 3 and {run.study for run in found} == {"learning_rate"}
    assert "brought into" in capfd.readouterr().out
