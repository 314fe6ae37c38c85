"""Images to slide a filter over: four that need no download, arrays and files made ready."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageOps

from utils.data.photographs import cat
from utils.data.pictures import read_picture
from utils.data.sample import sample
from utils.errors import CourseError

__all__ = ["grey_square", "made_ready", "samples"]

SIDE = 40  # pixels of the cat's and of a reader's own image
MOST_SIDE = 100  # larger ones would have pixels too small to point at
MOST_BYTES = 20_000_000


def samples() -> dict[str, np.ndarray]:
    """Return images that need no download: the cat's face, and three handwritten digits.

    Grey, uint8: the cat (40, 40), each digit (28, 28) as MNIST's are.
    """
    face = Image.fromarray(cat()[10:290, 90:370])
    digits = sample("mnist").train
    found = {f"digit {n}": digits.images[digits.labels == n][0, ..., 0] for n in (0, 4, 7)}
    return {"cat": _grey(face)} | found


def made_ready(images: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Return the images as (height, width) uint8, numbers of 0…1 multiplied by 255.

    Raises CourseError for what is no grey image of 3 to 100 pixels a side.
    """
    if not images:
        raise CourseError("There is no image to slide a filter over.", "Give at least one.")
    return {str(name): _ready(str(name), np.asarray(one)) for name, one in images.items()}


def _ready(name: str, image: np.ndarray) -> np.ndarray:
    if image.ndim != 2 or not 3 <= min(image.shape) <= max(image.shape) <= MOST_SIDE:
        raise CourseError(
            f"The image “{name}” has shape {image.shape}; it must be (height, width), "
            f"each from 3 to {MOST_SIDE}.",
            "Take one channel, such as image[..., 0], and cut out a part.",
        )
    if image.dtype.kind not in "uifb":
        raise CourseError(f"The image “{name}” holds {image.dtype}, not numbers.")
    values = image.astype(np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 255:
        raise CourseError(
            f"The image “{name}” has numbers outside 0 to 255.",
            "Scale them to 0…255 or to 0…1.",
        )
    if image.dtype.kind in "fb" and values.max() <= 1:
        values = 255 * values
    return np.round(values).astype(np.uint8)


def grey_square(content: bytes, name: str) -> np.ndarray:
    """Return an image file as a grey square of 40 × 40, (40, 40) uint8: the middle, made small.

    content: the file's bytes, read as `utils.data.pictures` says. Grey is the mean of red, green
    and blue. Raises CourseError where the file is too large or no picture.
    """
    if len(content) > MOST_BYTES:
        raise CourseError(
            f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} are taken.",
            "Save the image smaller.",
        )
    return _grey(Image.fromarray(read_picture(content, name, enough=(2 * SIDE, 2 * SIDE))))


def _grey(image: Image.Image) -> np.ndarray:
    """Cut an RGB image to its middle square, scale it to 40 × 40, and make it grey."""
    square = ImageOps.fit(image, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    return np.round(np.asarray(square, np.float64).mean(axis=2)).astype(np.uint8)
