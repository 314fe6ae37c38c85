"""The exercises of notebook 09: a CNN's size, a cell's formula, a filter's taste, one pixel."""

import operator
import re
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from utils.exercises import Wrong, call, draws, exercise, number, numbers_of

_LEFT, _RIGHT = np.array([[0, 1, 1]] * 3), np.array([[1, 1, 0]] * 3)


def _count(filters: int, conv2_reads: int, dense_inputs: int) -> int:
    conv1, conv2 = filters * (9 + 1), filters * (9 * conv2_reads + 1)
    return conv1 + conv2 + dense_inputs * 8 + 8 + 90


@exercise(
    "09.1",
    hint=(
        "Go through conv1, conv2, dense1 and dense2 of the lesson: where does a 4 stand for "
        "the filters?"
    ),
    more=(
        "conv1 reads one picture, conv2 reads all maps of conv1, dense1 reads all numbers of "
        "pool2. Write the four counts as four lines, print them for 4 filters, and compare "
        "with the lesson's."
    ),
)
def parameters(answer: Any) -> None:
    for f in (4, 8, 3):
        number(
            call(answer, f),
            _count(f, f, 25 * f),
            name=f"`parameters({f})`",
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


def _a_window(random: Random) -> dict[str, Any] | None:
    row, column = random.randint(2, 4), random.randint(2, 4)
    corner = f"{random.choice('BCDEF')}{random.randint(3, 9)}"
    return None if row == column else {"corner": corner, "row": row, "column": column}


draws("09.2", _a_window, corner="C5", row=2, column=3)


def _window(down: int, right: int, size: int = 2) -> str:
    """Return the range of a window that begins so many cells below and right of the corner."""
    corner = numbers_of("09.2").corner
    column, row = ord(corner[0]) + right, int(corner[1:]) + down
    return f"{chr(column)}{row}:{chr(column + size - 1)}{row + size - 1}"


@exercise(
    "09.2",
    hint="Where does the window begin? Count rows and columns from 0, and mind their step.",
    more=(
        "Draw the first map's corner with column letters and row numbers. Colour the windows "
        "of pool1's first row, two cells wide each, then go down. Which two corners has the "
        "one asked for?"
    ),
)
def pooling_formula(answer: Any) -> None:
    if not isinstance(answer, str):
        raise Wrong(
            "A formula is wanted as text.",
            got=answer,
            hint='Put it into quotation marks: `"=…"`.',
        )
    my = numbers_of("09.2")
    down, right = my.row - 1, my.column - 1
    window = _window(2 * down, 2 * right)
    if (found := _plain(answer)) == f"=MAX(CONV1!{window})":
        return
    mistakes = [
        (f"MAX(CONV1!{window})", "A formula begins with `=`."),
        (f"=MAX({window})", "The numbers lie on another sheet: write `conv1!` before the range."),
        (f"=AVERAGE(CONV1!{window})", "The *largest* number is wanted."),
        (_max(2 * down, 2 * right + 2), "Count columns from 0: the first window begins at 0."),
        (_max(2 * down + 2, 2 * right), "Count rows from 0: the first window begins at 0."),
        (_max(2 * down + 2, 2 * right + 2), "Count both from 0: the first window begins at 0."),
        (_max(2 * right, 2 * down), "Rows and columns are exchanged: letters name columns."),
        (_max(down, right), "The windows don't overlap: they are *two* cells apart."),
        (_max(2 * down, 2 * right, 3), "The window is 2 × 2: its last cell is one further."),
    ]
    fitting = next((words for wrong, words in mistakes if found == wrong), "")
    raise Wrong("This isn't the formula wanted.", got=answer, hint=fitting)


def _max(down: int, right: int, size: int = 2) -> str:
    return f"=MAX(CONV1!{_window(down, right, size)})"


@exercise(
    "09.3",
    hint=("One number a filter: its response to a left edge, compared with that to a right edge."),
    more=(
        "Write both edges as 3 × 3 arrays. A response is window times filter, summed over "
        "rows and columns, so the filters' axis must stay: print the shape. Then ask where "
        "the best one stands."
    ),
)
def left_edges(answer: Any) -> None:
    random = np.random.default_rng(8)
    for filters in (random.normal(0, 1, (3, 3, 4)) for _ in range(6)):
        left, right = (np.einsum("ij,ijf->f", edge, filters) for edge in (_LEFT, _RIGHT))
        number(
            call(answer, filters),
            int((left - right).argmax()),
            name="The filter's number",
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


@exercise(
    "09.4",
    hint="Try each pixel and both values, each time on a *new* copy.",
    more=(
        "Three loops: rows, columns, values. Ask for the class of the untouched picture once,"
        " before them, and leave the function in the very moment that an answer differs."
    ),
)
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
        row, column, value = (operator.index(part) for part in found)
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
    return ""
