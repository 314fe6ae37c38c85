"""Runs and logs come over a real ssh and a real rsync, from a server on this machine."""

import getpass
import os
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path
from socket import create_connection, socket

import pytest
from starting import LONG

from utils import settings
from utils.cloud import fetch
from utils.errors import CourseError

SSHD = shutil.which("sshd") or next(
    (path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if Path(path).is_file()), None
)
pytestmark = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and shutil.which("rsync")),
    reason="a system package is missing: sshd, ssh or rsync",
)
NAME = "course-studies-0a1b2c"


@pytest.fixture(autouse=True)
def _own_staging(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start an ssh server for this user alone; return its port and its folder of keys."""
    folder = tmp_path_factory.mktemp("sshd")
    for key in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True
        )
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with closing(socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    options = {
        **{"ListenAddress": "127.0.0.1", "Port": port, "HostKey": folder / "host"},
        **{"AuthorizedKeysFile": folder / "authorized_keys", "StrictModes": "no"},
        **{"UsePAM": "no", "PidFile": "none", "PasswordAuthentication": "no"},
        # A folder of the test stands for the machine's home.
        "ForceCommand": f'cd "$(cat {folder}/home)" && eval "$SSH_ORIGINAL_COMMAND"',
    }
    lines = [f"{key} {value}\n" for key, value in options.items()]
    (folder / "sshd_config").write_text("".join(lines))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [SSHD, "-D", "-e", "-f", folder / "sshd_config"]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        _wait_for(port, process, folder / "log")
        yield port, folder
        process.terminate()


def _wait_for(port, process, log):
    for _ in range(10 * LONG):
        assert process.poll() is None, log.read_text()
        try:
            create_connection(("127.0.0.1", port), timeout=60).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def ssh(server, tmp_path):
    """Return the ssh command with the entry that SkyPilot would have made, as a config file."""
    port, folder = server
    (folder / "home").write_text(str(tmp_path / "machine"))
    (tmp_path / "machine").mkdir()
    config = tmp_path / "ssh_config"
    config.write_text(
        f"Host {NAME}\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n"
        "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n"
    )
    return ("ssh", "-F", str(config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=300")


@pytest.fixture
def machine(tmp_path, ssh):
    """Return what writes a file on the machine, below its home."""

    def write(path: str, content: bytes = b"x") -> None:
        file = tmp_path / "machine" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    return write


CUT = """#!/bin/sh
{rsync} --bwlimit=600 "$@" &
until find {staging} -name '.weights.h5.*' -size +100k | grep -q .; do
  kill -0 $! || exit 9
  sleep 0.1
done
kill -TERM $!
wait $!
"""
RUN = "sky_workdir/runs/layers/three/seed-1"


def test_runs_and_logs_are_copied_and_come_into_the_log_root(machine, ssh):
    machine(f"{RUN}/run.json", b"{}")
    machine(f"{RUN}/checkpoint/weights.h5", os.urandom(300_000))
    machine("sky_logs/1-studies/run.log", b"epoch 1\n")
    machine("sky_workdir/secret.txt")
    fetch.copy_here(NAME, ssh)
    sentences = fetch.bring(NAME)
    runs = settings.runs_dir()
    visible = [path for path in runs.rglob("[!.]*") if path.is_file()]  # but for the run's lock
    assert {path.relative_to(runs).as_posix() for path in visible} == {
        "layers/three/seed-1/run.json",
        "layers/three/seed-1/checkpoint/weights.h5",
        f"logs/{NAME}/1-studies/run.log",
    }
    assert sentences[-1] == f"Its logs are in {runs / 'logs' / NAME}."


def test_a_machine_that_has_written_nothing_yet_is_no_error(ssh, machine):
    folder = fetch.copy_here(NAME, ssh)
    assert [path.name for path in sorted(folder.iterdir())] == ["logs", "runs"]
    assert fetch.bring(NAME) == ["No new runs came back."]


def test_what_grew_since_the_last_copy_is_copied_whole(machine, ssh):
    machine(f"{RUN}/events.out.tfevents.1", b"a" * 70_000)
    folder = fetch.copy_here(NAME, ssh)
    machine(f"{RUN}/events.out.tfevents.1", b"a" * 70_000 + b"b" * 10)
    machine(f"{RUN}/run.json", b"{}")
    fetch.copy_here(NAME, ssh)
    run = folder / "runs" / "layers" / "three" / "seed-1"
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
    run = fetch.staging(NAME) / "runs" / "layers" / "three" / "seed-1"
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
    machine("sky_workdir/runs/layers/two/seed-1/events.out.tfevents.1")
    fetch.copy_here(NAME, ssh)
    sentences = fetch.bring(NAME)
    assert ours.read_bytes() == b"ours"
    assert (settings.runs_dir() / "layers" / "two" / "seed-1" / "events.out.tfevents.1").is_file()
    assert "kept as it was: layers/three/seed-1." in " ".join(sentences)


def test_a_machine_that_does_not_answer_is_named(ssh, tmp_path):
    config = tmp_path / "ssh_config"
    port = config.read_text().split("Port ")[1].split()[0]
    config.write_text(config.read_text().replace(f"Port {port}", "Port 9"))
    with pytest.raises(CourseError, match=f"{NAME} can't be copied from: ssh says: .*refused"):
        fetch.copy_here(NAME, ssh)


def test_nothing_copied_yet_is_said():
    with pytest.raises(CourseError, match="Nothing was copied from course-x yet."):
        fetch.bring("course-x")
