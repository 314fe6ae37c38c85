"""The ladder on real CIFAR-10: each rung's accuracy on validation pictures, and its price.

    course reference ladder            seeds 0-2
    course reference ladder 1          seed 0 alone

Seed by seed, from the lowest rung up, so that an early stop leaves whole ladders. Runs lie in
build/reference/ladder and go on after their last whole epoch. Test pictures play no part.
"""

import os
import sys
from functools import partial

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # read when TensorFlow is imported

from tools.measuring import main, measure, real_data, rows_of
from utils import settings
from utils.data import Dataset
from utils.experiments.ladder import RUNGS, rung_config
from utils.experiments.measured import Measured
from utils.experiments.run_folder import ENDED, readable_record, run_dir
from utils.experiments.training import train
from utils.networks.tflearn_cnn.price import price

NAME = "ladder"


def trained(data: Dataset, rung: str, seed: int) -> list[Measured]:
    """Train one run, or go on with it; return its accuracies after the last epoch and its price."""
    config = rung_config(rung, seed)
    folder = run_dir(settings.build_dir() / "reference" / NAME, NAME, rung, seed)
    record = readable_record(folder)
    if record is None or record["status"] not in ENDED:
        train(config, data, folder, study=NAME, variant=rung, profile="full")
        record = readable_record(folder)
    assert record is not None
    last, cost = record["history"][-1], price(config)
    return rows_of(
        seed,
        {
            f"{rung}.val_accuracy": last["val_accuracy"],
            f"{rung}.gap": last["train_accuracy"] - last["val_accuracy"],
            f"{rung}.weights": cost.weights,
            f"{rung}.multiplications": cost.multiplications,
            f"{rung}.seconds": round(sum(row["seconds"] for row in record["history"]), 1),
        },
    )


def script() -> None:
    """Train every rung with each seed."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    data = real_data("cifar10")
    parts = {
        f"{rung.name} {seed}": partial(trained, data, rung.name, seed)
        for seed in seeds
        for rung in RUNGS
    }
    recipes = [rung_config(rung.name).to_dict() for rung in RUNGS]
    measure(NAME, parts, data, recipes=recipes)


if __name__ == "__main__":
    main(script)
