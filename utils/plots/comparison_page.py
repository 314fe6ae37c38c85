"""One page that compares runs: the table, the figures and what is doubtful about them.

Runs in, one HTML file out that needs no other file. Nothing here knows training or Jupyter.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from utils import plots
from utils.experiments.history import Run, compare, epoch_table
from utils.experiments.tables import describe, to_html
from utils.files import write_whole

__all__ = ["comparison_report"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 66rem; margin: 2rem auto;
       padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #888; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr));
           gap: 1rem; align-items: start; }
"""


def comparison_report(runs: Sequence[Run], path: Path) -> Path:
    """Write the comparison of runs as one HTML page and return its path.

    Raises CourseError where there is nothing to compare.
    """
    table, rows = compare(runs), epoch_table(runs)
    studies = list(dict.fromkeys(table["study"]))
    title = f"Comparison: {studies[0]}" if len(studies) == 1 else "Comparison of all runs"
    parts = [f"<h1>{escape(title)}</h1>", to_html(table)]
    if len(studies) > 1 and len(rows):
        overview = plots.small_multiples(rows)
        parts.append(plots.picture_tag(overview, f"One panel a study. {describe(table)}"))
    for study in studies:
        mine = rows[rows["study"] == study]
        if len(mine):
            parts.append(_section(study, mine, table[table["study"] == study]))
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )
    write_whole(path, page)
    return path


def _section(study: str, rows: pd.DataFrame, table: pd.DataFrame) -> str:
    figures = (
        (plots.curves(rows), "Accuracy by epoch on validation and training pictures. "),
        (plots.curves(rows, "loss"), "Loss by epoch. "),
        (plots.final_accuracy(rows), "Each seed's accuracy after the last epoch. "),
    )
    tags = "".join(plots.picture_tag(figure, alt + describe(table)) for figure, alt in figures)
    return f'<h2>{escape(study.replace("_", " "))}</h2><div class="figures">{tags}</div>'
