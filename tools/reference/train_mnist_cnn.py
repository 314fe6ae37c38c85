"""Choose and train the CNN of notebook 08, and save it as data/reference/mnist_cnn.keras.

    python -m tools.reference.train_mnist_cnn

Five small networks, three seeds each, on real MNIST (55,000 training pictures, 12 epochs), compared
on the 5,000 validation pictures only. Saved is the network of the spreadsheet that this course
grew from, with its best seed. Then the test set is opened, and data/reference/test_openings.toml
says so.
"""

import time
from typing import Any

import numpy as np

from utils.data import Dataset, load, open_test_set
from utils.experiments.statistics import interval
from utils.networks.quiet import quiet_stderr
from utils.settings import ROOT

with quiet_stderr():
    import keras
    from keras import layers

SAVED = ROOT / "data" / "reference" / "mnist_cnn.keras"
CHOSEN = "conv 4, conv 4, dense 8"
SEEDS, EPOCHS, BATCH, LEARNING_RATE = (0, 1, 2), 12, 64, 0.004


def conv(filters: int, size: int = 3, stride: int = 1, name: str | None = None) -> Any:
    return layers.Conv2D(filters, size, strides=stride, activation="relu", name=name)


def pool(name: str | None = None) -> Any:
    return layers.MaxPooling2D(name=name)


# What stands between Rescaling and the ten shares.
NETWORKS = {
    CHOSEN: lambda: [
        conv(4, name="conv1"), pool("pool1"), conv(4, name="conv2"), pool("pool2"),
        layers.Flatten(name="flatten"), layers.Dense(8, activation="relu", name="dense1"),
    ],
    "conv 4 of 5 × 5, conv 4, dense 8": lambda: [
        conv(4, 5), pool(), conv(4), pool(), layers.Flatten(), layers.Dense(8, activation="relu"),
    ],
    "conv 4, conv 4, conv 6": lambda: [conv(4), pool(), conv(4), pool(), conv(6), layers.Flatten()],
    "conv 4, conv 6, conv 8, mean": lambda: [
        conv(4), pool(), conv(6), pool(), conv(8), layers.GlobalAveragePooling2D(),
    ],
    "conv 4 of 5 × 5, conv 8, strides 2": lambda: [
        conv(4, 5, 2), conv(8, 3, 2), pool(), layers.Flatten(),
    ],
}  # fmt: skip


def build(network: str) -> Any:
    """Return one of the networks, untrained, with names that a workbook's sheets get."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255, name="rescaling"),
            *NETWORKS[network](),
            layers.Dense(10, activation="softmax", name="dense2"),
        ],
        name="mnist_cnn",
    )


def train(network: str, seed: int, data: Dataset) -> tuple[Any, float]:
    """Train a network; return it and its accuracy on the validation pictures."""
    keras.utils.set_random_seed(seed)
    model, train_part, validation = build(network), data.train, data.validation
    steps = EPOCHS * -(-len(train_part) // BATCH)
    falling = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(
        keras.optimizers.Adam(falling), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(train_part.images, train_part.labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model, model.evaluate(validation.images, validation.labels, verbose=0)[1]


def main() -> None:
    """Train all, print the table, save the chosen network, then open the test set."""
    data = load("mnist", "real")
    kept: dict[int, tuple[float, Any]] = {}
    print("| network | weights | validation accuracy, mean ± 95 % | seeds 0, 1, 2 | s a run |")
    print("| --- | ---: | ---: | --- | ---: |")
    for network in NETWORKS:
        start, scores = time.perf_counter(), []
        for seed in SEEDS:
            model, accuracy = train(network, seed, data)
            scores.append(100 * accuracy)
            if network == CHOSEN:
                kept[seed] = (accuracy, model)
        seconds = (time.perf_counter() - start) / len(SEEDS)
        each = ", ".join(f"{score:.2f}" for score in scores)
        print(f"| {network} | {model.count_params():,} | {np.mean(scores):.2f} ± "
              f"{interval(scores):.2f} | {each} | {seconds:.0f} |", flush=True)  # fmt: skip
    best = max(kept, key=lambda seed: kept[seed][0])
    model = kept[best][1]
    # clone_model would compile the clone too, and save an optimizer with it
    plain = keras.Sequential.from_config(model.get_config())
    plain.set_weights(model.get_weights())
    plain.save(SAVED)
    what = f"the accuracy of {CHOSEN}, seeds 0–2, of which validation has chosen seed {best}"
    test = open_test_set(data, what, "report it", by="tools/reference/train_mnist_cnn.py")
    accuracies = {
        seed: model.evaluate(test.images, test.labels, verbose=0)[1]
        for seed, (_, model) in kept.items()
    }
    print(f"\nSaved seed {best}: {SAVED}, {SAVED.stat().st_size:,} bytes")
    print("Test set:", ", ".join(f"seed {s} {a:.2%}" for s, a in accuracies.items()))


if __name__ == "__main__":
    main()
