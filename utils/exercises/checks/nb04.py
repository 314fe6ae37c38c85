"""The exercises of notebook 04: a derivative, the chain rule for one row, a descent on NAND."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_NAND, _AND, _OR = np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])


def _sigmoid(z: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@exercise("04.1")
def tanh_slope(answer: Any) -> None:
    z = np.array([-2.0, -0.5, 0.0, 1.0, 3.0])
    t = np.tanh(z)
    array(
        call(answer, z),
        1 - t**2,
        name="`tanh_slope(z)` at z = -2, -0.5, 0, 1, 3",
        tolerance=1e-4,  # the slope measured by number is welcome too
        hint="The slope is 1 at z = 0 and nearly 0 on both sides. Build it from tanh z alone.",
        mistakes=[
            (t * (1 - t), "That is the sigmoid's rule. tanh runs from -1 to 1: derive it anew."),
            (1 - t, "The curve is as flat at -3 as at 3, so tanh z must come in squared."),
            (1 - z**2, "It is the *answer* tanh z that is squared, not z."),
            (t, "That is the curve itself. Its slope is wanted."),
            (1 + t**2, "The slope must fall where tanh z nears 1, so the square is taken away."),
        ],
    )


@exercise("04.2")
def row_gradient(answer: Any) -> None:
    for x1, x2, y, w1, w2, b in (
        (1.0, 0.0, 1.0, 0.1, -0.2, 0.0),
        (1.0, 1.0, 0.0, 1.5, -0.5, 0.3),
        (0.5, 2.0, 1.0, -1.0, 0.4, 0.2),
    ):
        inputs = np.array([x1, x2, 1.0])
        z = w1 * x1 + w2 * x2 + b
        y_hat = _sigmoid(z)
        error, gradient = y_hat - y, y_hat * (1 - y_hat)
        right = 2 * error * gradient * inputs
        array(
            call(answer, x1, x2, y, w1, w2, b),
            right,
            name=f"`row_gradient({x1:g}, {x2:g}, {y:g}, {w1:g}, {w2:g}, {b:g})`",
            hint="Multiply three factors: 2(ŷ − y), then ŷ(1 − ŷ), then x1, x2 or 1.",
            mistakes=[
                (right / 2, "The 2 is missing that comes from the square."),
                (right / 4, "The 4 belongs to the mean of four rows; here there is one row."),
                (2 * error * inputs, "The middle factor is missing: how ŷ moves with z, ŷ(1 − ŷ)."),
                (-right, "The sign is turned round: the slope of (ŷ − y)² begins with ŷ − y."),
                (2 * error * z * (1 - z) * inputs, "In ŷ(1 − ŷ) stands the answer ŷ, not z."),
                (right * [1, 1, 0], "The bias has a slope too: its input is always 1."),
            ],
        )


@exercise("04.3")
def nand(answer: Any) -> None:
    if np.size(answer) != 3:
        raise Wrong(
            "Three numbers are wanted: w1, w2 and b.",
            got=answer,
            hint="If w is an array of two: `answer = (*w, b)`.",
        )
    w1, w2, b = np.asarray(answer, dtype=float).reshape(3)
    y_hat = _sigmoid(_X @ np.array([w1, w2]) + b)
    loss = np.mean((y_hat - _NAND) ** 2)
    if loss < 0.001:
        return
    hint = "Start small, let Y be 1, 1, 1, 0, and step *against* the gradient."
    if np.array_equal(y_hat > 0.5, _NAND == 1):
        hint = "All four answers lie on the right side; it needs more epochs, or longer steps."
    elif np.array_equal(y_hat > 0.5, _AND == 1):
        hint = "This neuron has learned AND. NAND is its opposite: Y is 1, 1, 1, 0."
    elif np.array_equal(y_hat > 0.5, _OR == 1):
        hint = "This neuron has learned OR: its targets are still 0, 1, 1, 1."
    elif np.all(y_hat > 0.99):
        hint = "Every answer is 1: it is saturated. Take a smaller learning rate."
    raise Wrong(
        f"The mean square loss on NAND is {loss:.4f}; it must be below 0.001.",
        got=y_hat.round(3),
        wanted=_NAND.astype(float),
        hint=hint,
    )
