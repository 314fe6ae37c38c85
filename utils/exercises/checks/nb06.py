"""The exercises of notebook 06: a dense network's parameters, softmax, loss and confidence."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, as_numbers, call, exercise, number

_PROBABILITIES = np.array(
    [
        [0.70, 0.20, 0.10],
        [0.05, 0.90, 0.05],
        [0.60, 0.30, 0.10],
        [0.30, 0.30, 0.40],
        [0.01, 0.04, 0.95],
    ]
)
_LABELS = np.array([0, 1, 1, 2, 0])


@exercise(
    "06.1",
    hint="Add up over neighbouring pairs of widths: weights, and biases.",
    more=(
        "Do it for `[3, 2, 1]` on paper: 3 inputs and 2 units, then 2 inputs and 1 unit, in "
        "all 11 numbers. Then write a loop that prints each layer's two counts."
    ),
)
def parameters(answer: Any) -> None:
    for widths in ([784, 512, 10], [784, 256, 256, 10], [3, 1]):
        pairs = list(zip(widths, widths[1:], strict=False))
        weights = sum(inputs * units for inputs, units in pairs)
        number(
            call(answer, widths),
            weights + sum(widths[1:]),
            name=f"`parameters({widths})`",
            mistakes=[
                (weights, "The biases are missing: one for each unit of each layer."),
                (
                    weights + sum(widths[:-1]),
                    "A bias belongs to a *unit* of the layer, not to an input.",
                ),
                (weights + sum(widths), "The inputs have no biases: they are given, not computed."),
                (weights + len(pairs), "Each *unit* has its own bias, not each layer."),
                (
                    int(np.prod(widths)),
                    "Layers stand behind one another: add up their weights, don't multiply.",
                ),
            ],
        )


@exercise(
    "06.2",
    hint="Each row for itself: its powers, divided by their sum.",
    more=(
        "`axis=1` adds up within a row, `keepdims=True` keeps the shape for dividing. For "
        "large scores, remember: a row's result depends on differences alone, so "
        "what may you subtract from it?"
    ),
)
def softmax(answer: Any) -> None:
    z = np.array([[2.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [-3.0, 5.0, 1.0, 1.0]])
    powers = np.exp(z)
    with np.errstate(all="ignore"):
        probabilities = call(answer, z)
    array(
        probabilities,
        powers / powers.sum(axis=1, keepdims=True),
        name="The array of shares",
        mistakes=[
            (powers / powers.sum(), "All rows together add up to 1. Each row should: `axis=1`."),
            (
                powers / powers.sum(axis=0),
                "The columns add up to 1. One picture is one *row*: `axis=1`.",
            ),
            (powers, "These are the powers. Divide each row by its sum."),
        ],
    )
    large = np.array([[1000.0, 1001.0, 999.0], [0.0, 1.0, -1.0]])
    with np.errstate(all="ignore"):
        probabilities = as_numbers(call(answer, large), "The array of shares for large scores")
    if not np.all(np.isfinite(probabilities)):
        raise Wrong(
            "Right for small scores, but scores near 1,000 give `nan`.",
            got=probabilities,
            wanted=np.exp([[-1.0, 0.0, -2.0]] * 2) / np.exp([-1.0, 0.0, -2.0]).sum(),
            hint="Only differences count. What may you take away from all of a row?",
        )
    array(
        probabilities,
        np.exp([[-1.0, 0.0, -2.0]] * 2) / np.exp([-1.0, 0.0, -2.0]).sum(),
        name="The array of shares for large scores",
        hint="Each row must become small by itself: take away something of its *own*.",
    )


@exercise(
    "06.3",
    hint=(
        "One share from each row counts: that of the right class. What does the loss do with it?"
    ),
    more=(
        "Print the shares that you pick: there must be as many as pictures, and for a picture"
        " of class 1 it is the row's second number. Logarithm first, then the mean; the sign "
        "makes it positive."
    ),
)
def cross_entropy(answer: Any) -> None:
    for count in (5, 3):
        _loss(answer, _PROBABILITIES[:count], _LABELS[:count])


def _loss(answer: Any, probabilities: np.ndarray, labels: np.ndarray) -> None:
    right = probabilities[np.arange(len(labels)), labels]
    wanted = -np.log(right).mean()
    number(
        call(answer, probabilities, labels),
        wanted,
        tolerance=1e-5,
        name=f"The loss of {len(labels)} pictures",
        mistakes=[
            (
                -np.log(probabilities.max(axis=1)).mean(),
                "You took the largest share. The loss asks for the share of the *right* class.",
            ),
            (
                -np.log(right).sum(),
                "That is the sum. A batch's loss is the *mean* over its pictures.",
            ),
            (-wanted, "The sign is turned round: a logarithm of a share is negative."),
            (
                -np.log(right.mean()),
                "First the logarithm of each share, then the mean, not the other way round.",
            ),
            (-np.log10(right).mean(), "Take the natural logarithm, `np.log`."),
            (-np.log2(right).mean(), "Take the natural logarithm, `np.log`."),
            (
                -np.log(probabilities[:, labels]).mean(),
                "`shares[:, labels]` takes whole columns. You want one share from each row.",
            ),
        ],
    )


@exercise(
    "06.4",
    hint="Who is answered is decided without the labels. Of those, count the right ones.",
    more=(
        "Make two arrays of True and False, one number a picture: is it answered, and is it "
        "right? The first array's mean is one result. The other is a mean over a *part* of "
        "the second array."
    ),
)
def answer_or_pass(answer: Any) -> None:
    right = _PROBABILITIES.argmax(axis=1) == _LABELS
    for limit in (0.6, 0.0, 0.9):
        sure = _PROBABILITIES.max(axis=1) >= limit
        above = _PROBABILITIES.max(axis=1) > limit
        knowing = _PROBABILITIES[np.arange(len(_LABELS)), _LABELS] >= limit
        pair = call(answer, _PROBABILITIES, _LABELS, limit)
        if not isinstance(pair, tuple | list | np.ndarray) or len(pair) != 2:
            raise Wrong(
                "Two numbers are wanted: how many are answered, and how many of those are right.",
                got=pair,
                hint="End with `return answered, right`.",
            )
        number(
            pair[0],
            sure.mean(),
            name=f"The fraction answered at limit {limit}",
            mistakes=[
                (
                    knowing.mean(),
                    "You compared the *right* class's share. The program doesn't know the label; "
                    "it only knows its largest share.",
                ),
                (sure.sum(), "That is a count. Divide it by the number of pictures."),
                (above.mean(), "*At least* the limit: `>=` and not `>`."),
                (1 - sure.mean(), "That is the fraction it passes on."),
            ],
        )
        number(
            pair[1],
            right[sure].mean(),
            name=f"The fraction of right answers at limit {limit}",
            hint="Keep only the pictures that are answered, then take the mean of the right ones.",
            mistakes=[
                (
                    (right & sure).mean(),
                    "You divided by all pictures. Divide by those that were *answered*.",
                ),
                (right.mean(), "That is the accuracy over all pictures, whether answered or not."),
            ],
        )
