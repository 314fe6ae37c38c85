"""The exercises of notebook 09: a unit's slopes, batches, confident mistakes, how many pictures."""

import math
from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise, number

_X = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5], [-1.0, 1.0, 1.0], [0.0, 2.0, 0.5]])
_Y = np.array([1, 0, 0, 1])
_W, _B = np.array([0.4, -0.3, 0.2]), 0.1

# Wrong answers of both classes; the least share of class 1 belongs to a right answer.
_P = np.array([0.02, 0.95, 0.60, 0.10, 0.97, 0.45, 0.30, 0.99])
_LABELS = np.array([0, 0, 0, 1, 1, 0, 1, 1])


@exercise("09.1")
def gradients(answer: Any) -> None:
    p = 1 / (1 + np.exp(-(_X @ _W + _B)))
    error, n = p - _Y, len(_Y)
    pair = call(answer, _X, _Y, _W, _B)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Wrong(
            "Two things are wanted: the slopes for the weights, and the slope for the bias.",
            got=pair,
            hint="End with `return for_weights, for_bias`.",
        )
    array(
        pair[0],
        _X.T @ error / n,
        name="The array of slopes for the weights",
        hint="For each picture (p − y) times its inputs, and then the mean over the pictures.",
        mistakes=[
            (_X.T @ error, "That is the sum over the batch. The loss is a *mean*, so divide by n."),
            (-_X.T @ error / n, "The sign is turned round: it is p − y, not y − p."),
            (
                _X.T @ (error * p * (1 - p)) / n,
                "You multiplied by p(1 − p) too. In binary cross-entropy that factor cancels.",
            ),
            (
                _X.T @ (_X @ _W + _B - _Y) / n,
                "The sigmoid is missing: p is a share, not the score.",
            ),
            (_X.T @ (1 / (1 + np.exp(-(_X @ _W))) - _Y) / n, "The bias is missing in the score."),
        ],
    )
    number(
        pair[1],
        error.mean(),
        name="The slope for the bias",
        hint="The bias has the input 1: the mean of p − y.",
        mistakes=[
            (error.sum(), "The slope for the bias is a *mean* over the pictures as well."),
            (-error.mean(), "The sign is turned round: it is p − y, not y − p."),
        ],
    )


@exercise("09.2")
def batches(answer: Any) -> None:
    for n, size in ((10, 4), (12, 4)):
        made = call(answer, n, size, 0)
        if not isinstance(made, list | tuple):
            raise Wrong("A list of arrays is wanted.", got=made, hint="Collect the slices in [ ].")
        parts = [np.asarray(part) for part in made]
        sizes = [part.size for part in parts]
        wanted = [size] * (n // size) + [n % size] * (n % size > 0)
        if sizes != wanted:
            raise Wrong(
                f"For {n} pictures the batches have the wrong sizes.",
                got=sizes,
                wanted=wanted,
                hint=_hint_on_sizes(sizes, wanted, n),
            )
        _each_once(np.concatenate(parts), n)
    _shuffled_by_seed(answer)


def _hint_on_sizes(sizes: list[int], wanted: list[int], n: int) -> str:
    if sizes == wanted[:-1]:
        return "The last batch is missing. It is smaller, but its pictures have a turn, too."
    if sizes == [size for size in wanted if size] + [0]:
        return "There is an empty batch at the end: stop the range at n."
    if sum(sizes) > n:
        return "More pictures than there are: each has one turn in an epoch."
    return "Cut the order at `range(0, n, size)`."


def _each_once(numbers: np.ndarray, n: int) -> None:
    if sorted(numbers.tolist()) == list(range(n)):
        return
    hint = "Use each number from 0 to n − 1 exactly once."
    if len(set(numbers.tolist())) < n:
        hint = "Some pictures come twice and others never: shuffle the numbers, don't draw them."
    if sorted(numbers.tolist()) == list(range(1, n + 1)):
        hint = "Pictures are counted from 0: the last number is n − 1."
    raise Wrong(
        "Not every picture has exactly one turn.",
        got=sorted(numbers.tolist()),
        wanted=list(range(n)),
        hint=hint,
    )


def _shuffled_by_seed(answer: Any) -> None:
    first, again, other = (
        np.concatenate([np.asarray(part) for part in call(answer, 40, 7, seed)])
        for seed in (0, 0, 1)
    )
    if np.array_equal(first, np.arange(40)):
        raise Wrong("The order isn't shuffled.", got=first, hint="Take a permutation by the seed.")
    if not np.array_equal(first, again):
        raise Wrong(
            "The same seed gave two different orders.",
            hint="Make the generator inside the function: `np.random.default_rng(seed)`.",
        )
    if np.array_equal(first, other):
        raise Wrong("Two seeds gave the same order.", hint="Hand the seed to `default_rng`.")


@exercise("09.3")
def worst_mistakes(answer: Any) -> None:
    confidence = np.maximum(_P, 1 - _P)
    wrong = np.flatnonzero((_P > 0.5) != _LABELS)
    surest = wrong[np.argsort(-confidence[wrong])]
    for k in (3, 2):
        array(
            call(answer, _P, _LABELS, k),
            surest[:k],
            name=f"The array of the {k} worst mistakes",
            hint="Keep the wrong answers alone, then sort them by confidence.",
            mistakes=[
                (
                    wrong[np.argsort(-_P[wrong])][:k],
                    "You sorted by `p`. An answer for class 0 is confident where p is *small*.",
                ),
                (
                    wrong[np.argsort(confidence[wrong])][:k],
                    "Those are the least confident mistakes: `argsort` begins with the smallest.",
                ),
                (
                    np.argsort(-confidence)[:k],
                    "Right answers are among them. Keep the wrong ones first.",
                ),
                (
                    np.argsort(-confidence[wrong])[:k],
                    "These are places in the list of mistakes, not the pictures' numbers.",
                ),
                (
                    confidence[surest[:k]],
                    "Those are the confidences. The pictures' *numbers* are wanted.",
                ),
                (wrong[:k], "Those are the first mistakes, not the most confident ones."),
            ],
        )


@exercise("09.4")
def images_needed(answer: Any) -> None:
    for accuracy, half in ((0.8, 0.02), (0.5, 0.05), (0.98, 0.001)):
        exact = accuracy * (1 - accuracy) * (1.96 / half) ** 2
        number(
            call(answer, accuracy, half),
            math.ceil(exact),
            name=f"`pictures_needed({accuracy}, {half})`",
            hint="Put a(1 − a)/n under the root, set 1.96 times it equal to `half`, solve for n.",
            mistakes=[
                (math.floor(exact), "Rounded down, the interval is a little too wide: round *up*."),
                (exact, "There are no parts of pictures: round up to a whole number."),
                (
                    math.ceil(accuracy * (1 - accuracy) / half**2),
                    "The 1.96 is missing: `half` is 1.96 times the spread.",
                ),
                (math.ceil(exact / 4), "`half` is the way to *one* side, not the whole width."),
                (
                    math.ceil(accuracy * (1 - accuracy) * 1.96 / half),
                    "The root was lost: square 1.96 / half.",
                ),
                (
                    math.ceil(accuracy * (1.96 / half) ** 2),
                    "Under the root stands a · (1 − a), not a alone.",
                ),
            ],
        )
