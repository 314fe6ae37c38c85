"""The exercises of notebook 05: XNOR, blame through tanh, a link of the engine, a judge."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise, number, numbers

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_XNOR = np.array([1.0, 0.0, 0.0, 1.0])
# What the four parts of a network with two hidden neurons are called, and their shapes.
_PARTS = {"W1": (2, 2), "b1": (2,), "W2": (2, 1), "b2": (1,)}


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@exercise(
    "05.1",
    hint="Set two lines by the widget, or train the lesson's network with other targets.",
    more=(
        "By hand: write down the pair of hidden answers for each row, nearly 0 or 1, and find a "
        "line in their plane with the two dots on its yes side. By training: copy `backward` and "
        "`train` into functions of your own, with your own column of targets, and try several "
        "seeds."
    ),
)
def xnor(answer: Any) -> None:
    W1, b1, W2, b2 = _network(answer)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest there is
        h = _sigmoid(_X @ W1 + b1)
        y_hat = _sigmoid(h @ W2 + b2)[:, 0]
        loss = float(np.mean((y_hat - _XNOR) ** 2))
    if loss < 0.01:
        return
    raise Wrong(
        f"The mean square loss on XNOR is {loss:.4f}; it must be below 0.01.",
        got=y_hat.round(3),
        hint=_hint(h, y_hat),
    )


def _network(answer: Any) -> list[np.ndarray]:
    """Return the answer's four parts in their shapes."""
    wanted = "Four arrays are wanted in a list: W1, b1, W2 and b2."
    if not isinstance(answer, list | tuple) or len(answer) != len(_PARTS):
        raise Wrong(wanted, got=answer, hint="`train` returns such a list, and the losses with it.")
    parts = []
    for part, (name, shape) in zip(answer, _PARTS.items(), strict=True):
        size = int(np.prod(shape))
        parts.append(numbers(part, size, f"{name} has {size} numbers, in shape {shape}."))
    return [part.reshape(shape) for part, shape in zip(parts, _PARTS.values(), strict=True)]


def _hint(h: np.ndarray, y_hat: np.ndarray) -> str:
    said = y_hat > 0.5
    if np.array_equal(said, _XNOR == 1):
        return "All four answers lie on the right side, but not far enough: what makes them surer?"
    if np.array_equal(said, _XNOR == 0):
        return "This network has learned XOR. What turns its answers round?"
    if np.allclose(h[:, 0], h[:, 1]):
        return "The two hidden neurons are twins: they draw the same line."
    if np.ptp(y_hat) < 0.1:
        return "It says nearly the same to all four rows: it is still on the plateau."
    return ""


@exercise(
    "05.2",
    hint="Two links: first by the weights to the hidden answers, then by the slope of tanh.",
    more=(
        "Print the shapes first. The lesson's `dh` has a row for each row and a column for each "
        "hidden neuron, and so has the result. Then look up what the slope of tanh becomes where "
        "the answer is 0, and where it is nearly 1 or −1."
    ),
)
def hidden_blame(answer: Any) -> None:
    rng = np.random.default_rng(5)
    for rows, hidden in ((4, 2), (3, 5)):
        dz2, W2 = rng.normal(size=(rows, 1)).round(2), rng.normal(size=(hidden, 1)).round(2)
        h = np.tanh(rng.normal(size=(rows, hidden))).round(2)
        dh = dz2 @ W2.T
        array(
            call(answer, dz2, W2, h),
            dh * (1 - h**2),
            name=f"`hidden_blame(dz2, W2, h)` for {rows} rows and {hidden} hidden neurons",
            mistakes=[
                (dh, "The second link is missing: from the hidden answers to their sums."),
                (dh * h * (1 - h), "That is the sigmoid's slope; these neurons have tanh."),
                (dh * (1 - h), "tanh is as flat near −1 as near 1: its sign must play no part."),
                (-dh * (1 - h**2), "The sign is turned round."),
                (dz2 * (1 - h**2), "The weights are missing: who spoke loudly gets more blame."),
                (dh * (1 - np.tanh(h) ** 2), "h is the answer already: no second tanh."),
            ],
        )


@exercise(
    "05.3",
    hint="ReLU has two straight pieces. What is the slope of each?",
    more=(
        "Draw ReLU from −2 to 2, and lay a ruler along it at −1 and at 1. The pair is what you "
        "read there: the height, then the slope. At 0 itself the task says which to take."
    ),
)
def relu_link(answer: Any) -> None:
    for z in (3.0, -2.0, 0.5, 0.0):
        got = call(answer, z)
        if not isinstance(got, tuple | list) or len(got) != 2:
            raise Wrong("A pair is wanted: ReLU's number and its slope.", got=got)
        is_on, place = float(z > 0), f"of `relu_link({z:g})`"
        number(
            got[0],
            z * is_on,
            name=f"The number {place}",
            mistakes=[(z, "Negative numbers become 0."), (is_on, "The number comes first.")]
            if z < 0 or z > 1
            else [],
        )
        number(
            got[1],
            is_on,
            name=f"The slope {place}",
            mistakes=[(max(z, 0.0), "That is ReLU's number once more: how far does it move?")]
            if z > 1
            else [(1.0, "To the left of 0 ReLU is flat; and at 0 itself take 0.")],
        )


@exercise(
    "05.4",
    hint="Measure one slope after the other, and keep the largest difference without its sign.",
    more=(
        "Try it with one number first: loss `x ** 2`, gradient `2 * x`, at 3. Both slopes are 6 "
        "and the difference is nearly 0. Then claim that the gradient is `2 * x + 1`. Once "
        "that is 1, go through all places of an array."
    ),
)
def worst_slope(answer: Any) -> None:
    for bend, place, faults in (
        (1.0, [0.5, -1.0], [0.0, 0.0]),
        (2_000.0, [0.3, 0.2, -0.7], [0.25, -0.75, 0.125]),
        (1.0, [[0.4, 1.2], [-0.6, 0.1]], [[0.0, 0.0], [-0.125, 0.0]]),
    ):
        at, wrong = np.array(place), np.array(faults)

        def loss(x: np.ndarray, bend: float = bend) -> float:
            return float(np.sum(bend * np.asarray(x) ** 2))

        def gradient(x: np.ndarray, bend: float = bend, wrong: np.ndarray = wrong) -> np.ndarray:
            return 2 * bend * np.asarray(x) + wrong

        worst, shape = float(np.abs(wrong).max()), f"an array of shape {at.shape}"
        one_sided = float(np.abs(wrong - bend * 1e-5).max())
        number(
            call(answer, loss, gradient, at),
            worst,
            1e-4,
            name=f"`worst_slope(loss, gradient, place)` for {shape}",
            mistakes=_slips(wrong, worst, one_sided),
        )


def _slips(wrong: np.ndarray, worst: float, one_sided: float) -> list[tuple[float, str]]:
    """Return typical wrong results with their hints, but none that equals the right one."""
    slips = [
        (float(wrong.max()), "A slope may be wrong in either direction: leave out the sign."),
        (float(np.abs(wrong).mean()), "The largest difference is wanted, not their mean."),
        (float(np.abs(wrong).sum()), "The largest difference is wanted, not their sum."),
        (one_sided, "Measure two-sided: from a little below the place to a little above."),
    ]
    return [(slip, hint) for slip, hint in slips if abs(slip - worst) > 1e-4]
