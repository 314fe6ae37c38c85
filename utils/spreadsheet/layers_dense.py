"""Sheets of plain numbers: Flatten, global pooling, Dense, and what may follow them.

Each writer takes where its input lies, or its inputs, and returns where its output lies.
"""

from collections.abc import Callable, Sequence

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.networks.in_numpy.forward import sums
from utils.networks.in_numpy.plain_layers import ACTIVATION_LAYERS, Layer
from utils.spreadsheet.activations import ALONE, AND_THEN, activated, slope_cell
from utils.spreadsheet.cells import Maps, Vector, cell
from utils.spreadsheet.layers_one_by_one import (
    NORM_ROWS,
    NORM_TEXT,
    dropout_text,
    listed,
    norm_formulas,
)
from utils.spreadsheet.map_sheets import layer_title
from utils.spreadsheet.workbook import FIRST_ROW, Pages, number_format, shades, signed

__all__ = ["VECTOR_WRITERS", "input_vector"]

WIDTHS = (70, 210, 130)  # of a list's columns, in pixels
BESIDE = (
    30,
    90,
    90,
    90,
    90,
    90,
    90,
)  # and of those beside it, where a layer has numbers of its own
LEFT = 4  # square columns beside a Dense layer's weights: number, value, a gap


def input_vector(pages: Pages, example: np.ndarray) -> Vector:
    """Write the Input sheet of a network that takes plain numbers."""
    sheet = pages.table("Input", "Input", "Type another number, and all sheets change.", WIDTHS)
    _heads(pages, sheet, "number", "", "value")
    for n, value in enumerate(example.tolist()):
        sheet.write_number(FIRST_ROW + 1 + n, 0, n)
        sheet.write_number(FIRST_ROW + 1 + n, 2, value, pages.square("General", "#0047AB"))
    pages.define("input_channel_1", "Input", FIRST_ROW + 1, 2, len(example), 1)
    pages.finish(sheet, FIRST_ROW + len(example), len(WIDTHS) - 1, again=(0, FIRST_ROW))
    return _column(pages, "Input", len(example))


def _list(
    pages: Pages, name: str, layer: Layer, text: str, sources: list[str], formulas: list[str],
    values: np.ndarray, beside: int = 0,
) -> Vector:  # fmt: skip
    """Write a list: number, where it comes from, value; `beside` columns are left beside it."""
    widths = [*WIDTHS, *BESIDE[:beside]]
    sheet = pages.table(name, layer_title(layer), text, widths)
    _heads(pages, sheet, "number", "comes from", "value")
    first = FIRST_ROW + 1
    for n, (source, formula) in enumerate(zip(sources, formulas, strict=True)):
        sheet.write_number(first + n, 0, n, pages.look("plain"))
        sheet.write_string(first + n, 1, source, pages.look("plain"))
        sheet.write_formula(first + n, 2, formula, pages.look("fine"), float(values[n]))
    count = len(formulas)
    pages.define(f"{name}_output", name, first, 2, count, 1)
    pages.shade(sheet, [(first, 2, count, 1)], **shades(values))
    sheet.freeze_panes(first, 0)
    pages.finish(sheet, first + max(count, 2) - 1, len(widths) - 1, again=(0, FIRST_ROW))
    return _column(pages, name, count)


def _heads(pages: Pages, sheet: Worksheet, *words: str) -> None:
    for column, word in enumerate(words):
        sheet.write_string(FIRST_ROW, column, word, pages.look("head"))


def _column(pages: Pages, name: str, count: int) -> Vector:
    tab = pages.tab(name)
    return Vector(tab, tuple(cell(tab, FIRST_ROW + 1 + n, 2) for n in range(count)))


def _flatten(pages: Pages, name: str, layer: Layer, before: Maps | Vector, values: np.ndarray,
             given: np.ndarray) -> Vector:  # fmt: skip
    text = "The maps laid out in one column: row by row, pixel by pixel, map by map."
    if isinstance(before, Maps):
        height, width = before.size
        sources = [f"map {c + 1}, row {y}, column {x}"
                   for y in range(height) for x in range(width)
                   for c in range(len(before.origins))]  # fmt: skip
    else:
        sources = [f"number {n}" for n in range(len(values))]
    formulas = [f"={address}" for address in before.cells()]
    return _list(pages, name, layer, text, sources, formulas, values)


