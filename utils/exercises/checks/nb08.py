"""The exercises of notebook 08: a CNN's size, a cell's formula, a filter's taste, one pixel."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from utils.exercises import Wrong, call, equal, exercise, number

_FORMULA = "=MAX(conv1!G7:H8)"
_LEFT, _RIGHT = np.array([[0, 1, 1]] * 3), np.array([[1, 1, 0]] * 3)


def _count(filters: int, conv2_reads: int, dense_inputs: int) -> int:
    conv1, conv2 = filters * (9 + 1), filters * (9 * conv2_reads + 1)
    return conv1 + conv2 + dense_inputs * 8 + 8 + 90


@exercise("08.1")
def parameters(answer: Any) -> None:
    for f in (4, 8, 3):
        number(
            call(answer, f),
            _count(f, f, 25 * f),
            name=f"`parameters({f})`",
            hint="Add conv1, conv2, dense1 and dense2 as in section 1, with `filters` for 4.",
            mistakes=[
                (
                    _count(f, 1, 25 * f),
                    "A filter of conv2 reads *all* maps of conv1: 9 weights for each of them.",
                ),
                (
                    _count(f, 4, 25 * f),
                    "A filter of conv2 reads *all* maps of conv1, and these are `filters` now.",
                ),
                (_count(f, f, 100), "dense1 has 5 · 5 · `filters` inputs now, not always 100."),
                (_count(f, f, 25 * f) - 2 * f, "Each filter has a bias too."),
                (
                    _count(f, f, 25 * f) - 2 * f - 18,
                    "All biases are missing: one a filter or unit.",
                ),
            ],
        )


def _plain(formula: str) -> str:
    """Return a formula without what makes no difference: spaces, dollar signs, quotes, case."""
    return re.sub(r"[\s$']", "", formula).upper()


@exercise("08.2")
def pooling_formula(answer: Any) -> None:
    if not isinstance(answer, str):
        raise Wrong(
            "A formula is wanted as text.", got=answer, wanted="a text in quotation marks",
            hint="Put it into quotation marks: `formula = \"=…\"`.",
        )  # fmt: skip
    given = _plain(answer)
    if given == _plain(_FORMULA):
        return
    mistakes = [
        (_plain(_FORMULA).removeprefix("="), "A formula begins with `=`."),
        ("=MAX(G7:H8)", "The numbers lie on another sheet: write `conv1!` before the range."),
        ("=AVERAGE(CONV1!G7:H8)", "The *largest* number is wanted: `MAX`."),
        ("=MAX(CONV1!I7:J8)", "Count rows and columns from 0: the *third* column is number 2."),
        ("=MAX(CONV1!E9:F10)", "Rows and columns are exchanged: second row, third column."),
        ("=MAX(CONV1!E6:F7)", "The windows don't overlap: they are *two* cells apart."),
        ("=MAX(CONV1!G9:H10)", "The *second* row is number 1, counted from 0: 2 · 1 rows below."),
        ("=MAX(CONV1!G7:I9)", "The window is 2 × 2: its last cell is one right and one below."),
    ]
    hint = "Where does the window begin? 2 rows below `C5`, and 4 columns to the right."
    fitting = next((words for wrong, words in mistakes if given == wrong), hint)
    raise Wrong("This isn't the formula wanted.", got=answer, hint=fitting)


@exercise("08.3")
def left_edges(answer: Any) -> None:
    random = np.random.default_rng(8)
    for filters in (random.normal(0, 1, (3, 3, 4)) for _ in range(6)):
        left, right = (np.einsum("ij,ijf->f", edge, filters) for edge in (_LEFT, _RIGHT))
        equal(
            int(number(call(answer, filters.copy()), call(answer, filters.copy()))),
            int((left - right).argmax()),
            name="The filter's number",
            hint="Response to the left edge minus response to the right edge; then `argmax`.",
            mistakes=[
                (int((right - left).argmax()), "This filter likes *right* edges: turn it round."),
                (
                    int(left.argmax()),
                    "This one responds to the left edge, but to other ink too. Subtract its "
                    "response to a right edge.",
                ),
                (int((left - right).argmax()) + 1, "Filters are counted from 0 here."),
            ],
        )


def _judge(seed: int) -> tuple[np.ndarray, Callable[[np.ndarray], int]]:
    """Return a picture, and a small network's answer, which exactly one pixel's change flips."""
    random = np.random.default_rng(seed)
    image = random.choice([0, 255], (6, 5))
    weights = random.uniform(-1, 1, (6, 5))
    gain = np.where(image == 0, weights, -weights).ravel() * 255
    first, second = np.sort(gain)[::-1][:2]
    limit = (weights * image).sum() + (first + second) / 2  # only the best change gets there
    return image, lambda x: int((weights * np.asarray(x, dtype=float)).sum() > limit)


@exercise("08.4")
def one_pixel(answer: Any) -> None:
    for seed in (0, 1, 2):
        image, judge = _judge(seed)
        found = call(answer, image, judge)
        row, column, value = _pixel(found, image.shape)
        changed = image.copy()
        changed[row, column] = value
        if judge(changed) == judge(image):
            raise Wrong(
                f"With {value} in row {row}, column {column} the class stays {judge(image)}.",
                got=tuple(found),
                hint=_why_not(image, judge, (row, column)),
            )


def _pixel(found: Any, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return row, column and value of an answer, where it names a pixel of the picture."""
    hint = "Return `row, column, value`, three whole numbers; the value is 0 or 255."
    try:
        row, column, value = (int(part) for part in found)
    except (TypeError, ValueError) as error:
        raise Wrong("This isn't a row, a column and a value.", got=found, hint=hint) from error
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise Wrong(
            f"A picture of {shape[0]} × {shape[1]} has no pixel in row {row}, column {column}.",
            got=tuple(found), hint="Rows come first: `picture.shape` is (height, width).",
        )  # fmt: skip
    if value not in (0, 255):
        raise Wrong(f"The value {value} is neither 0 nor 255.", got=tuple(found), hint=hint)
    return row, column, value


def _why_not(image: np.ndarray, judge: Callable[[np.ndarray], int], place: tuple[int, int]) -> str:
    """Return the hint for a pixel that doesn't flip the class: the other value might have."""
    other = image.copy()
    other[place] = 255 - image[place]
    if judge(other) != judge(image):
        return "The pixel is right, but this is the value it has already: take the other one."
    return "Change one pixel of a *new* copy each time, and return only if the class differs."
