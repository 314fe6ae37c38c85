"""The figure of final accuracies: each seed a dot, each variant a row.

From the table of `utils.experiments.history` to a matplotlib Figure.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from utils.experiments.statistics import Scores, interval, per_run
from utils.experiments.studies import STUDIES
from utils.plots.curves import FIGURE_STYLE, Columns
from utils.plots.looks import base_name, looks, only_study, short, variants
from utils.plots.style import FAINT, INK

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["final_accuracy"]


def final_accuracy(
    history: "pd.DataFrame | Columns", reference: "pd.DataFrame | Columns | None" = None
) -> Figure:
    """Draw the validation accuracy after the last epoch: each seed a dot, mean ± 95 % interval.

    history: rows of one study. Variants are the rows, in the study's order, top to bottom.
    reference: other runs of the study; their mean and interval are drawn pale below.
    """
    study = only_study(history)
    names, scores = variants(history), per_run(history)
    with mpl.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=(6.4, 1.5 + 0.75 * len(names)))
        axes = figure.add_subplot()
        for row, variant in enumerate(names):
            mine = _finals(scores, variant)
            _dots(axes, row, mine, looks(study, variant))
            if not len(mine):
                axes.text(
                    0.02, row, "no finished run", va="center", transform=axes.get_yaxis_transform()
                )
        if reference is not None:
            _reference_rows(axes, names, per_run(reference))
        axes.set_title(STUDIES[study].question if study in STUDIES else short(study))
        field = STUDIES[study].field.replace("_", " ") if study in STUDIES else "variant"
        axes.set_yticks(range(len(names)), [short(name) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_ylabel(field)
        axes.set_xlabel("Validation accuracy after the last epoch (fraction right)")
        axes.grid(axis="y", visible=False)
        _key_of_dots(figure, reference is not None)
    return figure


def _dots(axes: Axes, row: int, values: np.ndarray, looks: tuple[str, str]) -> None:
    color, marker = looks
    axes.plot(values, np.full(len(values), row), marker, color=color, alpha=0.55, markersize=7)
    if len(values):
        spread = np.nan_to_num(interval(values))
        axes.errorbar(
            values.mean(), row + 0.2, xerr=spread, fmt="|", color=INK, capsize=4, markersize=11
        )


def _finals(scores: Sequence[Scores], variant: str) -> np.ndarray:
    """Return the final accuracies of a variant's finished runs, those that are numbers."""
    finals = [one.final for one in scores if one.variant == variant]
    return np.array([value for value in finals if value == value], float)


def _reference_rows(axes: Axes, names: Sequence[str], scores: Sequence[Scores]) -> None:
    for row, variant in enumerate(names):
        theirs = _finals(scores, base_name(variant))
        if len(theirs):
            axes.errorbar(
                theirs.mean(), row + 0.34, xerr=interval(theirs), fmt="|", color=FAINT, capsize=3
            )


def _key_of_dots(figure: Figure, reference: bool) -> None:
    entries = [
        Line2D([], [], color=INK, linestyle="", marker="o", alpha=0.55, label="one seed"),
        Line2D([], [], color=INK, marker="|", markersize=11, label="mean ± 95 % interval"),
    ]
    if reference:
        entries.append(Line2D([], [], color=FAINT, marker="|", markersize=9, label="reference"))
    figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
