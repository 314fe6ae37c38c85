"""A job becomes a SkyPilot task: nothing is lost, nothing is made up."""

import dataclasses
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jobs_made import FOLDER, JOB, VARIANTS

from utils import settings
from utils.cloud.floyd.job import Input, find_floyd, read_floyd, resolve
from utils.cloud.script import run_script, setup_script
from utils.cloud.sky_task import Limits, slug, task_yaml, to_task

GOLDEN = Path(__file__).parent / "golden"
CIFAR = Path("/somewhere/cifar-10-batches-bin")


# What each machine asks for


@pytest.mark.parametrize(
    ("machine", "gpus"),
    [("gpu", ["T4:1", "L4:1", "A10:1", "A10G:1"]), ("gpu2", ["A100:1", "L40S:1"])],
)
def test_a_gpu_machine_is_any_of_its_accelerators_and_no_core_count(machine, gpus):
    resources = to_task(replace(JOB, machine=machine))["resources"]
    assert [one["accelerators"] for one in resources["any_of"]] == gpus
    assert "cpus" not in resources


@pytest.mark.parametrize(
    ("machine", "cores", "memory"), [("cpu", "2+", "8+"), ("cpu2", "8+", "16+")]
)
def test_a_cpu_machine_has_cores_and_memory_and_no_accelerator(machine, cores, memory):
    resources = to_task(replace(JOB, machine=machine))["resources"]
    assert (resources["cpus"], resources["memory"]) == (cores, memory)
    assert "any_of" not in resources


# What it must not cost or open


@pytest.mark.parametrize("job", VARIANTS.values(), ids=VARIANTS)
def test_each_task_takes_itself_down_has_a_price_limit_and_opens_no_port(job):
    task = to_task(job)
    assert task["resources"]["autostop"] == {"idle_minutes": 10, "wait_for": "jobs", "down": True}
    assert task["resources"]["max_hourly_cost"] * job.nodes == pytest.approx(1.5, abs=1e-3)
    assert "ports" not in task_yaml(task)
    assert "0.0.0.0" not in task_yaml(task)


@pytest.mark.parametrize("job", VARIANTS.values(), ids=VARIANTS)
def test_a_secret_has_a_name_in_the_task_and_no_value(job):
    needed = job.mode == "jupyter" or job.nodes > 1
    assert to_task(job).get("secrets") == ({"JUPYTER_TOKEN": None} if needed else None)


def test_the_set_up_is_the_scripts_own_text_under_a_time_limit():
    setup = to_task(JOB)["setup"]
    assert setup_script(JOB, gpu=True) in setup
    assert setup.endswith("timeout -s TERM -k 30 1800 bash ~/course-setup.sh\n")


@pytest.mark.skipif(sys.platform == "win32", reason="bash is needed")
def test_the_set_ups_wrapping_gives_bash_the_very_text_and_hands_its_status_on(
    tmp_path, monkeypatch
):
    text = "echo \"$HOME\" 'a' `echo b` \\n > seen.txt\nexit 7"
    monkeypatch.setattr("utils.cloud.sky_task.setup_script", lambda job, gpu: text)
    setup = to_task(JOB)["setup"].replace("timeout -s TERM -k 30 1800 ", "")
    done = subprocess.run(
        ["bash", "-c", setup], cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)}
    )
    assert done.returncode == 7
    assert (tmp_path / "course-setup.sh").read_text() == f"{text}\n"
    assert (tmp_path / "seen.txt").read_text() == f"{tmp_path} a b n\n"


def test_the_command_is_the_scripts_own_text_untouched():
    assert to_task(JOB)["run"] == run_script(JOB)


# Inputs


def test_a_data_set_is_sent_from_where_it_lies_and_left_to_the_set_up_where_it_is_not():
    job = replace(JOB, inputs=(Input("cifar10", "1"),))
    assert to_task(job, found={"cifar10": CIFAR})["file_mounts"] == {"/floyd/input/1": str(CIFAR)}
    assert "file_mounts" not in to_task(job)


def test_a_folder_lands_as_its_destination_and_a_file_within_it():
    mounts = to_task(VARIANTS["gpu-job-folder"])["file_mounts"]
    assert mounts == {
        "/floyd/input/code": FOLDER,
        "/floyd/input/one/dataset.py": str(Path(FOLDER, "dataset.py")),
    }


def test_a_bucket_is_mounted_without_a_slash_at_its_end_which_skypilot_refuses():
    mounts = to_task(VARIANTS["gpu-job-bucket"])["file_mounts"]
    assert mounts == {
        "/floyd/input/pictures": "s3://my-bucket/pictures",
        "/floyd/input/x": "gs://other/x",
    }


