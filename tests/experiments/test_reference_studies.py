"""The script that makes the studies' reference, on a few small pictures: a table after each run."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny import tiny_dataset
from tools import study_tables as studies
from utils.experiments.history import COLUMNS
from utils.experiments.ladder import RUNGS, rung_config
from utils.experiments.studies import config_for
from utils.networks.tflearn_cnn.config import Config

NAMES = ("layers/baseline", "layers/one-set", "dropout/0.5")  # the last is the first's twin


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> studies.Table:
    monkeypatch.setattr(studies, "ROOT", tmp_path / "here")
    monkeypatch.setattr(studies, "FOLDER", tmp_path / "tables")
    monkeypatch.setattr(studies, "load", lambda name, source: tiny_dataset())
    return studies.Table("tiny", "smoke", (0,), NAMES, recipe)


def recipe(name: str, seed: int) -> Config:
    return replace(config_for(*name.split("/"), "smoke", seed), epochs=2)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_config_of_two_studies_is_trained_once_and_another_machine_goes_on_with_the_table(
    table: studies.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where another test has imported TensorFlow, it computes by the kernels that it found then.
    first_import = "tensorflow" not in sys.modules
    studies.main(replace(table, runs=NAMES[::2]))
    path, account = tmp_path / "tables" / "tiny.csv", tmp_path / "tables" / "tiny.json"
    rows = read(path)
    assert list(rows[0]) == list(COLUMNS) and [row["epoch"] for row in rows] == ["1", "2"] * 2
    first, twin = ([row[column] for column in COLUMNS[2:]] for row in rows[::2])
    assert first == twin and not (table.root / "dropout").exists()

    monkeypatch.setattr(studies, "ROOT", tmp_path / "elsewhere")
    studies.main(table)
    assert [path.name for path in table.root.glob("*/*")] == ["one-set"]
    assert [row for row in read(path) if row["variant"] != "one-set"] == rows
    about = json.loads(account.read_text(encoding="utf-8"))
    assert [run["name"] for run in about["runs"]] == ["layers/one-set", "layers/baseline"]
    for run in about["runs"]:
        assert run["config"]["epochs"] == 2 and run["config"]["precision"] == "float32"
        assert run["kernels"] == "oneDNN" or not first_import
        assert run["seconds"] > 0 and run["versions"]


def test_it_is_made_of_real_pictures_alone(
    table: studies.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "load", lambda name, source: tiny_dataset(real=False))
    with pytest.raises(SystemExit, match="course data fetch cifar10"):
        studies.main(table)


def test_every_variant_of_every_study_has_its_turn() -> None:
    table = studies.TABLES["scale"]
    assert len(table.runs) == len(set(table.runs)) == 16
    assert sum(not studies.twin(table, name, 0) for name in table.runs) == 12


def test_the_ladder_is_written_from_its_lowest_rung_up_and_none_stands_for_another() -> None:
    table = studies.TABLES["ladder"]
    assert [name.split("/")[1] for name in table.runs] == [rung.name for rung in RUNGS]
    assert sorted(table.runs, key=studies._place) == list(table.runs)
    assert not any(studies.twin(table, name, 0) for name in table.runs)
    assert all(table.config(f"ladder/{one.name}", 2) == rung_config(one.name, 2) for one in RUNGS)
