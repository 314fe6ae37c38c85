"""The figure of the leaderboard: each rung a row, what it reaches and what it costs.

From a `Leaderboard` to a matplotlib Figure.
"""

import math

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from utils.experiments.ladder import RUNGS
from utils.experiments.ladder_board import Leaderboard, Place
from utils.plots.curves import FIGURE_STYLE
from utils.plots.looks import short
from utils.plots.style import COLORS, INK

__all__ = ["ladder_steps"]

MOST_OWN = 8  # rows of one's own runs, the most accurate ones
COSTS = (("weights", "s", COLORS.green), ("multiplications", "D", COLORS.purple))


def ladder_steps(board: Leaderboard) -> Figure:
    """Draw the rungs as rows, the lowest at the bottom, and one's own runs below them.

    Left: each seed's validation accuracy a dot, their mean a bar, with its 95 % t interval where
    there are two seeds or more. Right: weights and multiplications of one picture, on a scale of
    powers of ten.
    """
    rows = _rows(board)
    with mpl.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=(7.4, 1.8 + 0.36 * max(len(rows), 2)))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        for row, place in enumerate(rows):
            _draw_accuracy(left, row, place)
            for name, marker, color in COSTS:
                right.plot(getattr(place.price, name), row, marker, color=color, markersize=6)
        left.set_yticks(range(len(rows)), [_label(place) for place in rows])
        left.set_ylim(-0.6, max(len(rows), 1) - 0.4)
        left.set_xlabel("Validation accuracy (fraction right)")
        right.set_xscale("log")
        right.set_xlabel("How many")
        _key(figure, any(place.yours for place in rows))
    return figure


def _rows(board: Leaderboard) -> list[Place]:
    """Return the places from the bottom row to the top one."""
    order = [rung.name for rung in RUNGS]
    rungs = [one for one in board.places if not one.yours]
    own = [one for one in board.places if one.yours][:MOST_OWN]
    return own[::-1] + sorted(rungs, key=lambda one: order.index(one.name))


def _label(place: Place) -> str:
    return short(f"yours: {place.name}" if place.yours else place.name)


def _draw_accuracy(axes: Axes, row: int, place: Place) -> None:
    color, marker = (COLORS.vermillion, "^") if place.yours else (COLORS.blue, "o")
    values = list(place.values.values())
    axes.plot(values, np.full(len(values), row), marker, color=color, alpha=0.7, markersize=7)
    half = 0.0 if math.isnan(place.half) else place.half
    axes.errorbar(place.mean, row, xerr=half, fmt="|", color=INK, capsize=3, markersize=14)


def _key(figure: Figure, own: bool) -> None:
    dots = [("a seed", "o", COLORS.blue), ("a seed of yours", "^", COLORS.vermillion)][: 1 + own]
    entries = [
        Line2D([], [], color=color, linestyle="", marker=marker, label=name)
        for name, marker, color in dots
    ]
    entries += [Line2D([], [], color=INK, marker="|", markersize=9, label="mean, 95 % interval")]
    entries += [
        Line2D([], [], color=color, linestyle="", marker=marker, label=name)
        for name, marker, color in COSTS
    ]
    figure.legend(handles=entries, loc="outside lower center", ncols=3)
