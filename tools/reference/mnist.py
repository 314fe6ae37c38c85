"""The dense network of notebook 06 on real MNIST: accuracy, confidence, shifts, the drawing pad.

    course reference mnist

The lesson's own cells with seeds 0–2; again without `Rescaling`, and with the pixels of all
pictures in one shuffled order. Test pictures are asked where the lesson asks them, and no choice
follows from it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from benchmarks import pad
from tools.measuring import Lesson, main, measure, real_data, rows_of
from tools.trace_digits import measured as strokes_read
from utils.data import Dataset, Split, open_test_set
from utils.experiments.measured import Measured
from utils.networks.in_numpy.keras_layers import read_network

SEEDS = range(3)
SEED = ("keras.utils.set_random_seed(0)", "keras.utils.set_random_seed({seed})")
SCALED = ("            layers.Rescaling(1 / 255),\n", "{scaled}")
LESSON = Lesson(
    "06_mnist",
    ("setup", "load", "model-code", "compile-code", "note", "folder", "fit-code",
     "confusion-figure", "border", "shift-code"),
    {"model-code": (SEED, SCALED)},
)  # fmt: skip
CONFUSED = ((4, 9), (5, 6), (3, 8), (5, 3))  # meant, said: those that the lesson names
MISLABELLED, READ_AS = 4_915, 7


def trained(seed: int, data: Dataset | None = None, scaled: bool = True) -> dict[str, Any]:
    """Return the lesson's names after its training, on other pictures or unscaled ones at will."""
    names = LESSON.run("setup", "load", {})
    if data is not None:
        names |= {"data": data, "train": data.train, "validation": data.validation}
    rescaling = SCALED[0] if scaled else ""
    return LESSON.run("model-code", "fit-code", names, seed=seed, scaled=rescaling)


def plain(seed: int) -> list[Measured]:
    """Train and look at all that the lesson looks at."""
    names = trained(seed)
    found = {"first_loss": names["loss"], "first_accuracy": names["accuracy"]}
    LESSON.run("confusion-figure", "shift-code", names)  # which uses some names anew
    for row in names["rows"]:
        for one in ("loss", "accuracy", "val_loss", "val_accuracy", "train_accuracy"):
            found[f"epoch_{row['epoch']}.{one}"] = row[one]
    test = opened(names["data"], "the dense network")
    found["test_accuracy"] = names["network"].evaluate(test.images, test.labels, verbose=0)[1]
    found |= _answers(names) | _shifts(names) | _drawings(names)
    return rows_of(seed, found)


def opened(data: Dataset, what: str) -> Split:
    """Open the test set; what all seeds of a day ask it of one network is one opening."""
    key = f"mnist-{what.replace(' ', '-')}-{datetime.now(UTC):%Y-%m-%d}"
    said = f"the accuracy of {what}, seeds {SEEDS[0]}–{SEEDS[-1]}"
    return open_test_set(data, said, "report it; nothing was chosen",
                         by="tools/reference/mnist.py", key=key)  # fmt: skip


def _answers(names: Mapping[str, Any]) -> dict[str, float]:
    """Say which answers are wrong, how sure they are, and which weights never moved."""
    shares, said, meant = (names[one] for one in ("shares", "said", "meant"))
    sure, right = shares.max(axis=1) >= 0.99, said == meant
    mistakes = names["mistakes"]
    found = {
        "misread": (~right).sum(),
        "share_99.answers": sure.mean(),
        "share_99.right": right[sure].mean(),
        "mislabelled.said": said[MISLABELLED],
        "mislabelled.share": shares[MISLABELLED, READ_AS],
        "empty_pixels": names["empty"].sum(),
        "empty_pixels.largest_change": names["change"][names["empty"]].max(),
        "mistakes.most_of_one_kind": mistakes.max(),
    }
    for one, other in CONFUSED:
        found[f"mistakes.{one}_read_as_{other}"] = mistakes[one, other]
        found[f"mistakes.{one}_read_as_{other}.rank"] = (mistakes > mistakes[one, other]).sum() + 1
    return found


def _shifts(names: Mapping[str, Any]) -> dict[str, float]:
    """Ask about the validation digits moved to the right by 0 to 6 pixels."""
    images, found = names["validation"].images, {}
    for right in range(7):
        moved = names["shifted"](images, right)
        found[f"shifted_{right}.val_accuracy"] = names["network"].evaluate(
            moved, names["meant"], verbose=0
        )[1]
        found[f"shifted_{right}.ink_lost"] = 1 - moved.sum(dtype=float) / images.sum(dtype=float)
    return found


def _drawings(names: Mapping[str, Any]) -> dict[str, float]:
    """Ask about traced digits drawn small in a corner, and how often the pad sees no digit."""
    network = read_network(names["network"])
    read = strokes_read(network)
    found = {"strokes.prepared": read["prepared"] / 100, "strokes.as_drawn": read["as drawn"] / 100}
    digits = [pad.large(image[..., 0]) for image in names["validation"].images]
    for kind, drawings in [("digit", digits), *pad.made(np.random.default_rng(0))]:
        refused = pad.measure(network, drawings)["refused"].mean()
        found[f"no_digit.{kind.replace(' ', '_')}"] = refused
    return found


def unscaled(seed: int) -> list[Measured]:
    """Train the same network on pixels from 0 to 255."""
    names = trained(seed, scaled=False)
    return rows_of(seed, {"unscaled.first_loss": names["loss"],
                          "unscaled.val_accuracy": names["rows"][-1]["val_accuracy"]})  # fmt: skip


def shuffled_pixels(data: Dataset, seed: int) -> list[Measured]:
    """Train on pictures whose pixels are all in one shuffled order (seed 0)."""
    order = np.random.default_rng(0).permutation(28 * 28)

    def shuffle(part: Split) -> Split:
        flat = part.images.reshape(len(part), -1)
        return Split(flat[:, order].reshape(part.images.shape), part.labels)

    parts = {"train": shuffle(data.train), "validation": shuffle(data.validation)}
    names = trained(seed, replace(data, **parts))
    test = shuffle(opened(data, "the same network with shuffled pixels"))
    test_accuracy = names["network"].evaluate(test.images, test.labels, verbose=0)[1]
    return rows_of(seed, {"shuffled_pixels.val_accuracy": names["rows"][-1]["val_accuracy"],
                          "shuffled_pixels.test_accuracy": test_accuracy})  # fmt: skip


def script() -> None:
    """Measure nine trainings."""
    data = real_data("mnist")
    parts = {f"seed {seed}": partial(plain, seed) for seed in SEEDS}
    parts |= {f"unscaled {seed}": partial(unscaled, seed) for seed in SEEDS}
    parts |= {f"shuffled pixels {seed}": partial(shuffled_pixels, data, seed) for seed in SEEDS}
    measure("mnist", parts, data, lessons=(LESSON,))


if __name__ == "__main__":
    main(script)
