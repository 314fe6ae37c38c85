"""A table of statistics, and digits: a CNN, a dense network and a linear one; columns shuffled.

    course reference tabular

The table is made: 20,000 players, sixteen statistics each in the order of the alphabet, drawn
independently of one another, and a worth by a known rule; whose worth lies above 0 is asked. The
digits are real MNIST, 5,000 to learn from and 5,000 of its validation pictures. On both the same
three networks are trained, the dense one with about as many weights as the CNN. A seed draws rows,
first weights, the order of the batches and the one order in which all columns, or pixels, are
shuffled.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import numpy as np

from tools.measuring import main, measure, real_data, rows_of
from utils.data import Dataset
from utils.experiments.measured import Measured

SEEDS = range(5)
COLUMNS = (
    "age", "at_bats", "caught", "doubles", "errors", "games", "height", "hits",
    "home_runs", "runs", "salary", "stolen", "strikeouts", "triples", "walks", "weight",
)  # fmt: skip
ROWS, DIGITS, NOISE = 10_000, 5_000, 0.5
BATCH = 100
EPOCHS = {"table": 10, "digits": 5}
HIDDEN = {"table": 67, "digits": 64}  # of the dense network's two layers: as many weights

Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # to learn from, and validation


def players(seed: int) -> Parts:
    """Return the made table: (n, 16) float32 and 0 or 1, to learn from and to validate on."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(2 * ROWS, len(COLUMNS)))
    one = dict(zip(COLUMNS, rows.T, strict=True))
    worth = one["hits"] + one["walks"] + 2 * one["home_runs"] - one["strikeouts"]
    worth -= 2 * one["stolen"] * one["caught"]  # a steal counts by who isn't caught
    answers = (worth + rng.normal(0, NOISE, len(rows)) > 0).astype(int)
    rows = rows.astype(np.float32)
    return rows[:ROWS], answers[:ROWS], rows[ROWS:], answers[ROWS:]


def digits(data: Dataset) -> Parts:
    """Return MNIST's pictures as rows of 784 numbers from 0 to 1, with their labels."""
    parts = data.train.first(DIGITS), data.validation.first(DIGITS)
    rows = [(one.images.reshape(len(one), -1) / 255).astype(np.float32) for one in parts]
    return rows[0], parts[0].labels, rows[1], parts[1].labels


def network(kind: str, name: str, inputs: int, classes: int) -> Any:
    """Return a Keras network from rows to a probability a class."""
    from keras import Sequential, layers

    hidden: list[Any] = []
    if kind == "cnn":
        side = round(inputs**0.5)
        shape = (side, side, 1) if name == "digits" else (inputs, 1)
        filters, pool = (
            (layers.Conv2D, layers.MaxPooling2D) if name == "digits"
            else (layers.Conv1D, layers.MaxPooling1D)
        )  # fmt: skip
        hidden = [layers.Reshape(shape)]
        for maps in (16, 32):
            hidden += [filters(maps, 3, padding="same", activation="relu"), pool()]
        hidden += [layers.Flatten(), layers.Dense(32, activation="relu")]
    elif kind == "dense":
        hidden = [layers.Dense(HIDDEN[name], activation="relu") for _ in range(2)]
    return Sequential([*hidden, layers.Dense(classes, activation="softmax")])


def accuracy(kind: str, name: str, parts: Parts, seed: int) -> tuple[float, int]:
    """Train a network; return its validation accuracy and how many weights it has."""
    import keras

    rows, answers, fresh, wanted = parts
    keras.utils.set_random_seed(seed)
    model = network(kind, name, rows.shape[1], int(answers.max()) + 1)
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=50
    )  # many steps a call: what a call costs is more than what so small a step does
    model.fit(rows, answers, batch_size=BATCH, epochs=EPOCHS[name], verbose=0)
    return model.evaluate(fresh, wanted, batch_size=BATCH, verbose=0)[1], model.count_params()


def shuffled(parts: Parts, seed: int) -> Parts:
    """Return the parts with all columns in another order, the same for every row."""
    rows, answers, fresh, wanted = parts
    order = np.random.default_rng((seed, 1)).permutation(rows.shape[1])
    return rows[:, order], answers, fresh[:, order], wanted


def compared(name: str, parts: Parts, seed: int) -> list[Measured]:
    """Train the three networks on columns as they are, and two of them on shuffled ones."""
    found: dict[str, float] = {}
    for kind in ("cnn", "dense", "linear"):
        found[f"{name}.{kind}.val_accuracy"], weights = accuracy(kind, name, parts, seed)
        found[f"{name}.{kind}.weights"] = weights
    for kind in ("cnn", "dense"):
        value, _ = accuracy(kind, name, shuffled(parts, seed), seed)
        found[f"{name}.{kind}.shuffled.val_accuracy"] = value
    return rows_of(seed, found)


def parts_of(data: Dataset) -> Mapping[str, Any]:
    """Return what is measured, a part a seed and set."""
    made = {f"table {seed}": partial(table, seed) for seed in SEEDS}
    return made | {f"digits {seed}": partial(pictures, data, seed) for seed in SEEDS}


def table(seed: int) -> list[Measured]:
    """Compare on the made table."""
    return compared("table", players(seed), seed)


def pictures(data: Dataset, seed: int) -> list[Measured]:
    """Compare on digits."""
    return compared("digits", digits(data), seed)


def script() -> None:
    """Compare on both, seed by seed."""
    data = real_data("mnist")
    measure("tabular", parts_of(data), data)


if __name__ == "__main__":
    main(script)
