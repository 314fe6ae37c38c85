"""The proof of the GPU path, taken on a CPU: the same steps with tiny sizes."""

import json
import math
import os
import re
import subprocess
import sys

import pytest
from tiny import TINY, tiny_dataset

from benchmarks import gpu
from utils import settings
from utils.experiments.history import reference
from utils.networks.tflearn_cnn.compat import precision_in_use

OFFERED = list(dict.fromkeys(map(precision_in_use, gpu.ASKED)))


def program(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", *options], cwd=settings.ROOT,
        capture_output=True, text=True, env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"},
    )  # fmt: skip


def test_without_a_gpu_it_says_so_in_a_sentence_and_ends_with_1(tmp_path):
    done = program("--json", str(tmp_path / "gpu.json"))
    said = "There is no GPU here that TensorFlow can use; --cpu tries the CPU.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert not (tmp_path / "gpu.json").exists()


@pytest.mark.slow
def test_on_a_cpu_all_its_steps_run_and_become_a_file_and_a_table(tmp_path, monkeypatch, capsys):
    sizes = ("--images", "60", "--epochs", "1", "--seeds", "1", "--data", "sample")
    path = tmp_path / "gpu.json"
    done = program("--cpu", *sizes, "--json", str(path))
    assert done.returncode == 0, done.stderr
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [row["precision"] for row in found["runs"]] == OFFERED
    assert found["devices"]["gpus"] == [] and found["devices"]["versions"]["tensorflow"]
    assert found["both_trained"] and all(one["said"]["loss"] > 0 for one in found["kernels"])
    assert found["memory"]["peak_mb"] > 100 and "gpu_peak_mb" not in found["memory"]
    table = done.stdout[done.stdout.index("### ") :]
    assert all(f"\n| {precision} | 1 | " in table for precision in OFFERED)
    monkeypatch.setattr(sys, "argv", ["gpu", "--table", str(path)])
    gpu.main()
    assert capsys.readouterr().out == table


def test_each_precision_is_trained_seed_by_seed_until_the_time_is_up():
    rows = gpu.measure(tiny_dataset(), TINY, [0, 1], math.inf, "gpu")
    assert [(row["seed"], row["precision"]) for row in rows] == [
        (seed, precision) for seed in (0, 1) for precision in OFFERED
    ]
    assert all(row["seconds"] > 0 and 0 <= row["accuracy"] <= 1 for row in rows)
    assert gpu.measure(tiny_dataset(), TINY, [0], 0.0, "gpu") == []


def test_accuracies_are_held_against_the_references_seed_by_seed():
    table = reference("layers")
    last = table[(table["variant"] == "baseline") & (table["epoch"] == 8)]
    pairs = zip(last["seed"], last["val_accuracy"], strict=True)
    rows = [{"seed": seed, "accuracy": one - 0.02, "precision": "TF32"} for seed, one in pairs]
    config = gpu.baseline(None, None)
    assert gpu.held_against_reference(rows, config) == {"TF32": "-2.0 (-2.0 to -2.0), worse"}
    assert gpu.held_against_reference(rows, gpu.baseline(100, None)) == {}
    rows += [{"seed": 7, "accuracy": 0.6, "precision": "float32"}]
    assert gpu.held_against_reference(rows, config)["float32"] == "–"


def test_a_kernel_that_gets_no_memory_is_told(monkeypatch):
    monkeypatch.setattr(gpu, "CELL", "raise MemoryError('out of it')")
    found = gpu.kernels_at_once()
    assert not found["both_trained"]
    assert [one["failures"] for one in found["kernels"]] == [["MemoryError: out of it"]] * 2


@pytest.mark.parametrize("real", [True, False])
def test_the_table_names_the_gpu_and_what_it_took(real):
    row = {"machine": "NVIDIA A10G", "precision": "TF32", "seconds": 0.5}
    rows = [row | {"seed": seed, "accuracy": 0.64 + seed / 100} for seed in range(3)]
    one = {"device_name": "NVIDIA A10G", "compute_capability": [8, 6]}
    table = gpu.markdown({
        "date": "2026-11-26", "runs": rows, "both_trained": True, "minutes": 3.0,
        "devices": {"gpus": [one], "driver": ["580.1"], "versions": {"tensorflow": "2.21.0"}},
        "config": gpu.baseline(None, None).to_dict(),
        "dataset": {"real": real, "sha256": "0" * 64, "the_references": real},
        "memory": {"peak_mb": 900, "gpu_used_mb": 1500, "gpu_peak_mb": 700, "reckoned_mb": 2000},
        "against_reference": {"TF32": "+1.0 (-1.5 to +3.5), can't tell"},
    })  # fmt: skip
    text = " ".join(table.split())
    assert table.startswith("### NVIDIA A10G\n") and "compute capability 8.6, driver 580.1" in text
    assert "900 MB of memory, 1,500 MB of the GPU's, 700 MB of that by TensorFlow; a search" in text
    assert ("not the reference's pictures" in text) is not real
    assert "| TF32 | 3 | 0.50 | 65.0 ± 2.5 | +1.0 (-1.5 to +3.5), can't tell |" in table
    assert max(map(len, re.sub(r"(?m)^\|.*", "", table).splitlines())) <= gpu.WIDTH
