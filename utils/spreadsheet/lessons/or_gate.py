"""Gradient descent on the OR gate as a sheet: a row an epoch, every number a formula.

The same computation as notebook 04; the values that the cells carry are `or_gate_descent`'s.
"""

from pathlib import Path

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.networks.in_numpy.one_neuron import COLUMNS, X, Y, or_gate_descent
from utils.settings import resolve_path
from utils.spreadsheet.written_whole import new_workbook

__all__ = ["FIRST_ROW", "SHEET", "or_gate_workbook"]

SHEET = "Descent"
FIRST_ROW = 11  # of the table, counted from 1 as spreadsheets do: epoch 0
LETTERS = dict(zip(COLUMNS, "ABCDEFGHIJKL", strict=True))
OUTPUTS = ("E", "F", "G", "H")  # the columns of the four predictions
HEADINGS = ["epoch", "w1", "w2", "b", "ŷ(0,0)", "ŷ(0,1)", "ŷ(1,0)", "ŷ(1,1)", "loss"]
HEADINGS += ["∂L/∂w1", "∂L/∂w2", "∂L/∂b"]
EXPLANATION = (
    "Each row is an epoch: a prediction for each of the four inputs, the loss, and its slope for "
    "each weight. The next row's weights are this row's, minus learning rate times slope.",
    "Change a blue number: the learning rate, where the descent starts, or what the gate should "
    "answer. All else is calculated.",
)


def or_gate_workbook(
    path: str | Path,
    w1: float = 0.1,
    w2: float = -0.2,
    b: float = 0.0,
    learning_rate: float = 2.0,
    epochs: int = 2000,
) -> Path:
    """Write gradient descent on the OR gate as a workbook and return its path.

    w1, w2, b: where the descent starts; notebook 04's start unless given.
    epochs: rows of the table, besides the start.
    Raises CourseError for epochs out of 1…10,000, a learning rate out of 0…100, a start that
    isn't finite, or where the file can't be written.
    """
    if not 1 <= epochs <= 10_000:
        raise CourseError(f"{epochs} epochs don't fit into the sheet.", "Choose 1 to 10,000.")
    if not 0 <= learning_rate <= 100:
        raise CourseError(f"The learning rate {learning_rate} is out of range.", "Choose 0 to 100.")
    if not np.isfinite([w1, w2, b]).all():
        raise CourseError("The descent's start isn't three numbers.", "Give w1, w2 and b.")
    values, path = or_gate_descent(w1, w2, b, learning_rate, epochs), resolve_path(path)
    with new_workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        _settings(book, sheet, (learning_rate, w1, w2, b))
        number = book.add_format({"num_format": "0.000000"})
        for epoch, row in enumerate(values.to_numpy().tolist()):
            _epoch(sheet, epoch, row, number)
        book.define_name("descent", f"={SHEET}!$B${FIRST_ROW}:$L${FIRST_ROW + epochs}")
        _chart(book, sheet, epochs)
        _layout(sheet, epochs)
    return path


def _settings(book: Workbook, sheet: Worksheet, start: tuple[float, ...]) -> None:
    """Write what one may change: learning rate, start, and the truth table above its columns."""
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "align": "right", "bottom": 1})
    editable = book.add_format({"font_color": "#0047AB", "bg_color": "#EAF2FB", "border": 1})
    fixed = book.add_format({"font_color": "#555555"})
    sheet.write_string("A1", "Gradient descent on the OR gate", book.add_format(
        {"bold": True, "font_size": 16}))  # fmt: skip
    for row, text in enumerate(EXPLANATION, start=1):
        sheet.write_string(row, 0, text)
    names = ("learning_rate", "start_w1", "start_w2", "start_b")
    for row, (name, value) in enumerate(zip(names, start, strict=True), start=4):
        sheet.write_string(row, 0, name.replace("_", " "), bold)
        sheet.write_number(row, 1, value, editable)
        book.define_name(name, f"={SHEET}!$B${row + 1}")
    sheet.data_validation("B5", {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100,
        "error_message": "Choose a learning rate from 0 to 100."})  # fmt: skip
    for row, (name, numbers) in enumerate((("x1", X[:, 0]), ("x2", X[:, 1]), ("y", Y)), start=4):
        sheet.write_string(row, 3, name, bold)
        for column, value in enumerate(numbers, start=4):
            sheet.write_number(row, column, value, editable if name == "y" else fixed)
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(FIRST_ROW - 2, column, heading, head)


def _epoch(sheet: Worksheet, epoch: int, values: list[float], number: object) -> None:
    """Write one epoch's row of formulas, each with its value."""
    row = FIRST_ROW + epoch
    formulas = {"epoch": f"=A{row - 1}+1" if epoch else None} | _weights(row, epoch)
    for name, column in zip(COLUMNS[4:8], OUTPUTS, strict=True):
        formulas[name] = f"=1/(1+EXP(-($B{row}*{column}$5+$C{row}*{column}$6+$D{row})))"
    answers = f"$E{row}:$H{row}"
    formulas["loss"] = f"=SUMPRODUCT(({answers}-$E$7:$H$7)^2)/4"
    gradient = f"2/4*({answers}-$E$7:$H$7)*{answers}*(1-{answers})"
    formulas["dL_dw1"] = f"=SUMPRODUCT({gradient}*$E$5:$H$5)"
    formulas["dL_dw2"] = f"=SUMPRODUCT({gradient}*$E$6:$H$6)"
    formulas["dL_db"] = f"=SUMPRODUCT({gradient})"
    for name, value in zip(COLUMNS, values, strict=True):
        place = f"{LETTERS[name]}{row}"
        if formulas[name] is None:
            sheet.write_number(place, value)
        else:
            sheet.write_formula(place, formulas[name], None if name == "epoch" else number, value)


def _weights(row: int, epoch: int) -> dict[str, str | None]:
    """Return the three weights' formulas: the start, then one step from the row above."""
    if epoch == 0:
        return {name: f"=start_{name}" for name in ("w1", "w2", "b")}
    steps = (("w1", "B", "J"), ("w2", "C", "K"), ("b", "D", "L"))
    return {
        name: f"={column}{row - 1}-learning_rate*{gradient}{row - 1}"
        for name, column, gradient in steps
    }


def _chart(book: Workbook, sheet: Worksheet, epochs: int) -> None:
    last = FIRST_ROW + epochs
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series({
        "name": "loss", "line": {"color": "#0072B2", "width": 2},
        "categories": f"={SHEET}!$A${FIRST_ROW}:$A${last}",
        "values": f"={SHEET}!$I${FIRST_ROW}:$I${last}"})  # fmt: skip
    chart.set_title({"name": "Loss by epoch", "name_font": {"size": 12}})
    chart.set_x_axis({"name": "epoch", "min": 0, "max": epochs})
    chart.set_y_axis({"name": "loss (logarithmic)", "log_base": 10, "crossing": "min"})
    chart.set_legend({"none": True})
    chart.set_size({"width": 560, "height": 380})
    sheet.insert_chart("N5", chart, {"description": "The loss falls epoch by epoch."})


def _layout(sheet: Worksheet, epochs: int) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 11, 11)
    sheet.freeze_panes(FIRST_ROW - 1, 1)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 2)
    sheet.set_paper(9)  # A4
    sheet.print_area(0, 0, FIRST_ROW + epochs - 1, 21)  # the chart's last column
