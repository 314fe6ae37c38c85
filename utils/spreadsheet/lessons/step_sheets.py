"""The sheets that follow the gradients: Step, the new weights, and After, what they answer.

The numbers that their cells carry come from a Story.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.functions import cross_entropy, softmax
from utils.spreadsheet.cells import block_origins
from utils.spreadsheet.layers_maps import filter_name
from utils.spreadsheet.lessons.backward_sheets import Story
from utils.spreadsheet.squares import CellGrid, SquareSheet
from utils.spreadsheet.workbook import BLUE, FIRST_ROW, Pages

__all__ = ["after_sheet", "step_sheet"]

STEP, AFTER = "Step", "After"


def step_sheet(pages: Pages, story: Story, gradients: Mapping[str, CellGrid]) -> None:
    """Write old weights, their gradients and new weights side by side; name the new ones.

    gradients: where they lie, as `backward_sheet` returns them. A new weight's name is the old
    one's and `_new`, such as `conv_filter_1_new`.
    """
    conv, dense = story.old.layers[0], story.old.layers[2]
    classes, wide = dense.weights.shape[1], conv.weights.shape[1]
    left = 3 * classes + 7
    text = (
        "Gradient descent goes against the slope, so that the loss falls: each new weight is the "
        "old one minus the learning rate times its slope. Change the learning rate, the blue cell."
    )
    board = SquareSheet(pages, STEP, "Step: new weights", text, left + 3 * wide + 4)
    _rate(board, story.rate)
    _dense_step(board, story, gradients, FIRST_ROW + 2)
    _conv_step(board, story, gradients, FIRST_ROW + 2, left)
    board.finish()


def _rate(board: SquareSheet, rate: float) -> None:
    """Write the learning rate into a cell of its own."""
    board.sheet.write_string(FIRST_ROW, 0, "learning rate", board.pages.look("bold"))
    look = board.pages.book.add_format(
        {"font_color": "#0047AB", "bg_color": "#EAF2FB", "border": 1, "align": "center"}
    )
    board.sheet.merge_range(FIRST_ROW, 4, FIRST_ROW, 5, "", look)
    board.sheet.write_number(FIRST_ROW, 4, rate, look)
    board.pages.define("learning_rate", board.name, FIRST_ROW, 4, 1, 1)
    board.sheet.data_validation(FIRST_ROW, 4, FIRST_ROW, 4, {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100,
        "error_message": "Choose a learning rate from 0 to 100."})  # fmt: skip


def _three(
    board: SquareSheet, place: tuple[int, int], across: int, values: Sequence[np.ndarray],
    old: Callable[[int, int], str], gradient: Callable[[int, int], str],
) -> CellGrid:  # fmt: skip
    """Write three grids side by side: old, gradient, new, `across` columns apart. Return new."""
    row, column = place
    before = board.grid(row, column, values[0], old)
    change = board.grid(row, column + across, values[1], gradient)
    after = board.grid(
        row, column + 2 * across, values[2],
        lambda i, j: f"={before.at(i, j)}-learning_rate*{change.at(i, j)}",
    )  # fmt: skip
    board.color([before, after], values[0])
    board.color([change], values[1])
    return after


def _dense_step(
    board: SquareSheet, story: Story, gradients: Mapping[str, CellGrid], row: int
) -> None:
    """Write Dense's step: a row an input, a column a class."""
    name, old, new = story.sheets[2], story.old.layers[2], story.new.layers[2]
    count, classes = old.weights.shape
    board.sheet.write_string(row, 0, "Dense: weights", board.pages.look("bold"))
    for n, word in enumerate(("old", "∂L/∂w", "new")):
        board.label(row + 1, 2 + n * (classes + 1), word)
    row += 2
    if old.has_bias:
        board.label(row, 0, "bias")
        values = (old.biases[None], story.gradients.logits[None], new.biases[None])
        biases = _three(
            board, (row, 2), classes + 1, values,
            lambda _, n: f"={name}_bias_{n + 1}",
            lambda _, n: gradients[f"{name}_bias_{n + 1}"].link(0, 0),
        )  # fmt: skip
        for n in range(classes):
            _name(board, f"{name}_bias_{n + 1}", biases.column_of(n))
        row += 2
    board.numbers(row, 0, count)
    weights = _three(
        board, (row, 2), classes + 1, (old.weights, story.gradients.weights, new.weights),
        lambda k, n: f"=INDEX({name}_unit_{n + 1},{k + 1})",
        lambda k, n: gradients[f"{name}_unit_{n + 1}"].link(k, 0),
    )  # fmt: skip
    for n in range(classes):
        _name(board, f"{name}_unit_{n + 1}", weights.column_of(n))


