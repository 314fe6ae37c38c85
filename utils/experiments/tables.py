"""Comparisons as text: a Markdown table, an HTML table, an alt text, each with its notes.

Tables in, text out: knows nothing of how their numbers were found.
"""

import math

import pandas as pd
from markupsafe import Markup

from utils.files import render

__all__ = ["HEADINGS", "LEGEND", "describe", "to_html", "to_markdown"]


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


def to_markdown(table: pd.DataFrame) -> str:
    """Return a comparison as a Markdown table with its notes."""
    headings, rows = _cells(table)
    aligned = ["---" if heading in TEXTS else "---:" for heading in headings]
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, aligned, *rows)]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    notes = "".join(f"\n\n**Note:** {note}" for note in table.attrs.get("notes", []))
    return f"{body}\n\n{LEGEND}{notes}\n"


def to_html(table: pd.DataFrame) -> str:
    """Return a comparison as an HTML table with its notes."""
    return str(html_table(table))  # plain, so that a notebook may put a line before it


def html_table(table: pd.DataFrame) -> Markup:
    """Return the same, marked as HTML for a template."""
    headings, rows = _cells(table)
    notes = table.attrs.get("notes", [])
    return render(
        "table.html", headings=headings, texts=TEXTS, rows=rows, legend=LEGEND, notes=notes
    )


def describe(table: pd.DataFrame) -> str:
    """Say in a sentence a study what a comparison shows: the alt text of its figures."""
    sentences = []
    for study, rows in table.groupby("study", sort=False):
        scores = [
            f"{row.variant} {row.final_accuracy:.3f}" if row.runs else f"{row.variant} none"
            for row in rows.itertuples()
        ]
        sentences.append(f"{study}: final validation accuracy {', '.join(scores)}.")
    return " ".join(sentences)


def _cells(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return headings and texts; the study's column only where there are several."""
    names = [name for name in HEADINGS if name != "study" or table["study"].nunique() > 1]
    rows = [[_cell(row, name) for name in names] for _, row in table.iterrows()]
    return [HEADINGS[name] for name in names], rows


def _cell(row: pd.Series, name: str) -> str:
    if name in ("study", "variant", "status", "runs"):
        return str(row[name])
    if math.isnan(row[name]):
        return "–"
    if name == "seconds":
        return f"{row[name]:.1f}"
    spread = row[name.removesuffix("_accuracy") + "_ci"]
    sign = "+" if name == "gap" else ""
    return f"{row[name]:{sign}.3f}" + ("" if math.isnan(spread) else f" ± {spread:.3f}")
