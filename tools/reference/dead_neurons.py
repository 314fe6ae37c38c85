"""Dead dense neurons that revive, notebook 15: the baseline after one, two and three epochs.

    course reference dead_neurons

The recipe of the table `quick`, seeds 0–2, trained for one, for two and for three epochs from the
same beginning. Dead is a dense neuron that puts out 0 for each of the 10,000 training pictures,
without dropout and turning.
"""

from dataclasses import replace
from functools import partial

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import numpy as np

from tools.measuring import main, measure, real_data, rows_of
from tools.study_tables import TABLES
from utils import settings
from utils.data import Dataset
from utils.experiments import load_network
from utils.experiments.measured import Measured
from utils.experiments.run_folder import ENDED, readable_record, run_dir
from utils.experiments.training import train

NAME = "dead_neurons"
QUICK, SEEDS, EPOCHS, BATCH = TABLES["quick"], range(3), (1, 2, 3), 500


def dead_after(data: Dataset, seed: int, epochs: int) -> np.ndarray:
    """Return which of the dense neurons are dead after so many epochs: bool, (512,)."""
    config = replace(QUICK.config("layers/baseline", seed), epochs=epochs)
    folder = run_dir(settings.build_dir() / "reference" / NAME, NAME, f"epochs-{epochs}", seed)
    record = readable_record(folder)
    if record is None or record["status"] not in ENDED:
        train(config, data, folder, study=NAME, variant=f"epochs-{epochs}", profile=QUICK.profile)
    network = load_network(folder, data)
    outputs = network.session.graph.get_tensor_by_name("FullyConnected/Relu:0")
    images = data.subset(config.train_size, config.validation_size).train.images
    on = np.zeros(config.dense_units, bool)
    for first in range(0, len(images), BATCH):
        values = network.session.run(outputs, {network.images: images[first : first + BATCH]})
        on |= values.max(axis=0) > 0
    network.close()
    return ~on


def counted(data: Dataset, seed: int) -> list[Measured]:
    """Count the dead after each epoch, and those of them that live after the next one."""
    dead = {epochs: dead_after(data, seed, epochs) for epochs in EPOCHS}
    found = {f"epoch_{epochs}.dead": mask.sum() for epochs, mask in dead.items()}
    found |= {f"epoch_{epochs}.revived": (dead[epochs - 1] & ~dead[epochs]).sum()
              for epochs in EPOCHS[1:]}  # fmt: skip
    return rows_of(seed, found)


def script() -> None:
    """Count for three seeds."""
    data = real_data("cifar10")
    parts = {f"seed {seed}": partial(counted, data, seed) for seed in SEEDS}
    measure(NAME, parts, data)


if __name__ == "__main__":
    main(script)
