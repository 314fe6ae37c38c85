"""What a second program has trained: kept in files, measured by TensorFlow, put into the tables."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny import TINY, tiny_dataset
from tools import study_tables
from tools.on_gpu import collect, weight_files
from tools.on_gpu.__main__ import groups
from tools.on_gpu.jobs import jobs
from utils.errors import CourseError
from utils.experiments.run_folder import read_record, run_dir
from utils.experiments.training import load_network, train
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.kept_weights import read_weights

Trained = tuple[dict[str, Any], list[np.ndarray]]
LAST = collect.LAST


def recipe(name: str, seed: int) -> Config:
    rate = 0.01 if name == LAST else 0.003
    return replace(TINY, epochs=2, learning_rate=rate, seed=seed, batch_norm=True, average=0.9)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> study_tables.Table:
    made = study_tables.Table("ladder", "full", (0,), ("ladder/start", LAST), recipe)
    monkeypatch.setattr(study_tables, "ROOT", tmp_path / "here")
    monkeypatch.setattr(study_tables, "FOLDER", tmp_path / "tables")
    monkeypatch.setattr(collect, "TABLES", {"ladder": made})
    monkeypatch.setattr(collect, "real_data", lambda name: tiny_dataset())
    return made


def trained(table: study_tables.Table, name: str, root: Path) -> Trained:
    """Train a run by TFLearn; return it as the GPU's program would hand it over."""
    folder = run_dir(root, *name.split("/"), 0)
    record = train(table.config(name, 0), tiny_dataset(), folder)
    own = read_weights(folder / "checkpoint" / "weights", "")
    order = ("Conv2D/W", "BatchNormalization/beta", "BatchNormalization/gamma",
             "FullyConnected/W", "FullyConnected/b", "FullyConnected_1/W", "FullyConnected_1/b",
             "BatchNormalization/moving_mean", "BatchNormalization/moving_variance")  # fmt: skip
    assert set(order) == set(own)
    told = {key: record[key] for key in ("config", "precision", "ended", "status", "history")}
    row = {"table": "ladder", "name": name, "seed": 0, "machine": "a GPU", "kernels": "XLA"}
    return row | told | {"versions": {"jax": "0"}}, [own[one] for one in order]


