"""A batch cut along its axes: the entries between the brackets, the code, the numbers left.

An entry is an index, which drops its axis, or a slice, which keeps it. Knows no widget.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from utils.data.sample import sample
from utils.errors import CourseError

__all__ = [
    "A_LINE",
    "LINES",
    "NAMES",
    "Entry",
    "checked",
    "slice_code",
    "step",
    "take",
    "value_lines",
    "without_channel",
]

Entry = int | slice
NAMES = ("pictures", "rows", "columns", "channel")
MOST = 16  # pictures of a batch
MOST_SIDE = 64
LINES, A_LINE = 14, 8  # of numbers, where all are written down


def take(batch: np.ndarray, entries: Sequence[Entry]) -> Any:
    """Return the part of the batch that the entries, one an axis, take; a view, or one number."""
    return batch[tuple(entries)]


def slice_code(entries: Sequence[Entry], name: str = "batch") -> str:
    """Return the Python code of `take`, such as `batch[3, 4:24, :]`."""
    return f"{name}[{', '.join(map(_written, entries))}]"


def _written(entry: Entry) -> str:
    if isinstance(entry, int):
        return str(entry)
    return ":" if entry == slice(None) else f"{entry.start}:{entry.stop}"


def step(entry: Entry, by: int, length: int) -> Entry:
    """Return the entry moved along its axis by 1 or -1.

    After the last index comes the first. A range stops at the ends. From all, the first index
    or, backwards, the last.
    """
    if isinstance(entry, int):
        return (entry + by) % length
    if entry == slice(None):
        return 0 if by > 0 else length - 1
    low, high = entry.start + by, entry.stop + by
    return slice(low, high) if low >= 0 and high <= length else entry


def value_lines(part: Any) -> list[str] | None:
    """Return the numbers as lines of text, or None where there are too many.

    part: (), (n,), (rows, columns), or one of them with a last axis of length 1, uint8.
    """
    flat = without_channel(np.asarray(part))
    if flat.ndim == 1:
        rows = [flat[k : k + A_LINE] for k in range(0, len(flat), A_LINE)]
    else:
        rows = list(np.atleast_2d(flat))
    if flat.ndim > 2 or not flat.size or len(rows) > LINES or len(rows[0]) > A_LINE:
        return None
    return [" ".join(f"{value:3d}" for value in row) for row in rows]


def without_channel(part: np.ndarray) -> np.ndarray:
    """Drop a channel axis: pictures are drawn alike with it and without."""
    return part[..., 0] if part.ndim and part.shape[-1] == 1 else part


def checked(images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the first 16 pictures and their labels; the built-in digits unless given.

    Raises CourseError where they aren't grey pictures in uint8, or the labels don't fit.
    """
    if images is None:
        split = sample("mnist").train
        images, labels = split.images, split.labels
    batch = np.asarray(images)[:MOST]
    if batch.ndim not in (3, 4) or 0 in batch.shape or batch.shape[3:] not in ((), (1,)):
        raise CourseError(
            f"A batch of grey pictures is (n, height, width) or (n, height, width, 1); this one "
            f"has shape {np.shape(images)}.",
            "Take one channel of colour pictures, such as pictures[..., :1].",
        )
    if batch.dtype != np.uint8 or max(batch.shape[1:3]) > MOST_SIDE:
        raise CourseError(
            f"The pictures are {batch.shape[1]} × {batch.shape[2]} {batch.dtype}; they must be "
            f"uint8, at most {MOST_SIDE} pixels a side.",
            "Convert them by astype(np.uint8), cut out a part, or both.",
        )
    if labels is None:
        return batch, None
    names = np.asarray(labels)
    if names.shape != np.shape(images)[:1]:
        raise CourseError(
            f"There are {len(images)} pictures, but the labels have shape {names.shape}.",
            "Give one label a picture.",
        )
    return batch, names[:MOST]
