"""One step of learning as a workbook: forward, backward through every layer, and the new loss.

The forward sheets are those of every network's workbook. NumPy alone: never imports Keras.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.networks.in_numpy.gradients import TINY, gradients, loss, step, tiny_network
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.settings import resolve_path
from utils.spreadsheet.cells import Maps, quoted, sheet_names
from utils.spreadsheet.lessons.backward_sheets import Story, backward_sheet
from utils.spreadsheet.lessons.step_sheets import after_sheet, step_sheet
from utils.spreadsheet.model import check_classes, check_example, network_sheets
from utils.spreadsheet.workbook import FIRST_ROW, Pages
from utils.spreadsheet.written_whole import new_workbook

__all__ = ["BAR", "CLASS_NAMES", "backward_workbook"]

MOST_WEIGHTS = 5_000
CLASS_NAMES = ("bar", "beam", "diagonal")
BAR = np.zeros((6, 6, 1))
BAR[1:5, 2:4] = 1.0  # a vertical bar
OWN_SHEETS = ("Backward", "Step", "After")
CHAIN = "Conv2D (stride 1, no padding, relu), Flatten, Dense (softmax or linear)"
WIDTHS = (150, 110, 640)
TEXT = (
    "A network answers, the slopes of its loss are traced back to every weight, each weight takes "
    "one step against its slope, and the network answers again. All of it is formulas."
)
UNTRAINED = " The weights of this tiny network were drawn at random and never trained."
ROWS = (
    ("Input", "The picture. Change a pixel."),
    ("", "Forward: the picture through filters and ReLU."),
    ("", "All maps laid out in one column."),
    ("", "Inputs times weights, summed, plus bias: the logits."),
    ("Answer", "Softmax and the loss. Choose the right class."),
    ("Backward", "From the loss back to every weight: how much the loss changes with it."),
    ("Step", "Each weight minus learning rate times slope. Change the learning rate."),
    ("After", "Forward again with the new weights, and the loss before and after."),
)


def backward_workbook(
    path: str | Path,
    model: Any = None,
    example: ArrayLike | None = None,
    label: int = 0,
    class_names: Sequence[str] | None = None,
    learning_rate: float = 0.1,
) -> Path:
    """Write one step of gradient descent on one image as a workbook; return its path.

    model: a Network, or a Keras model, of the chain Conv2D (stride 1, no padding, relu), Flatten,
        Dense (softmax or linear); a tiny one with fixed weights for 6 x 6 pixels unless given.
    example: its input, without the batch axis; a vertical bar unless given.
    label: the right class, from 0. class_names: one a class.

    The gradients of the cross-entropy are named after what they belong to, such as
    `conv_filter_1_gradient`. Raises CourseError for another chain, more than 5,000 weights, an
    example or label that doesn't fit, a learning rate out of 0…100, or where the file can't be
    written.
    """
    network = _network(model)
    values = check_example(network, BAR if example is None else example)
    if class_names is None:
        own = CLASS_NAMES if model is None else [f"class {n}" for n in range(network.classes)]
        class_names = own
    names = check_classes(network, label, class_names)
    if not 0 <= learning_rate <= 100:
        raise CourseError(f"The learning rate {learning_rate} is out of range.", "Choose 0 to 100.")
    path = resolve_path(path)
    with new_workbook(path) as book:
        _write(Pages(book), network, values, label, names, learning_rate)
    return path


def _network(model: Any) -> Network:
    """Return the model as a Network; CourseError unless it is of the one chain."""
    if model is None:
        return tiny_network()
    network = model if isinstance(model, Network) else read_network(model)
    kinds = [layer.kind for layer in network.layers]
    if kinds != ["Conv2D", "Flatten", "Dense"]:
        raise CourseError(f"The model's layers are {', '.join(kinds)}.", f"Give {CHAIN}.")
    conv, _, dense = network.layers
    wrong = [
        (any(conv.padding), conv, "pads its input"),
        (conv.stride != (1, 1), conv, f"has the stride {conv.stride}"),
        (conv.activation != "relu", conv, f"has the activation {conv.activation}"),
        (dense.activation not in ("linear", "softmax"), dense,
         f"has the activation {dense.activation}"),
    ]  # fmt: skip
    for is_wrong, layer, what in wrong:
        if is_wrong:
            raise CourseError(f"The layer {layer.name} ({layer.kind}) {what}.", f"Give {CHAIN}.")
    count = sum(layer.parameters for layer in network.layers)
    if count > MOST_WEIGHTS:
        raise CourseError(
            f"The model has {count:,} weights; a workbook stays readable up to {MOST_WEIGHTS:,}.",
            "Give it smaller images, fewer filters or fewer classes.",
        )
    return network


def _write(
    pages: Pages, network: Network, example: np.ndarray, label: int, names: list[str], rate: float
) -> None:
    """Write all sheets."""
    guide = pages.book.add_worksheet("Guide")
    taken = sheet_names([*OWN_SHEETS, *(layer.name for layer in network.layers)])
    sheets = taken[len(OWN_SHEETS) :]
    _, (pixels, maps, inputs, _) = network_sheets(pages, network, sheets, example, label, names)
    assert isinstance(pixels, Maps) and isinstance(maps, Maps)
    found = gradients(network, example, label)
    new = step(network, found, rate)
    story = Story(sheets, pixels, maps, inputs.cells(), network, new, found, example, label, names,
                  rate)  # fmt: skip
    step_sheet(pages, story, backward_sheet(pages, story))
    after_sheet(pages, story)
    _guide(pages, guide, story, UNTRAINED if network.name == TINY else "")
    guide.activate()


def _guide(pages: Pages, sheet: Worksheet, story: Story, note: str) -> None:
    """Fill the first sheet: the loss before and after, and a row for each sheet with a link."""
    pages.fill_table(sheet, "One step of learning", TEXT + note, WIDTHS)
    losses = [loss(network, story.example, story.label) for network in (story.old, story.new)]
    lines = (("Loss before", "=loss", losses[0]), ("Loss after", "=after_loss", losses[1]))
    for n, (word, formula, value) in enumerate(lines):
        sheet.write_string(FIRST_ROW + n, 0, word, pages.look("bold"))
        sheet.write_formula(FIRST_ROW + n, 1, formula, pages.look("fine"), value)
    sheets = iter(story.sheets)
    row = FIRST_ROW + 3
    for n, (name, text) in enumerate(ROWS, start=row + 1):
        name = name or next(sheets)
        sheet.write_url(n, 0, f"internal:{quoted(name)}!A1", pages.look("link"), name)
        sheet.write_string(n, 1, text, pages.look("plain"))
    for column, head in enumerate(("sheet", "what it does", "")):
        sheet.write_string(row, column, head, pages.look("left"))
    pages.finish(sheet, row + len(ROWS), len(WIDTHS) - 1)
