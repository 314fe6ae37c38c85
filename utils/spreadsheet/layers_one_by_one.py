"""Sheets of maps whose every number is made of one number of the sheet before, or of several.

Rescaling, BatchNormalization, activations, Dropout, ZeroPadding2D and Reshape; of several sheets
Add. Each writer takes where its input lies, or its inputs, and returns where its output lies.
"""

from collections.abc import Callable, Sequence

import numpy as np

from utils.networks.in_numpy.plain_layers import Layer
from utils.spreadsheet.activations import ALONE, activated, slope_cell
from utils.spreadsheet.cells import Maps, Vector
from utils.spreadsheet.map_sheets import Padding, corners, fill, layer_title, map_sheet
from utils.spreadsheet.workbook import FIRST_ROW, Pages

__all__ = ["NORM_ROWS", "NORM_TEXT", "ONE_BY_ONE", "listed", "dropout_text", "norm_formulas"]

LEFT = 4  # columns beside a map for what scale and shift are made of

NORM_TEXT = (
    "Each number times a scale, plus a shift. In training the layer noted mean and variance of "
    "what it saw, and learned gamma and beta: scale = gamma / √(variance + epsilon), "
    "shift = beta − mean · scale."
)
NORM_ROWS = ("gamma", "beta", "mean", "variance")  # as a Layer's weights have them


def _rescaling(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write value · scale + offset; scale and offset stand in cells of their own, top right."""
    text = "Every number times the scale, plus the offset: the size of input that training likes."
    maps, sheet = map_sheet(pages, name, layer_title(layer), text, layer.shape, padding, top=2)
    for row, (word, numbers) in enumerate((("scale", layer.scale), ("offset", layer.offset))):
        sheet.write_string(FIRST_ROW + row, 0, word, pages.look("label"))
        for channel, number in enumerate(numbers.tolist()):
            place = (FIRST_ROW + row, 2 + channel)
            sheet.write_number(*place, number, pages.square("0.000", frame=True))
            pages.define(f"{name}_{word}_{channel + 1}", name, *place, 1, 1)

    def formula(channel: int, y: int, x: int) -> str:
        scaled = f"={before.cell(channel, y, x)}*{name}_scale_{channel + 1}"
        return scaled + (f"+{name}_offset_{channel + 1}" if layer.offset[channel] else "")

    fill(pages, sheet, name, maps, values, formula)
    return maps


def norm_formulas(cells: Sequence[str], epsilon: str) -> tuple[str, str]:
    """Return the formulas of scale and shift; cells: of gamma, beta, mean, variance and scale."""
    gamma, beta, mean, variance, scale = cells
    return f"={gamma}/SQRT({variance}+{epsilon})", f"={beta}-{mean}*{scale}"


def _normalization(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write value · scale + shift; beside each map what scale and shift are made of."""
    maps, sheet = map_sheet(
        pages, name, layer_title(layer), NORM_TEXT, layer.shape, padding, left=LEFT, least=6, top=1
    )
    look, made = pages.square("0.000", frame=True), pages.square("0.000")
    sheet.write_string(FIRST_ROW, 0, "epsilon", pages.look("label"))
    sheet.write_number(FIRST_ROW, 2, layer.epsilon, pages.square("General", frame=True))
    pages.define(f"{name}_epsilon", name, FIRST_ROW, 2, 1, 1)
    for n, (row, column) in enumerate(corners(maps, padding, LEFT)):
        for down, word in enumerate((*NORM_ROWS, "scale", "shift")):
            sheet.write_string(row + down, column, word, pages.look("label"))
            pages.define(f"{name}_{word}_{n + 1}", name, row + down, column + 2, 1, 1)
        sheet.write_column(row, column + 2, layer.weights[:, n].tolist(), look)
        words = [f"{name}_{word}_{n + 1}" for word in (*NORM_ROWS, "scale")]
        scale, shift = norm_formulas(words, f"{name}_epsilon")
        sheet.write_formula(row + 4, column + 2, scale, made, float(layer.scale[n]))
        sheet.write_formula(row + 5, column + 2, shift, made, float(layer.offset[n]))

    def formula(channel: int, y: int, x: int) -> str:
        at = before.cell(channel, y, x)
        return f"={at}*{name}_scale_{channel + 1}+{name}_shift_{channel + 1}"

    fill(pages, sheet, name, maps, values, formula)
    return maps


def _activation(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    leaky = layer.applied == "leaky_relu"
    maps, sheet = map_sheet(
        pages, name, layer_title(layer), ALONE[layer.kind], layer.shape, padding,
        top=1 if leaky else 0,
    )  # fmt: skip
    if leaky:
        slope_cell(pages, sheet, name, layer, FIRST_ROW, 0)
    fill(pages, sheet, name, maps, values, lambda c, y, x: (
        f"={activated(layer, before.cell(c, y, x), name)}"))  # fmt: skip
    return maps


def _dropout(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    maps, sheet = map_sheet(
        pages, name, layer_title(layer), dropout_text(layer), layer.shape, padding
    )
    fill(pages, sheet, name, maps, values, lambda c, y, x: f"={before.cell(c, y, x)}")
    return maps


def dropout_text(layer: Layer) -> str:
    """Return what a Dropout layer does here: nothing, and why."""
    return (
        f"In training, dropout silences {layer.rate:.0%} of these numbers at random. "
        "While the network only answers, as here, all pass as they are."
    )


def _zero_padding(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write the maps with a border of zeros, which are part of these larger maps."""
    text = "The maps of the sheet before, with a border of zeros around each."
    maps, sheet = map_sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    top, _, left, _ = layer.padding
    height, width = before.size

    def formula(channel: int, y: int, x: int) -> str:
        inside = 0 <= y - top < height and 0 <= x - left < width
        return f"={before.cell(channel, y - top, x - left)}" if inside else "=0"

    fill(pages, sheet, name, maps, values, formula)
    return maps


def _added(
    pages: Pages, name: str, layer: Layer, before: Sequence[Maps], values: np.ndarray,
    padding: Padding,
) -> Maps:  # fmt: skip
    """Write the sums of several sheets' numbers, place by place."""
    text = f"The numbers of {listed([one.sheet for one in before])}, added place by place."
    maps, sheet = map_sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    fill(pages, sheet, name, maps, values, lambda c, y, x: (
        "=" + "+".join(one.cell(c, y, x) for one in before)))  # fmt: skip
    return maps


def listed(sheets: Sequence[str]) -> str:
    """Return the names of two sheets or more as words: `a, b and c`."""
    *first, last = sheets
    return f"{', '.join(first)} and {last}"


def _reshape(
    pages: Pages, name: str, layer: Layer, before: Maps | Vector, values: np.ndarray,
    padding: Padding,
) -> Maps:  # fmt: skip
    """Write the same numbers in another shape, in the order of Flatten."""
    text = "The numbers of the sheet before, laid out anew: row by row, pixel by pixel, map by map."
    maps, sheet = map_sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    numbers, (_, width, channels) = before.cells(), layer.shape
    fill(pages, sheet, name, maps, values, lambda c, y, x: (
        f"={numbers[(y * width + x) * channels + c]}"))  # fmt: skip
    return maps


ONE_BY_ONE: dict[str, Callable[..., Maps]] = {
    "Rescaling": _rescaling,
    "BatchNormalization": _normalization,
    **dict.fromkeys(ALONE, _activation),
    "Dropout": _dropout,
    "ZeroPadding2D": _zero_padding,
    "Reshape": _reshape,
    "Add": _added,
}
