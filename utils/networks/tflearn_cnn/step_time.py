"""Seconds of one step of the baseline: `python -m utils.networks.tflearn_cnn.step_time`.

Random pictures, float32; the shortest of some steps, which other work disturbs least.
"""

import time
from dataclasses import replace

import numpy as np

from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.config import BASELINE
from utils.networks.tflearn_cnn.session import CnnSession

__all__ = ["step_seconds"]


def step_seconds(steps: int = 12) -> float:
    """Return the seconds of the fastest of some steps, after one that warms up."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BASELINE.batch_size, 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(0, 10, BASELINE.batch_size)
    network = CnnSession(replace(BASELINE, precision="float32"), mean=128, std=64)
    tflearn.is_training(True, network.session)
    times = []
    for _ in range(steps + 1):
        started = time.perf_counter()
        network.step(images, labels)
        times.append(time.perf_counter() - started)
    network.close()
    return min(times[1:])


if __name__ == "__main__":
    print(step_seconds())