def _global_pooling(pages: Pages, name: str, layer: Layer, before: Maps | Vector,
                    values: np.ndarray, given: np.ndarray) -> Vector:  # fmt: skip
    assert isinstance(before, Maps)
    function, word = ("MAX", "largest number")
    if layer.kind == "GlobalAveragePooling2D":
        function, word = ("AVERAGE", "mean")
    sources = [f"map {n + 1}" for n in range(len(values))]
    formulas = [f"={function}({before.window(n, 0, 0, *before.size)})" for n in range(len(values))]
    text = f"The {word} of each map: one number a map, wherever in it the filter found something."
    return _list(pages, name, layer, text, sources, formulas, values)


def _passed(pages: Pages, name: str, layer: Layer, before: Maps | Vector, values: np.ndarray,
            given: np.ndarray) -> Vector:  # fmt: skip
    """Write an activation, Dropout or Rescaling of plain numbers."""
    own: dict[str, float] = {}
    pattern = f"={activated(layer, '@', name)}"
    text = dropout_text(layer) if layer.kind == "Dropout" else ALONE.get(layer.kind, "")
    if layer.kind == "Rescaling":
        pattern, text = f"=@*{name}_scale_1+{name}_offset_1", "Times scale, plus offset."
        own = {"scale_1": layer.scale[0], "offset_1": layer.offset[0]}
    elif layer.kind == "LeakyReLU":
        own = {"slope": layer.slope}
    sources = [f"number {n}" for n in range(len(values))]
    formulas = [pattern.replace("@", address) for address in before.cells()]
    places = _list(pages, name, layer, text, sources, formulas, values, 3 if own else 0)
    for row, (word, number) in enumerate(own.items(), start=FIRST_ROW + 1):
        pages.sheet(name).write_string(row, 4, word.partition("_")[0], pages.look("bold"))
        pages.sheet(name).write_number(row, 5, float(number))
        pages.define(f"{name}_{word}", name, row, 5, 1, 1)
    return places


def _added(pages: Pages, name: str, layer: Layer, before: Sequence[Maps | Vector],
           values: np.ndarray, given: np.ndarray) -> Vector:  # fmt: skip
    """Write the sums of several sheets' numbers, place by place."""
    sources = [f"number {n} of each" for n in range(len(values))]
    cells = zip(*(one.cells() for one in before), strict=True)
    formulas = ["=" + "+".join(addresses) for addresses in cells]
    text = f"The numbers of {listed([one.sheet for one in before])}, added place by place."
    return _list(pages, name, layer, text, sources, formulas, values)


def _normalization(pages: Pages, name: str, layer: Layer, before: Maps | Vector,
                   values: np.ndarray, given: np.ndarray) -> Vector:  # fmt: skip
    """Write value · scale + shift; beside each number what scale and shift are made of."""
    first, count = FIRST_ROW + 1, len(values)
    sources = [f"number {n}" for n in range(count)]
    formulas = [f"={address}*I{first + n + 1}+J{first + n + 1}"
                for n, address in enumerate(before.cells())]  # fmt: skip
    places = _list(pages, name, layer, NORM_TEXT, sources, formulas, values, len(BESIDE))
    sheet, fine = pages.sheet(name), pages.look("fine")
    for column, word in enumerate((*NORM_ROWS, "scale", "shift"), start=4):
        sheet.write_string(FIRST_ROW, column, word, pages.look("head"))
        pages.define(f"{name}_{word}", name, first, column, count, 1)
    for column, numbers in enumerate(layer.weights, start=4):
        sheet.write_column(first, column, numbers.tolist(), fine)
    for n in range(count):
        at = first + n + 1
        scale, shift = norm_formulas([f"{c}{at}" for c in "EFGHI"], f"{name}_epsilon")
        sheet.write_formula(first + n, 8, scale, fine, float(layer.scale[n]))
        sheet.write_formula(first + n, 9, shift, fine, float(layer.offset[n]))
    sheet.write_string(FIRST_ROW - 1, 8, "epsilon", pages.look("right"))
    sheet.write_number(FIRST_ROW - 1, 9, layer.epsilon)
    pages.define(f"{name}_epsilon", name, FIRST_ROW - 1, 9, 1, 1)
    return places