@pytest.mark.parametrize("infra", ["slurm", "slurm/uni", "Slurm/uni/gpu"])
def test_where_nobody_is_root_inputs_lie_in_the_jobs_home(infra):
    task = to_task(VARIANTS["cpu-job-folder"], infra=infra)
    assert task["envs"]["FLOYD_INPUT"] == "~/floyd/input"
    assert set(task["file_mounts"]) == {"~/floyd/input/code", "~/floyd/input/one/dataset.py"}


# Every part counts

CHANGES = {
    "task": {},  # names the machine, see new_name
    "env": {"env": "tensorflow-2.20"},
    "machine": {"machine": "gpu2"},
    "inputs": {"inputs": (Input("s3://a/b", "c"),)},
    "description": {"description": "three layers"},
    "command": {"command": "course train --study dropout"},
    "max_runtime": {"max_runtime": 7201},
    "mode": {"mode": "jupyter", "command": ""},
    "nodes": {"nodes": 2},
    "folder": {"folder": settings.ROOT / "utils"},
    "notes": {},  # are printed
}


def test_no_field_of_a_job_is_forgotten_here():
    assert set(CHANGES) == {field.name for field in dataclasses.fields(JOB)}


@pytest.mark.parametrize("field", [name for name, change in CHANGES.items() if change])
def test_each_field_of_a_job_changes_its_task(field):
    assert to_task(replace(JOB, **CHANGES[field])) != to_task(JOB)


KEYS = {
    "env": "tensorflow-2.20",
    "machine": "gpu",
    "input": ["mnist:digits"],
    "data": ["cifar10:pictures"],
    "description": "another text",
    "command": "echo two",
    "max_runtime": 61,
    "mode": "jupyter",
    "task": {"one": {"command": "echo of the task"}},
}


def _task_of(folder: Path, values: dict[str, object]) -> str:
    (folder / "floyd.yml").write_text(yaml.safe_dump(values), encoding="utf-8")
    name = next(iter(values.get("task", {})), None)
    return task_yaml(to_task(resolve(read_floyd(find_floyd(folder)), name)))


@pytest.mark.parametrize("key", KEYS)
def test_each_key_of_floyd_yml_changes_the_task(tmp_path, key):
    base = {"command": "echo one"}
    changed = {"mode": "jupyter"} if key == "mode" else {**base, key: KEYS[key]}
    assert _task_of(tmp_path, changed) != _task_of(tmp_path, base)


def test_no_key_of_floyd_yml_is_forgotten_here():
    from utils.cloud.floyd.schema import SCHEMA

    assert set(KEYS) == set(SCHEMA["properties"])


@pytest.mark.parametrize(
    "other",
    [
        {"name": "another"},
        {"limits": Limits(max_hourly_cost=2.0)},
        {"limits": Limits(idle_minutes=11)},
        {"infra": "aws"},
        {"places": [{"infra": "aws/us-east-1", "accelerators": "T4:1"}]},
        {"workdir": Path("/elsewhere")},
    ],
    ids=str,
)
def test_each_argument_changes_the_task(other):
    assert to_task(JOB, **other) != to_task(JOB)


# As text


@pytest.mark.parametrize("job", VARIANTS.values(), ids=VARIANTS)
def test_the_yaml_reads_back_as_the_task(job):
    task = to_task(job, found={"cifar10": CIFAR})
    assert yaml.safe_load(task_yaml(task)) == task


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("studies", "studies"),
        ("My_Task.v2", "my-task-v2"),
        ("-a--b-", "a-b"),
        ("é", ""),
        ("x" * 50, "x" * 20),
        ("a" * 19 + "_b", "a" * 19),
    ],
)
def test_a_name_for_a_machine_is_plain(text, name):
    assert slug(text) == name
    assert re.fullmatch("([a-z0-9]+(-[a-z0-9]+)*)?", slug(text))


# The repository's own tasks, as recorded. COURSE_GOLDEN=write records them anew.

REPO = read_floyd(find_floyd(settings.ROOT))


@pytest.mark.parametrize("name", REPO.tasks)
def test_a_task_of_the_repositorys_floyd_yml_is_as_recorded(name):
    task = to_task(resolve(REPO, name), name, workdir=Path(), found={"cifar10": CIFAR})
    assert task["run"] and task["setup"]
    # Their texts are utils/cloud/script.py's, compared above.
    recorded = task_yaml({**task, "setup": "setup_script", "run": "run_script"})
    recorded = recorded.replace("\\", "/")  # Windows
    file = GOLDEN / f"{name}.yml"
    if os.environ.get("COURSE_GOLDEN") == "write":
        file.write_text(recorded, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == recorded


def test_there_is_no_recorded_task_that_floyd_yml_no_longer_has():
    assert {file.stem for file in GOLDEN.glob("*.yml")} == set(REPO.tasks)
