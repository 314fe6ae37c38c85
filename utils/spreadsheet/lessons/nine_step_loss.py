"""The last of the nine steps: confidence, probability, and the loss in its three readings."""

from collections.abc import Sequence

import numpy as np

from utils.networks.in_numpy.functions import softmax
from utils.spreadsheet.cells import cell
from utils.spreadsheet.lessons.nine_step_sheets import StepSheets
from utils.spreadsheet.workbook import FIRST_ROW

__all__ = ["loss_sheet"]

WIDTHS = (190, 110, 150, 150, 90, 170, 190)
COLUMNS = ("classes", "logits", "confidences", "probabilities", "truth", "losses", "divergences")


def loss_sheet(steps: StepSheets, names: Sequence[str], label: int) -> None:
    """Write step 9's second half: confidence, probability, and the loss in three readings."""
    text = (
        "A class's confidence is e to the power of its logit; its probability is its part of all "
        "confidence. The loss has three readings. The truth gives 1 to the right class and 0 to "
        "all others, so they come to one number. Choose the right class on the sheet "
        f"{steps.pages.tab('Answer')}."
    )
    pages, z = steps.pages, steps.values[-1]
    sheet = pages.table("Loss", "Softmax and loss: one number, three readings", text, WIDTHS)
    heads = ("class", "logit z", "confidence exp(z)", "probability p", "truth y",
             "log loss −y · ln p", "divergence y · ln(y/p)")  # fmt: skip
    first, p = FIRST_ROW + 1, softmax(z)
    truth = [int(n == label) for n in range(len(names))]
    for column, head in enumerate(heads):
        sheet.write_string(FIRST_ROW, column, head, pages.look("head" if column else "left"))
    for n, (own, y) in enumerate(zip(names, truth, strict=True)):
        at = first + n + 1
        cost = -float(np.log(p[n])) * y
        cells = (
            (f"=INDEX(classes,{n + 1})", own), (f"=INDEX(logits,{n + 1})", float(z[n])),
            (f"=EXP(B{at})", float(np.exp(z[n]))),
            (f"=C{at}/SUM(steps_confidences)", float(p[n])), (f"=INDEX(truth,{n + 1})", y),
            (f"=-E{at}*LN(D{at})", cost), (f"=IF(E{at}=0,0,E{at}*LN(E{at}/D{at}))", cost),
        )  # fmt: skip
        for column, (formula, value) in enumerate(cells):
            look = {0: "bold", 4: "plain"}.get(column, "fine")
            sheet.write_formula(first + n, column, formula, pages.look(look), value)
    for column, name in enumerate(COLUMNS):
        pages.define(f"steps_{name}", "Loss", first, column, len(names), 1)
    _readings(steps, first + len(names) + 1, -float(np.log(p[label])))


def _readings(steps: StepSheets, row: int, value: float) -> None:
    """Write the three readings, the loss of the sheet Answer, and whether they are one number."""
    pages = steps.pages
    sheet = pages.sheet("Loss")
    right = "SUMPRODUCT(steps_truth,steps_probabilities)"
    lines = (
        ("Distance", f"=ABS(LN(1)-LN({right}))",
         "from prediction to truth, for the right class, on the scale of logarithms: ln 1 − ln p"),
        ("Log loss", "=SUM(steps_losses)", "what the right class's probability costs: −ln p"),
        ("KL divergence", "=SUM(steps_divergences)",
         "what it costs to believe p where y is true: sum of y · ln(y/p)"),
        ("Cross-entropy", "=loss", f"of the sheet {pages.tab('Answer')}"),
    )  # fmt: skip
    for n, (words, formula, text) in enumerate(lines):
        guarded = f'=IF(SUM(steps_truth)=1,{formula[1:]},"Choose a class")'
        sheet.write_string(row + n, 0, words, pages.look("bold"))
        sheet.write_formula(row + n, 1, guarded, pages.look("fine"), value)
        sheet.write_string(row + n, 2, text, pages.look("inset"))
    pages.define("steps_readings", "Loss", row, 1, len(lines), 1)
    test = '=IF(MAX(steps_readings)-MIN(steps_readings)<0.000000001,"one number","they differ")'
    sheet.write_formula(row + len(lines), 1, test, pages.look("bold"), "one number")
    first = cell("Loss", FIRST_ROW + 1, 3).rpartition("!")[2]
    last = cell("Loss", row - 2, 3).rpartition("!")[2]
    sheet.conditional_format(f"{first}:{last}", {
        "type": "data_bar", "bar_color": "#9AD0F0", "bar_solid": True,
        "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip
    pages.finish(sheet, row + len(lines), len(WIDTHS) - 1)
