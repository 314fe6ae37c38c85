"""`course launch TASK --sbatch`: its script on a real Slurm, from sbatch to what comes home."""

import json
import os
import stat
from pathlib import Path

import pytest

from utils.cloud.sbatch import LARGEST

TRAINS = "course train learning_rate --variant 0.01 --variant 0.001 --seeds 2 --profile smoke"
TRAINS += " --data sample"


def runs(root: Path) -> dict[str, dict]:
    """Return the records below a log root, by their runs' names."""
    found = sorted(root.glob("*/*/seed-*/run.json"))
    return {one.parent.relative_to(root).as_posix(): json.loads(one.read_text()) for one in found}


def test_a_job_runs_there_and_all_that_it_made_comes_home(cluster):
    cluster.script("tiny", "--gpu")  # the node says that it has one
    number = cluster.submit()
    assert cluster.ended(number) == "COMPLETED", cluster.log(number)
    said = cluster.log(number)
    assert "said by the job" in said and f"What it made is in {cluster.folder}/code." in said
    assert "-L 3" in said and f"{os.uname().nodename}\n" in said
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
    own = cluster.machine.own
    assert "Notebooks among them: work/01.ipynb" in cluster.come_home()
    assert (own / "runs" / "a" / "b" / "seed-0" / "file").read_text() == "epoch\n"
    assert cluster.machine.outputs() == {"work/01.ipynb": "solved\n", "output/best.h5": "weights\n"}
    assert (own / "work" / "01.ipynb").read_text() == "as sent"
    assert cluster.machine.processes() == []


@pytest.mark.slow
def test_the_courses_own_smoke_task_trains_there_and_its_runs_are_read_at_home(cluster):
    cluster.machine.own.joinpath("floyd.yml").unlink()  # so it is the course's
    cluster.script("smoke")
    number = cluster.submit()
    assert cluster.ended(number) == "COMPLETED", cluster.log(number)
    assert "3 runs brought into" in cluster.come_home()
    found = runs(cluster.machine.own / "runs")
    assert len(found) == 3 and {one["status"] for one in found.values()} == {"finished"}
    compared = cluster.machine.type_here("compare", "learning_rate")
    assert compared.exit_code == 0 and "0.001" in compared.output


@pytest.mark.slow
def test_an_array_trains_each_run_apart_sets_up_once_and_does_nothing_twice(cluster):
    cluster.machine.own.joinpath("floyd.yml").unlink()  # so it is the course's
    cluster.script("smoke", "--command", TRAINS, "--array")
    assert "asks for 4 jobs, each with" in cluster.said
    number = cluster.submit()
    cluster.ended(number)
    logs = [cluster.log(number, part) for part in range(4)]
    assert [cluster.slurm.state(f"{number}_{part}") for part in range(4)] == ["COMPLETED"] * 4, logs
    assert sum("The environment is ready." in one for one in logs) == 1
    assert [f"Part {part + 1}/4." in one for part, one in enumerate(logs)] == [True] * 4
    made = runs(cluster.folder / "code" / "runs")
    assert len(made) == 4 and {one["status"] for one in made.values()} == {"finished"}
    assert not [*cluster.folder.glob("links-*")]

    again = cluster.submit("--array=1,3")
    cluster.ended(again)
    for part in (1, 3):
        log = cluster.log(again, part)
        assert "finished before, skipped" in log and "Part 2/4" in log or "Part 4/4" in log
        assert "Unpacking" not in log and "The environment is ready." not in log
    assert runs(cluster.folder / "code" / "runs") == made
    assert "4 runs brought into" in cluster.come_home()


def test_the_largest_script_is_the_largest_that_slurm_takes(cluster):
    shown = cluster.slurm.type("scontrol", "show", "config").stdout
    assert "max_script_size" not in shown  # so it is Slurm's own default
    lines = b"#!/bin/bash\n# " + b"0" * 99
    file = cluster.home / "job.sbatch"
    file.write_bytes(lines + b"0" * (LARGEST - len(lines) - 1) + b"\n")
    assert file.stat().st_size == LARGEST and cluster.submit("--hold")
    file.write_bytes(file.read_bytes()[:-1] + b"00\n")
    done = cluster.slurm.type("sbatch", "--hold", str(file))
    assert done.returncode != 0 and "submission failed" in done.stderr
