"""The sheet Backward: the gradients of the loss, from the logits back to the filters.

Reads the cells of the forward sheets; the numbers that its own cells carry come from a Story.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.gradients import Gradients
from utils.networks.in_numpy.keras_layers import Network
from utils.spreadsheet.cells import Maps, block_origins
from utils.spreadsheet.layers_maps import filter_name
from utils.spreadsheet.squares import CellGrid, SquareSheet
from utils.spreadsheet.workbook import BLUE, FIRST_ROW, NARROWEST, Pages

__all__ = ["Story", "backward_sheet"]

BACKWARD = "Backward"
WIDEST = 42  # cells of maps or filters side by side
TEXTS = {
    "logits": (
        "1 · From the loss to the logits",
        "The slope of the loss for a logit is its share minus the truth: raise the right "
        "logit and the loss falls, raise a wrong one and it rises.",
    ),
    "dense": (
        "2 · From the logits to the dense weights and their inputs",
        "A weight's slope is its input times its logit's slope; a bias's is its logit's. An "
        "input's is its weights times the logits' slopes, summed: all its ways to the loss.",
    ),
    "maps": (
        "3 · The inputs' slopes, laid out as maps",
        "Flatten moved the numbers, so their slopes only move back.",
    ),
    "relu": (
        "4 · Through ReLU",
        "Where the map is 0, ReLU let nothing through: the slope is 0 there. Elsewhere it passes.",
    ),
    "filters": (
        "5 · From the maps to the filters",
        "Each number of a filter met every pixel of a window of the picture. Its slope is that "
        "window times the map's slopes, summed; a bias's is the sum of the map's slopes.",
    ),
}


@dataclass(frozen=True)
class Story:
    """All that the three sheets tell.

    sheets: names of the sheets of Conv2D, Flatten and Dense. pixels, maps: where input and
    feature maps lie; inputs: the addresses of Dense's inputs, in order.
    old, new: the network before and after the step. example: (height, width, channels).
    """

    sheets: Sequence[str]
    pixels: Maps
    maps: Maps
    inputs: Sequence[str]
    old: Network
    new: Network
    gradients: Gradients
    example: np.ndarray
    label: int
    class_names: Sequence[str]
    rate: float


def backward_sheet(pages: Pages, story: Story) -> dict[str, CellGrid]:
    """Write the gradients of all numbers, from the loss back to the filters; return where they lie.

    By the names of what they belong to: `conv_filter_1`, `dense_unit_1`, `dense_bias_1`, ….
    """
    classes, (height, width, count) = len(story.class_names), story.gradients.maps.shape
    left = max(13, 6 + 2 * classes)
    _, per_row = block_origins(count, height + 2, width + 1, WIDEST)
    right = max(NARROWEST - left - 2, per_row * (width + 1))
    text = (
        "The chain rule, backwards: each slope says how much the loss changes with a number, "
        "and is made of the slopes of what comes after it. Orange: the loss rises with it."
    )
    board = SquareSheet(
        pages, BACKWARD, "Backward: from the loss to every weight", text, left + 2 + right
    )
    row, logits = _logits(board, story, left)
    found, inputs = _dense(board, story, row + 1, left, logits)
    row, maps = _maps(board, story, "maps", (FIRST_ROW, left + 2, right), lambda f, y, x: (
        f"={inputs.at((y * width + x) * count + f, 0)}"))  # fmt: skip
    row, sums = _maps(board, story, "relu", (row + 1, left + 2, right), lambda f, y, x: (
        f"=IF({story.maps.cell(f, y, x)}>0,{maps[f].at(y, x)},0)"))  # fmt: skip
    found |= _filters(board, story, (row + 1, left + 2, right), sums)
    board.finish()
    return found


def _logits(board: SquareSheet, story: Story, width: int) -> tuple[int, CellGrid]:
    """Write probability − truth; return the next free row and where the gradients lie."""
    row = board.block(FIRST_ROW, 0, width, *TEXTS["logits"])
    count = len(story.class_names)
    for column, word in ((0, "class"), (5, "share"), (7, "truth"), (9, "∂L/∂z")):
        board.label(row, column, word)
    probabilities = story.gradients.logits + np.eye(count)[story.label]
    for n, name in enumerate(story.class_names):
        board.words(row + 1 + n, 0, 4, f"=INDEX(classes,{n + 1})", name)
    probability = board.grid(
        row + 1, 5, probabilities[:, None], lambda n, _: f"=INDEX(shares,{n + 1})"
    )
    truth = board.grid(
        row + 1, 7, np.eye(count)[:, [story.label]], lambda n, _: f"=INDEX(truth,{n + 1})"
    )
    gradient = board.grid(
        row + 1, 9, story.gradients.logits[:, None],
        lambda n, _: f"={probability.at(n, 0)}-{truth.at(n, 0)}", "logits_gradient",
    )  # fmt: skip
    board.color([probability, truth], np.ones(1), BLUE)
    board.color([gradient], np.ones(1))
    return row + 1 + count, gradient


def _dense(
    board: SquareSheet, story: Story, row: int, width: int, logits: CellGrid
) -> tuple[dict[str, CellGrid], CellGrid]:
    """Write inputs, weights and their gradients; return the weights', and the inputs'."""
    name, dense, gradients = story.sheets[2], story.old.layers[2], story.gradients
    count, classes = dense.weights.shape
    row = board.block(row, 0, width, *TEXTS["dense"])
    first, second, third = 3, 4 + classes, 5 + 2 * classes
    board.label(row, second - 2, "∂L/∂z")
    top = board.grid(row, second, gradients.logits[None], lambda _, n: f"={logits.at(n, 0)}")
    heads = ((1, "input"), (first, "weights"), (second, "∂L/∂w"), (third, "∂L/∂input"))
    for column, word in heads:
        board.label(row + 1, column, word)
    row += 2
    board.numbers(row, 0, count)
    flat = forward(story.old, story.example)[1]
    inputs = board.grid(row, 1, flat[:, None], lambda k, _: f"={story.inputs[k]}")
    weights = board.grid(
        row, first, dense.weights, lambda k, n: f"=INDEX({name}_unit_{n + 1},{k + 1})"
    )
    outer = board.grid(
        row, second, gradients.weights, lambda k, n: f"={inputs.at(k, 0)}*{top.at(0, n)}"
    )
    back = board.grid(
        row, third, gradients.maps.reshape(-1, 1),
        lambda k, _: f"=SUMPRODUCT({weights.rows(k)},{top.rows(0)})",
        f"{story.sheets[1]}_output_gradient",
    )  # fmt: skip
    board.color([inputs], flat, BLUE)
    board.color([weights], dense.weights)
    board.color(
        [top, outer, back], np.concatenate([gradients.weights.ravel(), gradients.maps.ravel()])
    )
    found = {f"{name}_unit_{n + 1}": outer.column_of(n) for n in range(classes)}
    if dense.has_bias:
        found |= {f"{name}_bias_{n + 1}": top.column_of(n) for n in range(classes)}
    for one, grid in found.items():
        board.pages.define(f"{one}_gradient", board.name, *grid.box)
    return found, back


def _maps(
    board: SquareSheet, story: Story, kind: str, place: tuple[int, int, int],
    formula: Callable[[int, int, int], str],
) -> tuple[int, list[CellGrid]]:  # fmt: skip
    """Write gradients as maps, by a formula of map, row and column; return the next free row."""
    row, left, width = place
    row = board.block(row, left, width, *TEXTS[kind])
    values = story.gradients.maps if kind == "maps" else story.gradients.sums
    height, wide, count = values.shape
    word = "map" if kind == "maps" else "sums"
    blocks, _ = block_origins(count, height + 2, wide + 1, WIDEST)
    grids = []
    for f, (down, across) in enumerate(blocks):
        board.label(row + down, left + across, f"∂L/∂{word} {f + 1}")
        grids.append(
            board.grid(
                row + down + 1, left + across, values[..., f], partial(formula, f),
                f"{story.sheets[0]}_{word}_{f + 1}_gradient",
            )
        )  # fmt: skip
    board.color(grids, story.gradients.maps)
    return row + blocks[-1][0] + height + 2, grids


def _filters(
    board: SquareSheet, story: Story, place: tuple[int, int, int], sums: Sequence[CellGrid]
) -> dict[str, CellGrid]:
    """Write the gradients of filters and biases; return where they lie."""
    row, left, width = place
    name, conv, gradients = story.sheets[0], story.old.layers[0], story.gradients
    row = board.block(row, left, width, *TEXTS["filters"])
    high, wide, channels, count = conv.weights.shape
    blocks, _ = block_origins(count * channels, high + 3, max(wide + 1, 4), WIDEST)
    found, biases = {}, {}
    for number, (down, across) in enumerate(blocks):
        f, c = divmod(number, channels)
        top, side = row + down, left + across
        board.label(top, side, f"∂L/∂filter {f + 1}" + (f", {c + 1}" if channels > 1 else ""))
        filled = board.grid(
            top + 1, side, gradients.filters[:, :, c, f],
            partial(_filter_formula, story, sums[f], c),
        )  # fmt: skip
        found[filter_name(name, f, c, channels)] = filled
        if c == 0 and conv.has_bias:
            board.label(top + 1 + high, side, "∂L/∂b")
            value, total = (
                gradients.filter_biases[[[f]]],
                f"=SUM({sums[f].rows(0, sums[f].height)})",
            )
            biases[f"{name}_bias_{f + 1}"] = board.grid(
                top + 1 + high, side + 2, value, lambda *_, total=total: total
            )
    for one, grid in (found | biases).items():
        board.pages.define(f"{one}_gradient", board.name, *grid.box)
    together = np.concatenate([gradients.filters.ravel(), gradients.filter_biases])
    board.color([*found.values(), *biases.values()], together)
    return found | biases


def _filter_formula(story: Story, sums: CellGrid, channel: int, i: int, j: int) -> str:
    window = story.pixels.window(channel, i, j, sums.height, sums.width)
    return f"=SUMPRODUCT({window},{sums.rows(0, sums.height)})"
