"""Train the five studies on real CIFAR-10, and write them as a table, a run at a time.

    course reference quick     10,000 pictures, 8 epochs, seeds 0-4
    course reference scale     all 45,000 pictures, 15 epochs, seeds 0-2

What is trained lies in build/reference/NAME, and after each run data/reference/NAME.csv (one row
an epoch) and NAME.json (each run's config, versions, machine, kernels and seconds) are written
anew. Stopped at any moment and started again, on this machine or another, it goes on with what
the table lacks. Configs that several studies share are trained once. Seed by seed, so that an
early stop leaves every study with the same seeds. All runs are float32 with oneDNN's kernels, so
that rows of different machines stand in one table.
"""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # read when TensorFlow is imported

from utils.data import Dataset, load
from utils.experiments.history import COLUMNS
from utils.experiments.run_folder import readable_record, run_dir
from utils.experiments.studies import PROFILES, STUDIES, config_for
from utils.experiments.training import Ended, train
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import Config
from utils.settings import ROOT

FOLDER = ROOT / "data" / "reference"
# What each study needs most comes first: an early stop then says something of all five.
ORDER = ("layers/baseline", "layers/one-set", "dropout/0", "regularization/L2", "batch_size/500",
         "learning_rate/0.0001")  # fmt: skip
MACHINE = ("machine", "kernels", "precision", "versions")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Table:
    """A table of the reference: how much is trained, and with which seeds."""

    name: str
    profile: str
    epochs: int
    seeds: tuple[int, ...]

    @property
    def root(self) -> Path:
        """The log root of its runs on this machine."""
        return ROOT / "build" / "reference" / self.name

    def config(self, name: str, seed: int) -> Config:
        """Return the config of `study/variant`."""
        config = config_for(*name.split("/"), self.profile, seed)
        return replace(config, epochs=self.epochs, precision="float32")


TABLES = {
    table.name: table
    for table in (
        Table("quick", "quick", PROFILES["quick"].epochs, (0, 1, 2, 3, 4)),
        Table("scale", "full", 15, (0, 1, 2)),
    )
}


def main(table: Table) -> None:
    """Train what isn't in the table yet; write it after each run."""
    dataset = load("cifar10")
    if not dataset.real:
        sys.exit("The reference is of real pictures: course data fetch cifar10")
    for seed in table.seeds:
        for name in names():
            if twin(table, name, seed) or name in {run["name"] for run in told(table, seed)}:
                continue
            study, variant = name.split("/")
            folder = run_dir(table.root, study, variant, seed)
            try:
                config = table.config(name, seed)
                train(config, dataset, folder, study=study, variant=variant, profile=table.profile)
            except Ended:
                pass
            write(table, dataset)
    write(table, dataset)


def names() -> list[str]:
    """Return `study/variant` of all studies in the order in which they are trained."""
    every = [f"{study.name}/{variant}" for study in STUDIES.values() for variant in study.variants]
    return [*ORDER, *(name for name in every if name not in ORDER)]


def twin(table: Table, name: str, seed: int) -> str:
    """Return the name under which this very config is trained, where it is another."""
    config = table.config(name, seed)
    first = next(other for other in names() if table.config(other, seed) == config)
    return first if first != name else ""


def told(table: Table, seed: int | None = None) -> Rows:
    """Return the runs that the table holds already, of one seed or all."""
    path = FOLDER / f"{table.name}.json"
    runs = json.loads(path.read_text("utf-8")).get("runs", []) if path.is_file() else []
    return [run for run in runs if seed in (None, run["seed"])]


def write(table: Table, dataset: Dataset) -> None:
    """Write table and account: what stands there, and what is finished here."""
    runs = {(run["name"], run["seed"]): run for run in told(table)}
    path = FOLDER / f"{table.name}.csv"
    rows: dict[tuple[str, int], Rows] = {}
    for row in _read(path) if runs else []:
        rows.setdefault((f"{row['study']}/{row['variant']}", int(row["seed"])), []).append(row)
    for name, seed, record in _finished(table):
        runs[name, seed] = _run(name, seed, record)
        rows[name, seed] = [_row(name, seed, record, epoch) for epoch in record["history"]]
    for seed in table.seeds:
        for name in names():
            first = twin(table, name, seed)
            if first and (first, seed) in rows:
                study, variant = name.split("/")
                own = {"study": study, "variant": variant}
                rows[name, seed] = [row | own for row in rows[first, seed]]
    order = {name: number for number, name in enumerate(sorted(names(), key=_place))}
    keys = sorted(rows, key=lambda key: (order[key[0]], key[1]))
    lines = [",".join(COLUMNS)]
    lines += [",".join(str(row[name]) for name in COLUMNS) for key in keys for row in rows[key]]
    write_whole(path, "\n".join(lines) + "\n")
    about = _about(table, dataset, [runs[key] for key in keys if key in runs])
    write_whole(FOLDER / f"{table.name}.json", json.dumps(about, indent=1) + "\n")


def _place(name: str) -> tuple[int, int]:
    study, variant = name.split("/")
    return list(STUDIES).index(study), list(STUDIES[study].variants).index(variant)


def _finished(table: Table) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for seed in table.seeds:
        for name in names():
            record = readable_record(run_dir(table.root, *name.split("/"), seed))
            if record and record["status"] in ("finished", "diverged"):
                yield name, seed, record


def _run(name: str, seed: int, record: dict[str, Any]) -> dict[str, Any]:
    seconds = round(sum(epoch["seconds"] for epoch in record["history"]), 1)
    kept = {key: record[key] for key in ("config", *MACHINE, "ended")}
    return {"name": name, "seed": seed, "status": record["status"], "seconds": seconds, **kept}


def _row(name: str, seed: int, record: dict[str, Any], epoch: dict[str, Any]) -> dict[str, Any]:
    study, variant = name.split("/")
    own = {"study": study, "variant": variant, "seed": seed, "status": record["status"]}
    own["seconds"] = ""  # of an epoch: the machine had other work meanwhile
    return own | {key: f"{epoch[key]:.6g}" for key in COLUMNS if key not in own}


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _about(table: Table, dataset: Dataset, runs: Rows) -> dict[str, Any]:
    """Return what is said of the whole table, and each run's own account."""
    config = table.config("layers/baseline", 0)
    part = dataset.subset(config.train_size, config.validation_size)
    of = {"name": dataset.name, "sha256": dataset.sha256, "real": True,
          "train": len(part.train), "validation": len(part.validation)}  # fmt: skip
    machines = sorted({run["machine"] for run in runs})
    return {
        "profile": table.profile,
        "epochs": table.epochs,
        "dataset": of,
        "machine": " and ".join(machines),
        "precision": "float32",
        "seeds": sorted({run["seed"] for run in runs}),
        "ended": max((run["ended"] for run in runs), default=""),
        "runs": runs,
    }
