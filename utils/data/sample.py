"""The built-in sample: stands in where the real data isn't, needs no download.

Digits of UCI for MNIST, drawn shapes for CIFAR-10, two of the shapes for cats and dogs.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from utils.data.dataset import Dataset, Split, contents_sha256
from utils.data.drawn_shapes import SHAPES, draw

__all__ = ["DIGITS_FILE", "describe", "sample"]

# Made by tools/pack_digits.py; source and licence are in data/README.md.
DIGITS_FILE = Path(__file__).with_name("digits.npz")
_DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
# Train, validation, test. Few to train on, so that a network learns them by heart in a minute.
_SIZES = (1_500, 1_000, 1_000)
_TWO = ("plus", "triangle")
_TWO_SIZES = (300, 1_000, 400)
_TWO_FAINT = 0.3
_DIGIT_SIZES = (1_297, 250, 250)  # of 1,797

_Parts = tuple[list[Split], tuple[str, ...]]

_SOURCES = {
    "mnist": "1,797 handwritten digits of UCI's Optical Recognition set, scaled to 28x28",
    "cifar10": "ten classes of drawn 32x32 shapes, hardly visible in two pictures of ten",
    "cats_dogs": "two classes of drawn 32x32 shapes, hardly visible in three pictures of ten",
    "cats_dogs_photos": "two classes of drawn 64x64 shapes, hardly visible in three out of ten",
}


def describe(name: str) -> str:
    """Say in half a sentence what the sample of that set is."""
    return _SOURCES[name]


def sample(name: str) -> Dataset:
    """Return the sample in the place of mnist, cifar10, cats_dogs or cats_dogs_photos."""
    (train, validation, test), class_names = _MAKE[name]()
    source = f"Sample, built in: {_SOURCES[name]}."
    sha256 = contents_sha256(train, validation, test)
    return Dataset(name, train, validation, test, class_names, source, sha256, real=False)


def _digits() -> _Parts:
    """Scale the 8x8 digits to 20x20 and put them amid 28x28, as MNIST's are."""
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        small, labels = file["images"], file["labels"]
    small = np.minimum(small.astype(np.int16) * 16, 255).astype(np.uint8)
    images = np.zeros((len(small), 28, 28, 1), np.uint8)
    for image, digit in zip(images, small, strict=True):
        scaled = Image.fromarray(digit).resize((20, 20), Image.Resampling.BICUBIC)
        image[4:24, 4:24, 0] = np.asarray(scaled)
    # The file goes from writer to writer. Unshuffled, five writers' digits would be left for the
    # end, and so few hands say more about themselves than about the network.
    order = np.random.RandomState(0).permutation(len(labels))
    parts = np.split(order, np.cumsum(_DIGIT_SIZES)[:-1])
    return [Split(images[part], labels[part].astype(np.int64)) for part in parts], _DIGITS


def _shapes(sizes: tuple[int, ...], names: tuple[str, ...], **more: Any) -> _Parts:
    return [Split(*draw(n, seed, names, **more)) for seed, n in enumerate(sizes)], names


_MAKE: dict[str, Callable[[], _Parts]] = {
    "mnist": _digits,
    "cifar10": partial(_shapes, _SIZES, tuple(SHAPES)),
    "cats_dogs": partial(_shapes, _TWO_SIZES, _TWO, faint=_TWO_FAINT),
    "cats_dogs_photos": partial(_shapes, _TWO_SIZES, _TWO, faint=_TWO_FAINT, size=64),
}
