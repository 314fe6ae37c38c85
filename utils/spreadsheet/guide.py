"""The first sheet of a model's workbook: what is where, and how to use it."""

from collections.abc import Sequence

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.forward import class_logits, forward
from utils.networks.in_numpy.plain_layers import Layer, Network
from utils.spreadsheet.answer import Answer
from utils.spreadsheet.cells import quoted
from utils.spreadsheet.workbook import FIRST_ROW, Pages

__all__ = ["DOES", "guide_sheet"]

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
    "3. On Answer, read what the network says, and choose the right class to see the loss.",
    "Filters, biases and weights are plain numbers: change them too. Colours follow the numbers: "
    "orange is above 0, purple below; blue maps never go below 0.",
)


def guide_sheet(
    pages: Pages, sheet: Worksheet, network: Network, sheets: Sequence[str], answer: Answer,
    class_names: Sequence[str], example: np.ndarray, note: str,
) -> None:  # fmt: skip
    """Fill the first sheet: the answer, the steps, and a row for each sheet with a link."""
    count = sum(layer.parameters for layer in network.layers)
    text = (f"A trained network of {count:,} weights and biases as formulas. " + note).strip()
    pages.fill_table(sheet, "A neural network you can touch", text, WIDTHS)
    said = class_names[int(class_logits(forward(network, example)[-1]).argmax())]
    sheet.write_string(FIRST_ROW, 0, "The network says", pages.look("bold"))
    sheet.write_formula(FIRST_ROW, 1, f"={answer.said}", pages.look("big"), said)
    sheet.set_row_pixels(FIRST_ROW, 32)
    steps = [*STEPS, *_changed(network)]
    for n, step in enumerate(steps):
        row = FIRST_ROW + 2 + n
        sheet.merge_range(row, 0, row, len(WIDTHS) - 1, step, pages.look("text"))
    first = FIRST_ROW + 3 + len(steps)
    for column, head in enumerate(HEADS):
        look = {3: "head", 4: "left inset"}.get(column, "left")
        sheet.write_string(first, column, head, pages.look(look))
    rows = [("Input", "Input", network.input_shape, 0)]
    rows += [(name, *_about(layer)) for name, layer in zip(sheets, network.layers, strict=True)]
    rows += [("Answer", "Answer", (network.classes,), 0)]
    last = "Sigmoid" if network.has_sigmoid else "Softmax"
    for n, (name, kind, shape, parameters) in enumerate(rows, start=first + 1):
        sheet.write_url(n, 0, f"internal:{quoted(name)}!A1", pages.look("link"), name)
        sheet.write_string(n, 1, last if kind == "Answer" else kind)
        sheet.write_string(n, 2, " × ".join(map(str, shape)))
        sheet.write_string(n, 3, f"{parameters:,}" if parameters else "–", pages.look("right"))
        sheet.write_string(n, 4, DOES[kind], pages.look("inset"))
    pages.finish(sheet, first + len(rows), len(WIDTHS) - 1, again=(0, 1))


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


def _about(layer: Layer) -> tuple[str, tuple[int, ...], int]:
    return layer.kind, layer.shape, layer.parameters
