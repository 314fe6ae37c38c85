"""`course launch TASK --host`: from the start to what comes back, and through every break."""

import os
import shutil
import signal
import subprocess

import psutil
import pytest
from starting import read_until, until, words_of

from utils.cli.options import with_flags
from utils.cloud.ssh_line import SshLine


def name_in(said: str) -> str:
    return said.partition("Starting ")[2].partition(" ")[0]


# From the start to the end


def test_a_job_runs_there_and_all_that_it_made_comes_back(machine):
    done = machine.launch("tiny", "--follow")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (machine.own / "runs" / "a" / "b" / "seed-0" / "file").read_text() == "epoch\n"
    assert machine.outputs() == {"work/01.ipynb": "solved\n", "output/best.h5": "weights\n"}
    assert (machine.own / "work" / "01.ipynb").read_text() == "as sent"
    for words in ("said by the job", "The job has ended: SUCCEEDED.", "Notebooks among them: work"):
        assert words in done.stdout
    before = done.stdout.partition("Starting ")[0]
    assert "What comes back: runs into " in before and str(machine.own / "outputs") in before
    assert machine.jobs() == [] and machine.processes() == []
    assert not list((machine.own / "outputs" / ".launched").iterdir())


def test_a_job_that_ran_and_left_nothing_is_said_and_kept_until_it_is_given_up(machine):
    done = machine.type_here("launch", "empty", "--host", machine.address)
    assert done.exit_code == 1 and "whose job ran: no run and no file." in str(done.exception)
    (folder,) = machine.jobs()
    assert f"course jobs stop {folder.name} --discard" in with_flags(done.exception)
    assert "SUCCEEDED" in machine.type_here("jobs", "status", folder.name).output
    assert machine.type_here("jobs", "stop", folder.name, "--discard").exit_code == 0
    assert machine.jobs() == []


def test_a_setup_that_fails_leaves_nothing_there(machine):
    machine.has(venv=None)
    machine.program("uv", "exit 1", machine.only("uv"))
    machine.has(path=machine.folder / "without-uv")
    done = machine.type_here("launch", "tiny", "--host", machine.address)
    assert done.exit_code == 1 and "The job has ended: FAILED_SETUP." in done.output
    assert "uv found no Python" in next((machine.own / "runs" / "logs").rglob("*.log")).read_text()
    assert machine.jobs() == [] and machine.outputs() == {}


def test_the_time_limit_ends_all_of_a_job_and_what_it_made_comes(machine):
    done = machine.type_here("launch", "late", "--host", machine.address)
    assert done.exit_code == 1 and "The job has ended: TIMED_OUT." in done.output
    assert machine.outputs() == {"model": "half\n"}
    assert machine.processes() == []


# A connection that is cut


def test_a_job_goes_on_when_its_connection_is_cut_and_is_found_again(machine):
    launch = machine.begin("waits", "--follow")
    name = name_in(read_until(launch, "said by the job"))
    children = words_of(psutil.Process(launch.pid).children(recursive=True))
    (ssh,) = [one for one, words in children
              if words and words[0].endswith("/ssh") and "tail" not in words][:1]  # fmt: skip
    ssh.kill()
    launch.kill()
    launch.communicate()
    assert machine.processes()
    shutil.rmtree(machine.folder / "build")  # as `make clean` does
    listed = machine.type("jobs").stdout
    assert name in listed and "RUNNING" in listed and f"-p {machine.server.port}" in listed
    assert "said by the job" in machine.type("jobs", "logs", name).stdout
    fetched = machine.type("jobs", "fetch", name)
    assert fetched.returncode == 0 and (machine.own / "runs/a/b/seed-0/file").exists()
    assert {"pid"} < set(machine.outputs())
    (machine.home / "go-on").touch()
    until(lambda: "SUCCEEDED" in (machine.jobs()[0] / "state").read_text())
    stopped = machine.type("jobs", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert machine.outputs()["later.txt"] == "later\n"
    assert machine.jobs() == [] and machine.processes() == []


def test_stop_ends_a_job_that_runs_and_brings_what_it_made(machine):
    detached = machine.launch("waits", "--detach")
    name = name_in(detached.stdout)
    assert detached.returncode == 0 and f"course jobs fetch {name}" in detached.stdout
    until(lambda: (machine.jobs()[0] / "code" / "pid").exists())
    stopped = machine.type("jobs", "stop", name)
    assert stopped.returncode == 0, stopped.stderr
    assert (machine.own / "runs" / "a" / "b" / "seed-0" / "file").exists()
    assert machine.jobs() == [] and machine.processes() == []


def test_a_machine_that_does_not_answer_hides_no_other_and_its_reason_is_said(machine):
    for name, port in (("course-a-000000", 9), ("course-b-000000", machine.server.port)):
        SshLine("127.0.0.1", port).save(machine.own / "outputs" / ".launched" / f"{name}.json")
    first, second = machine.type_here("jobs").output.splitlines()
    assert "SILENT" in first and "GONE" in second
    done = machine.type_here("jobs", "status", "course-a-000000")
    assert str(done.exception).startswith("127.0.0.1 can't be used: nothing answers at that port")
    assert machine.type_here("jobs", "stop", "course-b-000000", "--discard").exit_code == 0


# Told to end


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP"])
def test_a_launch_that_is_told_to_end_while_it_sends_leaves_nothing_there(machine, how):
    (machine.own / "large.bin").write_bytes(os.urandom(2_000_000))
    rsync = subprocess.run(["which", "rsync"], capture_output=True, text=True).stdout.strip()
    machine.program("rsync", f'exec {rsync} --bwlimit=20 "$@"')
    launch = machine.begin("tiny")
    until(lambda: [*machine.home.rglob("code/*"), *machine.home.rglob("code/.*")])
    number = getattr(signal, how)
    launch.send_signal(number)
    said, _ = launch.communicate()
    assert "ending what it started" in said and launch.returncode == 128 + number
    assert machine.jobs() == [] and until(lambda: not machine.processes())
    assert not list((machine.own / "outputs" / ".launched").iterdir())


def test_a_job_outlives_the_terminal_but_not_the_machine_and_both_are_said(machine):
    launch = machine.begin("waits")
    said = read_until(launch, "Watching until")
    launch.send_signal(signal.SIGHUP)
    rest, _ = launch.communicate()
    name = name_in(said)
    assert f"{name} goes on." in rest and f"course jobs stop {name}" in rest
    assert launch.returncode == 128 + signal.SIGHUP
    until(lambda: (machine.jobs()[0] / "code" / "pid").exists())
    for one in machine.processes():  # as when it is switched off
        one.kill()
    assert "is LOST" in machine.type("jobs", "status", name).stdout
    assert machine.type("jobs", "stop", name).returncode == 0
    assert (machine.own / "runs" / "a" / "b" / "seed-0" / "file").exists()
