"""Which run of the ladder becomes the network that the course brings along."""

import json
from pathlib import Path

import pytest
from made_runs import made_record, made_rows

from tools.reference.ladder_network import best_run
from utils.errors import CourseError
from utils.experiments.ladder import rung_config


def put(root: Path, rung: str, seed: int, final: float, status: str = "finished") -> Path:
    """Write the record of a run of a rung."""
    folder = root / "ladder" / rung / f"seed-{seed}"
    folder.mkdir(parents=True)
    record = made_record(rung_config(rung, seed), made_rows(final, gap=0.0), status)
    record |= {"study": "ladder", "variant": rung, "seed": seed}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_the_best_finished_run_of_the_last_rung_by_validation_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "longer", 0, 0.90)
    best = put(tmp_path, "longer", 1, 0.91)
    put(tmp_path, "longer", 2, 0.95, "stopped")
    put(tmp_path, "resnet-20", 0, 0.99)
    assert best_run(tmp_path) == best


def test_without_a_finished_run_the_ladder_is_to_be_trained(tmp_path: Path) -> None:
    put(tmp_path, "longer", 2, 0.95, "stopped")
    with pytest.raises(CourseError, match="no finished run of the ladder's rung longer"):
        best_run(tmp_path)
