"""SkyPilot's way to the one-node Slurm: its login by ssh, and the person who launches from here.

All is real but the three that would need the internet or a home folder of the system: `curl`, which
hands out uv; uv, which makes an environment that has the tests' own packages; and the user's entry
in /etc/passwd, by libnss-wrapper: SkyPilot writes to `~user`, and that must not be yours.
"""

import getpass
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from socket import socket

import psutil
import slurm_node
import sshd
from starting import words_of

from utils.settings import ROOT

_WRAPPER = next(iter(sorted(Path("/usr/lib").glob("*/libnss_wrapper.so"))), None)
HERE = sshd.HERE and slurm_node.HERE and _WRAPPER is not None
WHY = "a system package is missing: sshd, ssh, rsync, libnss-wrapper or Slurm's"
INSTALLED = all(map(importlib.util.find_spec, ("sky", "hostlist")))

JOBS = """
machine: cpu
max_runtime: 600
task:
  tiny:
    command: |
      mkdir -p runs/a/b/seed-0 /output
      echo epoch > runs/a/b/seed-0/file
      cat /floyd/input/photos/*.png > /output/seen
      echo said by the job
  waits:
    command: |
      mkdir -p runs/a/b/seed-1; head -c 4000000 /dev/urandom > runs/a/b/seed-1/file
      touch runs/a/b/seed-1/ready; exec sleep 1000
"""
# The environment of a session, and of the Slurm jobs that are submitted from it.
SESSION = """
export HOME={home} TMPDIR={folder}/tmp {variables}
cd "$HOME" || exit 1
curl() {{ echo 'mkdir -p "$UV_INSTALL_DIR"; cp {folder}/uv "$UV_INSTALL_DIR"'; }}
export -f curl
eval "$SSH_ORIGINAL_COMMAND"
"""
UV = """#!/bin/sh
[ "$1" = venv ] || exit 0
while [ $# -gt 1 ]; do
  shift
  case "$1" in
    --python) shift ;;
    -*) ;;
    *) target="$1" ;;
  esac
done
{python} -m venv --without-pip "$target" && cp /bin/true "$target/bin/pip" &&
  printf '%s\\n' {packages} > "$(echo "$target"/lib/python*/site-packages)/tests.pth"
"""
# Stands for the job's environment, whose setup waits where a file says so.
PYTHON = """#!/bin/sh
while [ -e {folder}/hold-setup ]; do sleep 0.2; done
case "$*" in
  *tensorboard*) exec sleep 1000 ;;
  *) exec {python} "$@" ;;
esac
"""


class SkyPerson:
    """Who launches by SkyPilot on a Slurm: own, the folder in which is typed; home, the Slurm's."""

    def __init__(self, slurm, server, folder: Path) -> None:
        self.slurm, self.folder = slurm, folder
        self.own, self.home, self.person = folder / "own", folder / "home", folder / "person"
        for name in ("own", "home/.ssh", "person/.slurm", "tmp", "venv/bin", "bin"):
            (folder / name).mkdir(parents=True)
        (self.home / ".ssh/authorized_keys").symlink_to(server.folder / "authorized_keys")
        server.entry(self.person / ".slurm/config", "uni")
        self._write(server)
        with closing(socket()) as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.variables = {
            **os.environ, **self._names(self.person),
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}",
            "HOME": str(self.person), "TMPDIR": str(folder / "tmp"),
            "COURSE_BUILD": str(folder / "build"), "COURSE_RUNS": str(self.own / "runs"),
            "SKYPILOT_API_SERVER_LOCAL_PORT": str(self.port),
            # SkyPilot builds a wheel of itself; with 0 pip takes the setuptools that is here, #5735
            "PIP_NO_BUILD_ISOLATION": "0",
        }  # fmt: skip

    def _names(self, home: Path) -> dict[str, str]:
        """Return the variables by which the user's home folder in /etc/passwd is another one."""
        passwd = self.folder / f"passwd-{home.name}"
        name = getpass.getuser()
        passwd.write_text(f"{name}:x:{os.getuid()}:{os.getgid()}::{home}:/bin/bash\n")
        wrapped = {"NSS_WRAPPER_PASSWD": str(passwd), "NSS_WRAPPER_GROUP": "/etc/group"}
        return {**wrapped, "LD_PRELOAD": str(_WRAPPER)}

    def _write(self, server) -> None:
        variables = {
            **self._names(self.home), **self.slurm.variables,
            "COURSE_VENV": str(self.folder / "venv"), "COURSE_TEST_HOME": str(self.home),
        }  # fmt: skip
        values = {
            "folder": self.folder, "home": self.home, "python": sys.executable,
            "packages": " ".join(one for one in sys.path if one.endswith("site-packages")),
            "variables": " ".join(f"{name}={value}" for name, value in variables.items()),
        }  # fmt: skip
        (server.folder / "session").write_text(SESSION.format(**values))
        (self.own / "floyd.yml").write_text(JOBS.format(folder=self.folder))
        (self.own / "requirements.txt").write_text("")
        for file, text in ((self.folder / "uv", UV), (self.folder / "venv/bin/python", PYTHON)):
            file.write_text(text.format(**values))
            file.chmod(0o755)

    def type(self, *words: str) -> subprocess.CompletedProcess:
        """Type `course …` and return what came of it."""
        return subprocess.run(
            [sys.executable, "-m", "utils.cli", *words], cwd=self.own, text=True,
            env=self.variables, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def begin(self, *words: str) -> subprocess.Popen:
        """Type `course …` that goes on; it hears signals even where this process doesn't."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        return subprocess.Popen(
            [sys.executable, "-u", "-m", "utils.cli", *words],
            cwd=self.own, env=self.variables, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in numbers],
        )  # fmt: skip

    def slow(self, program: str, *options: str) -> None:
        """Put a program with other options before this computer's own."""
        file = self.folder / "bin" / program
        file.write_text(f'#!/bin/sh\nexec {shutil.which(program)} {" ".join(options)} "$@"\n')
        file.chmod(0o755)

    def servers(self) -> list[psutil.Process]:
        """Return SkyPilot's servers of this person."""
        return [one for one, words in words_of(self.processes())
                if f"--port={self.port}" in " ".join(words)]  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        """Return what runs for this person, here or on the Slurm."""
        found = []
        for one in psutil.process_iter():
            try:
                environment = one.environ()
                alive = one.status() != psutil.STATUS_ZOMBIE
            except (psutil.Error, OSError):
                continue
            homes = {environment.get("HOME"), environment.get("COURSE_TEST_HOME")}
            if alive and homes & {str(self.person), str(self.home)}:
                found.append(one)
        return found
