"""Train lesson 19's network for the built-in sample: a narrow ResNet-20, in Keras.

    course reference ladder_sample --save     # and the network as ladder_sample.keras

The architecture is that of the ladder's last rung with half as many filters. One seed, 0;
nothing was chosen, and test pictures play no part.
"""

from functools import partial
from typing import Any

import numpy as np

from tools.measuring import main, measure, rows_of, wants_saving
from utils import settings
from utils.data import Dataset, Split, load
from utils.experiments.measured import Measured
from utils.experiments.run_copy import write_model
from utils.files import write_whole
from utils.networks.keras_copy import keras_copy
from utils.networks.quiet import quiet_stderr
from utils.networks.standardising import mean_and_std
from utils.networks.tflearn_cnn.config import Config

NAME = "ladder_sample"
CONFIG = Config(
    network="resnet", layers=((8,) * 6, (16,) * 6, (32,) * 6), dropout=0.0, rotation=0.0
)
SEEDS, EPOCHS, BATCH, LEARNING_RATE, CROP = (0,), 12, 50, 0.004, 4


def moved(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return each picture mirrored or not, and moved by up to CROP pixels, edges repeated."""
    wide = np.pad(images, ((0, 0), (CROP, CROP), (CROP, CROP), (0, 0)), mode="edge")
    made = np.empty_like(images)
    for one, whole, (down, right), mirrored in zip(
        made, wide, random.integers(0, 2 * CROP + 1, (len(images), 2)),
        random.integers(0, 2, len(images)), strict=True,
    ):  # fmt: skip
        part = whole[down : down + 32, right : right + 32]
        one[:] = part[:, ::-1] if mirrored else part
    return made


def trained(data: Dataset, seed: int) -> list[Measured]:
    """Train the network with one seed, and keep it; return its accuracy."""
    with quiet_stderr():
        import keras
    keras.utils.set_random_seed(seed)
    model = keras_copy(CONFIG, None, *mean_and_std(data.train.images))
    steps = EPOCHS * -(-len(data.train) // BATCH)
    falling = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(keras.optimizers.Adam(falling), "sparse_categorical_crossentropy")
    for epoch in range(EPOCHS):
        images = moved(data.train.images, np.random.default_rng((seed, epoch)))
        model.fit(images, data.train.labels, batch_size=BATCH, verbose=0)
    write_model(keras.Model(model.inputs, model.outputs), _kept(seed))
    values = {"val_accuracy": accuracy(model, data.validation), "weights": model.count_params()}
    return rows_of(seed, values)


def accuracy(model: Any, split: Split) -> float:
    """Return the fraction of a split's pictures that are told right."""
    said = model.predict(split.images, batch_size=250, verbose=0).argmax(axis=1)
    return float((said == split.labels).mean())


def _kept(seed: int) -> Any:
    return settings.build_dir() / "reference" / NAME / f"network_{seed}.keras"


def finish(save: bool, rows: list[Measured]) -> list[Measured]:
    """Save the best network by validation where that is wanted."""
    best = max((row for row in rows if row.quantity == "val_accuracy"), key=lambda row: row.value)
    if save:
        path = settings.ROOT / "data" / "reference" / f"{NAME}.keras"
        write_whole(path, _kept(best.seed or 0).read_bytes())
    return rows


def script() -> None:
    """Train a network a seed."""
    save, data = wants_saving(__doc__), load("cifar10", "sample")
    parts = {f"seed {seed}": partial(trained, data, seed) for seed in SEEDS}
    measure(NAME, parts, data, partial(finish, save))


if __name__ == "__main__":
    main(script)
