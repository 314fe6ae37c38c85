"""Comparisons as text: Markdown tables, an HTML table, an alt text, each with its notes.

Tables in, text out: knows nothing of how their numbers were found.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from utils.experiments.sentences import against_text
from utils.experiments.statistics import Comparison, baseline_for
from utils.experiments.studies import find_study
from utils.files import render

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADINGS", "LEGEND", "describe", "html_table", "to_html", "to_markdown"]


HEADINGS = {
    "study": "Study",
    "variant": "Variant",
    "runs": "Runs",
    "final_accuracy": "Final accuracy",
    "against": "Against the baseline",
    "best_accuracy": "Best accuracy",
    "gap": "Gap",
    "seconds": "Seconds per epoch",
    "status": "Status",
}
# The headings of words, which may take several lines; all others stand over numbers.
TEXTS = ("Study", "Variant", "Against the baseline", "Status")
# What Markdown has in a table of its own, so that lines fit into a terminal of 80 columns.
BESIDE = ("best_accuracy", "gap", "seconds")

LEGEND = (
    "Accuracies are fractions of the validation pictures: after the last epoch, and at the best "
    "one. Gap is train minus validation accuracy after the last epoch. ± is the 95 % t interval of "
    "the mean over the seeds; one run has none."
)
AGAINST_LEGEND = (
    " Against the baseline: the difference of the final accuracies in points (hundredths), with "
    "its 95 % interval: taken seed by seed where both have the same seeds, else Welch's. Better or "
    "worse is what leaves out zero; whether two ± overlap decides nothing. – stands where one of "
    "the two has no finished run."
)


def to_markdown(table: "Comparison | pd.DataFrame") -> str:
    """Return a comparison as two Markdown tables with its notes: the finding, and the rest."""
    rows, notes = _parts(table)
    names = _names(rows)
    beside = [name for name in names if name in ("study", "variant", *BESIDE)]
    parts = [_markdown(rows, [name for name in names if name not in BESIDE])]
    parts += [_markdown(rows, beside), _legend(names)]
    parts += [f"**Note:** {note}" for note in notes]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    headings = [HEADINGS[name] for name in names]
    aligned = ["---" if heading in TEXTS else "---:" for heading in headings]
    cells = [[_cell(row, name).replace("|", "\\|") for name in names] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in (headings, aligned, *cells))


def to_html(table: "Comparison | pd.DataFrame") -> str:
    """Return a comparison as an HTML table with its notes."""
    return str(html_table(table))  # plain, so that a notebook may put a line before it


def html_table(table: "Comparison | pd.DataFrame") -> Markup:
    """Return the same, marked as HTML for a template."""
    rows, notes = _parts(table)
    names = _names(rows)
    return render(
        "table.html",
        headings=[HEADINGS[name] for name in names],
        texts=TEXTS,
        rows=[[_html_cell(row, name) for name in names] for row in rows],
        legend=_legend(names),
        notes=notes,
    )


def describe(table: "Comparison | pd.DataFrame") -> str:
    """Say in a sentence a study what a comparison shows: the alt text of its figures."""
    studies: dict[str, list[Mapping[str, Any]]] = {}
    for row in _parts(table)[0]:
        studies.setdefault(row["study"], []).append(row)
    return " ".join(_described(study, rows) for study, rows in studies.items())


def _described(study: str, rows: Sequence[Mapping[str, Any]]) -> str:
    scores, against = [], dict[str, list[str]]()
    for row in rows:
        score = f"{row['final_accuracy']:.3f}" if row["runs"] else "none"
        scores.append(f"{row['variant']} {score}")
        if row["against"] is not None:
            base = baseline_for(study, row["variant"])
            text = f"{row['variant']} {against_text(row['against'])}"
            against.setdefault(base, []).append(text)
    said = [f"{study}: final validation accuracy {', '.join(scores)}."]
    said += [f"Against {base}, in points: {'; '.join(texts)}." for base, texts in against.items()]
    return " ".join(said)


def _parts(table: "Comparison | pd.DataFrame") -> tuple[Sequence[Mapping[str, Any]], list[str]]:
    """Return rows and notes of a comparison in either form."""
    if isinstance(table, Comparison):
        return table.rows, table.notes
    rows: list[Mapping[str, Any]] = table.to_dict("records")
    return rows, table.attrs.get("notes", [])


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns to show: the study where there are several, differences where any can be.

    Of a search's trials none is the baseline.
    """
    several = len({row["study"] for row in rows}) > 1
    base = any(find_study(row["study"]) or _is_baseline(row) for row in rows)
    hidden = ["study"] * (not several) + ["against"] * (not base)
    return [name for name in HEADINGS if name not in hidden]


def _is_baseline(row: Mapping[str, Any]) -> bool:
    return row["variant"] == baseline_for(row["study"], row["variant"])


def _legend(names: Sequence[str]) -> str:
    return LEGEND + AGAINST_LEGEND * ("against" in names)


def _html_cell(row: Mapping[str, Any], name: str) -> str:
    text = _cell(row, name)
    if name != "against" or row["against"] is None:
        return text
    numbers, comma, word = text.partition(",")
    return numbers.replace(" ", "\N{NO-BREAK SPACE}") + comma + word  # a line may end between them


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name in ("study", "variant", "status", "runs"):
        return str(row[name])
    if name == "against":
        return "the baseline" if _is_baseline(row) else against_text(row["against"])
    if math.isnan(row[name]):
        return "–"
    if name == "seconds":
        return f"{row[name]:.1f}"
    spread = row[name.removesuffix("_accuracy") + "_ci"]
    sign = "+" if name == "gap" else ""
    return f"{row[name]:{sign}.3f}" + ("" if math.isnan(spread) else f" ± {spread:.3f}")
