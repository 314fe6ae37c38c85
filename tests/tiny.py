"""A data set small enough to train on in a second, for tests of training and runs."""

import numpy as np

from utils.data import Dataset, Split
from utils.networks.tflearn_cnn.config import Config

TINY = Config(layers=((4,),), dense_units=8, batch_size=16, epochs=3, learning_rate=0.01)


def tiny_dataset(seed=0, sha256="0" * 64, real=True) -> Dataset:
    """Return ten classes that differ in brightness and noise: 128 + 64 + 32 pictures."""
    rng = np.random.default_rng(seed)

    def split(n):
        labels = rng.integers(0, 10, n)
        noise = rng.integers(0, 40, (n, 32, 32, 3))
        return Split((labels[:, None, None, None] * 21 + noise).astype(np.uint8), labels)

    return Dataset(
        name="cifar10", train=split(128), validation=split(64), test=split(32),
        class_names=tuple("abcdefghij"), source="made by a test", sha256=sha256, real=real,
    )  # fmt: skip
