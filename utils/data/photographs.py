"""Photographs to try a convolution on; they come with scikit-image, nothing is downloaded."""

from importlib.resources import files

import numpy as np
from PIL import Image

from utils.errors import CourseError

__all__ = ["cat"]


def cat() -> np.ndarray:
    """Return Chelsea the cat, (300, 451, 3) uint8. Photograph: Stéfan van der Walt, CC0."""
    try:
        with files("skimage").joinpath("data", "chelsea.png").open("rb") as file:
            return np.asarray(Image.open(file).convert("RGB"))
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise CourseError(
            "The cat photograph, a file of scikit-image, isn't there.",
            "Run `pip install -r requirements.txt` to install it again.",
        ) from error
