"""Choose and train the CNN of notebook 07, and save it as data/reference/three_classes.keras.

    python -m tools.reference.train_three_classes

Airplane, automobile or cat, from real CIFAR-10 pictures averaged to 16 × 16 so that a sheet of
them can be read. Three sizes, three seeds each, compared on validation pictures only. Then the
test pictures of these classes are opened, and data/reference/test_openings.toml says so.
"""

from typing import Any

import numpy as np

from utils.data import Split, load, open_test_set
from utils.data.public_sets import CIFAR10_CLASSES, pick
from utils.experiments.statistics import interval
from utils.networks.quiet import quiet_stderr
from utils.settings import ROOT
from utils.spreadsheet.examples import THREE_CLASSES, shrink

with quiet_stderr():
    import keras
    from keras import layers

SAVED = ROOT / "data" / "reference" / "three_classes.keras"
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
        name="three_classes",
    )


def main() -> None:
    """Train all, print the table, save the best by validation, then open the test set."""
    data = load("cifar10", "real")
    (images, labels), validation = small(of_three(data.train)), small(of_three(data.validation))
    print(f"train: {len(labels):,}, validation: {len(validation[1]):,}")
    print("| filters | weights | validation accuracy, mean ± 95 % | seeds 0, 1, 2 |")
    print("| --- | ---: | ---: | --- |")
    best: tuple[float, int, Any] = (0.0, 0, None)
    for filters in FILTERS:
        scores = []
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            model = build(*filters)
            falling = keras.optimizers.schedules.CosineDecay(
                LEARNING_RATE, EPOCHS * -(-len(labels) // BATCH)
            )
            loss = "sparse_categorical_crossentropy"
            model.compile(keras.optimizers.Adam(falling), loss, metrics=["accuracy"])
            model.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
            accuracy = model.evaluate(*validation, verbose=0)[1]
            scores.append(100 * accuracy)
            best = max(best, (accuracy, seed, model), key=lambda one: one[0])
        each = ", ".join(f"{score:.2f}" for score in scores)
        print(f"| {filters[0]}, {filters[1]} | {model.count_params():,} | {np.mean(scores):.2f} ± "
              f"{interval(scores):.2f} | {each} |", flush=True)  # fmt: skip
    _, seed, model = best
    # clone_model would compile the clone too, and save an optimizer with it
    plain = keras.Sequential.from_config(model.get_config())
    plain.set_weights(model.get_weights())
    plain.save(SAVED)
    print(f"\nSaved {model.count_params():,} weights, seed {seed}: {SAVED.stat().st_size:,} bytes")
    what = f"the accuracy of the best of nine networks by validation, seed {seed}, on three classes"
    script = "tools/reference/train_three_classes.py"
    test = open_test_set(data, what, "report it", by=script, only=of_three)
    print(f"Test set: {model.evaluate(*small(test), verbose=0)[1]:.2%} of {len(test):,}")


if __name__ == "__main__":
    main()
