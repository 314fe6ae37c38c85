"""Cores and free memory: this machine's own, and a container's limits."""

import os

import pytest

from utils.experiments import capacity


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
