"""How often the drawing pad sees no digit: in digits of MNIST, and in what isn't one.

    COURSE_DATA=/path/to/folder python -m benchmarks.pad

The digits are validation pictures, drawn ten times as large and prepared as the pad prepares a
drawing. What isn't a digit is made: dots, lying lines, scribbles, crosses, letters, the whole
paper full of ink. Networks: the two of data/reference that read MNIST.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageDraw, ImageFont

from utils.data import load
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.saved import load_model, reference_model
from utils.widgets.digits import PAPER, oddity, prepare, raster
from utils.widgets.drawing_pad import answer, why_none

NETWORKS = ("mnist_dense", "mnist_cnn")
CHOSEN, MADE = 2_000, 100
LETTERS = "AEFHKMNRTWXY"  # those that look like no digit
Kind = tuple[str, list[np.ndarray]]


def large(image: np.ndarray) -> np.ndarray:
    """Return a picture (28, 28) of MNIST as a drawing, (280, 280) uint8."""
    return np.asarray(Image.fromarray(image).resize((PAPER, PAPER), Image.Resampling.BICUBIC))


def letter(name: str, size: int, x: int, y: int) -> np.ndarray:
    paper = Image.new("L", (PAPER, PAPER))
    font = ImageFont.truetype(findfont(FontProperties(family=["DejaVu Sans"])), size)
    ImageDraw.Draw(paper).text((x, y), name, 255, font, "mm", stroke_width=2)
    return np.asarray(paper)


def bar(rng: np.random.Generator, degrees: float, length: float) -> list[tuple[float, float]]:
    """Return a line through about the middle; 0 degrees lies, 90 stands."""
    x, y = rng.uniform(110, 170, 2)
    dx, dy = np.cos(np.radians(degrees)) * length / 2, np.sin(np.radians(degrees)) * length / 2
    return [(x - dx, y - dy), (x + dx, y + dy)]


def scribble(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return a stroke of 12 to 30 corners that wanders over the paper."""
    return [tuple(point) for point in rng.uniform(40, 240, (rng.integers(12, 31), 2))]


def made(rng: np.random.Generator) -> Iterator[Kind]:
    """Yield what isn't a digit, kind by kind."""
    times = range(MADE)
    yield "dot", [raster([[tuple(rng.uniform(20, 260, 2))]]) for _ in times]
    yield "lying line", [raster([bar(rng, rng.uniform(-25, 25), rng.uniform(60, 220))])
                         for _ in times]  # fmt: skip
    yield "scribble", [raster([scribble(rng)]) for _ in times]
    crosses = [[bar(rng, turn, 180), bar(rng, turn + 90, 180)] for turn in rng.uniform(0, 90, MADE)]
    yield "cross", [raster(strokes) for strokes in crosses]
    yield "letter", [letter(LETTERS[k % len(LETTERS)], int(rng.integers(120, 221)), 140, 140)
                     for k in times]  # fmt: skip
    yield "whole paper", [np.full((PAPER, PAPER), 255, np.uint8)]


def measure(network: Network, drawings: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return of each drawing: ink, largest share, entropy (in nats), refused, and by its look."""
    rows = []
    for drawn in drawings:
        steps = prepare(drawn)
        assert steps is not None, "all have ink"
        shares = answer(network, steps.centred)
        entropy = -(shares * np.log(np.maximum(shares, 1e-12))).sum()
        rows.append((steps.centred.mean() / 255, shares.max(), entropy,
                     bool(why_none(steps, shares)), bool(oddity(steps))))  # fmt: skip
    names = ("ink", "share", "entropy", "refused", "odd")
    return dict(zip(names, np.array(rows, float).T, strict=True))


def main() -> None:
    """Print a table a network; the limits were chosen on the first digits alone."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    validation = load("mnist").validation
    digits = [large(image[..., 0]) for image in validation.images]
    kinds = [("digit, first 2,000", digits[:CHOSEN]), ("digit, the others", digits[CHOSEN:]),
             *made(np.random.default_rng(0))]  # fmt: skip
    for name in NETWORKS:
        network = read_network(load_model(reference_model(name)))
        print(f"{name:20}{'n':>6} refused  by look  by shares  by entropy alone")
        dull = 0.0
        for kind, drawings in kinds:
            found = measure(network, drawings)
            dull = dull or float(np.quantile(found["entropy"], 0.98))
            look, all_of_it = found["odd"].mean(), found["refused"].mean()
            print(f"{kind:20}{len(drawings):6}{all_of_it:8.1%}{look:9.1%}{all_of_it - look:11.1%}"
                  f"{(found['entropy'] > dull).mean():18.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
