"""Images to slide a filter over: four that need no download, arrays and files made ready."""

import io
import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageOps

from utils.data.photographs import cat
from utils.data.sample import sample
from utils.errors import CourseError

__all__ = ["grey_square", "made_ready", "samples"]

SIDE = 40  # pixels of the cat's and of a reader's own image
MOST_SIDE = 100  # larger ones would have pixels too small to point at
MOST_BYTES = 20_000_000
MOST_PIXELS = 60_000_000  # of a file, before it is made small
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")


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

    content: the file's bytes. Grey is the mean of red, green and blue; transparent is white.
    Raises CourseError where the file is too large or no image.
    """
    if len(content) > MOST_BYTES:
        raise CourseError(
            f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} are taken.",
            "Save the image smaller.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that an image is huge: it is refused below
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise CourseError(
                    f"{name} has {image.width:,} × {image.height:,} pixels; at most "
                    f"{MOST_PIXELS / 1e6:.0f} million are taken.",
                    "Save the image smaller.",
                )
            image.draft("RGB", (4 * SIDE, 4 * SIDE))  # a JPEG is read at a fraction of its size
            return _grey(_on_white(ImageOps.exif_transpose(image)))
    except CourseError:
        raise
    except Exception as error:  # Pillow's readers raise nearly anything on a damaged file
        raise CourseError(
            f"{name} can't be read as an image.", "Choose a JPEG or PNG file."
        ) from error


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel or more
        values = np.asarray(image, np.float64)
        top = 65535 if image.mode.startswith("I;16") else max(values.max(), 1)
        return Image.fromarray(np.clip(255 * values / top, 0, 255).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _grey(image: Image.Image) -> np.ndarray:
    """Cut an RGB image to its middle square, scale it to 40 × 40, and make it grey."""
    square = ImageOps.fit(image, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    return np.round(np.asarray(square, np.float64).mean(axis=2)).astype(np.uint8)
