"""The first sheet of a model's workbook: what is where, and how to use it."""

from collections.abc import Sequence

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.forward import class_logits, forward
from utils.networks.in_numpy.plain_layers import Layer, Network, sources
from utils.spreadsheet.answer import SHEET, Answer
from utils.spreadsheet.cells import quoted
from utils.spreadsheet.layers_one_by_one import listed
from utils.spreadsheet.workbook import FIRST_ROW, Pages

__all__ = ["guide_sheet"]

WIDTHS = (190, 200, 130, 110, 470)
HEADS = ("sheet", "layer", "size", "parameters", "what it does")
DOES = {
    "Input": "The picture as numbers, to edit.",
    "Rescaling": "Times a scale, plus an offset.",
    "Conv2D": "A window of the maps before, times a filter, summed, plus a bias.",
    "BatchNormalization": "Each map times a scale, plus a shift.",
    "ZeroPadding2D": "A border of zeros around each map.",
    "ReLU": "Below 0 becomes 0.",
    "LeakyReLU": "Below 0 is multiplied by a slope.",
    "Sigmoid": "Every number is laid between 0 and 1.",
    "Tanh": "Every number is laid between −1 and 1.",
    "MaxPooling2D": "The largest number of each window.",
    "AveragePooling2D": "The mean of each window.",
    "GlobalMaxPooling2D": "The largest number of each map.",
    "GlobalAveragePooling2D": "The mean of each map.",
    "Flatten": "All maps laid out in one column.",
    "Reshape": "The same numbers in another shape.",
    "Dropout": "Changes nothing here: it acts only in training.",
    "Dense": "All inputs times weights, summed, plus a bias.",
    "Answer": "Logits become probabilities; the class in words, and the loss.",
}
STEPS = (
    "1. Go to Input and change a pixel, or paste a whole picture of numbers over it.",
    "2. Follow the sheets from left to right: click a cell to see the formula that makes it.",
    "3. On {last}, read {what}.",
    "Filters, biases and weights are plain numbers: change them too. Colours follow the numbers: "
    "orange is above 0, purple below; blue maps never go below 0.",
)
READ = "what the network says, and choose the right class to see the loss"


def guide_sheet(
    pages: Pages, sheet: Worksheet, network: Network, sheets: Sequence[str],
    answer: Answer | None, class_names: Sequence[str], example: np.ndarray, note: str,
) -> None:  # fmt: skip
    """Fill the first sheet: the answer, the steps, and a row for each sheet with a link.

    answer: None where the sheets are only a network's first layers.
    """
    count = sum(layer.parameters for layer in network.layers)
    whose = f"The layers of a trained network up to {network.until}:"
    whose = whose if network.until else "A trained network of"
    text = f"{whose} {count:,} weights and biases as formulas. {note}".strip()
    pages.fill_table(sheet, "A neural network you can touch", text, WIDTHS)
    row, last, what = FIRST_ROW, sheets[-1], "what the layers behind it are given"
    if answer is not None:
        said = class_names[int(class_logits(forward(network, example)[-1]).argmax())]
        sheet.write_string(row, 0, "The network says", pages.look("bold"))
        sheet.write_formula(row, 1, f"={answer.said}", pages.look("big"), said)
        sheet.set_row_pixels(row, 32)
        row, last, what = row + 2, SHEET, READ
    for step in [*(one.format(last=last, what=what) for one in STEPS), *_changed(network)]:
        sheet.merge_range(row, 0, row, len(WIDTHS) - 1, step, pages.look("text"))
        row += 1
    _rows(pages, sheet, row + 1, network, sheets)


def _rows(
    pages: Pages, sheet: Worksheet, first: int, network: Network, sheets: Sequence[str]
) -> None:
    """Write the table of sheets, its heads into the row `first`."""
    for column, head in enumerate(HEADS):
        look = {3: "head", 4: "left inset"}.get(column, "left")
        sheet.write_string(first, column, head, pages.look(look))
    rows = [("Input", "Input", network.input_shape, 0, DOES["Input"])]
    for n, (name, layer) in enumerate(zip(sheets, network.layers, strict=True)):
        does = _does(layer, [["Input", *sheets][one + 1] for one in sources(layer, n)])
        rows.append((name, layer.kind, layer.shape, layer.parameters, does))
    if not network.until:
        last = "Sigmoid" if network.has_sigmoid else "Softmax"
        rows.append((SHEET, last, (network.classes,), 0, DOES[SHEET]))
    for n, (name, kind, shape, parameters, does) in enumerate(rows, start=first + 1):
        sheet.write_url(n, 0, f"internal:{quoted(name)}!A1", pages.look("link"), name)
        sheet.write_string(n, 1, kind)
        sheet.write_string(n, 2, " × ".join(map(str, shape)))
        sheet.write_string(n, 3, f"{parameters:,}" if parameters else "–", pages.look("right"))
        sheet.write_string(n, 4, does, pages.look("inset"))
    pages.finish(sheet, first + len(rows), len(WIDTHS) - 1, again=(0, 1))


def _does(layer: Layer, taken: Sequence[str]) -> str:
    """Say what a layer does, and to which sheets' numbers, if not to those of the one before."""
    if layer.kind == "Add":
        return f"Adds {listed(taken)}."
    does = DOES[layer.kind]
    named = does.replace("the maps before", taken[0]) if layer.inputs else does
    return f"{does} Takes {taken[0]}." if layer.inputs and named == does else named


def _changed(network: Network) -> list[str]:
    """Say which of the model's layers have no sheet, and why."""
    folded = [f"{name} (in {layer.name})" for layer in network.layers for name in layer.folded]
    lines = []
    if folded:
        lines.append(f"Taken into the weights before them, which changes no answer: "
                     f"{', '.join(folded)}.")  # fmt: skip
    if network.left_out:
        lines.append(f"Without a sheet, as they change nothing while the network answers: "
                     f"{', '.join(network.left_out)}.")  # fmt: skip
    return lines
