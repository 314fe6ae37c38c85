"""Sheets of feature maps: the input, Conv2D and pooling; the writers of all sheets of maps.

Each writer takes where its input lies and returns where its output lies.
"""

from collections.abc import Callable

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.networks.in_numpy.plain_layers import Layer
from utils.spreadsheet.activations import AND_THEN, activated, slope_cell
from utils.spreadsheet.cells import LONGEST, Maps, quoted
from utils.spreadsheet.layers_one_by_one import ONE_BY_ONE
from utils.spreadsheet.map_sheets import (
    NO_PADDING,
    Padding,
    corners,
    fill,
    layer_title,
    map_sheet,
)
from utils.spreadsheet.workbook import (
    FIRST_ROW,
    INK,
    LIGHT_INK,
    SHADES,
    Pages,
    light,
    number_format,
    positive,
    signed,
)

__all__ = ["MAP_WRITERS", "filter_name", "fits_cells", "input_maps"]

LONGEST_FORMULA = 8_000  # characters; Excel takes 8,192


def input_maps(pages: Pages, example: np.ndarray, padding: Padding = NO_PADDING) -> Maps:
    """Write the Input sheet: one map a channel, of numbers to edit."""
    height, width, channels = example.shape
    names = list(SHADES) if channels == 3 else [f"channel {n + 1}" for n in range(channels)]
    names = ["ink"] if channels == 1 else names
    text = (
        "The picture as numbers. Click on one, type another, and every sheet behind this one "
        "changes with it."
    )
    maps, sheet = map_sheet(pages, "Input", "Input", text, example.shape, padding, names)
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


def _conv(
    pages: Pages, name: str, layer: Layer, before: Maps, values: np.ndarray, padding: Padding
) -> Maps:
    """Write each filter beside the map that it makes."""
    text = (
        "Beside each map: its bias and its filter (orange raises, purple lowers). A number of the "
        "map is a window of the sheet before times the filter, place by place, summed, plus bias"
        + AND_THEN[layer.applied]
    )
    leaky = layer.applied == "leaky_relu"
    high, wide, channels, filters = layer.weights.shape
    slots = max(1, (layer.shape[0] + sum(padding[:2])) // (high + 1))
    stacks = -(-channels // slots)
    body = 2 + min(channels, slots) * (high + 1)
    maps, sheet = map_sheet(
        pages, name, layer_title(layer), text, layer.shape, padding,
        left=stacks * (wide + 1) + 1, least=body, top=1 if leaky else 0,
    )  # fmt: skip
    if leaky:
        slope_cell(pages, sheet, name, layer, FIRST_ROW, 0)
    _check_length(layer, name, before.sheet)
    for n, (row, column) in enumerate(corners(maps, padding, stacks * (wide + 1) + 1)):
        _filter(pages, sheet, name, layer, n, (row, column, slots))
    top, _, left, _ = layer.padding

    def formula(f: int, y: int, x: int) -> str:
        corner = (y * layer.stride[0] - top, x * layer.stride[1] - left)
        windows = [before.window(c, *corner, high, wide) for c in range(channels)]
        parts = [filter_name(name, f, c, channels) for c in range(channels)]
        pairs = zip(windows, parts, strict=True)
        terms = "+".join(f"SUMPRODUCT({window},{part})" for window, part in pairs)
        total = terms + (f"+{name}_bias_{f + 1}" if layer.has_bias else "")
        return f"={activated(layer, total, name)}"

    fill(pages, sheet, name, maps, values, formula)
    return maps


def filter_name(name: str, number: int, channel: int, channels: int) -> str:
    """Return what a filter, or its part for one of several input channels, is called."""
    part = "" if channels == 1 else f"_channel_{channel + 1}"
    return f"{name}_filter_{number + 1}{part}"


def fits_cells(layer: Layer) -> bool:
    """Say whether each formula of a layer fits into a cell, whatever its sheet's name."""
    name = "n" * LONGEST
    return layer.kind != "Conv2D" or layer.weights.shape[2] <= _most_channels(layer, name, name)


def _most_channels(layer: Layer, name: str, sheet: str) -> int:
    """Return of how many channels a convolution's formula fits into a cell."""
    one = len(f"SUMPRODUCT({quoted(sheet)}!AAA1000:AAA1000,{name}_filter_100_channel_100)+") + 2
    twice = activated(layer, "@", name).count("@")  # how often the sum stands in it
    return LONGEST_FORMULA // (twice * one)


def _check_length(layer: Layer, name: str, sheet: str) -> None:
    channels, most = layer.weights.shape[2], _most_channels(layer, name, sheet)
    if channels > most:
        twice = activated(layer, "@", name).count("@") > 1
        raise CourseError(
            f"The layer {layer.name} reads {channels} channels, too many for one cell's formula.",
            f"Give the layer before it {most} filters or fewer"
            + (", or make the activation a layer of its own." if twice else "."),
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
    maps, sheet = map_sheet(pages, name, layer_title(layer), text, layer.shape, padding)
    top, _, left, _ = layer.padding

    def formula(channel: int, y: int, x: int) -> str:
        rows = _inside(y * layer.stride[0] - top, high, before.size[0])
        columns = _inside(x * layer.stride[1] - left, wide, before.size[1])
        window = before.window(channel, rows[0], columns[0], rows[1], columns[1])
        return f"={function}({window})"

    fill(pages, sheet, name, maps, values, formula)
    return maps


def _inside(start: int, length: int, end: int) -> tuple[int, int]:
    """Return where a window begins and its length, without what sticks out of the map."""
    first = max(start, 0)
    return first, min(start + length, end) - first


MAP_WRITERS: dict[str, Callable[..., Maps]] = {
    "Conv2D": _conv,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    **ONE_BY_ONE,
}
