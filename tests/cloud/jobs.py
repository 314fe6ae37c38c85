"""Jobs, and an environment whose python does nothing, for tests that run a job's bash for real."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from utils import settings
from utils.cloud.floyd.job import Job

HERE = os.name != "nt" and bool(shutil.which("bash")) and bool(
    shutil.which("timeout") or shutil.which("gtimeout")
)  # fmt: skip
WHY = "needs the system packages bash and coreutils (GNU timeout)"


def on_request(variable, what):
    """Return the marks of tests that need bash, and run only where they are asked for."""
    reason = f"{what}: set {variable}=1"
    return [
        pytest.mark.skipif(not HERE, reason=WHY),
        pytest.mark.skipif(os.environ.get(variable) != "1", reason=reason),
    ]


# Stands for TensorBoard, which lives until it is ended, for `course data fetch`, and for Python
# when it is asked for its version; it notes what it was called with.
PYTHON = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  *tensorboard*) echo $$ > "$CALLS.tensorboard"; exec sleep 1000 ;;
  *"data fetch"*) echo "Downloading"; echo "$FETCHED" ;;
esac
"""


def job(command="true", **changes):
    """Return a job of the course's own folder; changes replace what is plain."""
    plain = {
        "task": "",
        "env": "tensorflow-2.21",
        "machine": "cpu",
        "inputs": (),
        "description": "",
        "command": command,
        "max_runtime": 60,
        "mode": "job",
        "folder": settings.ROOT,
    }
    return Job(**(plain | changes))


class Place:
    """A folder of code with a job's environment that installs and computes nothing."""

    def __init__(self, folder: Path) -> None:
        self.code, self.input = folder / "code", folder / "input"
        self.calls, self.fetched = folder / "calls", folder / "fetched"
        self.bin = folder / "venv" / "bin"
        for one in (self.code, self.input, self.bin, folder / "home"):
            one.mkdir(parents=True)
        (self.code / "requirements.txt").write_text("tensorflow==2.21.0\n")
        write_program(self.bin / "python", PYTHON)
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "COURSE_VENV": str(folder / "venv"),
            "FLOYD_INPUT": str(self.input),
            "CALLS": str(self.calls),
            "FETCHED": str(self.fetched),
        }

    def bash(self, script, **variables):
        """Run a script as SkyPilot would: from a file, in the folder of the code."""
        file = self.code.parent / "script.sh"
        file.write_text(script, encoding="utf-8")
        return subprocess.run(
            ["bash", str(file)], cwd=self.code, env=self.variables | variables,
            capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def called(self):
        return self.calls.read_text().splitlines() if self.calls.exists() else []


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def alive(pid):
    """Say whether a process runs; one that nobody has collected yet doesn't.

    One that was sent SIGKILL gets the time to go: on a busy machine it outlives the call.
    """
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return False
        time.sleep(0.1)
    return True
