"""The exercises of notebook 04: a derivative, the chain rule for one row, a descent on NAND."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise, numbers

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_NAND, _AND, _OR = np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])


def _sigmoid(z: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@exercise(
    "04.1",
    hint="The slope is 1 at z = 0 and nearly 0 on both sides. Build it from tanh z alone.",
    more=(
        "Make a small table of tanh z and the measured slope, at z = −2, −1, 0, 1, 2. Where "
        "tanh z is 0.76 or −0.76 the slope is 0.42. What has 0.76 to become, so that its sign"
        " plays no part?"
    ),
)
def tanh_slope(answer: Any) -> None:
    for places in ([-2.0, -0.5, 0.0, 1.0, 3.0], [-1.5, 0.25]):
        _slope_of_tanh(answer, places)


def _slope_of_tanh(answer: Any, places: list[float]) -> None:
    z = np.array(places)
    t = np.tanh(z)
    array(
        call(answer, z),
        1 - t**2,
        name=f"`tanh_slope(z)` at z = {', '.join(f'{place:g}' for place in places)}",
        tolerance=1e-4,  # the slope measured by number is welcome too
        mistakes=[
            (t * (1 - t), "That is the sigmoid's rule. tanh runs from -1 to 1: derive it anew."),
            (1 - t, "The curve is as flat at -3 as at 3, so the sign of tanh z must play no part."),
            (1 - z**2, "It is the *answer* tanh z that is squared, not z."),
            (t, "That is the curve itself. Its slope is wanted."),
            (1 + t**2, "The slope must fall where tanh z nears 1, and yours grows."),
        ],
    )


@exercise(
    "04.2",
    hint=(
        "Three factors, multiplied: how L moves with ŷ, how ŷ moves with z, how z moves with "
        "each weight."
    ),
    more=(
        "The first factor is the slope of a square, the second the sigmoid's own slope, in ŷ "
        "alone. The third differs: what multiplies w1 in z, what w2, and what b? Compare with"
        " the slopes that the lesson measures."
    ),
)
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
            mistakes=[
                (right / 2, "The 2 is missing that comes from the square."),
                (right / 4, "The 4 belongs to the mean of four rows; here there is one row."),
                (2 * error * inputs, "The middle factor is missing: how ŷ moves with z, ŷ(1 − ŷ)."),
                (-right, "The sign is turned round: the slope of (ŷ − y)² begins with ŷ − y."),
                (2 * error * z * (1 - z) * inputs, "In ŷ(1 − ŷ) stands the answer ŷ, not z."),
                (right * [1, 1, 0], "The bias has a slope too: its input is always 1."),
            ],
        )


@exercise(
    "04.3",
    hint="Start small, give it NAND's targets, and step *against* the gradient.",
    more=(
        "Copy the body of `or_gate_descent` into a function of your own, change the targets "
        "there, and print the loss every 500 epochs. If it still falls at the end, let it go "
        "on."
    ),
)
def nand(answer: Any) -> None:
    w1, w2, b = numbers(
        answer,
        3,
        "Three numbers are wanted: w1, w2 and b.",
        hint="If w is an array of two: `(*w, b)` are three numbers.",
    )
    with np.errstate(over="ignore"):  # numbers near the largest there is
        y_hat = _sigmoid(_X @ np.array([w1, w2]) + b)
    loss = np.mean((y_hat - _NAND) ** 2)
    if loss < 0.001:
        return
    hint = ""
    if np.array_equal(y_hat > 0.5, _NAND == 1):
        hint = "All four answers lie on the right side; it needs more epochs, or longer steps."
    elif np.array_equal(y_hat > 0.5, _AND == 1):
        hint = "This neuron has learned AND. NAND is its opposite."
    elif np.array_equal(y_hat > 0.5, _OR == 1):
        hint = "This neuron has learned OR: its targets are still 0, 1, 1, 1."
    elif np.all(y_hat > 0.99):
        hint = "Every answer is 1: it is saturated. Take a smaller learning rate."
    raise Wrong(
        f"The mean square loss on NAND is {loss:.4f}; it must be below 0.001.",
        got=y_hat.round(3),
        hint=hint,
    )
