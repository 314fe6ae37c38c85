"""Measuring an epoch: a tiny real run, going on after an interruption, and what is refused."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import TINY, tiny_dataset

from benchmarks.epoch import machine
from benchmarks.epoch.measuring import Bench
from benchmarks.epoch.sides import SIDES
from utils import settings
from utils.errors import CourseError
from utils.networks.processor import cpu_flags


def bench(path: Path, **changes: object) -> Bench:
    rest = {"isa": "native", "images": 64, "epochs": 1, "threads": 1, "rivals": Path("nowhere")}
    return Bench(tiny_dataset(), path, **(rest | changes), config=TINY)


@pytest.fixture
def no_peaks(monkeypatch):
    """Leave the machine's peak out: it takes seconds, whatever the network."""
    monkeypatch.setattr("benchmarks.epoch.measuring.PEAKS", ())


def test_the_course_is_measured_in_a_process_of_its_own(tmp_path, no_peaks, capsys):
    one = bench(tmp_path / "bench.json")
    one.run(["course"], ["augmented", "plain"], seeds=1)
    rows = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["measurements"]
    assert [(row["side"], row["mode"], row["seed"]) for row in rows] == [
        ("course", "augmented", 0),
        ("course", "plain", 0),
    ]
    for row in rows:
        assert len(row["epochs_seconds"]) == 2 and row["seconds"] == row["epochs_seconds"][1] > 0
        assert row["cpu_seconds"] > 0 and 100 < row["peak_mb"] < 10_000
        assert 0 <= row["accuracy"] <= 1
        assert (row["others"] is None) == (not Path("/proc/stat").exists())
        assert re.fullmatch(r"TFLearn on TensorFlow \d+\.\d+\.\d+", row["library"])
    assert len(re.findall(r"(?m)^  [12]/2  course", capsys.readouterr().out)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


@pytest.fixture
def asked(monkeypatch, no_peaks):
    """Answer in the processes' place; return the list of what was asked."""
    names: list[tuple[str, ...]] = []

    def answer(self, one):
        if len(names) == 3:
            raise KeyboardInterrupt
        names.append(tuple(one.key.values()))
        return {"seconds": 1.0, "cpu_seconds": 1.0, "peak_mb": 1.0, "accuracy": 0.1}

    monkeypatch.setattr(Bench, "_ask", answer)
    return names


def test_an_interrupted_benchmark_goes_on_after_its_last_measurement(tmp_path, asked):
    path = tmp_path / "bench.json"
    with pytest.raises(KeyboardInterrupt):
        bench(path).run(["course", "article"], ["plain"], seeds=2)
    first = list(asked)
    asked.clear()
    bench(path).run(["course", "article"], ["plain"], seeds=2)
    assert first + asked == [
        *(("course", "plain", 0), ("article", "plain", 0)),
        *(("course", "plain", 1), ("article", "plain", 1)),
    ]
    assert len(asked) == 1


def test_results_of_other_settings_are_never_added_to(tmp_path, asked):
    path = tmp_path / "bench.json"
    bench(path).run(["course"], ["plain"], seeds=1)
    for change in ({"images": 32}, {"epochs": 2}, {"threads": 2}):
        with pytest.raises(CourseError, match="holds measurements of another"):
            bench(path, **change)


def test_a_side_whose_library_is_not_there_is_said_and_left_out(tmp_path, no_peaks, capsys):
    one = bench(tmp_path / "bench.json")
    one.run(["torch", "jax"], ["plain", "augmented"], seeds=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["torch is left out", "jax is left out"]
    assert one.results.measurements == []


def test_a_side_that_fails_stops_the_benchmark_with_what_it_said(tmp_path, no_peaks):
    one = bench(tmp_path / "bench.json")
    one.config = replace(TINY, optimizer="none such")
    with pytest.raises(CourseError, match="(?s)Measuring course failed.*none such"):
        one.run(["course"], ["plain"], seeds=1)


def test_a_processor_without_avx2_is_not_held_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "cpu_flags", lambda: frozenset({"sse2"}))
    with pytest.raises(CourseError, match="has AVX2"):
        bench(tmp_path / "bench.json", isa="avx2")


def test_without_real_pictures_nothing_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr("utils.settings.cache_dir", lambda: tmp_path / "none")
    from benchmarks.epoch.__main__ import real_cifar10

    with pytest.raises(CourseError, match="course data fetch cifar10"):
        real_cifar10()


def test_under_avx2_there_is_no_bfloat16_and_the_course_takes_both_kinds_of_kernels():
    assert [name for name, side in SIDES.items() if side.missing("avx2")] == [
        name for name in SIDES if name.endswith("bf16")
    ]
    assert {side.precision_under("avx2") for side in SIDES.values()} == {"float32"}
    courses = SIDES["course"], SIDES["course-default-kernels"]
    assert [side.avx2["TF_ENABLE_ONEDNN_OPTS"] for side in courses] == ["1", "0"]


def held(code: str, **more: str) -> str:
    """Run code as a process held to AVX2; return what it printed, oneDNN's own lines too."""
    env = machine.environment("avx2", 1) | {"ONEDNN_VERBOSE": "1"} | more
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=settings.ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_held_to_avx2_numpy_has_no_avx512():
    has = (
        "from numpy._core._multiarray_umath import __cpu_features__ as has\n"
        "print([n for n in ('AVX512_SKX', 'X86_V4', 'AVX512_ICL', 'AVX512_SPR') if has.get(n)])"
    )
    assert held(has).strip() == "[]"


@pytest.mark.skipif("avx2" not in cpu_flags(), reason="no AVX2, or not Linux")
def test_held_to_avx2_onednn_computes_by_avx2_kernels():
    code = (
        "import tensorflow as tf\n"
        "image, kernel = tf.ones([8, 32, 32, 32]), tf.ones([3, 3, 32, 64])\n"
        "tf.nn.conv2d(image, kernel, 1, 'SAME')"
    )
    printed = held(code, TF_ENABLE_ONEDNN_OPTS="1")
    kernels = re.findall(r"primitive,exec,cpu,convolution,([^,]+)", printed)
    assert kernels and all("avx512" not in kernel for kernel in kernels)
    assert any("avx2" in kernel for kernel in kernels)
