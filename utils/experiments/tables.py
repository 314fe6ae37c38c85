"""Comparisons as text: a Markdown table, an HTML table, an alt text, each with its notes.

Tables in, text out: knows nothing of how their numbers were found.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from utils.experiments.statistics import Comparison
from utils.files import render

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADINGS", "LEGEND", "describe", "html_table", "to_html", "to_markdown"]


HEADINGS = {
    "study": "Study",
    "variant": "Variant",
    "runs": "Runs",
    "final_accuracy": "Final accuracy",
    "best_accuracy": "Best accuracy",
    "gap": "Gap",
    "seconds": "Seconds per epoch",
    "status": "Status",
}
TEXTS = ("Study", "Variant", "Status")  # the headings of words; all others stand over numbers

LEGEND = (
    "Accuracies are fractions of the validation pictures: after the last epoch, and at the best "
    "one. Gap is train minus validation accuracy after the last epoch. ± is the 95 % interval of "
    "the mean over the seeds; one run has none."
)


def to_markdown(table: "Comparison | pd.DataFrame") -> str:
    """Return a comparison as a Markdown table with its notes."""
    rows, notes = _parts(table)
    headings, cells = _cells(rows)
    aligned = ["---" if heading in TEXTS else "---:" for heading in headings]
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, aligned, *cells)]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    told = "".join(f"\n\n**Note:** {note}" for note in notes)
    return f"{body}\n\n{LEGEND}{told}\n"


def to_html(table: "Comparison | pd.DataFrame") -> str:
    """Return a comparison as an HTML table with its notes."""
    return str(html_table(table))  # plain, so that a notebook may put a line before it


def html_table(table: "Comparison | pd.DataFrame") -> Markup:
    """Return the same, marked as HTML for a template."""
    rows, notes = _parts(table)
    headings, cells = _cells(rows)
    return render(
        "table.html", headings=headings, texts=TEXTS, rows=cells, legend=LEGEND, notes=notes
    )


def describe(table: "Comparison | pd.DataFrame") -> str:
    """Say in a sentence a study what a comparison shows: the alt text of its figures."""
    studies: dict[str, list[str]] = {}
    for row in _parts(table)[0]:
        score = f"{row['final_accuracy']:.3f}" if row["runs"] else "none"
        studies.setdefault(row["study"], []).append(f"{row['variant']} {score}")
    return " ".join(
        f"{study}: final validation accuracy {', '.join(scores)}."
        for study, scores in studies.items()
    )


def _parts(table: "Comparison | pd.DataFrame") -> tuple[Sequence[Mapping[str, Any]], list[str]]:
    """Return rows and notes of a comparison in either form."""
    if isinstance(table, Comparison):
        return table.rows, table.notes
    rows: list[Mapping[str, Any]] = table.to_dict("records")
    return rows, table.attrs.get("notes", [])


def _cells(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Return headings and texts; the study's column only where there are several."""
    several = len({row["study"] for row in rows}) > 1
    names = [name for name in HEADINGS if name != "study" or several]
    return [HEADINGS[name] for name in names], [
        [_cell(row, name) for name in names] for row in rows
    ]


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name in ("study", "variant", "status", "runs"):
        return str(row[name])
    if math.isnan(row[name]):
        return "–"
    if name == "seconds":
        return f"{row[name]:.1f}"
    spread = row[name.removesuffix("_accuracy") + "_ci"]
    sign = "+" if name == "gap" else ""
    return f"{row[name]:{sign}.3f}" + ("" if math.isnan(spread) else f" ± {spread:.3f}")
