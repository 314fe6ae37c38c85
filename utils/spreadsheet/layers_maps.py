"""Sheets of feature maps: the input, Rescaling, Conv2D, pooling, and ReLU or Dropout on maps.

Each writer takes where its input lies and returns where its output lies.
"""

from collections.abc import Callable, Sequence

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.networks.in_numpy.plain_layers import Layer
from utils.spreadsheet.cells import Maps, block_origins
from utils.spreadsheet.workbook import (
    FIRST_ROW,
    INK,
    LIGHT_INK,
    NARROWEST,
    SHADES,
    Pages,
    light,
    number_format,
    positive,
    shades,
    signed,
)

__all__ = ["MAP_WRITERS", "dropout_text", "filter_name", "input_maps", "layer_title"]

LONGEST_FORMULA = 8_000  # characters; Excel takes 8,192
NO_PADDING = (0, 0, 0, 0)
Formula = Callable[[int, int, int], str]  # of channel, y, x
Padding = tuple[int, int, int, int]


def input_maps(pages: Pages, example: np.ndarray, padding: Padding = NO_PADDING) -> Maps:
    """Write the Input sheet: one map a channel, of numbers to edit."""
    height, width, channels = example.shape
    names = list(SHADES) if channels == 3 else [f"channel {n + 1}" for n in range(channels)]
    names = ["ink"] if channels == 1 else names
    text = (
        "The picture as numbers. Click on one, type another, and every sheet behind this one "
        "changes with it."
    )
    maps, sheet = _sheet(pages, "Input", "Input", text, example.shape, padding, names)
    tall = maps.size
    kind = "0" if np.abs(example).max(initial=0) > 1 else number_format(example)
    ink = LIGHT_INK if channels == 3 and example.min() >= 0 else "#777777"
    look = pages.square(kind, ink=ink, frame=True)
    for channel, (row, column) in enumerate(maps.origins):
        for y in range(height):
            sheet.write_row(row + y, column, example[y, :, channel].tolist(), look)
        rectangle = (row, column, *tall)
        pages.shade(sheet, [rectangle], **_input_rule(example, names[channel]))
        pages.define(f"input_channel_{channel + 1}", "Input", *rectangle)
        sheet.data_validation(row, column, row + height - 1, column + width - 1, {
            "validate": "decimal", "criteria": "between", "minimum": -1e6, "maximum": 1e6,
            "error_message": "A pixel is a number."})  # fmt: skip
    return maps


def _input_rule(example: np.ndarray, name: str) -> dict[str, object]:
    """Return the colours of a channel: ink on paper, light of its colour, or signed."""
    largest = float(np.abs(example).max(initial=0))
    if example.min(initial=0) < 0:
        return signed(largest)
    top = 1.0 if largest <= 1 else 255.0 if largest <= 255 else largest
    return light(SHADES[name], top) if name in SHADES else positive(INK, top)


