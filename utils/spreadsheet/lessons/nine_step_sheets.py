"""The sheets of the nine steps that a network's own sheets don't have.

They take numbers from those by defined names, such as `conv1_filter_1_channel_1`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.functions import convolve
from utils.networks.in_numpy.keras_layers import Network
from utils.spreadsheet.squares import SquareSheet
from utils.spreadsheet.workbook import (
    FIRST_ROW,
    LIGHT_INK,
    SHADES,
    Pages,
    light,
    number_format,
    signed,
)

__all__ = [
    "StepSheets",
    "convolution_sheet",
    "fill_cells",
    "filter_sheet",
    "knob",
    "map_size",
    "padding_sheet",
    "stride_sheet",
]

STRIDE, PADDING = 2, 1  # what stands in the cells at first
MOST_STRIDE, MOST_PADDING = 3, 2


@dataclass(frozen=True)
class StepSheets:
    """What all steps' sheets need. values: what each layer gives; seen: what conv1 is given."""

    pages: Pages
    sheets: Sequence[str]
    network: Network
    example: np.ndarray

    @cached_property
    def values(self) -> list[np.ndarray]:
        return forward(self.network, self.example)

    @property
    def seen(self) -> np.ndarray:
        return self.values[0]

    @property
    def filter(self) -> np.ndarray:
        """The filter that is chosen at first, (3, 3, 3)."""
        return self.network.layers[1].weights[..., 0]

    @property
    def bias(self) -> float:
        return float(self.network.layers[1].biases[0])

    def choose(self, pattern: str) -> str:
        """Return the formula that takes the chosen filter's of a value that each filter has."""
        count = self.network.layers[1].weights.shape[-1]
        return f"CHOOSE(chosen_filter,{','.join(pattern.format(n + 1) for n in range(count))})"

    def channel(self, number: int) -> str:
        """Return the name of what conv1 sees of a channel, counted from 0."""
        return f"{self.sheets[0]}_map_{number + 1}"


def knob(
    board: SquareSheet, row: int, name: str, words: str, value: int, ends: tuple[int, int]
) -> None:
    """Write a cell to change: a whole number between two ends."""
    board.label(row, 0, words)
    board.sheet.write_number(
        row, 5, value, board.pages.square("0", "#0047AB", "#EAF2FB", frame=True)
    )
    board.pages.define(name, board.name, row, 5, 1, 1)
    board.sheet.data_validation(row, 5, row, 5, {
        "validate": "integer", "criteria": "between", "minimum": ends[0], "maximum": ends[1],
        "error_message": f"Choose a whole number from {ends[0]} to {ends[1]}."})  # fmt: skip


def _number(
    board: SquareSheet, place: tuple[int, int], value: float, formula: str, name: str
) -> str:
    """Write one formula with its value, and name its cell; return its address."""
    return board.grid(*place, np.array([[value]]), lambda i, j: formula, name).at(0, 0)


def filter_sheet(steps: StepSheets) -> None:
    """Write step 2: the chosen filter's three layers and its bias."""
    text = (
        "A filter has a weight for each pixel of its window, in each colour: 27 weights and "
        "one bias. Orange weights like bright pixels of their colour, purple ones dislike them."
    )
    board = SquareSheet(steps.pages, "Filter", "Filter: what the network looks for", text, 30)
    count, conv = steps.network.layers[1].weights.shape[-1], steps.sheets[1]
    knob(board, FIRST_ROW, "chosen_filter", f"filter, 1 to {count}", 1, (1, count))
    grids = []
    for c, color in enumerate(SHADES):
        column = 5 * c
        board.label(FIRST_ROW + 2, column, color.lower())
        place = (FIRST_ROW + 3, column)
        name = f"steps_filter_{c + 1}"
        grids.append(board.grid(*place, steps.filter[:, :, c], _weight(steps, c), name))
    board.color(grids, steps.filter)
    board.label(FIRST_ROW + 7, 0, "bias")
    bias = f"={steps.choose(conv + '_bias_{}')}"
    _number(board, (FIRST_ROW + 7, 5), steps.bias, bias, "steps_filter_bias")
    board.finish()


def _weight(steps: StepSheets, c: int) -> Callable[[int, int], str]:
    """Return the formulas of the chosen filter's weights on colour c."""
    stem = f"{steps.sheets[1]}_filter_{{}}_channel_{c + 1}"
    return lambda i, j: "=" + steps.choose(f"INDEX({stem},{i + 1},{j + 1})")


