"""The last sheet: logits, exponentials, softmax, the answer in words, and the loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.functions import cross_entropy, softmax
from utils.spreadsheet.cells import Vector, cell
from utils.spreadsheet.workbook import FIRST_ROW, Pages

__all__ = ["Answer", "SHEET", "answer_sheet"]

SHEET = "Answer"
WIDTHS = (190, 130, 150, 130, 110, 170)
TEXT = (
    "Softmax turns logits into shares that are positive and add up to 1. The largest logit is "
    "subtracted first: it changes no share, and no number gets too large. Choose the right class "
    "in the blue cell: the loss is what its share costs, −ln(share)."
)
HEADS = ("class", "logit z", "exp(z − largest z)", "share (softmax)", "truth", "−truth · ln(share)")
TABLE = FIRST_ROW + 6  # the row of the table's heads


@dataclass(frozen=True)
class Answer:
    """Where the answer's parts lie, as addresses."""

    said: str
    label: str
    loss: str
    probabilities: Vector


def answer_sheet(
    pages: Pages, logits: Vector, values: np.ndarray, class_names: Sequence[str], label: int
) -> Answer:
    """Write the sheet Answer. values: the logits' values; label: the right class's number."""
    sheet = pages.table(SHEET, "Answer: from logits to the loss", TEXT, WIDTHS)
    count, first = len(class_names), TABLE + 1
    _table(pages, sheet, logits, values, class_names, label)
    for n, name in enumerate(("classes", "logits", "exponentials", "shares", "truth", "losses")):
        pages.define(name, SHEET, first, n, count, 1)
    _results(pages, sheet, values, class_names, label)
    sheet.conditional_format(first, 3, first + count - 1, 3, {
        "type": "data_bar", "bar_color": "#9AD0F0", "bar_solid": True,
        "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip
    pages.finish(sheet, first + count, len(WIDTHS) - 1)
    said, right, loss = (cell(SHEET, FIRST_ROW + row, 1) for row in (0, 2, 3))
    places = tuple(cell(SHEET, first + n, 3) for n in range(count))
    return Answer(said, right, loss, Vector(SHEET, places))


def _table(pages: Pages, sheet: Worksheet, logits: Vector, values: np.ndarray,
           class_names: Sequence[str], label: int) -> None:  # fmt: skip
    """Write a row a class, and the sums below."""
    for column, head in enumerate(HEADS):
        sheet.write_string(TABLE, column, head, pages.look("head" if column else "left"))
    powers, probabilities = np.exp(values - values.max()), softmax(values)
    fine = pages.look("fine")
    for n, (name, address) in enumerate(zip(class_names, logits.cells(), strict=True)):
        row, at = TABLE + 1 + n, TABLE + 2 + n
        cost = cross_entropy(values, label) if n == label else 0
        sheet.write_string(row, 0, name, pages.look("bold"))
        sheet.write_formula(row, 1, f"={address}", fine, float(values[n]))
        sheet.write_formula(row, 2, f"=EXP(B{at}-MAX(logits))", fine, float(powers[n]))
        sheet.write_formula(row, 3, f"=C{at}/SUM(exponentials)", fine, float(probabilities[n]))
        truth = f"=IF(A{at}=right_class,1,0)"
        sheet.write_formula(row, 4, truth, pages.look("plain"), int(n == label))
        # ln(share) = z - largest - ln(sum): so written, a share that rounds to 0 costs no error.
        formula = f"=E{at}*(LN(SUM(exponentials))-(B{at}-MAX(logits)))"
        sheet.write_formula(row, 5, formula, fine, float(cost))
    row = TABLE + 1 + len(class_names)
    sheet.write_string(row, 0, "sum", pages.look("bold"))
    for column, (name, total) in enumerate(
        (("exponentials", powers.sum()), ("shares", probabilities.sum())), start=2
    ):
        sheet.write_formula(row, column, f"=SUM({name})", fine, float(total))


def _results(
    pages: Pages, sheet: Worksheet, values: np.ndarray, class_names: Sequence[str], label: int
) -> None:
    """Write the answer in words, its probability, the right class to choose, and the loss."""
    probabilities = softmax(values)
    best = int(probabilities.argmax())
    loss = cross_entropy(values, label)
    lines = (
        ("The network says", "=INDEX(classes,MATCH(MAX(shares),shares,0))", class_names[best]),
        ("with the share", "=MAX(shares)", float(probabilities[best])),
        ("The right class", None, class_names[label]),
        ("Cross-entropy", '=IF(SUM(truth)=1,SUM(losses),"Choose a class")', loss),
    )
    looks = ("big", "percent", "edit", "fine")
    for row, ((word, formula, value), look) in enumerate(zip(lines, looks, strict=True)):
        sheet.write_string(FIRST_ROW + row, 0, word, pages.look("bold"))
        if formula is None:
            sheet.write_string(FIRST_ROW + row, 1, str(value), pages.look(look))
        else:
            sheet.write_formula(FIRST_ROW + row, 1, formula, pages.look(look), value)
    sheet.set_row_pixels(FIRST_ROW, 32)
    pages.define("right_class", SHEET, FIRST_ROW + 2, 1, 1, 1)
    pages.define("predicted_class", SHEET, FIRST_ROW, 1, 1, 1)
    pages.define("loss", SHEET, FIRST_ROW + 3, 1, 1, 1)
    sheet.data_validation(FIRST_ROW + 2, 1, FIRST_ROW + 2, 1, {
        "validate": "list", "source": "=classes",
        "error_message": "Choose one of the classes in the table below."})  # fmt: skip
