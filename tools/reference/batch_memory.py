"""Peak memory of a training step by batch size, notebook 14: the baseline, a process a measurement.

    course reference batch_memory

Each process builds the baseline's network in float32 and takes three steps on made pictures: what
they show takes no more or less memory. `peak` is all of the process, in MB (10⁶ bytes); `more` is
by how much it lies above the peak before the first step.
"""

import subprocess
import sys
from dataclasses import replace
from functools import partial

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import numpy as np

from benchmarks.epoch.task import peak_mb
from tools.measuring import main, measure, rows_of
from utils import settings
from utils.experiments.measured import Measured
from utils.experiments.studies import STUDIES

SIZES: tuple[int, ...] = tuple(STUDIES["batch_size"].variants.values())
ROUNDS, STEPS = range(3), 3
CHILD = "from tools.reference.batch_memory import peaks; print(*peaks({size}))"


def peaks(size: int) -> tuple[float, float]:
    """Return this process's peak memory in MB before the first step and after the last."""
    from utils.networks.tflearn_cnn.config import BASELINE
    from utils.networks.tflearn_cnn.session import CnnSession, tflearn

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (size, 32, 32, 3), np.uint8)
    network = CnnSession(replace(BASELINE, precision="float32"), 128.0, 64.0)
    tflearn.is_training(True, network.session)
    before = peak_mb()
    for _ in range(STEPS):
        network.step(images, rng.integers(0, 10, size))
    return before, peak_mb()


def measured(size: int, number: int) -> list[Measured]:
    """Have a fresh process take the steps."""
    child = [sys.executable, "-c", CHILD.format(size=size)]
    done = subprocess.run(child, cwd=settings.ROOT, check=True, capture_output=True, text=True)
    before, peak = map(float, done.stdout.splitlines()[-1].split())
    return rows_of(number, {f"batch_{size}.peak": peak, f"batch_{size}.more": peak - before})


def script() -> None:
    """Measure each batch size of the study, three times."""
    parts = {
        f"batch {size} {number}": partial(measured, size, number)
        for number in ROUNDS
        for size in SIZES
    }
    measure("batch_memory", parts)


if __name__ == "__main__":
    main(script)
