"""Cores and free memory: this machine's own, and a container's limits."""

import os
import stat
import sys

import pytest

from utils.experiments import capacity
from utils.experiments.search import ray_cluster
from utils.jupyter import side_by_side, start_page


@pytest.mark.parametrize(
    ("cpu", "wanted"), [("max 100000", None), ("150000 100000", 1), ("50000 100000", 1), ("", None)]
)
def test_a_containers_limit_of_cores_counts(monkeypatch, cpu, wanted):
    monkeypatch.setattr(capacity, "_limit", lambda name: cpu)
    everything = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    assert capacity.cores() == (wanted or everything or os.cpu_count())


def test_a_containers_limit_of_memory_counts(monkeypatch):
    limits = {"memory.max": "1000000", "memory.current": "400000"}
    monkeypatch.setattr(capacity, "_limit", limits.get)
    assert capacity.free_memory() == 600_000
    limits["memory.max"] = "max"
    assert capacity.free_memory() > 100_000_000


def test_a_control_group_is_read_from_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr(capacity, "CONTROL_GROUP", tmp_path)
    everything = capacity.free_memory()
    (tmp_path / "memory.max").write_text("2000\n")
    (tmp_path / "memory.current").write_text("500\n")
    assert capacity.free_memory() == 1500 < everything


# GPUs, as a program of nvidia-smi's name tells of them


needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Return what puts an nvidia-smi on PATH that prints so many MiB free, a line a GPU."""

    def put(*free: str, status: int = 0) -> None:
        program = tmp_path / "nvidia-smi"
        told = "\n".join(free)
        program.write_text(f"#!/bin/sh\ncat << END\n{told}\nEND\nexit {status}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    return put


@needs_sh
@pytest.mark.parametrize(
    ("free", "fit"),
    [
        (["15095"], 7),  # a T4
        (["7900"], 4),
        (["1000"], 1),  # one is tried all the same
        (["24000", "7900"], 8),  # two, each as many as the smaller holds
        (["[N/A]"], None),  # its memory is the machine's
    ],
)
def test_as_many_processes_as_the_gpus_memory_holds(nvidia_smi, free, fit):
    nvidia_smi(*free)
    assert capacity.fit_gpus() == fit


@needs_sh
@pytest.mark.parametrize(("visible", "fit"), [("1", 4), ("0,1", 8), ("", None), ("-1", None)])
def test_only_the_gpus_count_that_are_visible(nvidia_smi, monkeypatch, visible, fit):
    nvidia_smi("24000", "7900")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert capacity.fit_gpus() == fit


@needs_sh
def test_a_driver_without_its_card_is_no_gpu(nvidia_smi):
    nvidia_smi("NVIDIA-SMI has failed", status=9)
    assert capacity.ask_gpus("name") == [] and capacity.fit_gpus() is None
    start_page._gpu.cache_clear()
    assert start_page._gpu() == "no GPU"


def test_without_an_nvidia_smi_there_is_no_gpu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert capacity.fit_gpus() is None


@needs_sh
def test_a_search_and_a_run_of_notebooks_go_by_the_gpus_memory(nvidia_smi, monkeypatch):
    for module in (ray_cluster, side_by_side):
        monkeypatch.setattr(module, "cores", lambda: 16)
        monkeypatch.setattr(module, "free_memory", lambda: 64_000_000_000)
    started = []
    monkeypatch.setattr(ray_cluster, "_start_ray", lambda ray, count: started.append(count))
    nvidia_smi("7900")
    found = ray_cluster._start(Cluster(), None, 24)
    assert (found.at_once, found.threads, found.resources) == (4, 4, {"cpu": 1.0, "gpu": 0.25})
    assert started == [4] and "room for 4 trials on its GPU: 4 trials at once" in found.text
    assert ray_cluster._start(Cluster(), 6, 24).at_once == 6  # who asks for more gets it
    nvidia_smi("4200")
    assert side_by_side.plan(16).kernels == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert side_by_side.plan(16).kernels == 4


class Cluster:
    """What a started Ray says of itself."""

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 16.0, "GPU": 1.0}
