"""The table of an epoch: what its numbers are, and that the page shows the stored ones."""

import json
from pathlib import Path

import pytest

from benchmarks.epoch.results import Results
from benchmarks.epoch.table import markdown
from utils import settings

STORED = sorted((settings.ROOT / "benchmarks" / "results").glob("epoch-*.json"))
PAGE = settings.ROOT / "docs" / "measurements.md"


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_there_are_stored_results():
    assert STORED


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_page_shows_exactly_what_the_stored_results_give(path):
    assert markdown(Results.read(path)) in section(PAGE.read_text(encoding="utf-8"), "An epoch")


def test_every_table_of_the_page_is_of_stored_results():
    tables = "".join(markdown(Results.read(path)) for path in STORED)
    lines = section(PAGE.read_text(encoding="utf-8"), "An epoch").splitlines()
    assert [line for line in lines if line.startswith("|") and line not in tables] == []


@pytest.fixture
def results() -> Results:
    """Return made results whose table can be reckoned by hand: 2 Gflop an epoch."""
    machine = {"label": "A machine", "processor": "P", "cores": 2, "features": ["avx2"],
               "system": "Linux", "python": "3.11.7", "isa": "native"}  # fmt: skip
    shared = {"machine": machine, "threads": 2, "images": 1000, "validation": 500, "epochs": 3,
              "flops": 2_000_000}  # fmt: skip
    peaks = [
        {"library": name, "precision": precision, "threads": threads, "round": 0,
         "gflops": rate, "n": 512, "version": f"{name} 1"}
        for name, precision, threads, rate in (
            ("a", "float32", 2, 8.0), ("b", "float32", 2, 10.0), ("a", "float32", 1, 5.0),
            ("a", "bfloat16", 2, 20.0), ("a", "bfloat16", 1, 11.0),
        )
    ]  # fmt: skip
    measurements = [
        {"side": side, "mode": "plain", "seed": seed, "seconds": seconds, "cpu_seconds": 1.5,
         "peak_mb": 700.4, "accuracy": accuracy, "precision": precision, "library": "L 1",
         "date": "2026-11-25"}
        for side, precision, rows in (
            ("torch", "float32", [(0.5, 0.5)]),
            ("course", "bfloat16", [(1.0, 0.60), (2.0, 0.62), (4.0, 0.64)]),
        )
        for seed, (seconds, accuracy) in enumerate(rows)
    ]  # fmt: skip
    return Results(Path("none.json"), shared, peaks, measurements)


def cells(text: str, side: str) -> list[str]:
    (line,) = [one for one in text.splitlines() if one.startswith(f"| {side} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_gives_the_median_time_its_rate_and_the_share_of_its_own_precisions_peak(results):
    # 2 Gflop in 2 s are 1 Gflop/s, of 20; t(0.975, 2) · 2 / √3 = 4.97.
    assert cells(markdown(results), "this course")[1:8] == [
        *("bfloat16", "2.00 (1.00–4.00)", "500", "5 %", "1.50", "700", "62.0 ± 5.0"),
    ]


def test_the_peak_is_the_fastest_librarys(results):
    text = markdown(results)
    assert cells(text, "PyTorch")[4] == "40 %"  # 4 Gflop/s of 10
    assert "10 Gflop/s (b 1, n = 512), one thread 5." in " ".join(text.split())


def test_a_single_measurement_has_no_interval(results):
    assert cells(markdown(results), "PyTorch")[7] == "50.0"


def test_without_a_peak_of_its_precision_a_side_has_no_share(results):
    results.measurements[0]["precision"] = "TF32"
    assert cells(markdown(results), "PyTorch")[4] == "–"


def test_what_other_work_took_is_said_where_every_measurement_knows_it(results):
    assert "Other work" not in markdown(results)
    for row, share in zip(results.measurements, (0.0, 0.02, 0.04, 0.30), strict=True):
        row["others"] = share
    text = " ".join(markdown(results).split())
    assert "Other work took 3% of the cores' time, at most 30%." in text


def test_the_two_sets_of_kernels_are_compared_seed_by_seed(results):
    assert "paired" not in markdown(results)
    for row in [row for row in results.measurements if row["side"] == "course"]:
        other = row["accuracy"] - (0.0, 0.01, 0.02)[row["seed"]]
        results.measurements.append(row | {"side": "course-default-kernels", "accuracy": other})
    # Differences 0, 1 and 2 points: mean 1, 4.303 · 1 / √3 = 2.48.
    text = " ".join(markdown(results).split())
    assert "own by +1.00 ± 2.48 points (paired by seed, 3 seeds)." in text


def test_a_mode_that_was_not_measured_has_no_table(results):
    assert "Pictures as they are:" in markdown(results)
    assert "Mirrored and turned:" not in markdown(results)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_results_of_a_held_processor_say_that_they_are_emulated(path):
    machine = json.loads(path.read_text(encoding="utf-8"))["settings"]["machine"]
    assert (machine["isa"] == "avx2") == ("avx2" in path.stem)
    if machine["isa"] == "avx2" and "avx512f" in machine["features"]:
        assert machine["label"] == "Emulated: an AVX512 machine held to AVX2"