def _conv_step(
    board: SquareSheet, story: Story, gradients: Mapping[str, CellGrid], row: int, column: int
) -> None:
    """Write the filters' step, one below the other."""
    name, old, new = story.sheets[0], story.old.layers[0], story.new.layers[0]
    high, wide, channels, count = old.weights.shape
    for f, c in np.ndindex(count, channels):
        part = filter_name(name, f, c, channels)
        title = f"Filter {f + 1}" + (f" on channel {c + 1}" if channels > 1 else "")
        board.sheet.write_string(row, column, title, board.pages.look("bold"))
        for n, word in enumerate(("old", "∂L/∂w", "new")):
            board.label(row + 1, column + n * (wide + 1), word)
        values = (old.weights, story.gradients.filters, new.weights)
        filled = _three(
            board, (row + 2, column), wide + 1, tuple(array[:, :, c, f] for array in values),
            partial(_indexed, part),
            gradients[part].link,
        )  # fmt: skip
        _name(board, part, filled)
        row += high + 3
        if c == channels - 1 and old.has_bias:
            row = _bias_step(board, story, gradients, f, (row, column)) + 2


def _indexed(name: str, i: int, j: int) -> str:
    """Return the formula of one cell of a named rectangle."""
    return f"=INDEX({name},{i + 1},{j + 1})"


def _bias_step(
    board: SquareSheet,
    story: Story,
    gradients: Mapping[str, CellGrid],
    f: int,
    place: tuple[int, int],
) -> int:
    """Write a filter's bias's step below its numbers; return its row."""
    row, column = place
    one = f"{story.sheets[0]}_bias_{f + 1}"
    wide = story.old.layers[0].weights.shape[1]
    board.label(row, column - 2, "bias")
    values = (story.old.layers[0].biases, story.gradients.filter_biases, story.new.layers[0].biases)
    filled = _three(
        board, (row, column), wide + 1, tuple(array[[[f]]] for array in values),
        lambda i, j: f"={one}", gradients[one].link,
    )  # fmt: skip
    _name(board, one, filled)
    return row


def _name(board: SquareSheet, old: str, new: CellGrid) -> None:
    board.pages.define(f"{old}_new", board.name, *new.box)


def after_sheet(pages: Pages, story: Story) -> None:
    """Write the forward pass with the new weights, and the loss before and after."""
    height, width, count = story.gradients.maps.shape
    blocks, per_row = block_origins(count, height + 3, width + 1, 21)
    left = max(11, per_row * (width + 1))
    text = (
        "The same way forward with the new weights: filters and ReLU, Flatten, Dense, softmax, "
        "and the loss that they cost now."
    )
    title = "After: did the loss fall?"
    board = SquareSheet(pages, AFTER, title, text, left + 8 + 15, left + 7)
    values = forward(story.new, story.example)
    row = board.block(
        FIRST_ROW, 0, left - 1, "1 · New maps", "The picture through the new filters."
    )
    maps = []
    for f, (down, across) in enumerate(blocks):
        board.label(row + down, across, f"map {f + 1}")
        maps.append(
            board.grid(
                row + down + 1, across, values[0][..., f], partial(_new_map, story, f),
                f"after_{story.sheets[0]}_map_{f + 1}",
            )
        )  # fmt: skip
    board.color(maps, values[0], BLUE)
    row = board.block(FIRST_ROW, left, 6, "2 · Flatten", "Row by row, map by map.")
    board.numbers(row + 1, left, len(values[1]))
    flat = board.grid(
        row + 1, left + 1, values[1][:, None],
        lambda k, _: f"={maps[k % count].at(*divmod(k // count, width))}",
        f"after_{story.sheets[1]}_output",
    )  # fmt: skip
    board.color([flat], values[1], BLUE)
    _answer(board, story, values[2], left + 7)
    board.finish()


