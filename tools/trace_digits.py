"""Trace ten MNIST digits as pen strokes: tests/browser/strokes.json, replayed as mouse movements.

    python -m tools.trace_digits

The first test picture of each digit that both reference networks read rightly as it is in MNIST
is made larger, thinned to a line one pixel wide (Zhang and Suen 1984, in scikit-image) and walked
along; each walk is a stroke. Whether the networks read the strokes played no part in the choice.
"""

import json

import numpy as np
from PIL import Image
from skimage.morphology import skeletonize

from utils.data import load, open_test_set
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.saved import load_model, reference_model
from utils.settings import ROOT
from utils.widgets.digits import prepare, raster
from utils.widgets.drawing_pad import answer

NETWORKS = ("mnist_dense", "mnist_cnn")
TARGET = ROOT / "tests" / "browser" / "strokes.json"
PAPER, SPARSE, SHORTEST = 280, 6, 12  # pixels of the paper; every sixth point; shorter is noise
AROUND = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]


def thin(image: np.ndarray) -> set[tuple[int, int]]:
    """Return the (row, column) of the thinned digit's pixels on the paper of 280 × 280."""
    large = Image.fromarray(image).resize((PAPER, PAPER), Image.Resampling.BICUBIC)
    rows, columns = np.nonzero(skeletonize(np.asarray(large) > 100))
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


def strokes(pixels: set[tuple[int, int]]) -> list[list[list[int]]]:
    """Walk along the pixels until none is left; return the walks as points [x, y]."""
    left, found = set(pixels), []
    while left:
        ends = [one for one in left if len(_near(one, left)) == 1]
        walk = [min(ends or left)]
        left.discard(walk[0])
        while nearby := _near(walk[-1], left):
            walk.append(max(nearby, key=lambda one: _straight(walk, one)))
            left.discard(walk[-1])
        if len(walk) >= SHORTEST:
            found.append([[column, row] for row, column in [*walk[:-1:SPARSE], walk[-1]]])
    return found


def _near(one: tuple[int, int], pixels: set[tuple[int, int]]) -> list[tuple[int, int]]:
    return [p for r, c in AROUND if (p := (one[0] + r, one[1] + c)) in pixels]


def _straight(walk: list[tuple[int, int]], one: tuple[int, int]) -> float:
    """Say how little the walk turns if it goes on to that pixel, from -1 to 1."""
    back = walk[-min(len(walk), 8)]
    old = np.subtract(walk[-1], back)
    new = np.subtract(one, walk[-1])
    length = np.linalg.norm(old) * np.linalg.norm(new)
    return float(old @ new / length) if length else 0.0


def measured(network: Network, n: int = 300) -> dict[str, float]:
    """Return the share of n traced validation digits, drawn small in a corner, that is read."""
    part, right = load("mnist", "real").validation.first(n), {"prepared": 0, "as drawn": 0}
    for image, label in zip(part.images, part.labels, strict=True):
        small = [[(0.6 * x + 10, 0.6 * y + 90) for x, y in one]
                 for one in strokes(thin(image[..., 0]))]  # fmt: skip
        steps = prepare(raster(small))
        assert steps is not None  # every digit has ink
        right["prepared"] += answer(network, steps.centred).argmax() == label
        right["as drawn"] += answer(network, steps.raw).argmax() == label
    return {how: round(100 * float(count) / n, 1) for how, count in right.items()}


def main() -> None:
    """Trace one picture of each digit and write the file."""
    test = open_test_set(
        load("mnist", "real"), "the first picture of each digit that both stored networks read",
        "trace it as pen strokes for the drawing pad's tests", by="tools/trace_digits.py",
        only=lambda split: split.first(200),
    )  # fmt: skip
    networks = [read_network(load_model(reference_model(name))) for name in NETWORKS]
    readable = [
        all(answer(network, image[..., 0]).argmax() == label for network in networks)
        for image, label in zip(test.images, test.labels, strict=True)
    ]
    first = [int(np.argmax((test.labels == digit) & readable)) for digit in range(10)]
    traced = {
        str(digit): strokes(thin(test.images[index][..., 0])) for digit, index in enumerate(first)
    }
    TARGET.write_text(json.dumps(traced) + "\n", encoding="utf-8")
    for name, network in zip(NETWORKS, networks, strict=True):
        print(name, measured(network))
    print(f"{TARGET}: {sum(map(len, traced.values()))} strokes of test pictures {first}")


if __name__ == "__main__":
    main()