def convolution_sheet(steps: StepSheets) -> None:
    """Write step 3: the 27 multiplications of one pixel."""
    text = (
        "Lay the filter on the picture, with its top left corner on the pixel that you choose. "
        "Multiply the nine numbers below it with the nine weights, in each colour; add all 27 "
        "products and the bias. That is one number of the map."
    )
    title = "Convolution: 27 multiplications make one number"
    board = SquareSheet(steps.pages, "Convolution", title, text, 34)
    high, wide = steps.values[1].shape[:2]
    y, x = high // 2, wide // 2
    row = FIRST_ROW
    knob(board, row, "pixel_row", f"row, 0 to {high - 1}", y, (0, high - 1))
    knob(board, row + 1, "pixel_column", f"column, 0 to {wide - 1}", x, (0, wide - 1))
    window = steps.seen[y : y + 3, x : x + 3]
    totals = [_products(board, steps, c, row + 4 + 5 * c, window[:, :, c]) for c in range(3)]
    _sum(board, steps, row + 20, totals, float((window * steps.filter).sum()), (y, x))
    board.finish()


def _products(board: SquareSheet, steps: StepSheets, c: int, row: int, window: np.ndarray) -> str:
    """Write one colour's window, weights, products and their sum; return the sum's address."""
    name = list(SHADES)[c]
    for column, word in ((0, f"{name.lower()} window"), (5, "weights"), (10, "products")):
        board.label(row - 1, column, word)
    image = steps.channel(c)
    pixels = board.grid(
        row, 0, window, lambda i, j: f"=INDEX({image},pixel_row+{i + 1},pixel_column+{j + 1})",
        f"steps_window_{c + 1}", LIGHT_INK,
    )  # fmt: skip
    weights = board.grid(
        row, 5, steps.filter[:, :, c], lambda i, j: f"=INDEX(steps_filter_{c + 1},{i + 1},{j + 1})"
    )
    products = window * steps.filter[:, :, c]
    made = board.grid(
        row, 10, products, lambda i, j: f"={pixels.at(i, j)}*{weights.at(i, j)}",
        f"steps_products_{c + 1}",
    )  # fmt: skip
    board.pages.shade(board.sheet, [pixels.box], **light(SHADES[name], 1.0))
    board.color([weights], steps.filter)
    board.color([made], steps.filter)
    for column, sign in ((3, "×"), (8, "="), (13, "sum")):
        board.label(row + 1, column, f"  {sign}")
    formula = f"=SUM(steps_products_{c + 1})"
    return _number(board, (row + 1, 15), float(products.sum()), formula, f"steps_total_{c + 1}")


def _sum(
    board: SquareSheet,
    steps: StepSheets,
    row: int,
    totals: Sequence[str],
    total: float,
    at: tuple[int, int],
) -> None:
    """Write the sum of the three colours, the bias, and the network's own number beside it."""
    map_ = f"INDEX({steps.sheets[1]}_map_{{}},pixel_row+1,pixel_column+1)"
    lines = (
        ("red + green + blue", f"={'+'.join(totals)}", total),
        ("bias", "=steps_filter_bias", steps.bias),
        ("together", None, total + steps.bias),
        (f"the same cell on {board.pages.tab(steps.sheets[1])}", f"={steps.choose(map_)}",
         float(steps.values[1][(*at, 0)])),
    )  # fmt: skip
    found: list[str] = []
    for n, (words, formula, value) in enumerate(lines):
        board.label(row + n, 0, words)
        formula = formula or f"={found[0]}+{found[1]}"
        found.append(_number(board, (row + n, 7), value, formula, f"steps_sum_{n + 1}"))


def stride_sheet(steps: StepSheets) -> None:
    """Write step 4: the chosen filter over the whole image, with a stride to choose."""
    text = (
        "The filter of step 2 visits the whole picture. With stride 1 it moves by one pixel, with "
        "stride 2 by two: the map gets smaller, and so does the work that follows."
    )
    board = SquareSheet(steps.pages, "Stride", "Stride: how far the filter moves", text, 30)
    knob(board, FIRST_ROW, "stride", f"stride, 1 to {MOST_STRIDE}", STRIDE, (1, MOST_STRIDE))
    height, width = steps.seen.shape[:2]
    sizes = [f"=INT(({side}-3)/stride)+1" for side in (height, width)]
    _map(board, steps, (FIRST_ROW + 2, 0), sizes, steps.seen, STRIDE,
         (height - 2, width - 2), steps.channel, "stride")  # fmt: skip
    board.finish()


