"""Choose and train the CNN of notebook 08: airplane, automobile or cat, 16 × 16 pixels.

    course reference three_classes
    course reference three_classes --save     # and its network as three_classes.keras

Real CIFAR-10 pictures averaged to 16 × 16, so that a sheet of them can be read. Three sizes, three
seeds each, compared on validation pictures only. Then the test pictures of these classes are opened
for the network that was chosen, and test_openings.toml says so.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from tools.measuring import (
    keep_network,
    kept_network,
    main,
    measure,
    real_data,
    rows_of,
    wants_saving,
)
from utils.data import Dataset, Split, open_test_set
from utils.data.public_sets import CIFAR10_CLASSES, pick
from utils.experiments.measured import Measured
from utils.networks.quiet import quiet_stderr
from utils.spreadsheet.examples import THREE_CLASSES, shrink

NAME = "three_classes"
FILTERS = ((4, 6), (6, 8), (8, 12))
SEEDS, EPOCHS, BATCH, LEARNING_RATE = (0, 1, 2), 40, 64, 0.004


def of_three(split: Split) -> Split:
    """Return the pictures of the three classes, with the labels 0, 1, 2."""
    return pick(split, tuple(CIFAR10_CLASSES.index(name) for name in THREE_CLASSES))


def small(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures as (n, 16, 16, 3), and their labels."""
    return np.stack([shrink(image) for image in split.images]), split.labels


def build(first: int, second: int) -> Any:
    """Return the network, untrained, with names that a workbook's sheets get."""
    with quiet_stderr():
        import keras
        from keras import layers
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(first, 3, name="conv1"),
            layers.ReLU(name="relu1"),  # a layer, and so a sheet, of its own
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(second, 3, name="conv2"),
            layers.ReLU(name="relu2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, activation="softmax", name="dense"),
        ],
        name=NAME,
    )


def trained(data: Dataset, filters: tuple[int, int], seed: int) -> list[Measured]:
    """Train one network of one size, and keep it; return its accuracy."""
    with quiet_stderr():
        import keras
    keras.utils.set_random_seed(seed)
    model, (images, labels) = build(*filters), small(of_three(data.train))
    steps = EPOCHS * -(-len(labels) // BATCH)
    falling = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(falling), loss, metrics=["accuracy"])
    model.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    validation = small(of_three(data.validation))
    name = f"filters_{filters[0]}_{filters[1]}"
    keep_network(NAME, f"{name}_{seed}", model)
    accuracy = model.evaluate(*validation, verbose=0)[1]
    return rows_of(seed, {f"{name}.val_accuracy": accuracy})


def finish(data: Dataset, save: bool, rows: list[Measured]) -> list[Measured]:
    """Ask the best network by validation about the test pictures; save it where that is wanted."""
    best = max(rows, key=lambda row: row.value)
    label = f"{best.quantity.partition('.')[0]}_{best.seed}"
    model = kept_network(NAME, label, save)
    what = f"the accuracy of the best of nine by validation, seed {best.seed}, on three classes"
    by, key = f"tools/reference/{NAME}.py", f"{NAME}-{datetime.now(UTC):%Y-%m-%d}"
    test = open_test_set(data, what, "report it", by=by, key=key, only=of_three)
    accuracy = model.evaluate(*small(test), verbose=0)[1]
    return [*rows, Measured("best.test_accuracy", best.seed, accuracy),
            Measured("best.weights", best.seed, model.count_params())]  # fmt: skip


def script() -> None:
    """Train nine networks, then open the test pictures."""
    save, data = wants_saving(__doc__), real_data("cifar10")
    parts = {
        f"filters {first} {second} {seed}": partial(trained, data, (first, second), seed)
        for first, second in FILTERS
        for seed in SEEDS
    }
    measure(NAME, parts, data, partial(finish, data, save))


if __name__ == "__main__":
    main(script)
