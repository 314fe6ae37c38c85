"""A launch by SkyPilot on a real Slurm: provisioned, set up, run, fetched, taken down; and killed.

SkyPilot's part of each is the same as on a cloud: its server, its calls, its agent on the machine.
"""

import os
import re
import signal
import subprocess
import sys

import pytest
import sky_login
from sky_login import SkyPerson
from sshd import ssh_server
from starting import read_until, until

pytestmark = [
    pytest.mark.skipif(not sky_login.HERE, reason=sky_login.WHY),
    pytest.mark.skipif(not sky_login.INSTALLED, reason="skypilot[slurm] isn't installed"),
]
more = pytest.mark.skipif(
    os.environ.get("COURSE_TEST_SKYPILOT") != "1",
    reason="provisions twice more, some minutes: set COURSE_TEST_SKYPILOT=1",
)
SLURM = ("--infra", "slurm/uni", "--yes")


@pytest.fixture(scope="module")
def person(slurm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sky")
    with ssh_server(tmp_path_factory.mktemp("sky-sshd")) as server:
        made = SkyPerson(slurm, server, folder)
        yield made
        for one in made.processes():
            one.kill()


def test_a_job_runs_there_and_what_it_made_comes_back_and_nothing_is_left(person):
    photos = person.own / "photos"
    photos.mkdir()
    (photos / ".gitignore").write_text("*\n")
    (photos / "a.png").write_text("a picture")
    done = person.type("launch", "tiny", *SLURM, "--data", f"{photos}:photos", "--follow")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "said by the job" in done.stdout and "The job has ended: SUCCEEDED." in done.stdout
    assert (person.own / "runs/a/b/seed-0/file").read_text() == "epoch\n"
    (seen,) = (person.own / "outputs").glob("*/output/seen")
    assert seen.read_text() == "a picture"
    assert person.slurm.going() == []
    assert not list((person.home / ".sky_clusters").iterdir())
    assert person.servers() == []  # nothing is left, so the server that this started isn't either


def test_a_launch_that_is_told_to_end_as_it_begins_leaves_neither_a_machine_nor_a_server(person):
    launch = person.begin("launch", "tiny", *SLURM)
    read_until(launch, "Failed to connect to SkyPilot API server")  # so it starts one
    launch.send_signal(signal.SIGTERM)
    said, _ = launch.communicate()
    assert "ending what it started" in said and launch.returncode == 128 + signal.SIGTERM, said
    assert person.slurm.going() == [] and person.servers() == []


@pytest.fixture(scope="module")
def server(person):
    """Start SkyPilot's server before the course does."""
    code = "import sky; sky.api_start()"
    subprocess.run([sys.executable, "-c", code], env=person.variables, check=True)
    (running,) = person.servers()
    return running


@more
def test_a_launch_that_is_told_to_end_while_its_machine_starts_leaves_nothing(person, server):
    launch = person.begin("launch", "tiny", *SLURM)
    read_until(launch, "Launching on Slurm")
    until(person.slurm.going)
    launch.send_signal(signal.SIGTERM)
    said, _ = launch.communicate()
    assert "ending what it started" in said and launch.returncode == 128 + signal.SIGTERM, said
    assert person.slurm.going() == []
    assert person.servers() == [server]  # it ran before, so it is left alone


@more
def test_a_launch_whose_terminal_closes_is_found_again_and_a_stop_that_breaks_loses_nothing(
    person, server
):
    (person.folder / "hold-setup").touch()
    launch = person.begin("launch", "waits", *SLURM)
    said = read_until(launch, "Watching until")
    name = re.search(r"Starting (course-waits-\w+)", said)[1]
    until(lambda: list(person.home.glob(f".course-jobs/{name}/report")))  # it sets up
    launch.send_signal(signal.SIGHUP)
    rest, _ = launch.communicate()
    assert f"{name} goes on." in rest and launch.returncode == 128 + signal.SIGHUP
    assert "SETTING_UP" in person.type("jobs", "status", name).stdout
    (person.folder / "hold-setup").unlink()
    until(lambda: list(person.home.glob(".sky_clusters/*/sky_workdir/runs/a/b/seed-1/ready")))
    person.slow("rsync", "--bwlimit=100")
    stop = person.begin("jobs", "stop", name)
    until(lambda: list((person.folder / "build/cloud" / name / "made").rglob(".file.*")))
    stop.send_signal(signal.SIGTERM)  # while it fetches
    stop.communicate()
    assert person.slurm.going() and person.servers() == [server]
    (person.folder / "bin/rsync").unlink()
    stopped = person.type("jobs", "stop", name)
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert (person.own / "runs/a/b/seed-1/file").stat().st_size == 4_000_000
    assert person.slurm.going() == [] and person.servers() == [server]


@more
def test_another_users_server_is_not_asked(person, server):
    person.variables["HOME"] = str(person.folder)
    done = person.type("jobs")
    person.variables["HOME"] = str(person.person)
    assert done.returncode == 1 and "isn't yours" in done.stderr
