"""The nine steps from an image to the loss as a workbook, after the sheets of a real network.

The network's own sheets are those of every model's workbook; the steps' sheets stand between.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from utils.data.photographs import cat
from utils.errors import CourseError
from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.in_numpy.plain_layers import ACTIVATION_LAYERS
from utils.networks.saved import load_model, reference_model
from utils.settings import resolve_path
from utils.spreadsheet.cells import quoted, sheet_names
from utils.spreadsheet.examples import THREE_CLASSES, shrink
from utils.spreadsheet.lessons.nine_step_loss import loss_sheet
from utils.spreadsheet.lessons.nine_step_pooling import pooling_sheet
from utils.spreadsheet.lessons.nine_step_sheets import (
    StepSheets,
    convolution_sheet,
    filter_sheet,
    padding_sheet,
    stride_sheet,
)
from utils.spreadsheet.model import check_classes, check_example, check_size, network_sheets
from utils.spreadsheet.workbook import FIRST_ROW, Pages
from utils.spreadsheet.written_whole import new_workbook

__all__ = ["cat_example", "nine_steps_workbook"]

# The steps' own sheets, and the number that each carries.
OWN_SHEETS = {"Filter": "2", "Convolution": "3", "Stride": "4", "Padding": "5", "Pooling": "7",
              "Loss": "9"}  # fmt: skip
# Which of the steps a layer takes, and what it is called; another one goes with the one before.
STEP_OF = {
    "Rescaling": ("1", "Input, from 0 to 1"),
    "Conv2D": ("3", "Convolution by every filter"),
    "ZeroPadding2D": ("5", "Zero padding"),
    **{kind: ("6", kind) for kind in ACTIVATION_LAYERS.values()},
    "MaxPooling2D": ("7", "Max pooling"),
    "AveragePooling2D": ("7", "Average pooling"),
    "Flatten": ("8", "Flatten"),
    "Dense": ("8", "Fully connected, logits"),
}
CHAIN = ("Rescaling", "Conv2D", "ReLU", "MaxPooling2D")
LARGEST = 32  # pixels, side of an image
LARGEST_POWER = 700  # e to the power of 709.8 is the largest number that a cell holds
WIDTHS = (60, 190, 150, 640)
TEXT = (
    "A small network, trained on three kinds of pictures of CIFAR-10, looks at a picture. Follow "
    "it from the pixels to the loss. What stands in blue may be changed; all else is calculated."
)


def nine_steps_workbook(
    path: str | Path,
    model: Any = None,
    example: ArrayLike | None = None,
    label: int = 2,
    class_names: Sequence[str] = THREE_CLASSES,
) -> Path:
    """Write the nine steps from pixels to loss as a workbook, and return its path.

    model: a Keras model that begins with Rescaling, Conv2D (3 × 3, stride 1, no padding, a bias, no
        activation of its own), ReLU and MaxPooling2D, and ends with Flatten and Dense; the course's
        own for airplane, automobile and cat unless given.
    example: an image of the model's input shape; the course's cat at 16 × 16 unless given.
    label: the right class, from 0. class_names: one a class.
    Raises CourseError for another model, an example or label that doesn't fit, logits too large
    for a sheet's EXP, or where the file can't be written.
    """
    if model is None:
        model = load_model(reference_model("three_classes"))
    network = read_network(model)
    _check(network)
    check_size(network)
    values = check_example(network, cat_example() if example is None else example)
    names = check_classes(network, label, class_names)
    _check_logits(forward(network, values)[-1])
    path = resolve_path(path)
    with new_workbook(path) as book:
        _write(book, network, values, label, names)
    return path


def cat_example() -> np.ndarray:
    """Return the course's cat's face as (16, 16, 3) uint8, means of blocks of 18 × 18 pixels."""
    return shrink(cat()[:288, 80:368])


def _check(network: Network) -> None:
    """Raise CourseError unless the network begins as the nine steps do."""
    kinds = tuple(layer.kind for layer in network.layers)
    if kinds[:4] != CHAIN or kinds[-2:] != ("Flatten", "Dense"):
        raise CourseError(
            f"The model's layers are {', '.join(kinds)}.",
            f"Begin with {', '.join(CHAIN)}; end with Flatten and Dense.",
        )
    conv = network.layers[1]
    if conv.weights.shape[:3] != (3, 3, 3) or any(conv.padding) or conv.stride != (1, 1):
        raise CourseError(
            f"The layer {conv.name} has filters of {conv.weights.shape[:3]}, stride {conv.stride}.",
            "The nine steps need 3 × 3 × 3, stride 1 and no padding.",
        )
    if not conv.has_bias:
        raise CourseError(f"The layer {conv.name} has no bias.", "Build it with use_bias=True.")
    if conv.activation != "linear":
        raise CourseError(
            f"The layer {conv.name} ends in {conv.activation}.",
            "Leave its activation out: step 6 is the layer ReLU after it.",
        )
    if max(network.input_shape) > LARGEST:
        raise CourseError(
            f"The model takes images of {network.input_shape}.",
            f"Take {LARGEST} × {LARGEST} at most, so that a sheet can be read.",
        )


def _check_logits(logits: np.ndarray) -> None:
    """Raise CourseError where a confidence or a probability would overflow, or come to 0."""
    low, high = float(logits.min()), float(logits.max())
    if max(high, -low, high - low) > LARGEST_POWER:
        raise CourseError(
            f"The model's logits for this image go from {low:,.0f} to {high:,.0f}; "
            "a sheet can't hold e to that power.",
            "Train the model, or rescale its pixels to 0 … 1.",
        )


def _write(
    book: Workbook, network: Network, example: np.ndarray, label: int, names: list[str]
) -> None:
    """Write all sheets, in the order of the steps."""
    guide = book.add_worksheet("Guide")
    taken = sheet_names([*OWN_SHEETS, *(layer.name for layer in network.layers)])
    sheets = taken[len(OWN_SHEETS) :]
    pages = Pages(book, _numbers(network, sheets))
    steps = StepSheets(pages, sheets, network, example)

    between = ((filter_sheet, convolution_sheet), (stride_sheet, padding_sheet), (pooling_sheet,))
    before = {
        name: partial(_all, steps, writers)
        for name, writers in zip(sheets[1:4], between, strict=True)
    }
    answer, _ = network_sheets(pages, network, sheets, example, label, names, before=before)
    loss_sheet(steps, names, label)
    _guide(pages, guide, steps, answer.said, names)
    guide.activate()


def _all(steps: StepSheets, writers: Sequence[Callable[[StepSheets], None]]) -> None:
    for write in writers:
        write(steps)


def _numbers(network: Network, sheets: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return for each sheet the number of its step, and what its title begins with."""
    found = {name: (number, "") for name, number in OWN_SHEETS.items()}
    found |= {"Input": ("1", ""), "Answer": ("9", "Softmax")}
    seen: set[str] = set()
    number = "1"
    for name, layer in zip(sheets, network.layers, strict=True):
        number, words = STEP_OF.get(layer.kind, (number, layer.kind))
        found[name] = number, words + ", once more" * (layer.kind in seen)
        seen.add(layer.kind)
    return found


