"""Train the recipes of the article that the course grew from, as published, on real CIFAR-10.

    python -m tools.reference.article 8     8 epochs of each; without a number as many as the
                                            table has, or the article's own 50
    python -m tools.reference.article 2 --pictures 600 --folder build/article-try

It is a replication: all 50,000 training pictures, and the *test* set is measured after each epoch,
as the article did. No choice of the course rests on it. Of its twelve notebooks some are of one
recipe, which is trained once. What differs from 2017 is in docs/article.md.

What is trained lies in build/reference/article-EPOCHS. After each run data/reference/article.csv
(one row an epoch) and article.json (each run's config, versions, machine and seconds) are written
anew. Stopped at any moment and started again, on this machine or another, it goes on with what
the table lacks. All runs are float32 with oneDNN's kernels, seed 0.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import numpy as np
import pandas as pd

from utils.data import Dataset, Split, load, open_test_set
from utils.data.dataset import contents_sha256
from utils.errors import CourseError
from utils.experiments.article import COMMIT, RECIPES, REPOSITORY
from utils.experiments.history import Run, epoch_table, load_runs
from utils.experiments.run_folder import ENDED, dataset_fields, run_dir
from utils.experiments.training import Ended, train
from utils.files import duration, write_whole
from utils.networks.tflearn_cnn.config import Config
from utils.settings import ROOT

STUDY = "article"
NOTE = (
    "Replication: the validation pictures are the test set's, measured after each epoch as the "
    "article did. No choice of the course rests on these numbers."
)
MACHINE = ("machine", "kernels", "precision", "versions")


@dataclass(frozen=True)
class Replication:
    """How much of each recipe is trained, and where the table lies.

    pictures: of training and of testing, the first ones; None means as many as published.
    """

    epochs: int
    folder: Path = ROOT / "data" / "reference"
    pictures: int | None = None

    @property
    def runs(self) -> Path:
        """The log root of its runs on this machine."""
        build = ROOT / "build" / "reference" if self.pictures is None else self.folder
        return build / f"article-{self.epochs}"

    @property
    def table(self) -> Path:
        """The table; its account is beside it, as JSON."""
        return self.folder / f"{STUDY}.csv"

    def config(self, notebook: str) -> Config:
        """Return a notebook's recipe with as many epochs and pictures as are to be trained."""
        config = replace(RECIPES[notebook].config, epochs=self.epochs)
        if self.pictures is None:
            return config
        return replace(config, train_size=self.pictures, validation_size=self.pictures)


def as_published(dataset: Dataset, key: str) -> Dataset:
    """Return CIFAR-10 split as the article split it: 50,000 to learn, the test set to validate.

    key: of the opening of the test set; a replication that goes on is the same one.
    """
    train = Split(
        np.concatenate([dataset.train.images, dataset.validation.images]),
        np.concatenate([dataset.train.labels, dataset.validation.labels]),
    )
    test = open_test_set(
        dataset, "the accuracy of the article's recipes after each epoch, as it measured them",
        "replicate the article; nothing was chosen", by="tools/reference/article.py", key=key,
    )  # fmt: skip
    sha256 = contents_sha256(train, test, test)
    return replace(dataset, train=train, validation=test, sha256=sha256)


def replicate(plan: Replication, dataset: Dataset, notebooks: Sequence[str] = ()) -> None:
    """Train what of these notebooks isn't in the table yet, all unless given; write it each time.

    dataset: as `as_published` returns it.
    Raises CourseError where the table there is of other epochs, pictures or data.
    """
    wanted = list(dict.fromkeys(RECIPES[one].trained_as for one in notebooks or RECIPES))
    for number, name in enumerate(wanted, start=1):
        if name in {run["name"] for run in told(plan, dataset)}:
            print(f"{number} of {len(wanted)}: {name} is in the table", flush=True)
            continue
        print(f"{number} of {len(wanted)}: {name}", flush=True)
        config = plan.config(name)
        with suppress(Ended):  # killed between its own end and the table's
            folder = run_dir(plan.runs, STUDY, name, config.seed)
            train(config, dataset, folder, study=STUDY, variant=name)
        write(plan, dataset)


