"""The CNN of notebook 10 on real cats and dogs: by hand and by fit, with random layers and without.

    course reference cats_dogs

The lesson's own cells with seeds 0–2, from its first picture to its last, and what its text says
beside them: the step line by line for two epochs, and the larger network with seed 0.
"""

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from tools.measuring import Lesson, main, measure, real_data, rows_of
from utils.experiments.measured import Measured

SEEDS = range(3)
CHANGES = {
    "engine": (("seed = 0\n", "seed = {seed}\n"),),
    "network-code": (("(16, 32, 64)", "{filters}"), ("Dense(64,", "Dense({units},")),
    # The network without random layers is watched as well.
    "curves": (
        ("plain.fit(", "plain_fit = plain.fit(validation_data=watched, x="),
        ("labels, batch_size=64", "y=labels, batch_size=64"),
    ),
}
LESSON = Lesson(
    "10_cats_and_dogs",
    ("setup", "load", "engine", "network-code", "walk-code", "tape-code", "quotient-code",
     "step-code", "epoch-code", "fit-code", "twins", "note", "train-code", "curves", "confusion",
     "worst", "photo-code", "maps", "cover-code"),
    CHANGES,
)  # fmt: skip
SMALL = {"filters": "(16, 32, 64)", "units": 64}
LARGE = {"filters": "(32, 64, 128)", "units": 128}
SURE = 0.9
UNSEEN = "_"  # begins what is of use to `finish` alone


def slopes(names: Mapping[str, Any]) -> dict[str, float]:
    """Return the steepest weight's slope by the tape, and how far two losses' slopes are off."""
    variable, start, place = names["variable"], names["start"], names["place"]
    tape = float(names["slope"][place])
    found = {"slope.tape": tape}
    for change in (0.1, 0.01, 0.001):
        losses = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * change
            variable.assign(moved)
            answers = names["network"](names["train"].images[:64])
            losses.append(float(names["loss_of"](names["labels"][:64], answers)))
        variable.assign(start)
        by_two = (losses[0] - losses[1]) / (2 * change)
        found[f"slope.change_{change:g}.off_by"] = abs(by_two / tape - 1)
    return found


def speed(names: Mapping[str, Any]) -> dict[str, float]:
    """Return how many times as long a step takes line by line as planned; the median of five."""
    batch = names["train"].images[:64], names["labels"][:64]

    def seconds(how: Any) -> float:
        begun = time.perf_counter()
        for _ in range(15):
            how(names["network"], names["optimizer"], *batch).numpy()
        return time.perf_counter() - begun

    pairs = [seconds(names["step"]) / seconds(names["planned"]) for _ in range(5)]
    return {"planned.times_faster": float(np.median(pairs))}


def same(names: dict[str, Any]) -> dict[str, float]:
    """Compare two epochs: by hand with fit, then with the step line by line."""
    gap, fit = names["gap"], names["fit"].get_weights()
    line, images = names["fresh"](), names["validation"].images
    for _ in range(2):
        names["epoch_by_hand"](line, line.optimizer, names["step"], names["order"])
    planned = names["fresh"]()
    planned.set_weights(names["weights_by_hand"])
    by_plan, by_line = (one.predict(images, batch_size=500, verbose=0)[:, 0] > 0.5
                        for one in (planned, line))  # fmt: skip
    labels = names["validation"].labels
    return {
        **{f"by_hand.epoch_{n}.loss": loss for n, loss in enumerate(names["by_hand"], 1)},
        "fit.difference": gap(names["weights_by_hand"], fit),
        "fit.farthest_move": gap(names["first_weights"], fit),
        "planned.val_accuracy": np.mean(by_plan == labels),
        "line_by_line.val_accuracy": np.mean(by_line == labels),
        "line_by_line.other_answers": np.sum(by_line != by_plan),
    }


def twins(names: Mapping[str, Any]) -> dict[str, float]:
    """Return how far each twin is from Keras's own steps, at some of the 70."""
    words = {"by hand, planned": "planned", "by hand, line by line": "line_by_line",
             "planned, another order": "another_order"}  # fmt: skip
    return {
        f"{words[twin]}.step_{step}.difference": gaps[step - 1]
        for twin, gaps in names["gaps"].items()
        for step in (1, 12, 70)
    }


def unarranged(names: Mapping[str, Any]) -> dict[str, float]:
    """Return how far line by line is from a plan whose arithmetic TensorFlow doesn't rearrange."""
    optimizer = names["tf"].config.optimizer
    optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        gaps = LESSON.run("twins", "twins", dict(names))["gaps"]["by hand, line by line"]
    finally:
        optimizer.set_experimental_options({"disable_meta_optimizer": False})
    return {f"unarranged.step_{step}.difference": gaps[step - 1] for step in (1, 12, 70)}


