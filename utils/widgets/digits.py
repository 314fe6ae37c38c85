"""A drawing becomes a picture such as MNIST's: cut, scaled to 20 × 20, centred in 28 × 28.

Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits": digits were
scaled into a 20 × 20 box with their proportions kept, then put into a 28 × 28 picture so that
the centre of mass of their pixels lies in its middle. NumPy and Pillow; nothing of Jupyter.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

__all__ = [
    "BOX",
    "PAPER",
    "PEN",
    "SIDE",
    "DigitSteps",
    "Strokes",
    "centre_of_mass",
    "oddity",
    "prepare",
    "raster",
]

PAPER = 280  # pixels a side of the paper that is drawn on
PEN = 18  # pixels the pen is wide
BOX, SIDE = 20, 28  # pixels a side: of the box a digit is scaled into, and of a picture
# Benchmarks say how many digits have more ink or are wider: benchmarks/pad.py.
MOST_INK = 0.25  # of a centred picture, as a fraction; small drawings are all pen
WIDEST = 1.7  # times its height

Strokes = Sequence[Sequence[Sequence[float]]]


class DigitSteps(NamedTuple):
    """What becomes of a drawing, all uint8, 0 for paper and 255 for ink.

    drawn: the paper (280, 280). raw: the whole paper shrunk to (28, 28), the naive way.
    cut: the part with ink, (height, width). scaled: the same in a 20 × 20 box, its proportions
    kept, (h, w) with max(h, w) = 20. centred: (28, 28), centre of mass in the middle.
    box: left, top, right, bottom of the part with ink, in pixels of the paper.
    """

    drawn: np.ndarray
    raw: np.ndarray
    cut: np.ndarray
    scaled: np.ndarray
    centred: np.ndarray
    box: tuple[int, int, int, int]


def raster(strokes: Strokes, pen: int = PEN) -> np.ndarray:
    """Return strokes as they look on paper, (280, 280) uint8: 255 where the pen has been.

    strokes: each a list of points (x, y), in pixels from the upper left corner.
    """
    paper = Image.new("L", (PAPER, PAPER))
    draw = ImageDraw.Draw(paper)
    for stroke in strokes:
        points = [(float(x), float(y)) for x, y in stroke]
        draw.line(points, 255, pen, "curve")
        for x, y in points:  # round ends, and a dot where the pen only touched
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), 255)
    return np.asarray(paper)


def prepare(drawn: np.ndarray) -> DigitSteps | None:
    """Return what MNIST's makers would have made of a drawing, step by step; None without ink.

    drawn: (280, 280) uint8.
    """
    rows, columns = np.nonzero(drawn.any(axis=1))[0], np.nonzero(drawn.any(axis=0))[0]
    if not len(rows):
        return None
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    cut = drawn[box[1] : box[3], box[0] : box[2]]
    scaled = _scaled(cut)
    raw = np.asarray(Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.BOX))
    return DigitSteps(drawn, raw, cut, scaled, _centred(scaled), box)


def oddity(steps: DigitSteps) -> str:
    """Return what a drawing has that hardly a digit of MNIST has, as a clause; mostly nothing."""
    ink = steps.centred.mean() / 255
    height, width = steps.cut.shape
    if ink > MOST_INK:
        return f"{ink:.0%} of it is ink, more than digits have (drawn too small?)"
    if width > WIDEST * height:
        return f"it is {width / height:.1f} times as wide as high"
    return ""


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """Return row and column of the ink's centre of mass; a pixel's own centre is at + 0.5."""
    total = image.sum(dtype=float)
    rows, columns = np.indices(image.shape) + 0.5
    return float((rows * image).sum() / total), float((columns * image).sum() / total)


def _scaled(cut: np.ndarray) -> np.ndarray:
    """Return the cut drawing so that its longer side has 20 pixels, in grey levels."""
    height, width = cut.shape
    part = BOX / max(height, width)
    size = (max(1, round(width * part)), max(1, round(height * part)))
    return np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BOX))


def _centred(scaled: np.ndarray) -> np.ndarray:
    """Return the scaled digit in a 28 × 28 picture, moved by whole pixels."""
    row, column = centre_of_mass(scaled)
    height, width = scaled.shape
    top = int(np.clip(round(SIDE / 2 - row), 0, SIDE - height))
    left = int(np.clip(round(SIDE / 2 - column), 0, SIDE - width))
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = scaled
    return image
