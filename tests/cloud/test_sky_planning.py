"""What SkyPilot's own library makes of our tasks: accepted, planned, priced; with no network."""

import importlib.util
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from jobs_made import JOB, VARIANTS
from sky_worker import Refused, worker

from utils import settings
from utils.cloud.floyd.job import MACHINES, Overrides, find_floyd, read_floyd, resolve
from utils.cloud.sky_task import Limits, to_task
from utils.cloud.upload import copy_code, whole_inputs

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sky") is None, reason="the extra cloud isn't installed"
)
REPO = read_floyd(find_floyd(settings.ROOT))
CPU = replace(JOB, machine="cpu")
# tests/cloud/catalogue: T4 0.526 in us-east-1 and 2.00 in sa-east-1, A10 0.75, A10G 1.006,
# L40S 1.861; m6i.large (2 cores) 0.096, m6i.2xlarge (8 cores) 0.384.


def test_the_worker_has_no_network_and_skypilots_usage_collection_is_off():
    assert "blocked" in worker().ask("network")
    assert worker().ask("usage_collection") is False


# Accepted


@pytest.mark.parametrize("job", VARIANTS.values(), ids=VARIANTS)
def test_skypilot_accepts_each_variant_and_reads_the_same_in_it(job):
    task = to_task(job)
    read = worker().ask("accept", task)
    assert (read["setup"], read["run"]) == (task["setup"], task["run"])
    assert read["num_nodes"] == job.nodes
    assert read.get("file_mounts", {}) == task.get("file_mounts", {})
    resources = read["resources"].get("any_of", [read["resources"]])
    assert len(resources) == len(task["resources"].get("any_of", [0]))
    for one in resources:
        assert one["autostop"] == {"idle_minutes": 10, "down": True, "wait_for": "jobs"}
        assert one["max_hourly_cost"] == task["resources"]["max_hourly_cost"]
        assert "ports" not in one


@pytest.mark.parametrize("name", REPO.tasks)
def test_skypilot_accepts_each_task_of_the_repositorys_floyd_yml(name):
    read = worker().ask("accept", to_task(resolve(REPO, name), name))
    assert read["name"] == name


@pytest.mark.parametrize("infra", ["aws", "gcp/us-central1", "lambda", "kubernetes", "ssh/my-rack"])
def test_skypilot_accepts_an_infra_of_each_kind(infra):
    read = worker().ask("accept", to_task(JOB, infra=infra))
    assert {one["infra"] for one in read["resources"]["any_of"]} == {infra}


def test_what_skypilot_refuses_is_one_sentence_in_its_words():
    with pytest.raises(Refused, match="SkyPilot refuses the task: .*infra"):
        worker().ask("accept", to_task(JOB, infra="floydhub"))


def test_a_folder_that_is_gone_is_refused_before_anything_starts():
    with pytest.raises(Refused, match="does not exist"):
        worker().ask("accept", {**to_task(JOB), "file_mounts": {"/floyd/input/a": "/no/such"}})