def scores(names: Mapping[str, Any]) -> dict[str, float]:
    """Return accuracies and gaps at the end, and the curves, with random layers and without."""
    found = {}
    for words, network in (("without_random_layers", "plain"), ("with_random_layers", "network")):
        known, new = (
            names[network].evaluate(part.images, part.labels[:, np.newaxis], verbose=0)[1]
            for part in (names["few"], names["validation"])
        )
        found |= {f"{words}.train_accuracy": known, f"{words}.val_accuracy": new,
                  f"{words}.gap": known - new}  # fmt: skip
    curve = names["plain_fit"].history["val_accuracy"]
    for row, without in zip(names["rows"], curve, strict=True):
        epoch = f"epoch_{row['epoch']}"
        found[f"without_random_layers.{epoch}.val_accuracy"] = without
        for one in ("loss", "val_loss", "val_accuracy", "train_accuracy"):
            found[f"with_random_layers.{epoch}.{one}"] = row[one]
    return found


def mistakes(names: Mapping[str, Any]) -> dict[str, float]:
    """Return who is found, which pictures are misread, and whether confidence keeps its word."""
    meant, said, confusion = names["meant"], names["said"], names["confusion"]
    found = {f"found.{name}": confusion[k, k] / confusion[k].sum()
             for k, name in enumerate(names["names"])}  # fmt: skip
    found |= {"misread": np.sum(said != meant)}
    found |= {f"{UNSEEN}{n}": 1 for n in np.flatnonzero(said != meant)}
    images = names["validation"].images
    for words, network in (("without_random_layers", "plain"), ("with_random_layers", "network")):
        p = names[network].predict(images, batch_size=500, verbose=0)[:, 0]
        confidence, right = np.maximum(p, 1 - p), (p > 0.5) == meant
        sure = confidence >= SURE
        found |= {f"{words}.sure.answers": sure.mean(), f"{words}.sure.right": right[sure].mean(),
                  f"{words}.sure.confidence": confidence[sure].mean()}  # fmt: skip
    return found | {"picture_195.cat": 1 - names["p"][195]}


def seen(names: Mapping[str, Any]) -> dict[str, float]:
    """Return what it says of the photograph, how empty its maps are, and what covering costs."""
    cat = 1 - names["shares"]
    found = {"photograph.cat_frames": np.sum(cat >= 0.5), "photograph.least_cat": cat.min(),
             "photograph.most_cat": cat.max()}  # fmt: skip
    for depth, maps in enumerate(names["peek"](names["chelsea"][np.newaxis]), 1):
        found[f"photograph.conv_{depth}.above_zero"] = np.mean(maps.numpy() > 0)
    subjects = ("photograph", "cat_1", "cat_2", "dog_2", "dog_1")  # the surest is number 1
    for name, image, share in zip(subjects, names["subjects"], names["before"], strict=True):
        change = names["covered"](image, int(share > 0.5)) - max(share, 1 - share)
        found |= {f"covered.{name}.largest_loss": -change.min(),
                  f"covered.{name}.largest_gain": change.max()}  # fmt: skip
    return found


def lesson(seed: int) -> list[Measured]:
    """Run the lesson with a seed, stopping where its text says more than its cells show."""
    names = LESSON.run("setup", "quotient-code", {}, seed=seed, **SMALL)
    found = slopes(names)
    LESSON.run("step-code", "step-code", names)
    found |= speed(names)
    LESSON.run("epoch-code", "twins", names)
    found |= same(names) | twins(names) | unarranged(names)
    LESSON.run("note", "cover-code", names)
    return rows_of(seed, found | scores(names) | mistakes(names) | seen(names))


def larger() -> list[Measured]:
    """Train the lesson's network with four times the weights, and random layers, with seed 0."""
    names = LESSON.run("setup", "tape-code", {}, seed=0, **LARGE)
    LESSON.run("step-code", "step-code", names)  # for its import
    LESSON.run("note", "train-code", names)
    return rows_of(0, {"larger.weights": names["network"].count_params(),
                       "larger.val_accuracy": names["rows"][-1]["val_accuracy"]})  # fmt: skip


def finish(rows: Iterable[Measured]) -> list[Measured]:
    """Count the pictures that all seeds misread in place of naming each seed's."""
    shown = [row for row in rows if not row.quantity.startswith(UNSEEN)]
    wrong = [row.quantity for row in rows if row.quantity.startswith(UNSEEN)]
    by_all = sum(wrong.count(one) == len(SEEDS) for one in set(wrong))
    return [*shown, Measured("misread_by_all_seeds", None, by_all)]


def script() -> None:
    """Measure three seeds, then the larger network."""
    data = real_data("cats_dogs")
    parts = {f"seed {seed}": partial(lesson, seed) for seed in SEEDS} | {"larger": larger}
    measure("cats_dogs", parts, data, finish, lessons=(LESSON,))


if __name__ == "__main__":
    main(script)
