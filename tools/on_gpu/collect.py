"""Take what JAX has trained into the reference's tables, once TensorFlow has measured it too.

    python -m tools.on_gpu.collect FOLDER …

FOLDER holds the rows.jsonl and weights-N.npz of tools.on_gpu. Each run whose weights are there is
loaded into the course's own network and measured on the validation pictures; where that differs
from what JAX measured, nothing is written. Then the ladder's and the studies' tables are written
anew. A table is of one program, so that pairs of runs are: what TensorFlow had trained leaves it,
and stands in on_gpu_check.json beside what JAX came to from the same recipe and seed. The ladder's
last rung also gets run folders, for `course reference ladder_network`.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tools import study_tables
from tools.measuring import main, real_data
from tools.on_gpu.weight_files import Key, unpack
from tools.study_tables import TABLES, Table, entry, standing, write_entries
from utils.data import Dataset
from utils.errors import CourseError
from utils.experiments.ladder import RUNGS
from utils.experiments.run_folder import (
    KEPT,
    new_record,
    readable_record,
    run_dir,
    run_folders,
    write_record,
)
from utils.files import write_whole
from utils.networks.tflearn_cnn import checkpoints
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.running_mean import kept_variables
from utils.networks.tflearn_cnn.session import CnnSession, mean_and_std

PROGRAM = "XLA"  # whose kernels a run of JAX is of
PICTURES, LOSS = 5, 1e-3  # what the two programs' measurements may differ by at most
LAST = f"ladder/{RUNGS[-1].name}"

Row = dict[str, Any]


def rows_in(folders: list[Path]) -> list[Row]:
    """Return the rows of all folders, each run's once; raise CourseError where one isn't ours."""
    rows: dict[Key, Row] = {}
    for path in (folder / "rows.jsonl" for folder in folders):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            config = TABLES[row["table"]].config(row["name"], row["seed"])
            if row["config"] != config.to_dict():
                raise CourseError(
                    f"{path} has a run {row['name']}, seed {row['seed']}, of another recipe than "
                    f"the table {row['table']} has today."
                )
            rows.setdefault((row["table"], row["name"], row["seed"]), row)
    return list(rows.values())


@contextmanager
def network_of(row: Row, weights: list[Any], dataset: Dataset) -> Iterator[CnnSession]:
    """Yield the course's own network of a run, with its trained weights."""
    config = Config.from_dict(row["config"])
    part = dataset.subset(config.train_size, config.validation_size)
    network = CnnSession(config, *mean_and_std(part.train.images))
    try:
        for variable, value in zip(kept_variables(), weights, strict=True):
            variable.load(value, network.session)
        yield network
    finally:
        network.close()


def compared(row: Row, network: CnnSession, dataset: Dataset) -> dict[str, float]:
    """Measure a run by TensorFlow, say both; raise CourseError where they differ."""
    validation = dataset.subset(None, row["config"]["validation_size"]).validation
    loss, accuracy = network.evaluate(validation)
    last = row["history"][-1]
    name = f"{row['name']}, seed {row['seed']}"
    print(f"{name}: accuracy {last['val_accuracy']:.4f} by JAX, {accuracy:.4f} by TensorFlow; "
          f"loss {last['val_loss']:.5f}, {loss:.5f}", flush=True)  # fmt: skip
    pictures = abs(accuracy - last["val_accuracy"]) * len(validation)
    if pictures > PICTURES + 0.5 or not abs(loss - last["val_loss"]) <= LOSS:
        raise CourseError(
            f"{name}: the weights that JAX trained come to accuracy {accuracy:.4f} and loss "
            f"{loss:.5f} by TensorFlow, not to {last['val_accuracy']:.4f} and "
            f"{last['val_loss']:.5f}; nothing is written."
        )
    return {"val_loss": loss, "val_accuracy": accuracy}


def keep_run(row: Row, network: CnnSession, dataset: Dataset) -> None:
    """Write a run's folder as the course's own training leaves it."""
    table, config = TABLES[row["table"]], Config.from_dict(row["config"])
    study, variant = row["name"].split("/")
    folder = run_dir(table.root, study, variant, row["seed"])
    part = dataset.subset(config.train_size, config.validation_size)
    computed = {key: row[key] for key in ("machine", "precision", "kernels")}
    record = new_record(config, part, study, variant, table.profile, computed)
    told = {key: row[key] for key in ("status", "history", "versions", "ended")}
    checkpoints.save(network.weights, network.session, folder / "checkpoint" / "weights", KEPT)
    write_record(folder, record | told | {"engine": "jax", "checkpoint": "weights"})
    print(f"{folder}: written")


def refuse_other_runs(table: Table) -> None:
    """Raise CourseError for runs of TFLearn's that would be written into the table again."""
    for folder in run_folders(table.root):
        record = readable_record(folder)
        if record and record.get("kernels") != PROGRAM:
            raise CourseError(
                f"{folder} holds a run that TFLearn trained, which `course reference "
                f"{table.name}` would put in the place of JAX's.",
                f"Move the folder {table.root} elsewhere.",
            )


def take(table: Table, rows: list[Row], dataset: Dataset) -> list[dict[str, Any]]:
    """Write a table of JAX's runs; return what TensorFlow's, which leave it, have come to."""
    before = standing(table)
    replaced = {key: one for key, one in before.items() if one[0]["kernels"] != PROGRAM}
    entries = {key: one for key, one in before.items() if key not in replaced}
    entries |= {(row["name"], row["seed"]): entry(row["name"], row["seed"], row) for row in rows}
    finals = {key: own[-1]["val_accuracy"] if own else None for key, (_, own) in entries.items()}
    write_entries(table, dataset, entries)
    return [
        {"table": table.name, "name": name, "seed": seed,
         "by_tflearn": float(own[-1]["val_accuracy"]) if own else None,
         "by_jax": float(finals[name, seed]) if finals.get((name, seed)) else None,
         "run": run, "rows": own}
        for (name, seed), (run, own) in replaced.items()
    ]  # fmt: skip


def script(folders: list[Path]) -> None:
    """Measure and write everything."""
    rows, weights = rows_in(folders), unpack(folders)
    tables = [table for name, table in TABLES.items() if any(row["table"] == name for row in rows)]
    for table in tables:
        refuse_other_runs(table)
    dataset = real_data("cifar10")
    measured = 0
    for row in rows:
        own = weights.get((row["table"], row["name"], row["seed"]))
        if own is not None:
            with network_of(row, own, dataset) as network:
                compared(row, network, dataset)
            measured += 1
    print(f"{len(rows)} runs, of which TensorFlow has measured {measured}")
    for row in rows:
        own = weights.get((row["table"], row["name"], row["seed"]))
        if row["name"] == LAST and own is not None:
            with network_of(row, own, dataset) as network:
                keep_run(row, network, dataset)
    path = study_tables.FOLDER / "on_gpu_check.json"
    check = json.loads(path.read_text("utf-8")) if path.is_file() else []
    for table in tables:
        check += take(table, [row for row in rows if row["table"] == table.name], dataset)
    for one in check:
        print(f"{one['name']}, seed {one['seed']}: {one['by_tflearn']} by TFLearn's training, "
              f"{one['by_jax']} by JAX's")  # fmt: skip
    write_whole(path, json.dumps(check, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    main(partial(script, parser.parse_args().folders))