def _rescaling(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write value · scale + offset; scale and offset stand in cells of their own, top right."""
    text = "Every number times the scale, plus the offset: the size of input that training likes."
    maps, sheet = _sheet(pages, name, layer_title(layer), text, layer.shape, padding, top=2)
    for row, (word, numbers) in enumerate((("scale", layer.scale), ("offset", layer.offset))):
        sheet.write_string(FIRST_ROW + row, 0, word, pages.look("label"))
        for channel, number in enumerate(numbers.tolist()):
            place = (FIRST_ROW + row, 2 + channel)
            sheet.write_number(*place, number, pages.square("0.000", frame=True))
            pages.define(f"{name}_{word}_{channel + 1}", name, *place, 1, 1)

    def formula(channel: int, y: int, x: int) -> str:
        scaled = f"={before.cell(channel, y, x)}*{name}_scale_{channel + 1}"
        return scaled + (f"+{name}_offset_{channel + 1}" if layer.offset[channel] else "")

    _fill(pages, sheet, name, maps, values, formula)
    return maps


def _conv(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write each filter beside the map that it makes."""
    relu = layer.activation == "relu"
    text = (
        "Beside each map: its bias and its filter (orange raises, purple lowers). A number of the "
        "map is a window of the sheet before times the filter, place by place, summed, plus bias"
        + ("; below 0 it becomes 0 (ReLU)." if relu else ".")
    )
    high, wide, channels, filters = layer.weights.shape
    slots = max(1, (layer.shape[0] + sum(padding[:2])) // (high + 1))
    stacks = -(-channels // slots)
    body = 2 + min(channels, slots) * (high + 1)
    maps, sheet = _sheet(
        pages, name, layer_title(layer), text, layer.shape, padding,
        left=stacks * (wide + 1) + 1, least=body,
    )  # fmt: skip
    _check_length(layer, name, before, channels)
    for n, (row, column) in enumerate(_corners(maps, padding, stacks * (wide + 1) + 1)):
        _filter(pages, sheet, name, layer, n, (row, column, slots))
    top, _, left, _ = layer.padding

    def formula(f: int, y: int, x: int) -> str:
        corner = (y * layer.stride[0] - top, x * layer.stride[1] - left)
        windows = [before.window(c, *corner, high, wide) for c in range(channels)]
        parts = [filter_name(name, f, c, channels) for c in range(channels)]
        pairs = zip(windows, parts, strict=True)
        terms = "+".join(f"SUMPRODUCT({window},{part})" for window, part in pairs)
        total = terms + (f"+{name}_bias_{f + 1}" if layer.has_bias else "")
        return f"=MAX(0,{total})" if relu else f"={total}"

    _fill(pages, sheet, name, maps, values, formula)
    return maps


def filter_name(name: str, number: int, channel: int, channels: int) -> str:
    """Return what a filter, or its part for one of several input channels, is called."""
    part = "" if channels == 1 else f"_channel_{channel + 1}"
    return f"{name}_filter_{number + 1}{part}"


def _check_length(layer: Layer, name: str, before: Maps, channels: int) -> None:
    one = len(f"SUMPRODUCT({before.sheet}!AAA1000:AAA1000,{name}_filter_100_channel_100)+") + 2
    if channels * one > LONGEST_FORMULA:
        raise CourseError(
            f"The layer {layer.name} reads {channels} channels, too many for one cell's formula.",
            f"Give the layer before it {LONGEST_FORMULA // one} filters or fewer.",
        )


def _filter(
    pages: Pages, sheet: Worksheet, name: str, layer: Layer, n: int, place: tuple[int, int, int]
) -> None:
    """Write bias and weights of filter n, its channels in stacks of `slots`."""
    row, column, slots = place
    high, wide, channels, _ = layer.weights.shape
    look = pages.square(number_format(layer.weights), frame=True)
    limit = float(np.abs(layer.weights).max())
    if layer.has_bias:
        sheet.write_string(row, column, "bias", pages.look("label"))
        sheet.write_number(row, column + 1, float(layer.biases[n]), look)
        pages.define(f"{name}_bias_{n + 1}", name, row, column + 1, 1, 1)
    rectangles = []
    for channel in range(channels):
        top = row + 2 + channel % slots * (high + 1)
        left = column + channel // slots * (wide + 1)
        if channels > 1:
            sheet.write_string(top - 1, left, f"on {channel + 1}", pages.look("label"))
        for i in range(high):
            sheet.write_row(top + i, left, layer.weights[i, :, channel, n].tolist(), look)
        rectangles.append((top, left, high, wide))
        pages.define(filter_name(name, n, channel, channels), name, top, left, high, wide)
    pages.shade(sheet, rectangles, **signed(limit))


def _pooling(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write the largest or the mean number of each window."""
    function, word = ("MAX", "largest") if layer.kind == "MaxPooling2D" else ("AVERAGE", "mean")
    high, wide = layer.window
    text = f"Each number is the {word} one of a {high} × {wide} window of the sheet before."
    maps, sheet = _sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    top, _, left, _ = layer.padding

    def formula(channel: int, y: int, x: int) -> str:
        rows = _inside(y * layer.stride[0] - top, high, before.size[0])
        columns = _inside(x * layer.stride[1] - left, wide, before.size[1])
        window = before.window(channel, rows[0], columns[0], rows[1], columns[1])
        return f"={function}({window})"

    _fill(pages, sheet, name, maps, values, formula)
    return maps


def _inside(start: int, length: int, end: int) -> tuple[int, int]:
    """Return where a window begins and its length, without what sticks out of the map."""
    first = max(start, 0)
    return first, min(start + length, end) - first


def _relu(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    text = "What is below 0 becomes 0; all else passes as it is."
    maps, sheet = _sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    _fill(pages, sheet, name, maps, values, lambda c, y, x: f"=MAX(0,{before.cell(c, y, x)})")
    return maps


def _dropout(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    maps, sheet = _sheet(pages, name, layer_title(layer), dropout_text(layer), layer.shape, padding)
    _fill(pages, sheet, name, maps, values, lambda c, y, x: f"={before.cell(c, y, x)}")
    return maps


def dropout_text(layer: Layer) -> str:
    """Return what a Dropout layer does here: nothing, and why."""
    return (
        f"In training, dropout silences {layer.rate:.0%} of these numbers at random. "
        "While the network only answers, as here, all pass as they are."
    )


MAP_WRITERS = {
    "Rescaling": _rescaling,
    "Conv2D": _conv,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "ReLU": _relu,
    "Dropout": _dropout,
}


def layer_title(layer: Layer) -> str:
    """Return a sheet's title: name, kind and size of the layer."""
    size = " × ".join(str(length) for length in layer.shape)
    kind = layer.kind + " with BatchNormalization" * bool(layer.folded)
    return f"{layer.name}: {kind}, {size}"


def _sheet(
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
    sheet = pages.squares(name, title, text, per_row * block_width)
    start = FIRST_ROW + top + (1 if top else 0)
    origins = tuple((start + row + 2 + above, column + left + 1 + before) for row, column in blocks)
    maps = Maps(name, origins, (height, width))
    for channel, (row, column) in enumerate(origins):
        label = labels[channel] if labels else f"map {channel + 1}"
        sheet.write_string(row - above - 2, column, label, pages.look("label"))
        sheet.write_row(row - above - 1, column, range(width), pages.look("tiny"))
        sheet.write_column(row, column - before - 1, range(height), pages.look("tiny"))
        _ring(pages, sheet, (row, column), (height, width), padding)
    rows = start + (blocks[-1][0] + block_height) - 1
    pages.finish(sheet, rows, max(per_row * block_width, NARROWEST) - 1)
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


def _corners(maps: Maps, padding: Padding, left: int) -> list[tuple[int, int]]:
    """Return where the filters' columns beside the maps begin."""
    above, _, before, _ = padding
    return [(row - above - 1, column - before - 1 - left) for row, column in maps.origins]


def _fill(
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
