"""Sheets of feature maps: where the maps lie, the zeros around them, a formula in every cell."""

from collections.abc import Callable, Sequence

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.plain_layers import Layer
from utils.spreadsheet.cells import Maps, block_origins
from utils.spreadsheet.workbook import FIRST_ROW, Pages, number_format, shades

__all__ = ["NO_PADDING", "Padding", "corners", "fill", "layer_title", "map_sheet"]

NO_PADDING = (0, 0, 0, 0)
Formula = Callable[[int, int, int], str]  # of channel, y, x
Padding = tuple[int, int, int, int]


def layer_title(layer: Layer) -> str:
    """Return a sheet's title: name, kind and size of the layer."""
    size = " × ".join(str(length) for length in layer.shape)
    kind = layer.kind + " with BatchNormalization" * bool(layer.folded)
    return f"{layer.name}: {kind}, {size}"


def map_sheet(
    pages: Pages, name: str, title: str, text: str, shape: tuple[int, ...], padding: Padding,
    labels: Sequence[str] = (), left: int = 0, least: int = 0, top: int = 0,
) -> tuple[Maps, Worksheet]:  # fmt: skip
    """Add a sheet and lay out its maps, numbered rows and columns and padding around them.

    left: columns that each map needs beside it; least: rows that these need;
    top: rows above all maps.
    """
    height, width, channels = shape
    above, below, before, behind = padding
    block_height = 2 + max(above + height + below, least) + 1
    block_width = left + 1 + before + width + behind + 1
    blocks, per_row = block_origins(channels, block_height, block_width)
    sheet = pages.squares(name, title, text, per_row * block_width, block_width)
    start = FIRST_ROW + top + (1 if top else 0)
    origins = tuple((start + row + 2 + above, column + left + 1 + before) for row, column in blocks)
    maps = Maps(pages.tab(name), origins, (height, width))
    for channel, (row, column) in enumerate(origins):
        label = labels[channel] if labels else f"map {channel + 1}"
        sheet.write_string(row - above - 2, column, label, pages.look("label"))
        sheet.write_row(row - above - 1, column, range(width), pages.look("tiny"))
        sheet.write_column(row, column - before - 1, range(height), pages.look("tiny"))
        _ring(pages, sheet, (row, column), (height, width), padding)
    rows = start + (blocks[-1][0] + block_height) - 1
    pages.finish(
        sheet, rows, per_row * block_width - 1,
        sorted({column for _, column in blocks}), sorted({start + row for row, _ in blocks}),
    )  # fmt: skip
    return maps, sheet


def _ring(
    pages: Pages, sheet: Worksheet, origin: tuple[int, int], size: tuple[int, int], padding: Padding
) -> None:
    """Write the zeros around a map that the next layer's filters reach into."""
    (row, column), (height, width), (above, below, before, behind) = origin, size, padding
    look = pages.square("0", ink="#AAAAAA", paper="#F2F2F2")
    for y in range(row - above, row + height + below):
        for x in range(column - before, column + width + behind):
            if not (row <= y < row + height and column <= x < column + width):
                sheet.write_number(y, x, 0, look)


def corners(maps: Maps, padding: Padding, left: int) -> list[tuple[int, int]]:
    """Return where the filters' columns beside the maps begin."""
    above, _, before, _ = padding
    return [(row - above - 1, column - before - 1 - left) for row, column in maps.origins]


def fill(
    pages: Pages, sheet: Worksheet, name: str, maps: Maps, values: np.ndarray, formula: Formula
) -> None:
    """Write a formula with its value into every cell of every map, colour and name the maps."""
    look = pages.square(number_format(values))
    rectangles = []
    for channel, (row, column) in enumerate(maps.origins):
        for y, x in np.ndindex(*maps.size):
            value = float(values[y, x, channel])
            sheet.write_formula(row + y, column + x, formula(channel, y, x), look, value)
        rectangles.append((row, column, *maps.size))
        pages.define(f"{name}_map_{channel + 1}", name, *rectangles[-1])
    pages.shade(sheet, rectangles, **shades(values))
