"""The repository's own floyd.yml: its tasks, and that the commands in it are the course's."""

import shlex

import pytest
from typer.main import get_command

from utils.cli.main import app
from utils.cloud.floyd.job import Input, find_floyd, read_floyd, resolve
from utils.experiments.studies import STUDIES
from utils.settings import ROOT

FILE = read_floyd(find_floyd(ROOT))


def test_there_are_the_four_tasks_and_each_makes_a_job_without_a_note():
    assert tuple(FILE.tasks) == ("notebooks", "studies", "search", "smoke")
    for task in FILE.tasks:
        job = resolve(FILE, task)
        assert job.notes == () and job.description and job.folder == ROOT


def test_the_notebooks_open_on_a_gpu_for_two_hours_with_both_sets():
    job = resolve(FILE, "notebooks")
    assert (job.mode, job.machine, job.max_runtime) == ("jupyter", "gpu", 7200)
    assert job.inputs == (Input("mnist", "mnist"), Input("cifar10", "cifar10"))


def test_the_studies_are_all_five_at_the_full_profile_on_real_data():
    job = resolve(FILE, "studies")
    assert job.machine == "gpu" and job.inputs == (Input("cifar10", "cifar10"),)
    for part in ("course train all", "--profile full", "--data real", "--seeds 3"):
        assert part in job.command
    # The comment's sum: it holds as long as there are 16 variants.
    assert sum(len(study.variants) for study in STUDIES.values()) == 16


def test_the_smoke_task_needs_neither_gpu_nor_data():
    job = resolve(FILE, "smoke")
    assert (job.machine, job.inputs) == ("cpu", ())
    assert "--profile smoke --data sample" in job.command


@pytest.mark.parametrize("task", [name for name in FILE.tasks if name != "notebooks"])
def test_a_command_is_one_that_the_course_understands(task):
    program, *words = shlex.split(resolve(FILE, task).command)
    assert program == "course"
    group = get_command(app)
    command = group.get_command(None, words[0])
    assert command is not None
    command.make_context(words[0], words[1:])  # raises for an unknown option


def test_every_key_is_explained():
    text = (ROOT / "floyd.yml").read_text(encoding="utf-8")
    lines = text.splitlines()
    for key in ("env", "machine", "max_runtime", "mode", "input", "command"):
        first = next(n for n, line in enumerate(lines) if line.strip().startswith(f"{key}:"))
        assert lines[first - 1].strip().startswith("#"), key
