"""The last sheet: logits, exponentials, softmax or sigmoid, the answer in words, the loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.forward import class_logits
from utils.networks.in_numpy.functions import cross_entropy, softmax
from utils.spreadsheet.cells import Vector, cell
from utils.spreadsheet.workbook import FIRST_ROW, Pages

__all__ = ["Answer", "SHEET", "answer_sheet"]

SHEET, TITLE = "Answer", "Answer: from logits to the loss"
WIDTHS = (190, 130, 150, 130, 110, 170)
TABLE = FIRST_ROW + 6  # the row of the table's heads


@dataclass(frozen=True)
class _Kind:
    """How logits become probabilities: words, and formulas of the columns C, D and F in row @."""

    text: str
    heads: tuple[str, ...]
    power: str
    share: str
    cost: str  # so written that a share that rounds to 0 costs no error
    totals: tuple[str, ...]


SOFTMAX = _Kind(
    "Softmax turns logits into shares that are positive and add up to 1. The largest logit is "
    "subtracted first: it changes no share, and no number gets too large. Choose the right class "
    "in the blue cell: the loss is what its share costs, −ln(share).",
    ("class", "logit z", "exp(z − largest z)", "share (softmax)", "truth", "−truth · ln(share)"),
    "=EXP(B@-MAX(logits))",
    "=C@/SUM(exponentials)",
    "=E@*(LN(SUM(exponentials))-(B@-MAX(logits)))",  # z - largest - ln(sum)
    ("exponentials", "shares"),
)
SIGMOID = _Kind(
    "The network gives one logit z: it speaks for the second class, −z for the first. Sigmoid, "
    "1 / (1 + exp(−z)), turns each into its class's probability; the two add up to 1. Choose the "
    "right class in the blue cell: the loss is −ln of its probability.",
    ("class", "logit: −z, z", "exp(−|z|)", "probability (sigmoid)", "truth", "−truth · ln(p)"),
    "=EXP(-ABS(B@))",
    "=IF(B@<0,C@,1)/(1+C@)",  # exp of nothing above 0: no number gets too large
    "=E@*(MAX(0,-B@)+LN(1+C@))",
    ("shares",),
)


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
    """Write the sheet Answer. values: the logits' values; label: the right class's number.

    One logit alone stands for two classes: their probabilities are sigmoids.
    """
    kind = SIGMOID if len(values) == 1 else SOFTMAX
    sheet, tab = pages.table(SHEET, TITLE, kind.text, WIDTHS), pages.tab(SHEET)
    count, first = len(class_names), TABLE + 1
    _table(pages, sheet, kind, logits, values, class_names, label)
    for n, name in enumerate(("classes", "logits", "exponentials", "shares", "truth", "losses")):
        pages.define(name, SHEET, first, n, count, 1)
    _results(pages, sheet, values, class_names, label)
    sheet.conditional_format(first, 3, first + count - 1, 3, {
        "type": "data_bar", "bar_color": "#9AD0F0", "bar_solid": True,
        "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip
    pages.finish(sheet, first + count, len(WIDTHS) - 1)
    said, right, loss = (cell(tab, FIRST_ROW + row, 1) for row in (0, 2, 3))
    places = tuple(cell(tab, first + n, 3) for n in range(count))
    return Answer(said, right, loss, Vector(tab, places))


def _table(
    pages: Pages, sheet: Worksheet, kind: _Kind, logits: Vector, values: np.ndarray,
    class_names: Sequence[str], label: int,
) -> None:  # fmt: skip
    """Write a row a class, and the sums below."""
    for column, head in enumerate(kind.heads):
        sheet.write_string(TABLE, column, head, pages.look("head" if column else "left"))
    shown, powers, shares = _values(values)
    sources = [f"={address}" for address in logits.cells()]
    sources = [f"=-{sources[0][1:]}", *sources] if kind is SIGMOID else sources
    fine = pages.look("fine")
    for n, (name, source) in enumerate(zip(class_names, sources, strict=True)):
        row, at = TABLE + 1 + n, str(TABLE + 2 + n)
        cost = cross_entropy(class_logits(values), label) if n == label else 0.0
        sheet.write_string(row, 0, name, pages.look("bold"))
        sheet.write_formula(row, 1, source, fine, float(shown[n]))
        sheet.write_formula(row, 2, kind.power.replace("@", at), fine, float(powers[n]))
        sheet.write_formula(row, 3, kind.share.replace("@", at), fine, float(shares[n]))
        truth = f"=IF(A{at}=right_class,1,0)"
        sheet.write_formula(row, 4, truth, pages.look("plain"), int(n == label))
        sheet.write_formula(row, 5, kind.cost.replace("@", at), fine, cost)
    row = TABLE + 1 + len(class_names)
    sheet.write_string(row, 0, "sum", pages.look("bold"))
    for column, (name, parts) in enumerate((("exponentials", powers), ("shares", shares)), start=2):
        if name in kind.totals:
            sheet.write_formula(row, column, f"=SUM({name})", fine, float(parts.sum()))


def _values(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logits, exponentials and probabilities, one a class, as the table shows them."""
    shares = softmax(class_logits(values))
    if len(values) > 1:
        return values, np.exp(values - values.max()), shares
    shown = np.array([-values[0], values[0]])
    return shown, np.exp(-np.abs(shown)), shares


def _results(
    pages: Pages, sheet: Worksheet, values: np.ndarray, class_names: Sequence[str], label: int
) -> None:
    """Write the answer in words, its probability, the right class to choose, and the loss."""
    probabilities = softmax(class_logits(values))
    best = int(probabilities.argmax())
    loss = cross_entropy(class_logits(values), label)
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
