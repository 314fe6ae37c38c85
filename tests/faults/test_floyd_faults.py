"""Hostile input for a launch by the thousand, and signals at any moment of one.

COURSE_TEST_ROUNDS is a factor for the counts below.
"""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from counting import counted
from floyd_files import ANY_LEVEL, ANYTHING, GOOD, SIGNIFICANT, check, dumped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starting import LONG
from typer.testing import CliRunner

from tests.cloud.jobs import HERE, WHY, Place
from utils.cli.main import app
from utils.cloud import skypilot
from utils.cloud.upload import files_to_send
from utils.errors import CourseError
from utils.settings import ROOT, runs_dir

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("COURSE_TEST_ROUNDS", "1"))
FILES, IGNORES, LINES, SIGNALS = (FACTOR * count for count in (1000, 750, 300, 8))


def rounds(count):
    """Return the settings of a campaign: as many inputs, the same ones each time."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=count, derandomize=True, database=None, deadline=None,
        suppress_health_check=checks,
    )  # fmt: skip


# Input

SPOILT = st.builds(
    lambda start, length, patch: GOOD[:start] + patch + GOOD[start + length :],
    st.integers(0, len(GOOD)),
    st.integers(0, 12),
    st.one_of(SIGNIFICANT.map(lambda text: text[:4]), st.just("")),
)
STRUCTURE = (ANYTHING | ANY_LEVEL.map(lambda one: {**one, "task": {"train": one}})).map(dumped)


def test_no_floyd_yml_ends_in_a_traceback(tmp_path):
    count = jobs = 0

    @rounds(FILES)
    @given(text=st.one_of(SPOILT, STRUCTURE, SIGNIFICANT, st.text(max_size=60)))
    def campaign(text):
        nonlocal count, jobs
        count += 1
        jobs += check(tmp_path / "floyd.yml", text)

    campaign()
    counted(f"floyd.yml: {count} files, {jobs} jobs, 0 tracebacks, 0 read wrongly")
    assert count >= FILES / 2 and jobs


TREE = ("a.py", "b c.txt", "[x].py", "sub/a.py", "sub/deep/é.md", "!no", "#hash", "data/x.npz")
PATTERN = st.one_of(
    st.text(st.sampled_from("ab/*?[]!#\\ .-^\t"), max_size=12),
    st.sampled_from(
        ["*", "!*", "**/a.py", "/sub", "sub/", "*.py[cod]", "[", "\\", "a**", "[!a-z]*"]
    ),
    st.text(max_size=8),
)


def test_no_floydignore_ends_in_a_traceback_or_sends_what_is_never_sent(tmp_path):
    never = (".git/config", ".env", "runs/a/run.json", "mnist.npz", ".venv/bin/python")
    for name in (*TREE, *never):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    count = refused = 0

    @rounds(IGNORES)
    @given(raw=st.one_of(st.lists(PATTERN, max_size=6).map("\n".join).map(str.encode), st.binary()))
    def campaign(raw):
        nonlocal count, refused
        count += 1
        (tmp_path / ".floydignore").write_bytes(raw)
        try:
            sent = files_to_send(tmp_path)
        except CourseError as error:
            refused += 1
            assert error.remedy
            return
        assert {path.as_posix() for path in sent} <= {*TREE, ".floydignore"}

    campaign()
    counted(f".floydignore: {count} files, {refused} refused, 0 tracebacks")
    assert count >= IGNORES / 2 and 0 < refused < count


WORD = st.one_of(
    st.sampled_from(["--gpu", "--cpu2", "--data", "--mode", "jupyter", "--env", "-m", "--command",
                     "--nodes", "--max-runtime", "--infra", "--idle-minutes", "--detach", "--", "7",
                     "mnist:a", "fit", "web", "tensorflow-1.3", "python", "a.py", "~nobody/x:y"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)  # fmt: skip


def test_no_line_of_a_launch_ends_in_a_traceback(tmp_path, monkeypatch):
    why = CourseError("SkyPilot isn't installed.")
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: why)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "floyd.yml").write_text("task: {fit: {command: ls}, web: {mode: serve}}\n")
    ends = dict.fromkeys(("accepted", "refused", "usage"), 0)

    @rounds(LINES)
    @given(words=st.lists(WORD, max_size=6))
    def campaign(words):
        line = ["launch", "--dry-run", *words]
        result = CliRunner().invoke(app, line, prog_name="course")
        if result.exit_code == 0:
            ends["accepted"] += 1
        elif isinstance(result.exception, CourseError):
            ends["refused"] += 1
        else:
            assert (type(result.exception), result.exit_code) == (SystemExit, 2), words
            ends["usage"] += 1

    campaign()
    counted(f"course launch: {sum(ends.values())} lines, {ends}, 0 tracebacks")
    assert all(ends.values())


# Signals

LAUNCH = """
import os, sys
from pathlib import Path
from tests.cloud.jobs import job
from utils.cloud import local
local.KEPT += ("CALLS",)
print("begins", flush=True)
sys.exit(local.run_local(job({command!r}, folder=Path({folder!r}), max_runtime=600)))
"""
COMMAND = "cd runs; mkdir -p a/b/seed-{n}; echo 1 > a/b/seed-{n}/file; sleep 1000 & sleep 0.3"


def left_over(place):
    """Return the processes of jobs that still live: they alone have this variable."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CALLS") == str(place.calls):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.skipif(not HERE, reason=WHY)
def test_a_signal_at_any_moment_of_a_launch_leaves_nothing_running_and_nothing_lost(tmp_path):
    place = Place(tmp_path / "small")
    for number in range(400):  # so that copying takes a moment
        (place.code / f"{number}.txt").write_text("1")
    own = {"COURSE_VENV": place.variables["COURSE_VENV"], "FETCHED": str(place.fetched)}
    own |= {"COURSE_BUILD": str(tmp_path / "build"), "COURSE_RUNS": str(runs_dir())}
    own |= {"CALLS": str(place.calls)}
    own |= {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}

    def launch(seed, how=None, wait=0.0):
        """Launch, and after a while send a signal; return the exit status and the seconds."""
        script = LAUNCH.format(command=COMMAND.format(n=seed), folder=str(place.code))
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL, env={**os.environ, **own},
            preexec_fn=lambda: how and signal.signal(how, signal.SIG_DFL),
        )  # fmt: skip
        assert process.stdout.readline() == "begins\n"
        began = time.monotonic()
        if how:
            time.sleep(wait)
            process.send_signal(how)
        process.communicate(timeout=LONG)
        end = time.monotonic() + 60
        while left_over(place) and time.monotonic() < end:  # SIGKILL was sent; they go
            time.sleep(0.1)
        assert not left_over(place)
        return process.returncode, time.monotonic() - began

    def files(folder):
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("file")
            if path.read_text() == "1\n"
        }

    there = tmp_path / "build" / "launch" / "job" / "code" / "runs"
    status, takes = launch(0)
    assert status == 0 and files(runs_dir()) == {"a/b/seed-0/file"}
    choice, written, ended = random.Random(1), set(), 0
    for number in range(SIGNALS):
        how = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3]
        status, _ = launch(number + 1, how, choice.random() * takes)
        ended += status != 0
        written |= files(there)
    status, _ = launch(SIGNALS + 1)  # brings what a launch that was killed outright had left
    assert status == 0 and written <= files(runs_dir())
    counted(f"launches under signals: {SIGNALS}, of which {ended} ended by it; {len(written)} runs "
          "written by then, 0 lost, 0 processes left")  # fmt: skip
    assert ended and written
