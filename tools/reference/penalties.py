"""A fair strength for L2 and L1: notebook 13's study at weaker ones, chosen by validation.

    course reference penalties

The recipes of the table `quick`, its seeds, the same but for the penalty's strength; what that
table holds already, no penalty and 0.001, is taken from it. Test pictures play no part.
"""

import csv
from dataclasses import replace
from functools import partial

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

from tools.measuring import main, measure, real_data, rows_of
from tools.study_tables import FOLDER, TABLES
from utils import settings
from utils.data import Dataset
from utils.experiments.measured import Measured
from utils.experiments.run_folder import ENDED, readable_record, run_dir
from utils.experiments.training import train

NAME = "penalties"
STRENGTHS = {"L2": (0.00001, 0.0001), "L1": (0.00001, 0.0001)}
KNOWN = {"none": "none", "L2": "L2_0.001", "L1": "L1_0.001"}  # variants of `quick`
QUICK = TABLES["quick"]


def label(penalty: str, strength: float) -> str:
    """Return the first part of a quantity's name, such as `L2_0.0001`."""
    return f"{penalty}_{strength:.6f}".rstrip("0")


def trained(data: Dataset, penalty: str, strength: float, seed: int) -> list[Measured]:
    """Train one run, or go on with it; return both accuracies after the last epoch."""
    config = replace(QUICK.config(f"regularization/{penalty}", seed), weight_decay=strength)
    name, root = label(penalty, strength), settings.build_dir() / "reference" / NAME
    folder = run_dir(root, NAME, name, seed)
    record = readable_record(folder)
    if record is None or record["status"] not in ENDED:
        train(config, data, folder, study=NAME, variant=name, profile=QUICK.profile)
        record = readable_record(folder)
    assert record is not None
    last = record["history"][-1]
    return accuracies(name, seed, last["val_accuracy"], last["train_accuracy"])


def accuracies(name: str, seed: int, validation: float, training: float) -> list[Measured]:
    """Return the rows of one run: its validation accuracy and its gap."""
    return rows_of(seed, {f"{name}.val_accuracy": validation, f"{name}.gap": training - validation})


def known() -> list[Measured]:
    """Return what `quick` says of no penalty and of 0.001, by seed."""
    with (FOLDER / "quick.csv").open(encoding="utf-8", newline="") as file:
        last = {(row["variant"], int(row["seed"])): row for row in csv.DictReader(file)
                if row["study"] == "regularization"}  # fmt: skip
    return [
        one
        for (variant, seed), row in last.items()
        for one in accuracies(
            KNOWN[variant], seed, float(row["val_accuracy"]), float(row["train_accuracy"])
        )
    ]


def script() -> None:
    """Train two weaker strengths of each penalty, with every seed of `quick`."""
    data = real_data("cifar10")
    parts = {
        f"{label(penalty, strength)} {seed}": partial(trained, data, penalty, strength, seed)
        for seed in QUICK.seeds
        for penalty, strengths in STRENGTHS.items()
        for strength in strengths
    }
    measure(NAME, parts, data, finish=lambda rows: [*known(), *rows])


if __name__ == "__main__":
    main(script)
