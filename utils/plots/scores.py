"""The figure of final accuracies: each seed a dot, and beside it what lies between the variants.

From the table of `utils.experiments.history` to a matplotlib Figure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from utils.experiments.statistics import baseline_for, by_seed, compare_pairs, per_run
from utils.experiments.studies import find_study
from utils.plots.curves import FIGURE_STYLE, Columns
from utils.plots.looks import looks, only_study, short, variants
from utils.plots.style import FAINT, INK

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["final_accuracy"]

Finals = Mapping[str, Mapping[int, float]]  # accuracies by variant and seed


def final_accuracy(history: "pd.DataFrame | Columns") -> Figure:
    """Draw the validation accuracy after the last epoch, and its difference from the baseline.

    history: rows of one study. Variants are the rows, in the study's order, top to bottom.

    Left each seed is a dot, their mean a bar. Right, where the baseline and another variant have
    finished, the differences in points: of each pair of seeds a small dot, and their mean with its
    95 % interval, as `utils.experiments.statistics.compare_pairs` finds it.
    """
    study, names, scores = only_study(history), variants(history), per_run(history)
    finals = {name: by_seed(one for one in scores if one.variant == name) for name in names}
    compared = [name for name in names if _has_difference(study, name, finals)]
    with mpl.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=(7.4 if compared else 6.4, 1.6 + 0.6 * len(names)))
        panels = figure.subplots(1, 2 if compared else 1, sharey=True, squeeze=False)[0]
        for row, name in enumerate(names):
            _draw_seeds(panels[0], row, finals[name], looks(study, name))
            if name in compared:
                base = finals[baseline_for(study, name)]
                _draw_difference(panels[1], row, finals[name], base, looks(study, name))
        _label_rows(panels[0], study, names)
        panels[0].set_xlabel("Validation accuracy (fraction right)")
        if compared:
            _label_differences(panels[1], study, names)
        _key_of_dots(figure, bool(compared))
    return figure


def _has_difference(study: str, name: str, finals: Finals) -> bool:
    base = baseline_for(study, name)
    return name != base and bool(finals[name]) and bool(finals.get(base))


def _draw_seeds(axes: Axes, row: int, finals: Mapping[int, float], looks: tuple[str, str]) -> None:
    color, marker = looks
    values = list(finals.values())
    axes.plot(values, [row] * len(values), marker, color=color, alpha=0.7, markersize=7)
    if values:
        axes.plot(np.mean(values), row, "|", color=INK, markersize=18, label="mean")
    else:
        place = axes.get_yaxis_transform()
        axes.text(0.02, row, "no finished run", va="center", transform=place)


def _draw_difference(
    axes: Axes,
    row: int,
    finals: Mapping[int, float],
    base: Mapping[int, float],
    looks: tuple[str, str],
) -> None:
    color, marker = looks
    difference = compare_pairs(finals, base)
    if difference.paired:
        pairs = [100 * (finals[seed] - base[seed]) for seed in finals]
        axes.plot(pairs, [row] * len(pairs), marker, color=color, alpha=0.7, markersize=5)
    if difference.half == difference.half:
        axes.errorbar(
            100 * difference.mean, row + 0.25, xerr=100 * difference.half, fmt="|", color=INK,
            capsize=4, markersize=11,
        )  # fmt: skip


def _label_rows(axes: Axes, study: str, names: list[str]) -> None:
    known = find_study(study)
    axes.set_title(known.question if known else short(study))
    axes.set_yticks(range(len(names)), [short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_ylabel(known.field.replace("_", " ") if known else "variant")
    axes.grid(axis="y", visible=False)


def _label_differences(axes: Axes, study: str, names: list[str]) -> None:
    """Draw the line at zero, and say on it which rows are the baseline's."""
    axes.axvline(0, color=FAINT, linewidth=1.2, label="zero")
    left, right = axes.get_xlim()
    side = "right" if left + right < 0 else "left"  # where there is more room
    for row, name in enumerate(names):
        if name == baseline_for(study, name):
            axes.annotate(
                "baseline", (0, row), (-5 if side == "right" else 5, 0), ha=side, va="center",
                textcoords="offset points", fontsize=mpl.rcParams["legend.fontsize"],
            )  # fmt: skip
    axes.set_xlabel("Against the baseline (points)")
    axes.grid(axis="y", visible=False)


def _key_of_dots(figure: Figure, compared: bool) -> None:
    """Say what the signs mean: where there are differences, they have dots and means too."""
    dot = "a seed, or a pair of seeds" if compared else "one seed"
    entries = [
        Line2D([], [], color=INK, linestyle="", marker="o", alpha=0.7, label=dot),
        Line2D([], [], color=INK, linestyle="", marker="|", markersize=14, label="mean"),
    ]
    if compared:
        bar = Line2D([], [], color=INK, marker="|", markersize=9)
        bar.set_label("mean difference, 95 % interval")
        entries.append(bar)
    figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