def _dense(pages: Pages, name: str, layer: Layer, before: Maps | Vector, values: np.ndarray,
           given: np.ndarray) -> Vector:  # fmt: skip
    """Write the weights below the sums they make: a column a unit, a row an input."""
    inputs, units = layer.weights.shape
    if units > 16_000:
        raise CourseError(
            f"The layer {layer.name} has {units:,} units; a sheet has 16,384 columns.",
            "Give it fewer units.",
        )
    text = (
        "A column is a unit: each input times its weight, summed, plus the bias"
        + (AND_THEN.get(layer.applied) or ".")
        + {"softmax": f" These are the logits; softmax follows on the sheet {pages.tab('Answer')}.",
           "sigmoid": f" This is the logit; sigmoid follows on the sheet {pages.tab('Answer')}."}
        .get(layer.activation if layer.answers else "", "")
    )  # fmt: skip
    sheet = pages.squares(name, layer_title(layer), text, LEFT + units)
    rows = _dense_heads(pages, sheet, layer)
    first = rows["weights"]
    numbers = pages.square(number_format(given))
    for n, address in enumerate(before.cells()):
        sheet.write_number(first + n, 0, n, pages.look("tiny"))
        sheet.write_formula(first + n, 2, f"={address}", numbers, float(given[n]))
    pages.define(f"{name}_inputs", name, first, 2, inputs, 1)
    pages.shade(sheet, [(first, 2, inputs, 1)], **shades(given))
    look = pages.square(number_format(layer.weights), frame=True)
    for n in range(inputs):
        sheet.write_row(first + n, LEFT, layer.weights[n].tolist(), look)
    pages.shade(sheet, [(first, LEFT, inputs, units)],
                **signed(float(np.abs(layer.weights).max())))  # fmt: skip
    _units(pages, sheet, name, layer, rows, sums(layer, given), values)
    last_row, last_column = first + inputs - 1, LEFT + units - 1
    pages.finish(sheet, last_row, last_column, again=(FIRST_ROW, first - 1))
    out, tab = rows.get("output", rows["sum"]), pages.tab(name)
    return Vector(tab, tuple(cell(tab, out, LEFT + n) for n in range(units)))


def _dense_heads(pages: Pages, sheet: Worksheet, layer: Layer) -> dict[str, int]:
    """Write the rows' names; return each row's place. `weights` is the first of theirs."""
    names = ["unit", *(["output"] if layer.applied in ACTIVATION_LAYERS else []), "sum"]
    names += ["bias"] if layer.has_bias else []
    rows = {name: FIRST_ROW + n for n, name in enumerate(names)}
    for name, row in rows.items():
        sheet.write_string(row, 0, name, pages.look("label"))
    rows["weights"] = max(rows.values()) + 3
    sheet.write_string(rows["weights"] - 1, 0, "number", pages.look("label"))
    sheet.write_string(rows["weights"] - 1, 2, "input", pages.look("label"))
    sheet.write_string(rows["weights"] - 1, LEFT, "weights", pages.look("label"))
    return rows


def _units(pages: Pages, sheet: Worksheet, name: str, layer: Layer, rows: dict[str, int],
           totals: np.ndarray, values: np.ndarray) -> None:  # fmt: skip
    """Write each unit's number, bias, sum and output, and name its weights."""
    inputs, units = layer.weights.shape
    look = pages.square(number_format(totals))
    if layer.applied == "leaky_relu":
        slope_cell(pages, sheet, name, layer, rows["weights"] - 2, 0)
    for n in range(units):
        column = LEFT + n
        sheet.write_number(rows["unit"], column, n + 1, pages.look("tiny"))
        pages.define(f"{name}_unit_{n + 1}", name, rows["weights"], column, inputs, 1)
        formula = f"=SUMPRODUCT({name}_inputs,{name}_unit_{n + 1})"
        if layer.has_bias:
            bias = pages.square(number_format(layer.biases), frame=True)
            sheet.write_number(rows["bias"], column, float(layer.biases[n]), bias)
            pages.define(f"{name}_bias_{n + 1}", name, rows["bias"], column, 1, 1)
            formula += f"+{name}_bias_{n + 1}"
        sheet.write_formula(rows["sum"], column, formula, look, float(totals[n]))
        if "output" in rows:
            above = cell(name, rows["sum"], column).rpartition("!")[2]
            formula = f"={activated(layer, above, name)}"
            sheet.write_formula(rows["output"], column, formula, look, float(values[n]))
    pages.define(f"{name}_sums", name, rows["sum"], LEFT, 1, units)
    pages.define(f"{name}_output", name, rows.get("output", rows["sum"]), LEFT, 1, units)
    shown = [(row, LEFT, 1, units) for word, row in rows.items() if word in ("sum", "output")]
    pages.shade(sheet, shown, **signed(float(np.abs(totals).max())))


VECTOR_WRITERS: dict[str, Callable[..., Vector]] = {
    "Flatten": _flatten,
    "GlobalMaxPooling2D": _global_pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "Dense": _dense,
    "BatchNormalization": _normalization,
    **dict.fromkeys(ALONE, _passed),
    "Dropout": _passed,
    "Rescaling": _passed,
    "Add": _added,
}
