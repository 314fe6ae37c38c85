"""The exercises of notebook 01: weights by hand, one update of the rule, XOR in two layers."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise, number, numbers

_X = np.array(list(product((0, 1), repeat=2)))


def _perceptron(answer: Any, names: str, x: np.ndarray) -> np.ndarray:
    """Return what a perceptron with the weights and the bias in `answer` says to the rows."""
    wanted = x.shape[1] + 1
    *w, b = numbers(
        answer,
        wanted,
        f"{wanted} numbers are wanted: {names}.",
        hint="Put them into round brackets, with commas between them, the bias last.",
    )
    with np.errstate(over="ignore"):  # numbers near the largest there is
        return (x @ np.array(w) + b > 0).astype(int)


def _compare(
    said: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    mistakes: Sequence[tuple[Sequence[int], str]],
) -> None:
    """Raise Wrong that names the first row answered wrongly; the hint fits the whole pattern."""
    if np.array_equal(said, y):
        return
    first = int(np.argmax(said != y))
    row = ", ".join(map(str, rows[first]))
    raise Wrong(
        f"For ({row}) the neuron says {said[first]}; {y[first]} is wanted.",
        got=said,
        hint=next((text for wrong, text in mistakes if np.array_equal(said, wrong)), ""),
    )


@exercise(
    "01.1",
    hint="What must a yes of x1 do to the sum, and what a yes of x2?",
    more=(
        "Write down the sum for each of the four rows, with w1, w2 and b as letters. Each row"
        " is one demand: above 0, or not above 0. Then find numbers that meet all four."
    ),
)
def this_but_not_that(answer: Any) -> None:
    _compare(
        _perceptron(answer, "w1, w2, b", _X),
        np.array([0, 0, 1, 0]),
        _X,
        [
            ([0, 1, 0, 0], "That is x2 but not x1: the two weights have changed places."),
            ([0, 1, 1, 1], "That is OR: x2 must speak against a yes, so its weight is negative."),
            ([0, 0, 0, 1], "That is AND: x2 must speak against a yes, so its weight is negative."),
            ([0, 0, 1, 1], "x2 doesn't count enough: it must pull (1, 1) down to 0 or below."),
            ([1, 0, 1, 0], "(0, 0) gets a yes: the bias must not be above 0."),
            ([1, 0, 1, 1], "(0, 0) gets a yes: the bias must not be above 0."),
            ([0, 0, 0, 0], "Nothing gets a yes: w1 + b must be above 0."),
        ],
    )


@exercise(
    "01.2",
    hint=("First the neuron's own answer, then the error, then both lines of the learning rule."),
    more=(
        "Take the row (0, 1) with weights 1, 1 and bias 1, whose right answer is 0, and do it"
        " on paper. Which of the three numbers may change, and in which direction? Print the "
        "same."
    ),
)
def update(answer: Any) -> None:
    for w, b, x, y, rate in (
        ([0.0, 0.0], 0.0, [1, 1], 1, 1),
        ([1.0, 1.0], 1.0, [0, 1], 0, 0.5),
        ([2.0, -1.0], 0.5, [1, 0], 1, 1),
        ([0.5, 0.5], -0.5, [1, 0], 1, 0.1),
    ):
        old, row = np.array(w), np.array(x)
        error = y - int(old @ row + b > 0)
        new, bias = old + rate * error * row, b + rate * error
        result = call(answer, old, b, row, y, rate)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise Wrong("Two things are wanted: the new w and the new b.", got=result)
        which = f"after `update({w}, {b:g}, {x}, {y}, {rate:g})`"
        array(
            result[0],
            new,
            name=f"w {which}",
            hint="The error is the right answer minus the neuron's own, which is 1 only above 0.",
            mistakes=_slips(old, row, rate, error, y, new),
        )
        number(
            result[1],
            bias,
            name=f"b {which}",
            hint="The bias changes like a weight whose input is always 1.",
            mistakes=[(b, "The bias has to learn too: b + learning rate · error.")]
            if error
            else [],
        )


def _slips(
    w: np.ndarray, x: np.ndarray, rate: float, error: int, y: int, new: np.ndarray
) -> list[tuple[np.ndarray, str]]:
    """Return the typical wrong weights with their hints, but none that equals the right ones."""
    slips = [
        (
            w - rate * error * x,
            "The sign is turned round: what is the error of a no that is too weak?",
        ),
        (w + error * x, "The learning rate is missing."),
        (w + rate * error, "Each weight moves by its own input: multiply the error by x."),
        (w + rate * y * x, "Only a wrong answer may change anything: use the error, not y."),
    ]
    return [(wrong, hint) for wrong, hint in slips if not np.allclose(wrong, new)]


@exercise(
    "01.3",
    hint=(
        "Write down the pair (h1, h2) for each of the four rows. Only three different pairs occur."
    ),
    more=(
        "One pair alone wants a 1. Which gate says yes to exactly that pair? You found its "
        "weights in exercise 1, for other names of the inputs."
    ),
)
def another_xor(answer: Any) -> None:
    hidden = np.column_stack([_X.max(axis=1), _X.min(axis=1)])  # OR, AND
    _compare(
        _perceptron(answer, "v1, v2, c", hidden),
        np.array([0, 1, 1, 0]),
        _X,
        [
            ([0, 0, 0, 1], "That is h1 AND h2; here AND must speak *against* a yes."),
            ([0, 1, 1, 1], "That is OR itself: h2, the AND, must take (1, 1) away again."),
            ([1, 0, 0, 1], "That is the opposite of XOR: turn all three signs round."),
            ([0, 0, 0, 0], "Nothing gets a yes: v1 + c must be above 0."),
        ],
    )


@exercise(
    "01.4",
    hint="All three votes count the same, so take three equal weights; then choose the bias.",
    more=(
        "With weights of 1 the sum counts the ones. Draw 0, 1, 2 and 3 on a line, and mark "
        "where yes begins. What must the bias add so that this place lies at 0?"
    ),
)
def majority(answer: Any) -> None:
    x = np.array(list(product((0, 1), repeat=3)))
    ones = x.sum(axis=1)
    _compare(
        _perceptron(answer, "w1, w2, w3, b", x),
        (ones >= 2).astype(int),
        x,
        [
            (list((ones >= 1).astype(int)), "One vote is enough here: the bias is too weak."),
            (list((ones >= 3).astype(int)), "All three are needed here: the bias is too strong."),
            (list((ones <= 1).astype(int)), "That is the minority: turn all signs round."),
        ],
    )
