"""Searches as processes of their own, with nothing of them left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid

import psutil
from starting import LONG, one_at_a_time

from utils.settings import ROOT

MARK = "COURSE_TEST_PROCESS"


class Machine:
    """Starts processes that carry a mark, and so do all processes that these start."""

    def __init__(self, folder):
        self.folder, self.mark = folder, uuid.uuid4().hex
        self.runs, self.count = folder / "runs", 0

    def start(self, command, **environment):
        """Start a command; its output goes to a file, `.log` of what is returned."""
        self.count += 1
        log = self.folder / f"output-{self.count}.txt"
        with log.open("w") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True,
                env=os.environ | {MARK: self.mark} | environment,
            )  # fmt: skip
        process.log = log
        return process

    def command(self, *options):
        """Return `course search` on the sample with the smoke profile, to be started."""
        return [sys.executable, "-u", "-m", "utils.cli", "search", "--runs", str(self.runs),
                "--profile", "smoke", "--data", "sample", *map(str, options)]  # fmt: skip

    def search(self, *options, **environment):
        """Start `course search`; when it is returned, Ray has started, or the search has ended.

        Where Ray can't start on a machine that is too busy, the command is repeated, as it says.
        """
        for _ in range(2):
            with one_at_a_time():
                process = self.start(self.command(*options), **environment)
                while process.poll() is None and " at once" not in process.log.read_text():
                    time.sleep(0.05)
            if process.poll() is None or "Ray can't start here" not in process.log.read_text():
                break
        return process

    def processes(self, **environment):
        """Return all living processes that carry the mark and these variables."""
        wanted = {MARK: self.mark, **environment}
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if wanted.items() <= process.environ().items():
                    found.append(process)
        return found

    def kill(self, **environment):
        """Kill them, `kill -9`, and return when they are gone."""
        while found := self.processes(**environment):
            for process in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(found, timeout=10)


def wait_until(answer, process):
    """Return what `answer()` returns as soon as it is true; fail when the process ends before."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if got := answer():
            return got
        assert process.poll() is None, process.log.read_text()
        time.sleep(0.05)
    raise AssertionError(f"not within {LONG} s:\n{process.log.read_text()}")


def output(process):
    """Return what a process printed, when it has ended well."""
    code = process.wait(LONG)
    text = process.log.read_text()
    assert code == 0, text
    return text


def running(root):
    """Return the runs in a log root that have an epoch and aren't over: folder → record."""
    found = {}
    for path in root.glob("*/*/seed-*/run.json"):
        record = json.loads(path.read_text())
        if record["status"] == "running" and record["history"]:
            found[path.parent.relative_to(root)] = record
    return found


def caught(search, answer):
    """Hold a search's driver (SIGSTOP) at a moment at which `answer()` is true; return the answer.

    What the driver knows stays as it is from then on, however busy the machine; None where the
    moment has gone by.
    """
    if not answer():
        return None
    os.kill(search.pid, signal.SIGSTOP)
    while psutil.Process(search.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    if got := answer():
        return got
    os.kill(search.pid, signal.SIGCONT)
    return None
