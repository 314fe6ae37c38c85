"""A machine to launch on: a real sshd on 127.0.0.1, with a home folder of its own, and a small job.

All is typed: `course …` in a process of its own, which finds ssh and rsync by PATH.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest
import slurm_node
from cluster import Cluster
from sshd import HERE, WHY, ssh_server
from starting import until
from typer.testing import CliRunner

from utils.cli.main import app
from utils.settings import ROOT

# Stands for the job's environment, in which nothing is trained: its TensorBoard does nothing.
PYTHON = """#!/bin/sh
case "$*" in
  *tensorboard*) exec sleep 1000 ;;
  *) exec {python} "$@" ;;
esac
"""
JOBS = """
max_runtime: 600
task:
  tiny:
    command: >-
      mkdir -p runs/a/b/seed-0 /output && echo epoch > runs/a/b/seed-0/file &&
      echo solved > work/01.ipynb && echo weights > /output/best.h5 && echo said by the job
  waits:
    command: |
      mkdir -p runs/a/b/seed-0; echo epoch > runs/a/b/seed-0/file
      setsid sleep 1000 & sleep 1000 & echo $! > pid
      echo said by the job
      until [ -e "$HOME/go-on" ]; do sleep 0.1; done
      echo later > later.txt; kill %1 %2
  empty:
    command: "true"
  late:
    max_runtime: 2
    command: echo half > model; sleep 1000 & sleep 1000
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.launch)
            if not HERE:
                item.add_marker(pytest.mark.skip(reason=WHY))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(scope="session")
def slurm():
    """A Slurm of one node; `slurm.variables` is what its commands, here or over there, need set."""
    if not slurm_node.HERE:
        pytest.skip(slurm_node.WHY)
    with slurm_node.slurm_node() as node:
        yield node


class Machine:
    """A machine and, beside it, the computer that launches on it.

    home: the machine's home folder. own: the folder in which is typed. out: what was typed says.
    """

    def __init__(self, server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.home, self.own, self.bin = folder / "machine", folder / "own", folder / "bin"
        for one in (
            self.home,
            self.own / "work",
            self.bin,
            folder / "person",
            folder / "venv" / "bin",
        ):
            one.mkdir(parents=True)
        (self.own / "floyd.yml").write_text(JOBS)
        (self.own / "requirements.txt").write_text("")
        (self.own / "work" / "01.ipynb").write_text("as sent")
        (self.own / ".floydignore").write_text("runs/\noutputs/\n")
        python = folder / "venv" / "bin" / "python"
        python.write_text(PYTHON.format(python=shlex.quote(sys.executable)))
        python.chmod(0o755)
        self.has(home=self.home, venv=folder / "venv", path=None)
        self.program("ssh", f'exec {shutil.which("ssh")} -F {folder}/ssh_config "$@"')
        server.entry(folder / "ssh_config", "127.0.0.1")
        self.address = f"127.0.0.1:{server.port}"
        self.variables = {
            **os.environ, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}",
            "HOME": str(folder / "person"),  # who has never used SkyPilot
            "COURSE_BUILD": str(folder / "build"), "COURSE_RUNS": str(self.own / "runs"),
        }  # fmt: skip

    def has(self, **things) -> None:
        """Say what a session on the machine finds: home, venv, path; None where it isn't set."""
        for name, value in things.items():
            file = self.server.folder / name
            file.unlink(missing_ok=True) if value is None else file.write_text(str(value))

    def program(self, name: str, text: str, folder: Path | None = None) -> None:
        """Put a program into the PATH of this computer, or into another folder."""
        file = (folder or self.bin) / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def only(self, *names: str) -> Path:
        """Return a folder that holds the system's programs but for these."""
        folder = self.folder / f"without-{'-'.join(names)}"
        folder.mkdir()
        for name in os.environ["PATH"].split(os.pathsep)[::-1]:
            for program in Path(name).iterdir() if Path(name).is_dir() else ():
                place = folder / program.name
                if not program.name.startswith(names):
                    place.unlink(missing_ok=True)
                    place.symlink_to(program)
        return folder

    def type(self, *words: str, **variables: str) -> subprocess.CompletedProcess:
        """Type `course …` and return what came of it."""
        return subprocess.run(
            [sys.executable, "-m", "utils.cli", *words], cwd=self.own, text=True,
            env=self.variables | variables, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def launch(self, task: str, *words: str) -> subprocess.CompletedProcess:
        return self.type("launch", task, "--host", self.address, *words)

    def type_here(self, *words: str, **variables: str):
        """Type it into this very process, which has imported all; return typer's result."""
        with patch.dict(os.environ, self.variables | variables), chdir(self.own):
            return CliRunner().invoke(app, words)

    def begin(self, task: str, *words: str) -> subprocess.Popen:
        """Start a launch that goes on; it hears signals even where this process doesn't."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        words = ("launch", task, "--host", self.address, *words)
        return subprocess.Popen(
            [sys.executable, "-u", "-m", "utils.cli", *words],
            cwd=self.own, env=self.variables, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in numbers],
        )  # fmt: skip

    def jobs(self) -> list[Path]:
        """Return the folders of the launches that are on the machine."""
        return sorted(self.home.glob(".course-jobs/*"))

    def processes(self) -> list[psutil.Process]:
        """Return what runs on the machine: whatever has its home folder in its environment."""
        found = []
        for one in psutil.process_iter():
            try:
                environment = one.environ()
            except (psutil.Error, OSError):
                continue
            if environment.get("HOME") == str(self.home) and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        return found

    def outputs(self) -> dict[str, str]:
        """Return what came back beside runs, by its name."""
        folders = (self.own / "outputs").glob("[!.]*")
        files = [(path, one) for one in folders for path in one.rglob("*") if path.is_file()]
        return {path.relative_to(one).as_posix(): path.read_text() for path, one in files}


@pytest.fixture
def machine(server, tmp_path):
    made = Machine(server, tmp_path)
    yield made
    for one in made.processes():
        one.kill()


@pytest.fixture
def cluster(slurm, machine):
    """The Slurm above, with the machine's home folder; a job of a test's ends with it."""
    made = Cluster(slurm, machine)
    yield made
    slurm.type("scancel", *map(str, made.submitted))
    until(lambda: not slurm.going())
