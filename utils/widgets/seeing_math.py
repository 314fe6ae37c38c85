"""What a network of pictures gets wrong, counted and sorted, and its maps made visible.

Knows nothing of networks: labels, probabilities and maps come in as arrays.
"""

import numpy as np

from utils.errors import CourseError

__all__ = ["confusion_matrix", "filter_tile", "in_cell", "most_wrong", "tile", "top"]

GAP = 1  # pixels between two tiles
WHITE = 255


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return how often each class (row) was taken for each (column): (classes, classes) int64.

    labels, predicted: (n,) whole numbers from 0 to classes - 1.
    """
    pairs = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def most_wrong(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the indices of all wrong answers, the most confident first; equals by index.

    labels: (n,). probabilities: (n, classes); the predicted class is the likeliest.
    """
    return _surest(np.flatnonzero(probabilities.argmax(axis=1) != labels), probabilities)


def in_cell(labels: np.ndarray, probabilities: np.ndarray, row: int, column: int) -> np.ndarray:
    """Return the indices of the pictures of class `row` predicted as `column`, surest first."""
    here = (labels == row) & (probabilities.argmax(axis=1) == column)
    return _surest(np.flatnonzero(here), probabilities)


def _surest(indices: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    return indices[np.argsort(-probabilities[indices].max(axis=1), kind="stable")]


def top(probabilities: np.ndarray, count: int = 3) -> list[int]:
    """Return the classes with the largest of these probabilities (classes,), largest first."""
    return [int(k) for k in np.argsort(-probabilities, kind="stable")[:count]]


def tile(maps: np.ndarray, columns: int) -> np.ndarray:
    """Return feature maps side by side, row by row, as one grey picture: (rows, columns) uint8.

    maps: (height, width, channels). Each is scaled to its own maximum, which is white; 0 and all
    below is black. Between them, and where the last row has none, all is white.
    """
    highest = maps.max(axis=(0, 1))
    scale = np.divide(255, highest, out=np.zeros(len(highest)), where=highest > 0)
    grey = np.rint(np.clip(maps, 0, None) * scale).astype(np.uint8)
    return _laid_out(grey[..., None].transpose(2, 0, 1, 3), columns)[..., 0]


def filter_tile(filters: np.ndarray, columns: int) -> np.ndarray:
    """Return filters on colour pictures side by side: (rows, columns, 3) uint8.

    filters: (height, width, 3, count). Weight 0 is middle grey in each of red, green and blue;
    each filter is scaled to its own largest weight, of either sign.
    """
    if filters.ndim != 4 or filters.shape[2] != 3:
        raise CourseError(
            f"The filters are {filters.shape}, so they don't look at colours.",
            "Give those of the first layer: (height, width, 3, count).",
        )
    largest = np.abs(filters).max(axis=(0, 1, 2))
    scaled = filters / np.where(largest > 0, largest, 1)
    return _laid_out(
        np.rint(127.5 + 127.5 * scaled).astype(np.uint8).transpose(3, 0, 1, 2), columns
    )


def images_tile(images: np.ndarray, columns: int) -> np.ndarray:
    """Return pictures (n, height, width, 3) uint8 side by side: (rows, columns, 3) uint8."""
    return _laid_out(images, columns)


def _laid_out(tiles: np.ndarray, columns: int) -> np.ndarray:
    """Return (n, height, width, channels) uint8 as one picture with white gaps."""
    count, height, width, channels = tiles.shape
    rows = max(1, -(-count // columns))
    whole = np.full((rows * columns, height + GAP, width + GAP, channels), WHITE, np.uint8)
    whole[:count, :height, :width] = tiles
    page = whole.reshape(rows, columns, height + GAP, width + GAP, channels)
    page = page.swapaxes(1, 2).reshape(rows * (height + GAP), columns * (width + GAP), channels)
    return page[:-GAP, :-GAP]
