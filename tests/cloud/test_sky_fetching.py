"""Runs and logs come over a real ssh and a real rsync, from a server on this machine."""

import os
import shutil

import pytest
from sshd import HERE, WHY, ssh_server

from utils import settings
from utils.cloud import fetch
from utils.cloud.ssh_line import SshLine
from utils.cloud.upload import copy_files
from utils.errors import CourseError

pytestmark = pytest.mark.skipif(not HERE, reason=WHY)
NAME = "course-studies-0a1b2c"


@pytest.fixture(autouse=True)
def _own_staging(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def ssh(server, tmp_path):
    """Return the line to a machine; the entry that SkyPilot would have made is a config file."""
    (server.folder / "home").write_text(str(tmp_path / "machine"))
    (tmp_path / "machine").mkdir()
    config = server.entry(tmp_path / "ssh_config", NAME)
    return SshLine(NAME, options=("-F", str(config), "-o", "ConnectTimeout=300"))


@pytest.fixture
def machine(tmp_path, ssh):
    """Return what writes a file on the machine, below its home; its job works elsewhere."""

    def write(path: str, content: bytes = b"x") -> None:
        file = tmp_path / "machine" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    folder = tmp_path / "machine" / ".sky_clusters" / NAME  # as on Slurm: not where ssh begins
    logs = folder / "sky_logs"
    write(
        fetch.REPORT.format(name=NAME), f"phase=run\nfolder={folder / WORK}\nlogs={logs}\n".encode()
    )
    (folder / WORK).mkdir(parents=True)
    return lambda path, *content: write(f".sky_clusters/{NAME}/{path}", *content)


CUT = """#!/bin/sh
{rsync} --bwlimit=600 "$@" &
until find {staging} -name '.weights.h5.*' -size +100k | grep -q .; do
  kill -0 $! || exit 9
  sleep 0.1
done
kill -TERM $!
wait $!
"""
WORK = "sky workdir"  # with a space: a home folder may have one
RUN = f"{WORK}/runs/layers/three/seed-1"


def test_runs_and_logs_are_copied_and_come_into_the_log_root(machine, ssh):
    machine(f"{RUN}/run.json", b"{}")
    machine(f"{RUN}/checkpoint/weights.h5", os.urandom(300_000))
    machine("sky_logs/1-studies/run.log", b"epoch 1\n")
    machine(f"{WORK}/.venv/lib/a.py")
    machine(f"{WORK}/output/best.h5", b"best")
    fetch.copy_here(NAME, ssh)
    sentences = fetch.bring(NAME)
    runs = settings.runs_dir()
    visible = [path for path in runs.rglob("[!.]*") if path.is_file()]  # but for the run's lock
    assert {path.relative_to(runs).as_posix() for path in visible} == {
        "layers/three/seed-1/run.json",
        "layers/three/seed-1/checkpoint/weights.h5",
        f"logs/{NAME}/1-studies/run.log",
    }
    outputs = settings.outputs_dir() / NAME
    assert [path for path in outputs.rglob("*") if path.is_file()] == [outputs / "output/best.h5"]
    assert sentences[-1] == f"Its logs are in {runs / 'logs' / NAME}."


def test_a_machine_that_has_written_nothing_yet_is_no_error(ssh, machine):
    assert fetch.copy_here(NAME, ssh) == "run"
    assert fetch.came_empty(NAME) and fetch.bring(NAME) == ["No new runs came back."]


def test_where_a_job_works_is_never_guessed_and_never_made(ssh, tmp_path):
    with pytest.raises(CourseError, match="its job hasn't said where it works"):
        fetch.copy_here(NAME, ssh)
    assert list((tmp_path / "machine").iterdir()) == []


def test_a_folder_that_is_not_there_any_more_is_an_error_not_an_empty_answer(
    ssh, machine, tmp_path
):
    (tmp_path / "machine" / ".sky_clusters" / NAME / WORK).rmdir()
    with pytest.raises(CourseError, match="can't be copied from: rsync says: .*"):
        fetch.copy_here(NAME, ssh)


def test_what_is_as_it_was_sent_is_not_copied(ssh, machine, tmp_path):
    (tmp_path / "own").mkdir()
    for name in ("same.py", "changed.py"):
        (tmp_path / "own" / name).write_text("as sent")
    copy_files(tmp_path / "own", fetch.staging(NAME) / "code", NAME)
    work = tmp_path / "machine" / ".sky_clusters" / NAME / WORK
    shutil.copytree(tmp_path / "own", work, dirs_exist_ok=True)
    machine(f"{WORK}/changed.py", b"changed!")
    fetch.copy_here(NAME, ssh)
    assert [path.name for path in (fetch.staging(NAME) / "made").rglob("*.py")] == ["changed.py"]
    fetch.bring(NAME)
    outputs = settings.outputs_dir() / NAME
    assert [path.read_bytes() for path in outputs.rglob("*.py")] == [b"changed!"]


def test_what_grew_since_the_last_copy_is_copied_whole(machine, ssh):
    machine(f"{RUN}/events.out.tfevents.1", b"a" * 70_000)
    fetch.copy_here(NAME, ssh)
    machine(f"{RUN}/events.out.tfevents.1", b"a" * 70_000 + b"b" * 10)
    machine(f"{RUN}/run.json", b"{}")
    fetch.copy_here(NAME, ssh)
    run = fetch.staging(NAME) / "made" / "runs" / "layers" / "three" / "seed-1"
    assert (run / "events.out.tfevents.1").read_bytes() == b"a" * 70_000 + b"b" * 10
    assert (run / "run.json").is_file()


def test_a_copy_that_was_cut_goes_on_from_what_is_there(machine, ssh, tmp_path):
    content = os.urandom(4_000_000)
    machine(f"{RUN}/weights.h5", content)
    cut = tmp_path / "rsync"  # the real one on a narrow line, ended once a part has come
    cut.write_text(CUT.format(rsync=shutil.which("rsync"), staging=fetch.staging(NAME)))
    cut.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{path}"
    try:
        with pytest.raises(CourseError, match="can't be copied from: rsync says: "):
            fetch.copy_here(NAME, ssh)
    finally:
        os.environ["PATH"] = path
    run = fetch.staging(NAME) / "made" / "runs" / "layers" / "three" / "seed-1"
    assert not (run / "weights.h5").exists()  # never half a file under its own name
    part = run / ".rsync-partial" / "weights.h5"
    assert 0 < part.stat().st_size < len(content)
    fetch.copy_here(NAME, ssh)
    assert (run / "weights.h5").read_bytes() == content
    assert not part.exists()


def test_a_run_that_is_here_is_not_overwritten(machine, ssh):
    ours = settings.runs_dir() / "layers" / "three" / "seed-1" / "events.out.tfevents.1"
    ours.parent.mkdir(parents=True)
    ours.write_bytes(b"ours")
    machine(f"{RUN}/events.out.tfevents.1", b"theirs, longer")
    machine(f"{WORK}/runs/layers/two/seed-1/events.out.tfevents.1")
    fetch.copy_here(NAME, ssh)
    sentences = fetch.bring(NAME)
    assert ours.read_bytes() == b"ours"
    assert (settings.runs_dir() / "layers" / "two" / "seed-1" / "events.out.tfevents.1").is_file()
    assert "kept as it was: layers/three/seed-1." in " ".join(sentences)


def test_a_machine_that_does_not_answer_is_named(ssh, tmp_path):
    config = tmp_path / "ssh_config"
    port = config.read_text().split("Port ")[1].split()[0]
    config.write_text(config.read_text().replace(f"Port {port}", "Port 9"))
    with pytest.raises(CourseError, match=f"{NAME} can't be copied from: nothing answers at that"):
        fetch.copy_here(NAME, ssh)


def test_nothing_copied_yet_is_said():
    with pytest.raises(CourseError, match="Nothing was copied from course-x yet."):
        fetch.bring("course-x")
