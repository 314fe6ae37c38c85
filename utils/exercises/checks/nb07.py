"""The exercises of notebook 07: a convolution's size, a filter that moves, edges, cost."""

from random import Random
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils.exercises import Numbers, Wrong, array, call, exercise, number, value
from utils.exercises.compare import Mistakes

_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def _slide(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return np.einsum("ijmn,mn->ij", sliding_window_view(x, w.shape), w)


@exercise(
    "07.1",
    hint="How far can the window move over the padded side, and how many steps is that?",
    more=(
        "Draw a side of 6 with a filter of 3: the window's left edge stands at 0, 1, 2 or 3. "
        "Which of these are left with stride 2? And how much longer is the side with padding "
        "on both ends?"
    ),
)
def output_size(answer: Any) -> None:
    for n, k, stride, padding in ((6, 3, 1, 0), (30, 5, 1, 3), (27, 5, 2, 3), (224, 7, 2, 3)):
        room = n + 2 * padding - k
        number(
            call(answer, n, k, stride, padding),
            room // stride + 1,
            name=f"`output_size({n}, {k}, {stride}, {padding})`",
            mistakes=[
                (room // stride, "The place where the window starts counts too: + 1."),
                (
                    (n + padding - k) // stride + 1,
                    "Padding lies on *both* sides: twice the padding.",
                ),
                (room / stride + 1, "There is no half place: round down, with `//`."),
                (-(-room // stride) + 1, "Round *down*: a window that sticks out doesn't count."),
                (
                    room + 1,
                    "That is the size for stride 1. With a larger stride the window skips places.",
                ),
                (
                    (room + 1) // stride,
                    "Divide by the stride first, then add the 1 for where the window starts.",
                ),
            ],
        )


def _move(random: Random) -> dict[str, int] | None:
    right, down = random.randint(-1, 1), random.randint(-1, 1)
    return {"right": right, "down": down} if right or down else None


def _single(row: int, column: int) -> list[list[float]]:
    """Return a 3 × 3 filter with one weight of 1; row and column count from the middle."""
    return [[float((i, j) == (row, column)) for j in (-1, 0, 1)] for i in (-1, 0, 1)]


@value(
    "07.2",
    says="Your filter",
    hint="One weight is 1 and all others are 0. Which neighbour should each place show?",
    more=(
        "A place shows the pixel under the weight 1. If the picture moves one way, each place must "
        "take its number from the opposite side. Try it on a picture with one bright pixel."
    ),
    draw=_move,
    right=1,
    down=0,
)
def moving_filter(my: Numbers) -> tuple[list[list[float]], Mistakes]:
    right, down = my.right, my.down
    mistakes = [
        (_single(down, right), "This one moves the picture the *opposite* way: each place shows "
                               "the neighbour on the side that it should move to."),
        (_single(0, 0), "This one leaves the picture as it is."),
        (_SOBEL, "This one finds edges. To move a picture, a single weight is enough."),
    ]  # fmt: skip
    if right != down:
        mistakes += [(_single(-right, -down), "Rows and columns are exchanged: rows come first.")]
    if right and down:
        half = "This one moves it in one of the two directions only."
        mistakes += [(_single(0, -right), half), (_single(-down, 0), half)]
    return _single(-down, -right), mistakes


@exercise(
    "07.3",
    hint=("Both filters, each by itself; then the length of the arrow that the two numbers make."),
    more=(
        "The second filter is the first one, turned so that rows become columns. Without "
        "padding a 5 × 7 picture gives 3 × 5 places: check both results' shapes. Pythagoras "
        "joins them."
    ),
)
def edge_strength(answer: Any) -> None:
    for size in ((5, 7), (4, 6)):
        _strength(answer, np.random.default_rng(6).integers(0, 10, size).astype(float))


def _strength(answer: Any, x: np.ndarray) -> None:
    across, down = _slide(x, _SOBEL), _slide(x, _SOBEL.T)
    array(
        call(answer, x),
        np.hypot(across, down),
        name=f"The edge strength of a {x.shape[0]} × {x.shape[1]} picture",
        mistakes=[
            (across**2 + down**2, "The root is missing: these are the squares, added."),
            (
                np.abs(across) + np.abs(down),
                "You added the absolute values. The length of an arrow is the root of the sum of "
                "squares.",
            ),
            (
                np.abs(across + down),
                "You added both results first, so edges of opposite sign cancel. Square each one.",
            ),
            (across + down, "You added both results. Square each one, add, take the root."),
            (np.abs(across), "Only vertical edges are in it. The second filter is `vertical.T`."),
            (
                np.sqrt(2) * np.abs(across),
                "Both filters are the same one. That for horizontal edges is `vertical.T`.",
            ),
        ],
    )


@exercise(
    "07.4",
    hint="How many places are there, how many filters, and how many weights has one filter?",
    more=(
        "Take 4 × 4 pixels, 2 channels, 3 filters of 3 × 3 and stride 2 on paper: 2 × 2 "
        "places, each filter with 18 weights: 216 multiplications and 57 parameters. Which of"
        " your factors differs?"
    ),
)
def cost(answer: Any) -> None:
    for n, channels, filters, k, stride in ((32, 3, 32, 3, 1), (16, 32, 64, 3, 2), (9, 1, 4, 5, 2)):
        side, weights = -(-n // stride), k * k * channels
        multiplications = side * side * filters * weights
        pair = call(answer, n, channels, filters, k, stride)
        name = f"`cost({n}, {channels}, {filters}, {k}, {stride})`"
        if not isinstance(pair, tuple | list | np.ndarray) or len(pair) != 2:
            raise Wrong(
                "Two numbers are wanted: multiplications and parameters.",
                got=pair,
                hint="End with `return multiplications, parameters`.",
            )
        number(
            pair[0],
            multiplications,
            name=f"Multiplications: the first number of {name}",
            mistakes=[
                (
                    side * side * filters * k * k,
                    "The channels are missing: a filter is as deep as its picture.",
                ),
                (
                    n * n * filters * weights,
                    "With a stride the filter visits fewer places: ⌈n / stride⌉ on each side.",
                ),
                (
                    n * n * filters * weights / stride,
                    "The stride counts on both sides: divide the places by stride *squared*.",
                ),
                (
                    (n // stride) ** 2 * filters * weights,
                    "Round *up*: `-(-n // stride)` places on each side.",
                ),
                (side * side * weights, "That is one filter's cost. There are several filters."),
                (
                    side * filters * weights,
                    "A picture has rows *and* columns: square the places of one side.",
                ),
            ],
        )
        number(
            pair[1],
            filters * (weights + 1),
            name=f"Parameters: the second number of {name}",
            hint="Each filter has k · k · channels weights, and a bias.",
            mistakes=[
                (filters * weights, "The biases are missing: one for each filter."),
                (filters * weights + 1, "Each filter has its own bias."),
                (
                    filters * (k * k + 1),
                    "The channels are missing: a filter is as deep as its picture.",
                ),
                (
                    multiplications,
                    "The same weights serve at all places: the size of the picture doesn't matter.",
                ),
            ],
        )