def padding_sheet(steps: StepSheets) -> None:
    """Write step 5: the padded image, and the map that filter and stride make of it."""
    text = (
        "Without padding a map is smaller than its picture, and the border is seen less often than "
        "the middle. A ring of zeros mends both. Below: the padded picture in its three colours, "
        "and its map, with the stride of step 4."
    )
    height, width, _ = steps.seen.shape
    high, wide = height + 2 * MOST_PADDING, width + 2 * MOST_PADDING
    title = "Zero padding: a ring around the picture"
    board = SquareSheet(steps.pages, "Padding", title, text, 2 * (wide + 2), wide + 2)
    words = f"padding, 0 to {MOST_PADDING}"
    knob(board, FIRST_ROW, "padding", words, PADDING, (0, MOST_PADDING))
    padded = np.pad(steps.seen, ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    places = [(FIRST_ROW + 3 + n // 2 * (high + 2), n % 2 * (wide + 2)) for n in range(4)]
    for c, (name, color) in enumerate(SHADES.items()):
        row, column = places[c]
        board.begin(row - 1, column)
        board.label(row - 1, column, name.lower())
        _padded(board, steps, c, (row, column, high, wide), padded[:, :, c])
        board.pages.shade(board.sheet, [(row, column, high, wide)], **light(color, 1.0))
    sizes = [f"=INT(({side}+2*padding-3)/stride)+1" for side in (height, width)]
    place = (places[3][0] - 1, places[3][1])
    _map(board, steps, place, sizes, padded, STRIDE, (high - 2, wide - 2),
         lambda c: f"steps_padded_{c + 1}", "padding")  # fmt: skip
    board.finish()


def _padded(
    board: SquareSheet,
    steps: StepSheets,
    c: int,
    box: tuple[int, int, int, int],
    values: np.ndarray,
) -> None:
    """Write one colour of the padded image: image, zeros around it, empty beyond."""
    height, width, _ = steps.seen.shape

    def formula(i: int, j: int) -> str:
        inside = f"AND({i}>=padding,{i}<{height}+padding,{j}>=padding,{j}<{width}+padding)"
        pixel = f"INDEX({steps.channel(c)},{i + 1}-padding,{j + 1}-padding)"
        ring = f'IF(AND({i}<{height}+2*padding,{j}<{width}+2*padding),0,"")'
        return f"=IF({inside},{pixel},{ring})"

    fill_cells(board, box, formula, values, f"steps_padded_{c + 1}", LIGHT_INK)


def _map(
    board: SquareSheet, steps: StepSheets, place: tuple[int, int], sizes: Sequence[str],
    seen: np.ndarray, stride: int, most: tuple[int, int], channel: Callable[[int], str], name: str,
) -> None:  # fmt: skip
    """Write the map's size, then the map; cells beyond its size stay empty."""
    values = convolve(seen, steps.filter[..., None], (stride, stride))[..., 0] + steps.bias
    row, column = place
    map_size(board, place, sizes, values.shape, name)

    def cell_formula(y: int, x: int) -> str:
        corners = [(f"{y}*stride+{d},{x}*stride+{d}") for d in (1, 3)]
        terms = "+".join(
            f"SUMPRODUCT(INDEX({channel(c)},{corners[0]}):INDEX({channel(c)},{corners[1]}),"
            f"steps_filter_{c + 1})"
            for c in range(3)
        )
        inside = f"AND({y}<steps_{name}_rows,{x}<steps_{name}_columns)"
        return f'=IF({inside},{terms}+steps_filter_bias,"")'

    box = (row + 3, column, *most)
    fill_cells(board, box, cell_formula, values, f"steps_{name}_map")
    board.pages.shade(board.sheet, [box], **signed(float(np.abs(values).max())))


def map_size(
    board: SquareSheet, place: tuple[int, int], formulas: Sequence[str], size: Sequence[int],
    name: str,
) -> None:  # fmt: skip
    """Write how many rows and columns a map has, and name these two cells."""
    row, column = place[0], place[1] + 5
    for n, (word, formula) in enumerate(zip(("rows", "columns"), formulas, strict=True)):
        board.label(row + n, place[1], f"{word} of the map")
        board.sheet.write_formula(row + n, column, formula, board.pages.square("0"), size[n])
        board.pages.define(f"steps_{name}_{word}", board.name, row + n, column, 1, 1)


def fill_cells(
    board: SquareSheet, box: tuple[int, int, int, int], formula: Callable[[int, int], str],
    values: np.ndarray, name: str, ink: str = "#333333",
) -> None:  # fmt: skip
    """Write formulas into a rectangle; where there are fewer values they give an empty text."""
    row, column, height, width = box
    look = board.pages.square(number_format(values), ink)
    for i, j in np.ndindex(height, width):
        inside = i < values.shape[0] and j < values.shape[1]
        value = float(values[i, j]) if inside else ""
        board.sheet.write_formula(row + i, column + j, formula(i, j), look, value)
    board.pages.define(name, board.name, *box)
    board.reached(row + height - 1, column + width - 1)
