"""What lesson 19 tells of the inside of a deep network, measured with the lesson's own cells.

    course reference inside

On real CIFAR-10 with the network of the ladder, on validation pictures alone; on the sample with
the network trained for it, whose shapes lie where they were drawn. Made anew where either network
is another.
"""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tools.measuring import Lesson, main, measure, real_data, rows_of
from utils.data.drawn_shapes import covers
from utils.experiments.measured import Measured
from utils.networks.saved import reference_model

NAME = "inside"
LESSON = Lesson(
    "19_inside",
    ("setup", "load", "peek", "answers", "corners-code", "cam", "random", "changes-code",
     "changes"),
)  # fmt: skip
SEED = 0  # of the random weights and the noise
DRAWN = 500  # pictures of the sample's validation whose shapes are known; its seed is 1


def inner(source: str) -> list[Measured]:
    """Return what the lesson's cells find in the network of that source, `real` or `sample`."""
    os.environ["COURSE_DATA_SOURCE"] = source
    names = LESSON.run("setup", "random", {})
    values = {"val_accuracy": names["right"], "pictures": len(names["pictures"])}
    values |= {f"corners.{d}": share for d, share in enumerate(_corners(names["answer"]))}
    trained, random, edges = (names[one] for one in ("trained_maps", "random_maps", "edges"))
    values |= {
        "random_alike": names["alike"](trained, random),
        "edges_alike": names["alike"](trained, edges),
    }
    values |= _distances(names) if source == "sample" else {"cats_and_dogs": _cats_dogs(names)}
    return rows_of(SEED, {f"{source}.{name}": value for name, value in values.items()})


def changed() -> list[Measured]:
    """Return how many answers to changed pictures are right, on real data."""
    os.environ["COURSE_DATA_SOURCE"] = "real"
    names = LESSON.run("setup", "load", {})
    names |= LESSON.run("changes-code", "changes", names)
    values = {
        f"real.{name.split()[0]}.{amount}": right
        for name, found in names["found"].items()
        for amount, right in found.items()
    }
    return rows_of(SEED, values | {"real.changed_pictures": names["few"]})


def _corners(answers: dict[str, np.ndarray]) -> list[float]:
    """Return at each depth the share of filters that prefer a corner to every edge."""
    edges = [one[:4].max(axis=0) for one in answers.values()]
    corners = [one[4:].max(axis=0) for one in answers.values()]
    return [
        float(((corner > 1.2 * edge) & (corner > 0)).mean())
        for edge, corner in zip(edges, corners, strict=True)
    ]


def _cats_dogs(names: dict[str, Any]) -> float:
    """Return which share of the mistakes take a cat for a dog or back."""
    cat, dog = (names["names"].index(name) for name in ("cat", "dog"))
    pairs = names["pairs"]
    return float((pairs[cat, dog] + pairs[dog, cat]) / pairs.sum())


def _distances(names: dict[str, Any]) -> dict[str, float]:
    """Return how far Grad-CAM's middle, and the picture's, lie from the shape's, in pixels.

    Over the right answers among the pictures whose shapes are known.
    """
    shapes, labels = covers(len(names["dataset"].validation), seed=1, most=DRAWN)
    assert (labels == names["labels"][:DRAWN]).all()
    right = np.flatnonzero(names["said"][:DRAWN] == labels)
    heats = names["grad_cam"](names["network"], names["pictures"][right], labels[right])
    heats = heats.repeat(4, axis=1).repeat(4, axis=2)
    kept = heats.max(axis=(1, 2)) > 0
    places = _middles(shapes[right][kept])
    found = np.linalg.norm(_middles(heats[kept]) - places, axis=1)
    centre = np.linalg.norm(15.5 - places, axis=1)
    return {"cam_distance": found.mean(), "centre_distance": centre.mean(), "drawn": kept.sum()}


def _middles(weights: np.ndarray) -> np.ndarray:
    """Return the middle of each map (n, 32, 32), weighed by its numbers: (n, 2), y and x."""
    total = weights.sum(axis=(1, 2))
    return np.stack(
        [(weights.sum(axis=axis) * np.arange(32)).sum(axis=1) / total for axis in (2, 1)], axis=1
    )


def script() -> None:
    """Measure both networks."""
    data = real_data("cifar10")
    networks = {name: hashlib.sha256(reference_model(name).read_bytes()).hexdigest()
                for name in ("ladder", "ladder_sample")}  # fmt: skip
    parts: dict[str, Callable[[], list[Measured]]] = {
        source: partial(inner, source) for source in ("sample", "real")
    }
    parts["changes"] = changed
    measure(NAME, parts, data, lessons=[LESSON], recipes=networks)


if __name__ == "__main__":
    main(script)
