"""Train the five studies or the ladder on CIFAR-10; write a table, a run at a time.

    course reference quick          10,000 pictures, 8 epochs, seeds 0-4
    course reference quick_sample   the built-in sample's 1,500 pictures, 24 epochs, seeds 0-2
    course reference scale          all 45,000 pictures, 15 epochs, seeds 0-2
    course reference ladder         the ladder's rungs, each as its recipe says, seeds 0-2

What is trained lies in build/reference/NAME, and after each run data/reference/NAME.csv (one row
an epoch) and NAME.json (each run's config, versions, machine, kernels and seconds) are written
anew. Stopped at any moment and started again, on this machine or another, it goes on with what
the table lacks. Configs that several studies share are trained once. Seed by seed, so that an
early stop leaves every study with the same seeds; the ladder from its lowest rung up. All runs are
float32 with oneDNN's kernels, so that rows of different machines stand in one table. `scale` and
`ladder` are JAX's by now, from a GPU (tools/on_gpu): what is trained here beside them is paired
with runs of another program, which drew other first weights; its account says so.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

from utils.data import Dataset, load
from utils.experiments.history import COLUMNS
from utils.experiments.ladder import RUNGS, rung_config
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
Entries = dict[tuple[str, int], tuple[dict[str, Any], Rows]]  # by name and seed


@dataclass(frozen=True)
class Table:
    """A table of the reference.

    runs: what is trained, as `study/variant`, in this order. recipe: a name's and a seed's config.
    real: whether the pictures are the real ones, or the built-in sample's.
    """

    name: str
    profile: str
    seeds: tuple[int, ...]
    runs: tuple[str, ...]
    recipe: Callable[[str, int], Config]
    real: bool = True

    @property
    def root(self) -> Path:
        """The log root of its runs on this machine."""
        return ROOT / "build" / "reference" / self.name

    def config(self, name: str, seed: int) -> Config:
        """Return the config of `study/variant`: float32, whatever the recipe says."""
        return replace(self.recipe(name, seed), precision="float32")


def study_runs() -> tuple[str, ...]:
    """Return `study/variant` of the five studies in the order in which they are trained."""
    every = [f"{study.name}/{variant}" for study in STUDIES.values() for variant in study.variants]
    return (*ORDER, *(name for name in every if name not in ORDER))


def _of_studies(profile: str, epochs: int, name: str, seed: int) -> Config:
    study, variant = name.split("/")
    return replace(config_for(study, variant, profile, seed), epochs=epochs)


def _of_sample(name: str, seed: int) -> Config:
    study, variant = name.split("/")
    return config_for(study, variant, "quick", seed, real=False)


def _of_ladder(name: str, seed: int) -> Config:
    return rung_config(name.removeprefix("ladder/"), seed)


TABLES = {
    table.name: table
    for table in (
        Table("quick", "quick", (0, 1, 2, 3, 4), study_runs(),
              partial(_of_studies, "quick", PROFILES["quick"].epochs)),
        Table("quick_sample", "quick", (0, 1, 2), study_runs(), _of_sample, real=False),
        Table("scale", "full", (0, 1, 2), study_runs(), partial(_of_studies, "full", 15)),
        Table("ladder", "full", (0, 1, 2), tuple(f"ladder/{rung.name}" for rung in RUNGS),
              _of_ladder),
    )
}  # fmt: skip


def main(table: Table) -> None:
    """Train what isn't in the table yet; write it after each run."""
    dataset = load("cifar10", None if table.real else "sample")
    if table.real and not dataset.real:
        sys.exit("The reference is of real pictures: course data fetch cifar10")
    for seed in table.seeds:
        for name in table.runs:
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


def twin(table: Table, name: str, seed: int) -> str:
    """Return the name under which this very config is trained, where it is another."""
    config = table.config(name, seed)
    first = next(other for other in table.runs if table.config(other, seed) == config)
    return first if first != name else ""


def told(table: Table, seed: int | None = None) -> Rows:
    """Return the runs that the table holds already, of one seed or all."""
    path = FOLDER / f"{table.name}.json"
    runs = json.loads(path.read_text("utf-8")).get("runs", []) if path.is_file() else []
    return [run for run in runs if seed in (None, run["seed"])]


def write(table: Table, dataset: Dataset) -> None:
    """Write table and account: what stands there, and what is finished here."""
    entries = standing(table)
    for name, seed, record in _finished(table):
        entries[name, seed] = entry(name, seed, record)
    write_entries(table, dataset, entries)


def standing(table: Table) -> Entries:
    """Return what the table holds: each run's account and its epochs' rows."""
    path, rows = FOLDER / f"{table.name}.csv", {}
    runs = {(run["name"], run["seed"]): run for run in told(table)}
    for row in _read(path) if runs else []:
        rows.setdefault((f"{row['study']}/{row['variant']}", int(row["seed"])), []).append(row)
    return {key: (run, rows.get(key, [])) for key, run in runs.items()}


def entry(name: str, seed: int, record: dict[str, Any]) -> tuple[dict[str, Any], Rows]:
    """Return a run's account and its epochs' rows, as the table has them, by its record."""
    rows = [_row(name, seed, record, epoch) for epoch in record["history"]]
    return _run(name, seed, record), rows


def write_entries(table: Table, dataset: Dataset, entries: Entries) -> None:
    """Write table and account anew: these runs, and those that they stand for."""
    rows = {key: own for key, (_, own) in entries.items()}
    for seed in table.seeds:
        for name in table.runs:
            first = twin(table, name, seed)
            if first and (first, seed) in rows:
                study, variant = name.split("/")
                own = {"study": study, "variant": variant}
                rows[name, seed] = [row | own for row in rows[first, seed]]
    order = {name: number for number, name in enumerate(sorted(table.runs, key=_place))}
    keys = sorted(rows, key=lambda key: (order[key[0]], key[1]))
    lines = [",".join(COLUMNS)]
    lines += [",".join(str(row[name]) for name in COLUMNS) for key in keys for row in rows[key]]
    write_whole(FOLDER / f"{table.name}.csv", "\n".join(lines) + "\n")
    about = _about(table, dataset, [entries[key][0] for key in keys if key in entries])
    write_whole(FOLDER / f"{table.name}.json", json.dumps(about, indent=1) + "\n")


def _place(name: str) -> tuple[int, int]:
    """Return where a run stands in a table: as the studies list it, not as it was trained."""
    study, variant = name.split("/")
    if study not in STUDIES:
        return len(STUDIES), 0  # sorting is stable: a ladder stays as it is
    return list(STUDIES).index(study), list(STUDIES[study].variants).index(variant)


def _finished(table: Table) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for seed in table.seeds:
        for name in table.runs:
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
    configs = [table.config(name, 0) for name in table.runs]
    parts = [dataset.subset(one.train_size, one.validation_size) for one in configs]
    part = max(parts, key=lambda one: len(one.train))
    of = {"name": dataset.name, "sha256": dataset.sha256, "real": table.real,
          "train": len(part.train), "validation": len(part.validation)}  # fmt: skip
    machines = sorted({run["machine"] for run in runs})
    return {
        "profile": table.profile,
        "epochs": max(one.epochs for one in configs),
        "dataset": of,
        "machine": " and ".join(machines),
        "precision": "float32",
        "seeds": sorted({run["seed"] for run in runs}),
        "ended": max((run["ended"] for run in runs), default=""),
        "runs": runs,
    }
