"""What breaks off on a Slurm cluster: nothing runs on, nothing is lost, and the log says it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request

import pytest
from starting import listening, until

# As conftest's stand-in for the job's Python, and its setup waits until it may end.
WAITING = """#!/bin/sh
case "$*" in
  *version_info*) echo $$ >> "$HOME/setups"; until [ -e "$HOME/may" ]; do sleep 0.1; done ;;
  *tensorboard*) exec sleep 1000 ;;
  *) exec {python} "$@" ;;
esac
"""


def test_scancel_ends_all_of_a_job_and_what_it_made_stays(cluster):
    cluster.script("waits")
    number = cluster.submit()
    until(lambda: list(cluster.home.glob(".course-jobs/*/code/pid")))
    assert len(cluster.machine.processes()) > 3
    cluster.slurm.type("scancel", str(number))
    cluster.ended(number)
    assert until(lambda: not cluster.machine.processes())
    assert "Told to end." in cluster.log(number)
    cluster.come_home()
    assert (cluster.machine.own / "runs" / "a" / "b" / "seed-0" / "file").read_text() == "epoch\n"
    (cluster.home / "go-on").touch()
    again = cluster.submit()
    assert cluster.ended(again) == "COMPLETED", cluster.log(again)
    assert "Unpacking" not in cluster.log(again)


def test_slurms_own_limit_ends_a_job_in_order_before_it_is_killed(cluster):
    cluster.script("waits")
    number = cluster.submit("--time=1", "--signal=B:TERM@59")
    assert cluster.ended(number) == "FAILED"
    assert "ExitCode=143:0" in cluster.slurm.type("scontrol", "show", "job", str(number)).stdout
    assert "Told to end." in cluster.log(number) and not cluster.machine.processes()


def test_the_jobs_own_limit_ends_all_of_it_and_what_it_made_comes_home(cluster):
    cluster.script("late")
    assert "#SBATCH --time=0:33:00" in (cluster.home / "job.sbatch").read_text()
    number = cluster.submit()
    assert cluster.ended(number) == "FAILED"
    assert "The job ended with exit status 124." in cluster.log(number)
    assert until(lambda: not cluster.machine.processes())
    cluster.come_home()
    assert cluster.machine.outputs() == {"model": "half\n"}


def test_a_job_that_slurm_starts_anew_goes_on_in_its_folder(cluster):
    cluster.script("waits")
    number = cluster.submit()
    until(lambda: list(cluster.home.glob(".course-jobs/*/code/pid")))
    assert cluster.slurm.type("scontrol", "requeue", str(number)).returncode == 0
    (cluster.home / "go-on").touch()
    until(lambda: cluster.slurm.state(number) == "PENDING")  # for two minutes, by itself

    def is_begun() -> bool:
        """Ask for a start now; Slurm refuses that while the first one's end isn't over."""
        cluster.slurm.type("scontrol", "update", f"JobId={number}", "StartTime=now")
        return cluster.slurm.state(number) != "PENDING"

    until(is_begun)
    assert cluster.ended(number) == "COMPLETED", cluster.log(number)
    said = cluster.log(number)
    assert said.count("said by the job") == 2 and said.count("Unpacking") == 1
    assert "Told to end." in said and not cluster.machine.processes()


# The setup


@pytest.fixture
def waiting(cluster):
    """A cluster on which a setup takes until the file `may` is in the home folder."""
    python = cluster.machine.folder / "venv" / "bin" / "python"
    python.write_text(WAITING.format(python=sys.executable))
    return cluster


def divided(cluster, parts=2) -> None:
    """Make a script of an array whose parts say which they are, and train nothing."""
    cluster.script(
        "tiny", "--command", f"course train layers --variant baseline --seeds {parts}", "--array"
    )
    program = cluster.machine.folder / "venv" / "bin" / "course"
    program.write_text('#!/bin/sh\necho "words: $*"; echo "$*" >> "$HOME/trained"\n')


def test_where_the_part_that_sets_up_is_cancelled_another_one_does(waiting):
    divided(waiting)
    number = waiting.submit()
    setups = waiting.home / "setups"
    until(lambda: setups.exists() and len(waiting.slurm.type("squeue", "-h", "-r", "-t", "R").stdout
                                          .splitlines()) == 2)  # fmt: skip
    logs = {part: waiting.log(number, part) for part in (0, 1)}
    until(lambda: any("sets up; waiting" in waiting.log(number, part) for part in (0, 1)))
    first = next(part for part in logs if "Unpacking" in waiting.log(number, part))
    waiting.slurm.type("scancel", f"{number}_{first}")
    until(lambda: len(setups.read_text().splitlines()) == 2)
    (waiting.home / "may").touch()
    waiting.ended(number)
    assert waiting.slurm.state(f"{number}_{1 - first}") == "COMPLETED"
    trained = (waiting.home / "trained").read_text()
    assert trained.endswith(f"--seeds 2 --part {2 - first}/2\n") and len(trained.splitlines()) == 1


def test_a_turn_of_a_job_that_slurm_does_not_know_any_more_is_over(cluster):
    cluster.script("tiny")
    folder = cluster.expected_folder()
    folder.mkdir(parents=True)
    (folder / "turn").symlink_to("99999-1")
    number = cluster.submit()
    assert cluster.ended(number) == "COMPLETED", cluster.log(number)


def test_a_setup_that_fails_ends_every_part_and_is_tried_again_when_submitted_anew(cluster):
    divided(cluster, parts=3)
    number = cluster.submit(COURSE_VENV=str(cluster.home / "nothing"))
    cluster.ended(number)
    logs = [cluster.log(number, part) for part in range(3)]
    assert [cluster.slurm.state(f"{number}_{part}") for part in range(3)] == ["FAILED"] * 3
    assert sum("The setup failed (above)." in one for one in logs) == 1
    assert sum("failed in another part" in one for one in logs) == 2
    again = cluster.submit("--array=2")
    assert cluster.ended(again) == "COMPLETED", cluster.log(again, 2)
    assert "words: train layers --variant baseline --seeds 3 --part 3/3" in cluster.log(again, 2)


def test_on_a_login_node_the_script_sets_up_alone(cluster):
    cluster.script("tiny")
    done = cluster.bash("job.sbatch")
    assert done.returncode == 0 and "Now submit this script by sbatch." in done.stdout
    assert "said by the job" not in done.stdout
    number = cluster.submit()
    assert cluster.ended(number) == "COMPLETED"
    assert "said by the job" in cluster.log(number) and "Unpacking" not in cluster.log(number)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_a_setup_on_a_login_node_that_is_broken_off_ends_and_is_begun_anew(waiting, how):
    waiting.script("tiny")
    setups = waiting.home / "setups"
    process = subprocess.Popen(
        ["bash", "job.sbatch"], cwd=waiting.home, env=os.environ | waiting.variables,
        preexec_fn=lambda: signal.signal(how, signal.SIG_DFL),
    )  # fmt: skip
    until(setups.exists)
    process.send_signal(how)
    assert process.wait() == 143 and until(lambda: not waiting.machine.processes())
    assert not (waiting.folder / "ready").exists()
    (waiting.home / "may").touch()
    assert waiting.bash("job.sbatch").returncode == 0 and (waiting.folder / "ready").exists()


# What isn't in a script


def test_a_folder_is_brought_by_the_lines_that_were_printed_and_missed_without(cluster):
    data = cluster.machine.own / "more data"
    data.mkdir()
    (data / "one.txt").write_text("one")
    command = "cat /floyd/input/more/one.txt"
    cluster.script("tiny", "--data", "more data:more", "--command", command)
    number = cluster.submit()
    assert cluster.ended(number) == "FAILED"
    missed = cluster.log(number)
    assert f"There is nothing in {cluster.folder}/input/more. Bring it first: ssh CLUSTER" in missed
    lines = [line for line in cluster.said.splitlines() if "/input/more" in line]
    cluster.type_there(*lines)
    again = cluster.submit()
    assert cluster.ended(again) == "COMPLETED", cluster.log(again)
    assert "\none\n" in f"\n{cluster.log(again)}" or "\none" in cluster.log(again)
    cluster.come_home()
    assert "one.txt" not in cluster.machine.outputs()


@pytest.mark.slow
def test_jupyterlab_is_opened_by_a_token_that_only_its_owner_can_read(cluster):
    cluster.machine.own.joinpath("floyd.yml").unlink()  # so it is the course's
    cluster.script("notebooks", "--cpu")
    place = cluster.expected_folder() / "input"
    for name in ("mnist/mnist.npz", "cifar10/data_batch_1.bin"):
        (place / name).parent.mkdir(parents=True)
        (place / name).touch()
    number = cluster.submit()
    until(lambda: list(cluster.home.glob(".course-jobs/*/address-*")))
    address = cluster.folder / f"address-{number}"
    assert until(lambda: str(address) in cluster.log(number))  # it is told once it is written
    text = address.read_text()
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    token = re.search(r"token=([0-9a-f]{48})", text)[1]
    port = re.search(r"127.0.0.1:(\d+)/lab", text)[1]
    assert f"-L {port}:127.0.0.1:{port}" in text

    def status():
        header = {"Authorization": f"token {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/status", headers=header)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except OSError:
            return None

    assert "kernels" in until(status)
    assert {one.ip for one in listening(cluster.machine.processes())} == {"127.0.0.1"}
    cluster.slurm.type("scancel", str(number))
    cluster.ended(number)
    assert until(lambda: not cluster.machine.processes()) and token not in cluster.log(number)
