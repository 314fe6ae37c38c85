"""A picture of any size as the few pixels that a network takes: exactly, as an exported page does.

Whole numbers throughout, so that another language gives the very same pixels. Reads no file.
"""

import numpy as np
from numpy.typing import ArrayLike

from utils.errors import CourseError

__all__ = ["scaled_picture"]

GREY = np.array([19595, 38470, 7471])  # of 65,536: the weights of Pillow's mode L


def scaled_picture(pixels: ArrayLike, height: int, width: int, channels: int = 3) -> np.ndarray:
    """Return a picture (rows, columns, 3) uint8 as (height, width, channels) uint8.

    The largest part from its middle that has the shape of height by width is cut out; each pixel
    of the result is the mean over its area of that part, rounded half up. channels: 3, or 1 for
    grey.
    Raises CourseError for another array, and for sizes that no picture has.
    """
    array = np.asarray(pixels)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or not array.size:
        raise CourseError(
            f"A picture is an array (rows, columns, 3) uint8; this one is {array.shape} "
            f"{array.dtype}.",
            "Read its file by utils.data.pictures.read_picture.",
        )
    if height < 1 or width < 1 or channels not in (1, 3):
        raise CourseError(
            f"No picture has {height} by {width} pixels of {channels} numbers.",
            "Give a height and a width from 1, and 1 or 3 channels.",
        )
    part = _middle(array, height, width)
    down, across = _shares(part.shape[0], height), _shares(part.shape[1], width)
    means = np.empty((height, width, 3), np.uint8)
    area = part.shape[0] * part.shape[1]
    for row, (first, shares) in enumerate(down):
        sums = np.tensordot(shares, part[first : first + len(shares)].astype(np.int64), 1)
        for column, (start, parts) in enumerate(across):
            total = parts @ sums[start : start + len(parts)]
            means[row, column] = (2 * total + area) // (2 * area)
    if channels == 3:
        return means
    return ((means @ GREY + 32768) >> 16).astype(np.uint8)[..., np.newaxis]


def _middle(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the largest part in the shape of height by width, from the middle."""
    rows, columns, _ = array.shape
    if columns * height >= rows * width:
        high, wide = rows, max(1, rows * width // height)
    else:
        high, wide = max(1, columns * height // width), columns
    top, left = (rows - high) // 2, (columns - wide) // 2
    return array[top : top + high, left : left + wide]


def _shares(length: int, parts: int) -> list[tuple[int, np.ndarray]]:
    """Return how much of each of `length` pixels lies in each of `parts` equal parts.

    For each part the first pixel's number, and shares in whole numbers that add up to `length`.
    """
    found = []
    for n in range(parts):
        first, end = n * length // parts, -(-(n + 1) * length // parts)
        i = np.arange(first, end)
        share = np.minimum((i + 1) * parts, (n + 1) * length) - np.maximum(i * parts, n * length)
        found.append((first, share.astype(np.int64)))
    return found
