"""The exercises of notebook 06 that need a program: a convolution's size, edges, cost."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils.exercises import Wrong, array, call, exercise, number

_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def _slide(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return np.einsum("ijmn,mn->ij", sliding_window_view(x, w.shape), w)


@exercise("06.1")
def output_size(answer: Any) -> None:
    for n, k, stride, padding in ((6, 3, 1, 0), (30, 5, 1, 3), (27, 5, 2, 3), (224, 7, 2, 3)):
        room = n + 2 * padding - k
        number(
            call(answer, n, k, stride, padding),
            room // stride + 1,
            name=f"`output_size({n}, {k}, {stride}, {padding})`",
            hint="Pad both sides, see how far the window can go, count its steps and its start.",
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


@exercise("06.3")
def edge_strength(answer: Any) -> None:
    x = np.random.default_rng(6).integers(0, 10, size=(5, 7)).astype(float)
    across, down = _slide(x, _SOBEL), _slide(x, _SOBEL.T)
    array(
        call(answer, x),
        np.hypot(across, down),
        name="The edge strength of a 5 × 7 picture",
        hint="Both filters, then the root of the sum of their squares. Without padding.",
        mistakes=[
            (across**2 + down**2, "The root is missing: these are the squares, added."),
            (
                np.abs(across) + np.abs(down),
                "You added the absolute values. The length of an arrow is the root of the sum of "
                "squares: `np.hypot(a, b)`.",
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


@exercise("06.4")
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
            hint="Places · filters · the weights of one filter.",
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
