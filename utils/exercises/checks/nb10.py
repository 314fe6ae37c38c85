"""The exercises of notebook 10: a unit's slopes, batches, confident mistakes, how many pictures."""

import math
from typing import Any

import numpy as np

from utils.exercises import Wrong, array, as_numbers, call, exercise, number

_X = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5], [-1.0, 1.0, 1.0], [0.0, 2.0, 0.5]])
_Y = np.array([1, 0, 0, 1])
_W, _B = np.array([0.4, -0.3, 0.2]), 0.1

# Wrong answers of both classes; the least share of class 1 belongs to a right answer.
_P = np.array([0.02, 0.95, 0.60, 0.10, 0.97, 0.45, 0.30, 0.99])
_LABELS = np.array([0, 0, 0, 1, 1, 0, 1, 1])


@exercise(
    "10.1",
    hint="For each picture p − y times its inputs, and then the mean over the pictures.",
    more=(
        "Print `p` first: one number a picture, between 0 and 1. The slopes for the weights "
        "have w's shape, so `x` must be turned for the product. What is the bias's input?"
    ),
)
def gradients(answer: Any) -> None:
    for count in (4, 3):
        _both_slopes(answer, _X[:count], _Y[:count])


def _both_slopes(answer: Any, x: np.ndarray, y: np.ndarray) -> None:
    p = 1 / (1 + np.exp(-(x @ _W + _B)))
    error, n = p - y, len(y)
    pair = call(answer, x, y, _W, _B)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Wrong(
            "Two things are wanted: the slopes for the weights, and the slope for the bias.",
            got=pair,
            hint="End with `return for_weights, for_bias`.",
        )
    array(
        pair[0],
        x.T @ error / n,
        name="The array of slopes for the weights",
        mistakes=[
            (x.T @ error, "That is the sum over the batch. The loss is a *mean*, so divide by n."),
            (-x.T @ error / n, "The sign is turned round: it is p − y, not y − p."),
            (
                x.T @ (error * p * (1 - p)) / n,
                "You multiplied by p(1 − p) too. In binary cross-entropy that factor cancels.",
            ),
            (
                x.T @ (x @ _W + _B - y) / n,
                "The sigmoid is missing: p is a share, not the score.",
            ),
            (x.T @ (1 / (1 + np.exp(-(x @ _W))) - y) / n, "The bias is missing in the score."),
        ],
    )
    number(
        pair[1],
        error.mean(),
        name="The slope for the bias",
        hint="What is the bias's input? It is the same for each picture.",
        mistakes=[
            (error.sum(), "The slope for the bias is a *mean* over the pictures as well."),
            (-error.mean(), "The sign is turned round: it is p − y, not y − p."),
        ],
    )


@exercise(
    "10.2",
    hint="Shuffle the numbers 0 to n − 1 once, by the seed; then cut.",
    more=(
        "For n = 10 and size 4 there are three arrays, of 4, 4 and 2 numbers. Where does each"
        " begin? Python's slices may reach beyond the end. The lesson's `epoch_by_hand` does "
        "the same."
    ),
)
def batches(answer: Any) -> None:
    for n, size in ((10, 4), (12, 4)):
        made = call(answer, n, size, 0)
        if not isinstance(made, list | tuple):
            raise Wrong("A list of arrays is wanted.", got=made, hint="Collect the slices in [ ].")
        parts = [as_numbers(part, "A batch") for part in made]
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
    return ""


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
        np.concatenate([as_numbers(part, "A batch") for part in call(answer, 40, 7, seed)])
        for seed in (0, 0, 1)
    )
    if np.array_equal(first, np.arange(40)):
        raise Wrong("The order isn't shuffled.", got=first, hint="Take a permutation by the seed.")
    if not np.array_equal(first, again):
        raise Wrong(
            "The same seed gave two different orders.",
            hint="Make the generator inside the function, anew in each call.",
        )
    if np.array_equal(first, other):
        raise Wrong("Two seeds gave the same order.", hint="Hand the seed to `default_rng`.")


@exercise(
    "10.3",
    hint="Keep the wrong answers alone, then sort them by confidence.",
    more=(
        "Three arrays: what was said, whether that is wrong, how confident it was. "
        "`np.flatnonzero` gives the wrong ones' numbers; sort *these* by their confidence, "
        "and mind that `argsort` begins with the smallest."
    ),
)
def worst_mistakes(answer: Any) -> None:
    for k, p in ((3, _P), (2, _P), (3, 1 - _P)):
        labels = _LABELS if p is _P else np.roll(_LABELS, 1)
        confidence = np.maximum(p, 1 - p)
        wrong = np.flatnonzero((p > 0.5) != labels)
        surest = wrong[np.argsort(-confidence[wrong])]
        array(
            call(answer, p, labels, k),
            surest[:k],
            name=f"The array of the {k} worst mistakes",
            mistakes=[
                (
                    wrong[np.argsort(-p[wrong])][:k],
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


@exercise(
    "10.4",
    hint="Set the interval of the lesson equal to `half`, and solve for n.",
    more=(
        "1.96 times a root equals `half`. Divide, then square: what stands under the root is "
        "a fraction with n below the line. Turn it round. A part of a picture doesn't count, "
        "so which way do you round?"
    ),
)
def images_needed(answer: Any) -> None:
    for accuracy, half in ((0.8, 0.02), (0.5, 0.05), (0.98, 0.001)):
        exact = accuracy * (1 - accuracy) * (1.96 / half) ** 2
        number(
            call(answer, accuracy, half),
            math.ceil(exact),
            name=f"`images_needed({accuracy}, {half})`",
            mistakes=[
                (math.floor(exact), "Rounded down, the interval is a little too wide: round *up*."),
                (exact, "There are no parts of pictures: a whole number is wanted."),
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
