"""What batch normalisation does to the baseline, notebook 18: the lesson's own small study by seed.

    course reference normalised

The profile `quick` on real CIFAR-10, float32. The runs without it are those of the table `quick`,
whose recipe and seeds they share. `with_is_higher` is 1 where that seed alone shows it, as a
learner's two runs do, else 0. Test pictures play no part.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # read when TensorFlow is imported

from tools.measuring import Lesson, main, measure, real_data, rows_of
from utils import settings
from utils.data import Dataset
from utils.experiments import own_study
from utils.experiments.history import reference
from utils.experiments.measured import Measured
from utils.experiments.run_folder import ENDED, readable_record, run_dir
from utils.experiments.studies import config_for
from utils.experiments.training import train

NAME, PROFILE = "normalised", "quick"
LESSON = Lesson("18_ladder", ("own-study",))
SEEDS = range(3)
MOMENTS = {"first_epoch": 0, "val_accuracy": -1}


def trained(data: Dataset, seed: int) -> list[Measured]:
    """Train with batch normalisation, or go on with it; return its accuracy at both moments."""
    config = replace(config_for(NAME, "with", PROFILE, seed), precision="float32")
    folder = run_dir(settings.build_dir() / "reference" / NAME, NAME, "with", seed)
    record = readable_record(folder)
    if record is None or record["status"] not in ENDED:
        train(config, data, folder, study=NAME, variant="with", profile=PROFILE)
        record = readable_record(folder)
    assert record is not None
    return accuracies("with", seed, [epoch["val_accuracy"] for epoch in record["history"]])


def accuracies(variant: str, seed: int, history: list[float]) -> list[Measured]:
    """Return the rows of a run; history has the validation accuracy after each epoch."""
    return rows_of(seed, {f"{variant}.{name}": history[at] for name, at in MOMENTS.items()})


def known() -> list[Measured]:
    """Return what `quick` says of the baseline, by seed: it has no batch normalisation."""
    table = reference("layers", PROFILE)
    runs = table[(table["variant"] == "baseline") & table["seed"].isin(SEEDS)].groupby("seed")
    return [row for seed, run in runs
            for row in accuracies("without", int(seed), run["val_accuracy"].tolist())]  # fmt: skip


def orders(rows: Iterable[Measured]) -> list[Measured]:
    """Return by moment and seed 1 where `with` lies above `without`, else 0."""
    value = {(row.quantity, row.seed): row.value for row in rows}
    return [
        Measured(f"with_is_higher.{name}", seed,
                 float(value[f"with.{name}", seed] > value[f"without.{name}", seed]))
        for name in MOMENTS
        for seed in SEEDS
    ]  # fmt: skip


def finish(rows: list[Measured]) -> list[Measured]:
    """Return the rows of both variants, and which is higher."""
    every = [*known(), *rows]
    return [*every, *orders(every)]


def script() -> None:
    """Train a run a seed."""
    data = real_data("cifar10")
    # the lesson's cell has the study known by its name
    LESSON.run("own-study", "own-study", {"own_study": own_study, "dataset": data})
    parts = {f"seed {seed}": partial(trained, data, seed) for seed in SEEDS}
    measure(NAME, parts, data, finish, lessons=(LESSON,))


if __name__ == "__main__":
    main(script)
