"""One page that compares runs: the table, the figures and what is doubtful about them.

Runs in, one HTML file out that needs no other file. Nothing here knows training or Jupyter.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from utils import plots
from utils.experiments.history import Run, compare, epoch_table
from utils.experiments.tables import describe, html_table
from utils.files import render, write_whole

__all__ = ["comparison_report"]


def comparison_report(runs: Sequence[Run], path: Path) -> Path:
    """Write the comparison of runs as one HTML page and return its path.

    Raises CourseError where there is nothing to compare.
    """
    table, rows = compare(runs), epoch_table(runs)
    studies = list(dict.fromkeys(table["study"]))
    title = f"Comparison: {studies[0]}" if len(studies) == 1 else "Comparison of all runs"
    overview = ""
    if len(studies) > 1 and len(rows):
        alt = f"One panel a study. {describe(table)}"
        overview = plots.picture_tag(plots.small_multiples(rows), alt)
    sections = [
        (study.replace("_", " "), _figures(mine, table[table["study"] == study]))
        for study in studies
        if len(mine := rows[rows["study"] == study])
    ]
    write_whole(
        path,
        render(
            "comparison.html",
            title=title,
            table=html_table(table),
            overview=overview,
            sections=sections,
        ),
    )
    return path


def _figures(rows: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """Return one study's figures as images."""
    figures = (
        (plots.curves(rows), "Accuracy by epoch on validation and training pictures. "),
        (plots.curves(rows, "loss"), "Loss by epoch. "),
        (plots.final_accuracy(rows), "Each seed's accuracy after the last epoch. "),
    )
    return [plots.picture_tag(figure, alt + describe(table)) for figure, alt in figures]
