"""The exercises of notebook 02: a sigmoid neuron, its loss, and a trained NAND gate."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise, number, numbers

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -2.0]])
_NAND = np.array([1.0, 1.0, 1.0, 0.0])


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


@exercise(
    "02.1",
    hint="Two steps: the sum of each row first, then the curve.",
    more=(
        "One product of `x` with `w` gives all rows at once. The bias joins before the curve,"
        " and in the curve's exponent stands a minus. For w = 0 and b = 0 every answer must "
        "be 0.5: try that."
    ),
)
def neuron(answer: Any) -> None:
    for w, b in ((np.array([7.0, 6.5]), -3.0), (np.array([-1.0, 2.0]), 0.5)):
        z = _X @ w + b
        array(
            call(answer, _X, w, b),
            _sigmoid(z),
            name="The array of predictions",
            mistakes=[
                (z, "This is z, the sum. Send it through the sigmoid."),
                (_sigmoid(_X @ w), "The bias is missing: add `b` before the sigmoid."),
                (_sigmoid(-z), "The sign in the exponent is turned round: `np.exp(-z)`."),
                (z > 0, "That is the step of notebook 01. The sigmoid is soft."),
                (_sigmoid(_X @ w) + b, "The bias belongs inside: add it before the sigmoid."),
            ],
        )


@exercise(
    "02.2",
    hint="Three steps: difference, square, mean. The order counts.",
    more=(
        "Do it on paper for the answers 0.5 and 1 with targets 0 and 1: the result is 0.125. "
        "Then print your own three steps for these two, one by one."
    ),
)
def mean_square(answer: Any) -> None:
    targets = np.array([0.0, 1.0, 1.0, 1.0])
    for predictions in ([0.04, 0.97, 0.98, 1.00], [0.5, 0.25, 0.5, 1.5]):
        difference = np.array(predictions) - targets
        square = difference**2
        number(
            call(answer, np.array(predictions), targets),
            float(square.mean()),
            tolerance=1e-9,
            name=f"The loss of {predictions}",
            mistakes=[
                (square.sum(), "This is the sum over the rows. The loss is their *mean*."),
                (np.abs(difference).mean(), "This is the mean *distance*: square it first."),
                (np.sqrt(square.mean()), "No root is taken here."),
                (
                    difference.mean(),
                    "Square each difference *before* the mean, or they cancel each other.",
                ),
                (difference.mean() ** 2, "Square each difference, then take the mean."),
            ],
        )


@exercise(
    "02.3",
    hint="Only the targets differ from the OR gate of this lesson.",
    more=(
        "Write NAND's table down, row by row, in the order of `x`. Build and fit as the lesson"
        " does, 2,000 epochs long, and return what the network says of `x`, not the table."
    ),
)
def train_nand(answer: Any) -> None:
    predictions = _four_numbers(answer)
    says = predictions > 0.5
    if np.isin(predictions, (0, 1)).all():
        raise Wrong(
            "These are zeros and ones; a sigmoid never gives them after 2,000 epochs.",
            got=predictions,
            hint="Return what the network says, `model.predict(x)`, not the targets.",
        )
    if np.all(np.abs(predictions - 0.5) < 0.2):
        hint = "Is `fit` called before `predict`, with `n_epoch=2000`? Is `learning_rate=2`?"
        raise Wrong("The network is still undecided.", got=predictions, wanted=_NAND, hint=hint)
    if not np.array_equal(says, _NAND > 0.5):
        learned = {(False, False, False, True): "AND", (False, True, True, True): "OR"}
        gate = learned.get(tuple(says.tolist()))
        raise Wrong(
            "This isn't NAND." if gate is None else f"This network has learned {gate}.",
            got=predictions,
            wanted=_NAND,
            hint="Write down the four targets: the opposite of AND, row by row.",
        )
    array(
        predictions,
        _NAND,
        tolerance=0.1,
        name="The array of predictions",
        hint="The right gate, but not sure enough: train for 2,000 epochs at learning rate 2.",
    )


def _four_numbers(answer: Any) -> np.ndarray:
    """Return the predictions as a flat array of four; raise Wrong where they aren't that."""
    if callable(answer):
        answer = call(answer)
    return numbers(
        answer,
        4,
        "Four predictions are wanted, one a row.",
        hint="Return what the network says of all four rows, as `predict` gives it.",
    )