def handed_over(folder: Path, *runs: Trained) -> Path:
    folder.mkdir()
    lines = [json.dumps(row) + "\n" for row, _ in runs]
    (folder / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    keys = [(row["table"], row["name"], row["seed"]) for row, _ in runs]
    kept = {key: weights for key, (_, weights) in zip(keys, runs, strict=True)}
    packed = weight_files.pack(folder, kept)
    assert packed == [key for key in keys if key[1] == LAST]  # of `start` none are kept
    return folder


def test_runs_that_tensorflow_measures_alike_take_the_place_of_its_own(
    table: study_tables.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [trained(table, name, tmp_path / "elsewhere") for name in table.runs]
    earlier = {**runs[0][0], "machine": "a CPU", "kernels": "oneDNN"}
    entries = {("ladder/start", 0): study_tables.entry("ladder/start", 0, earlier)}
    study_tables.write_entries(table, tiny_dataset(), entries)
    collect.script([handed_over(tmp_path / "out", *runs)])

    about = json.loads((tmp_path / "tables" / "ladder.json").read_text("utf-8"))
    assert [(run["name"], run["kernels"], run["machine"]) for run in about["runs"]] == [
        ("ladder/start", "XLA", "a GPU"), (LAST, "XLA", "a GPU"),
    ]  # fmt: skip
    lines = (tmp_path / "tables" / "ladder.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + 2 + 2
    (check,) = json.loads((tmp_path / "tables" / "on_gpu_check.json").read_text("utf-8"))
    assert check["by_jax"] == check["by_tflearn"] and len(check["rows"]) == 2
    assert check["run"]["machine"] == "a CPU" and "has measured 1" in capsys.readouterr().out

    folder = run_dir(table.root, *LAST.split("/"), 0)
    record = read_record(folder)
    assert record is not None and (record["engine"], record["status"]) == ("jax", "finished")
    network = load_network(folder, tiny_dataset())
    loss, accuracy = network.evaluate(tiny_dataset().validation)
    network.close()
    last = record["history"][-1]
    assert accuracy == last["val_accuracy"] and loss == pytest.approx(last["val_loss"], rel=1e-5)


def altered_weights(row: dict[str, Any], weights: list[np.ndarray]) -> Trained:
    return row, [weights[0] * 2, *weights[1:]]


def altered_recipe(row: dict[str, Any], weights: list[np.ndarray]) -> Trained:
    return row | {"config": row["config"] | {"batch_size": 17}}, weights


@pytest.mark.parametrize(
    "change, words",
    [(altered_weights, "nothing is written"), (altered_recipe, "of another recipe")],
)
def test_a_run_that_tensorflow_measures_otherwise_or_of_another_recipe_is_refused(
    table: study_tables.Table, tmp_path: Path, change: Callable[..., Trained], words: str
) -> None:
    run = change(*trained(table, LAST, tmp_path / "elsewhere"))
    with pytest.raises(CourseError, match=words):
        collect.script([handed_over(tmp_path / "out", run)])
    assert not (tmp_path / "tables").exists() and not table.root.exists()


def test_runs_of_tflearn_that_would_come_back_into_the_table_are_named(
    table: study_tables.Table, tmp_path: Path
) -> None:
    run = trained(table, LAST, table.root)
    with pytest.raises(CourseError, match="Move the folder"):
        collect.script([handed_over(tmp_path / "out", run)])


def test_weights_are_kept_the_most_wanted_first_in_files_of_bounded_size(tmp_path: Path) -> None:
    large, small = [np.zeros(3_000_000, np.float32)], [np.arange(4, dtype=np.float32)]
    runs = {("ladder", f"ladder/{rung}", seed): large if rung == "crop" else small
            for rung in ("crop", "start", "longer", "deeper") for seed in (0, 1)}  # fmt: skip
    runs["scale", "dropout/0", 0] = small
    packed = weight_files.pack(tmp_path, runs)
    assert [(name.split("/")[1], seed) for _, name, seed in packed] == [
        ("longer", 0), ("longer", 1), ("deeper", 0), ("deeper", 1), ("crop", 0),
    ]  # fmt: skip
    back = weight_files.unpack([tmp_path])
    assert set(back) == set(packed)
    assert all(np.array_equal(back[key][0], runs[key][0]) for key in packed)
    many = {("ladder", f"ladder/{rung}", seed): large
            for rung in weight_files.WANTED[:4] for seed in (0, 1)}  # fmt: skip
    assert len(weight_files.pack(tmp_path, many)) == 5  # 12 MB each, 60 MB in all
    assert all(file.stat().st_size <= weight_files.SHARD for file in tmp_path.glob("*.npz"))


def test_a_recipes_seeds_are_trained_together_and_what_is_over_isnt_again(tmp_path: Path) -> None:
    every = [job for name in ("ladder", "scale") for job in jobs(study_tables.TABLES[name])]
    file, rows = tmp_path / "jobs.json", tmp_path / "rows.jsonl"
    file.write_text(json.dumps(every), encoding="utf-8")
    rows.write_text(json.dumps(every[1]) + "\n", encoding="utf-8")
    found = groups(file, ["ladder", "scale"], [rows])
    assert [job["seed"] for job in found[0]] == [0, 2] and found[0][0]["name"] == LAST
    assert [len(group) for group in found[1:]] == [3] * (14 + 12 - 1)
    assert groups(file, ["scale"], []) == found[14:]
    assert (
        Config.from_dict(found[3][0]["config"]).pooled_sets == found[3][0]["fields"]["pooled_sets"]
    )