def told(plan: Replication, dataset: Dataset) -> list[dict[str, Any]]:
    """Return what the table's account says of its runs; see `replicate` for what it raises."""
    path = plan.table.with_suffix(".json")
    if not path.is_file():
        return []
    account = json.loads(path.read_text(encoding="utf-8"))
    wanted = _about(plan, dataset)
    for key in ("epochs", "dataset"):
        if account[key] != wanted[key]:
            raise CourseError(
                f"{path} is of other {key} than asked for: {account[key]}, not {wanted[key]}.",
                "Move it and the table beside it elsewhere.",
            )
    runs: list[dict[str, Any]] = account["runs"]
    return runs


def write(plan: Replication, dataset: Dataset) -> None:
    """Write table and account: what stands there already, and what has ended here."""
    here = [run for run in load_runs(plan.runs, STUDY) if run.status in ENDED]
    table = epoch_table(here).assign(seconds=float("nan"))  # the machine had other work meanwhile
    names = {run.variant for run in here}
    before = {run["name"]: run for run in told(plan, dataset)}
    if set(before) - names:
        old = pd.read_csv(plan.table, dtype={"variant": str})
        table = pd.concat([old[~old["variant"].isin(names)], table])
    accounts = before | {run.variant: _account(run) for run in here}
    order = [name for name in RECIPES if name in accounts]
    table["place"] = [order.index(name) for name in table["variant"]]
    table = table.sort_values(["place", "epoch"]).drop(columns="place")
    write_whole(plan.table, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    about = _about(plan, dataset) | {
        "machine": " and ".join(sorted({one["machine"] for one in accounts.values()})),
        "ended": max(one["ended"] for one in accounts.values()),
        "runs": [accounts[name] for name in order],
    }
    write_whole(plan.table.with_suffix(".json"), json.dumps(about, indent=1) + "\n")
    spent = duration(sum(one["seconds"] for one in accounts.values()))
    print(f"{len(order)} runs, {len(table)} epochs, {spent}: {plan.table}", flush=True)


def _account(run: Run) -> dict[str, Any]:
    """Return what article.json says of a run; seconds are those of training alone."""
    kept = {key: run.record[key] for key in ("config", *MACHINE, "started", "ended")}
    return {
        "name": run.variant,
        "notebooks": [one.notebook for one in RECIPES.values() if one.trained_as == run.variant],
        "status": run.status,
        "seconds": round(sum(row["seconds"] for row in run.record["history"]), 1),
        **kept,
    }


def _about(plan: Replication, dataset: Dataset) -> dict[str, Any]:
    """Return what is said of the whole table."""
    config = plan.config(next(iter(RECIPES)))
    part = dataset.subset(config.train_size, config.validation_size)
    return {
        "note": NOTE,
        "recipes": {"repository": REPOSITORY, "commit": COMMIT},
        "epochs": plan.epochs,
        "seeds": [config.seed],
        "precision": config.precision,
        "dataset": {key: value for key, value in dataset_fields(part).items() if key != "source"},
    }


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("epochs", nargs="?", type=int)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--folder", type=Path, default=Replication.folder)
    parser.add_argument("--only", nargs="+", default=[], choices=list(RECIPES), metavar="NOTEBOOK")
    given = parser.parse_args()
    if given.pictures is not None and given.folder == Replication.folder:
        parser.error("fewer pictures are for trying it: name a `--folder` too")
    account = given.folder / f"{STUDY}.json"
    published = next(iter(RECIPES.values())).config.epochs
    if given.epochs is None and account.is_file():
        published = json.loads(account.read_text(encoding="utf-8"))["epochs"]
    plan = Replication(given.epochs or published, given.folder, given.pictures)
    try:
        dataset = as_published(load("cifar10", "real"), f"article-{plan.epochs}")
        replicate(plan, dataset, given.only)
    except CourseError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted. The same line goes on after the last whole epoch.")


if __name__ == "__main__":
    main()