def _new_map(story: Story, f: int, y: int, x: int) -> str:
    """Return the formula of a pixel of a new map."""
    name, conv = story.sheets[0], story.new.layers[0]
    high, wide, channels, _ = conv.weights.shape
    terms = [
        f"SUMPRODUCT({story.pixels.window(c, y, x, high, wide)},"
        f"{filter_name(name, f, c, channels)}_new)"
        for c in range(channels)
    ]
    terms += [f"{name}_bias_{f + 1}_new"] if conv.has_bias else []
    return f"=MAX(0,{'+'.join(terms)})"


def _answer(board: SquareSheet, story: Story, logits: np.ndarray, column: int) -> None:
    """Write a row a class, from logit to cost, then the loss before and after."""
    text = "As on the sheet Answer; the shares before the step stand on the right."
    row = board.block(FIRST_ROW, column, 15, "3 · Dense, softmax and the loss", text)
    heads = ((0, "class"), (5, "logit z"), (7, "exp"), (9, "share"), (11, "cost"), (13, "before"))
    for across, word in heads:
        board.label(row, column + across, word)
    for n, name in enumerate(story.class_names):
        board.words(row + 1 + n, column, 4, f"=INDEX(classes,{n + 1})", name)
    z = _classes(board, story, logits, (row + 1, column + 5))
    before = forward(story.old, story.example)[-1]
    old = board.grid(
        row + 1, column + 13, softmax(before)[:, None], lambda n, _: f"=INDEX(shares,{n + 1})"
    )
    board.color([old], np.ones(1), BLUE)
    _results(board, story, (row + z.height + 3, column), before, logits)


def _classes(
    board: SquareSheet, story: Story, logits: np.ndarray, place: tuple[int, int]
) -> CellGrid:
    """Write logits, exponentials, probabilities and costs; return where the logits lie."""
    name, dense = story.sheets[2], story.new.layers[2]
    row, column = place
    flat, powers = f"after_{story.sheets[1]}_output", np.exp(logits - logits.max())
    bias = "+{0}_bias_{1}_new" if dense.has_bias else ""
    z = board.grid(
        row, column, logits[:, None],
        lambda n, _: f"=SUMPRODUCT({flat},{name}_unit_{n + 1}_new)" + bias.format(name, n + 1),
        "after_logits",
    )  # fmt: skip
    exp = board.grid(
        row, column + 2, powers[:, None], lambda n, _: f"=EXP({z.at(n, 0)}-MAX(after_logits))",
        "after_exponentials",
    )  # fmt: skip
    probability = board.grid(
        row, column + 4, softmax(logits)[:, None],
        lambda n, _: f"={exp.at(n, 0)}/SUM(after_exponentials)", "after_shares",
    )  # fmt: skip
    truth = np.eye(len(logits))[story.label]
    board.grid(
        row, column + 6, (truth * (np.log(powers.sum()) - (logits - logits.max())))[:, None],
        lambda n, _: (f"=INDEX(truth,{n + 1})*(LN(SUM(after_exponentials))"
                      f"-({z.at(n, 0)}-MAX(after_logits)))"),
        "after_losses",
    )  # fmt: skip
    board.color([probability], np.ones(1), BLUE)
    return z


def _results(
    board: SquareSheet, story: Story, place: tuple[int, int], before: np.ndarray, after: np.ndarray
) -> None:
    """Write what the network says, and the loss, before and after."""
    row, column = place
    for across, word in ((5, "before"), (10, "after")):
        board.label(row, column + across, word)
    texts = (
        ("=predicted_class", "=loss"),
        ("=INDEX(classes,MATCH(MAX(after_shares),after_shares,0))",
         '=IF(SUM(truth)=1,SUM(after_losses),"Choose a class")'),
    )  # fmt: skip
    for down, word in enumerate(("The network says", "Cross-entropy"), start=1):
        board.sheet.write_string(row + down, column, word, board.pages.look("bold"))
    for across, logits, formulas in zip((5, 10), (before, after), texts, strict=True):
        said = story.class_names[int(logits.argmax())]
        board.words(row + 1, column + across, 5, formulas[0], said, "big")
        board.words(
            row + 2, column + across, 4, formulas[1], cross_entropy(logits, story.label), "fine"
        )
    board.pages.define("after_class", board.name, row + 1, column + 10, 1, 1)
    board.pages.define("after_loss", board.name, row + 2, column + 10, 1, 1)