def _guide(
    pages: Pages, sheet: Worksheet, steps: StepSheets, said: str, names: Sequence[str]
) -> None:
    """Fill the first sheet: what the network says, and the steps with links to their sheets."""
    pages.fill_table(sheet, "From pixels to the loss in nine steps", TEXT, WIDTHS)
    sheet.write_string(FIRST_ROW, 1, "The network says", pages.look("bold"))
    value = names[int(steps.values[-1].argmax())]
    sheet.write_formula(FIRST_ROW, 2, f"={said}", pages.look("big"), value)
    sheet.set_row_pixels(FIRST_ROW, 32)
    first = FIRST_ROW + 2
    for column, head in enumerate(("step", "", "sheet", "what to do there")):
        sheet.write_string(first, column, head, pages.look("left"))
    for row, (step, title, name, text) in enumerate(_rows(steps.sheets), start=first + 1):
        tab = pages.tab(name)
        sheet.write_string(row, 0, step, pages.look("bold"))
        sheet.write_string(row, 1, title)
        sheet.write_url(row, 2, f"internal:{quoted(tab)}!A1", pages.look("link"), tab)
        sheet.write_string(row, 3, text)
    pages.finish(sheet, first + len(_rows(steps.sheets)), len(WIDTHS) - 1)


def _rows(sheets: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Return step, title, sheet and text of the guide's rows, in the order of the sheets."""
    rescaling, conv, relu, pool, *again, flatten, dense = sheets
    return [
        ("1", "Input", "Input", "Three matrices: red, green, blue. Change a pixel."),
        ("", "", rescaling, "The same numbers from 0 to 1."),
        ("2", "Filter", "Filter", "27 weights. Choose one of the network's filters."),
        ("3", "Convolution", "Convolution", "27 multiplications. Choose the pixel."),
        ("", "", conv, "The same for every filter of the network, and every pixel."),
        ("4", "Stride", "Stride", "The filter leaps. Choose how far."),
        ("5", "Zero padding", "Padding", "A ring of zeros. Choose how wide."),
        ("6", "ReLU", relu, "Below 0 becomes 0."),
        ("7", "Max pooling", "Pooling", "The largest of each window. Choose its size and stride."),
        ("", "", pool, "The same for every map of the network."),
        *(("", "once more", name, "Convolution, ReLU, pooling on the maps.") for name in again),
        ("8", "Flatten", flatten, "All maps in one column."),
        ("", "Fully connected, logits", dense, "Each number times its weight, for each class."),
        ("9", "Softmax", "Answer", "From logits to shares. Choose the right class."),
        ("", "Loss", "Loss", "Confidence, probability, and the loss in three readings."),
    ]