def test_skypilot_sends_the_copy_of_the_code_whole_whatever_gitignore_says(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    (tmp_path / "net.py").write_text("")
    (tmp_path / ".gitignore").write_text("*.py\n")
    copy = copy_code(tmp_path, "course-x")
    subprocess.run(["git", "init", "-q", copy], check=True)
    assert (copy / "net.py").is_file()
    assert set(worker().ask("left_out", str(copy))) <= {".git", "/.git"}
    (copy / ".skyignore").unlink()
    assert any("net.py" in one for one in worker().ask("left_out", str(copy)))


@pytest.mark.skipif(not shutil.which("rsync"), reason="the system package rsync is missing")
def test_skypilot_sends_an_input_whole_whatever_git_is_told_about_it(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    photos = tmp_path / "photos"
    for name in ("a.png", "deep/b.png", "deep/.gitignore", ".gitignore", ".git/info/exclude"):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        (photos / name).write_text("*" if name.startswith(".git") else "b.png")

    def sent(source):
        target = Path(tempfile.mkdtemp(dir=tmp_path))
        worker().ask("send", str(source), str(target))
        return {path.relative_to(target).as_posix() for path in target.rglob("*.png")}

    assert sent(photos) == set()
    with whole_inputs({"/floyd/input/photos": str(photos)}, "course-x") as mounts:
        assert sent(mounts["/floyd/input/photos"]) == {"a.png", "deep/b.png"}


def test_the_token_reaches_skypilot_but_not_what_it_stores_as_the_task():
    held = worker().ask("where_the_token_is", to_task(VARIANTS["gpu-jupyter-none"]), "t0ken-t0ken")
    assert held == ["sent to the server"]


# Planned and priced


def test_the_cheapest_place_comes_first_and_the_dear_region_is_left_out():
    plan = worker().ask("plan", to_task(JOB))
    assert [(one["gpu"], one["region"], one["hourly"]) for one in plan["offers"]] == [
        ("T4", "us-east-1", 0.526),
        ("A10", "us-west-1", 0.75),
        ("A10G", "us-east-1", 1.006),
    ]
    assert [(one["gpu"], one["region"]) for one in plan["dearer"]] == [("T4", "sa-east-1")]
    assert plan["assumed"] is True


def test_the_clouds_whose_price_lists_cannot_be_had_are_named():
    notes = worker().ask("plan", to_task(JOB))["notes"]
    assert notes == ["Price lists that can't be downloaded: azure, gcp."]


@pytest.mark.parametrize(("machine", "instance"), [("cpu", "m6i.large"), ("cpu2", "m6i.2xlarge")])
def test_a_machine_without_a_gpu_is_the_cheapest_with_so_many_cores(machine, instance):
    plan = worker().ask("plan", to_task(replace(JOB, machine=machine)))
    assert plan["offers"][0]["instance"] == instance
    assert plan["places"][0] == {"infra": "aws/us-east-1", "instance_type": instance}


def test_infra_narrows_the_plan_to_that_cloud_and_region():
    task = to_task(JOB, infra="aws/us-east-1")
    plan = worker().ask("plan", task, "aws/us-east-1")
    assert {(one["cloud"], one["region"]) for one in plan["offers"]} == {("AWS", "us-east-1")}
    assert plan["dearer"] == []


def test_everything_dearer_than_the_limit_is_refused_with_the_cheapest_price():
    with pytest.raises(Refused, match=r"g6e.xlarge \(L40S\) on AWS, us-east-1 for \$1.86 an hour"):
        worker().ask("plan", to_task(replace(JOB, machine="gpu2")))
    with pytest.raises(Refused, match=r"`max_hourly_cost` 0.54"):
        worker().ask("plan", to_task(JOB, limits=Limits(max_hourly_cost=0.5)))


def launches_in_pages():
    """Return the tasks that the pages' lines launch, each with its flag of a machine, if any."""
    pages = [settings.ROOT / "README.md", *(settings.ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    lines = re.findall(r"(?m)^ {4,}course launch ([a-z]+)((?: --[a-z0-9-]+)*)", text)
    return sorted({(name, flags) for name, flags in lines if "--local" not in flags})


@pytest.mark.parametrize(("name", "flags"), launches_in_pages())
def test_a_launch_that_a_page_shows_finds_a_machine_within_the_limit(name, flags):
    machine = next((one for one in MACHINES if f"--{one}" in flags.split()), None)
    job = resolve(REPO, name, Overrides(machine=machine))
    assert worker().ask("plan", to_task(job))["offers"]


def test_the_limit_holds_for_all_machines_together():
    with pytest.raises(Refused, match=r"costs more than \$1.50 an hour: .*3 machines, each"):
        worker().ask("plan", to_task(replace(JOB, nodes=3)))
    raised = to_task(replace(JOB, nodes=3), limits=Limits(max_hourly_cost=1.6))
    assert [one["gpu"] for one in worker().ask("plan", raised)["offers"]] == ["T4"]


@pytest.mark.parametrize(("machine", "asked"), [("cpu", "2CPU--8GB"), ("cpu2", "8CPU--16GB")])
def test_a_machine_of_a_cluster_of_ones_own_has_memory_for_a_jobs_programs(machine, asked):
    task = to_task(replace(JOB, machine=machine), infra="kubernetes")
    assert worker().ask("on_kubernetes", task) == asked


def test_a_cluster_of_ones_own_has_no_price_and_says_so():
    plan = worker().ask("plan", to_task(JOB, infra="kubernetes"), "kubernetes")
    assert plan["offers"] == []
    assert plan["notes"] == ["kubernetes is a cluster of your own: SkyPilot knows no price for it."]


def test_skypilots_own_optimizer_takes_the_place_that_was_planned():
    chosen = worker().ask("optimize", to_task(JOB), ["AWS", "Lambda"])
    best = worker().ask("plan", to_task(JOB))["offers"][0]
    assert (chosen["instance"], chosen["region"], chosen["hourly"]) == (
        best["instance"],
        best["region"],
        best["hourly"],
    )


def test_left_alone_skypilot_would_try_a_region_over_the_limit_and_the_prepared_task_does_not():
    alone = worker().ask("optimize", to_task(JOB), ["AWS", "Lambda"])
    assert max(alone["tried"]) == 2.0  # SkyPilot 0.14.1 compares the cheapest region's price alone
    ready = worker().ask("prepare", _plain(JOB), {}, {"max_hourly_cost": 1.5})
    prepared = worker().ask("optimize", ready["task"], ["AWS", "Lambda"])
    assert prepared["tried"] == [0.526, 0.75, 1.006]
    assert (prepared["instance"], prepared["region"]) == (alone["instance"], alone["region"])


def test_a_cpu_task_that_names_its_place_is_what_skypilots_optimizer_takes():
    ready = worker().ask("prepare", _plain(CPU), {}, {"max_hourly_cost": 1.5})
    chosen = worker().ask("optimize", ready["task"], ["AWS"])
    assert (chosen["instance"], chosen["tried"]) == ("m6i.large", [0.096])


def _plain(job):
    inputs = [(one.source, one.destination) for one in job.inputs]
    return {**asdict(job), "inputs": inputs, "folder": str(job.folder)}
