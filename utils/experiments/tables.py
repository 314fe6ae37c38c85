"""Comparisons as text: a Markdown table, an HTML table, an alt text, each with its notes.

Tables in, text out: knows nothing of how their numbers were found.
"""

import math
from html import escape

import pandas as pd

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


LEGEND = (
    "Accuracies are fractions of the validation pictures: after the last epoch, and at the best "
    "one. Gap is train minus validation accuracy after the last epoch. ± is the 95 % interval of "
    "the mean over the seeds; one run has none."
)


def to_markdown(table: pd.DataFrame) -> str:
    """Return a comparison as a Markdown table with its notes."""
    headings, rows = _cells(table)
    aligned = ["---:" if _is_number(heading) else "---" for heading in headings]
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, aligned, *rows)]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    notes = "".join(f"\n\n**Note:** {note}" for note in table.attrs.get("notes", []))
    return f"{body}\n\n{LEGEND}{notes}\n"


def to_html(table: pd.DataFrame) -> str:
    """Return a comparison as an HTML table with its notes."""
    headings, rows = _cells(table)
    numeric, left = 'style="text-align:right;white-space:nowrap"', 'style="text-align:left"'
    styles = [numeric if _is_number(heading) else left for heading in headings]
    head = "".join(
        f'<th scope="col" {style}>{escape(heading)}</th>'
        for heading, style in zip(headings, styles, strict=True)
    )
    cells = [
        "".join(f"<td {style}>{escape(cell)}</td>" for cell, style in zip(row, styles, strict=True))
        for row in rows
    ]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    notes = "".join(
        f"<p><strong>Note:</strong> {escape(note)}</p>" for note in table.attrs.get("notes", [])
    )
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p><small>{escape(LEGEND)}</small></p>{notes}"
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


def _is_number(heading: str) -> bool:
    return heading not in ("Study", "Variant", "Status")
