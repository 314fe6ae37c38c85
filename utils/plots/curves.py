"""Learning curves: one study in one figure, or one small panel a study.

From the table of `utils.experiments.history` to a matplotlib Figure. A variant has a colour *and* a
marker; what was measured (validation or training pictures) is told by dashes.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from utils.errors import CourseError
from utils.experiments.history import COLUMNS
from utils.experiments.statistics import run_order
from utils.experiments.studies import find_study
from utils.plots.looks import dark, looks, only_study, pale, short, variants
from utils.plots.style import FAINT, INK, STYLE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["curves", "small_multiples"]

TRAINING_DASHES = (0, (4, 1.6))
# What is drawn solid (validation) and dashed (training pictures) for each metric.
PAIRS = {"accuracy": ("val_accuracy", "train_accuracy"), "loss": ("val_loss", "loss")}
PAIR_LABELS = {"accuracy": "Accuracy (fraction right)", "loss": "Loss"}
LABELS = {
    "val_accuracy": "Validation accuracy (fraction right)",
    "train_accuracy": "Accuracy on training pictures",
    "accuracy": "Accuracy while learning",
    "val_loss": "Validation loss",
    "loss": "Loss while learning",
    "seconds": "Seconds per epoch",
}
# A name may have dollars in it, which are no formula.
FIGURE_STYLE = {**STYLE, "text.parse_math": False}

Columns = Mapping[str, np.ndarray]  # a table's columns by their names


def curves(
    history: "pd.DataFrame | Columns",
    metric: str = "accuracy",
    reference: "pd.DataFrame | Columns | None" = None,
) -> Figure:
    """Draw one study's learning curves: per variant the mean over the seeds.

    history: rows of one study, from `epoch_table`, `epoch_columns` or `reference` of
        `utils.experiments.history`.
    metric: `accuracy` or `loss` draws validation solid and training pictures dashed; the name
        of a column, such as `val_accuracy`, draws that one alone.
    reference: other runs of the study; their mean (validation) is drawn thin and pale behind.

    Bands reach from the lowest to the highest seed. A run that diverged is drawn by itself and
    ends in a cross. Raises CourseError unless there are rows of exactly one study.
    """
    study = only_study(history)
    with mpl.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=(6.4, 4.4))
        axes = figure.add_subplot()
        ends = _draw_study(axes, history, metric, reference)
        known = find_study(study)
        axes.set_title(known.question if known else short(study))
        axes.set_xlabel("Epoch")
        axes.set_ylabel(_axis_label(metric))
        entries = _key(_columns(metric), reference is not None, _has_band(history))
        if len(entries) > 1:
            figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
        _label_ends(axes, ends)
    return figure


def small_multiples(
    history: "pd.DataFrame | Columns",
    metric: str = "val_accuracy",
    reference: "pd.DataFrame | Columns | None" = None,
) -> Figure:
    """Draw one panel a study, all on the same scale, as `curves` draws each.

    history, reference: rows of any number of studies.
    """
    studies = sorted(set(history["study"]), key=lambda study: run_order(study, ""))
    if not studies:
        raise CourseError("There are no epochs to draw.", "Train a study first.")
    columns = 1 if len(studies) == 1 else 2
    rows = -(-len(studies) // columns)
    with mpl.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=(7.6 if columns == 2 else 5, 2.75 * rows + 0.4))
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
        ends = {}
        for axes, study in zip(panels, studies, strict=False):
            behind = None if reference is None else _where(reference, study=study)
            ends[axes] = _draw_study(axes, _where(history, study=study), metric, behind)
            axes.set_title(short(study).replace("_", " "))
            axes.set_xlabel("Epoch")
        entries = _key(_columns(metric), reference is not None, _has_band(history))
        if len(studies) < len(panels):
            panels[-1].set_axis_off()
            panels[-1].legend(
                handles=entries, loc="center left", title="How to read it", alignment="left"
            )
        else:
            figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
        for axes in panels[::columns]:
            axes.set_ylabel(_axis_label(metric).split(" (")[0])
        for axes, labels in ends.items():
            _label_ends(axes, labels)
    return figure


def _where(table: Any, **wanted: str) -> Columns:
    """Return the columns of those rows in which these columns have these values."""
    rows = np.ones(len(table["study"]), bool)
    for name, value in wanted.items():
        rows &= np.asarray(table[name]) == value
    return {name: np.asarray(table[name])[rows] for name in COLUMNS}


def _draw_study(
    axes: Axes, history: Any, metric: str, reference: Any
) -> list[tuple[float, float, str, str]]:
    """Draw all variants; return where their lines end: x, y, label, colour."""
    columns = _columns(metric)
    study = only_study(history)
    if reference is not None and len(reference["study"]):
        for variant in variants(reference):
            color, _ = looks(study, variant)
            epochs, mean, _, _ = _over_seeds(_where(reference, variant=variant), columns[0])
            line = axes.plot(epochs, mean, color=pale(color), linestyle="-", linewidth=1.3)[0]
            line.set(label="reference")
    ends = []
    for variant in variants(history):
        mine = _where(history, variant=variant)
        color, marker = looks(study, variant)
        for column, dashes in zip(columns, ("-", TRAINING_DASHES), strict=False):
            epochs, mean, low, high = _over_seeds(mine, column)
            dot = marker if dashes == "-" else "None"
            line = axes.plot(epochs, mean, color=color, linestyle=dashes, marker=dot)[0]
            line.set(label=variant, markevery=max(1, len(epochs) // 10))
            if column == columns[0] and len(epochs):
                axes.fill_between(epochs, low, high, color=color, alpha=0.15)
                if np.isfinite(mean[-1]):
                    ends.append((float(epochs[-1]), float(mean[-1]), short(variant), color))
        _draw_diverged(axes, mine, variant, columns[0], color)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ends


def _draw_diverged(axes: Axes, mine: Columns, variant: str, column: str, color: str) -> None:
    """Draw each run that diverged, up to a cross, and say so there."""
    diverged = mine["status"] == "diverged"
    for seed in dict.fromkeys(mine["seed"][diverged]):
        run = diverged & (mine["seed"] == seed) & np.isfinite(mine[column])
        if not run.any():
            continue
        epochs, values = mine["epoch"][run], mine[column][run]
        label = f"{short(variant)} diverged"
        axes.plot(epochs, values, color=color, linestyle=":", linewidth=1.5, label=label)
        end = (float(epochs[-1]), float(values[-1]))
        axes.plot(*end, color=INK, marker="x", markersize=9, markeredgewidth=2)
        axes.annotate(
            label,
            end,
            (7, -7),
            textcoords="offset points",
            va="top",
            color=dark(color),
            fontsize=mpl.rcParams["legend.fontsize"],
            path_effects=[withStroke(linewidth=3, foreground="white")],
            zorder=5,
        )


def _over_seeds(mine: Columns, column: str) -> tuple[np.ndarray, ...]:
    """Return the epochs, and mean, lowest and highest value over the seeds at each.

    Only of finished runs where there are some: a run in progress would bend the mean.
    """
    finished = mine["status"] == "finished"
    rows = finished if finished.any() else mine["status"] != "diverged"
    epochs, place = np.unique(mine["epoch"][rows], return_inverse=True)
    values = mine[column][rows].astype(float)
    known = np.isfinite(values)
    counts = np.bincount(place[known], minlength=len(epochs))
    sums = np.bincount(place[known], values[known], minlength=len(epochs))
    mean = np.divide(sums, counts, out=np.full(len(epochs), np.nan), where=counts > 0)
    low, high = np.full((2, len(epochs)), np.nan)
    np.fmin.at(low, place[known], values[known])
    np.fmax.at(high, place[known], values[known])
    return epochs, mean, low, high


def _label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each line's name at its right end, apart enough to be read.

    The panel is taken as high as it is before the layout makes room for its texts: lines that
    end close to each other stay so.
    """
    if not ends:
        return
    axes.get_ylim()  # has the axes find their limits
    figure = axes.get_figure(root=True)
    assert figure is not None  # all axes here are in one
    heights = axes.transData.transform([(x, y) for x, y, _, _ in ends])[:, 1]
    apart = 1.25 * mpl.rcParams["legend.fontsize"] * figure.dpi / 72
    right = max(x for x, _, _, _ in ends)
    for index, shifted in zip(*_spread(heights, apart), strict=True):
        _, y, label, color = ends[index]
        points = (shifted - heights[index]) * 72 / figure.dpi
        axes.annotate(
            label,
            (right, y),
            (9, points),
            textcoords="offset points",
            va="center",
            color=dark(color),
            fontsize=mpl.rcParams["legend.fontsize"],
            annotation_clip=False,
        )


def _spread(heights: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the order from low to high, and heights in that order at least `apart` apart."""
    order = np.argsort(heights, kind="stable")
    wanted = heights[order]
    steps = apart * np.arange(len(wanted))
    # Pool neighbours that are too close around their common mean (isotonic regression).
    blocks: list[list[float]] = []
    for value in wanted - steps:
        blocks.append([value])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    placed = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks])
    return order, placed + steps


def _key(columns: Sequence[str], reference: bool, band: bool) -> list[Any]:
    """Return legend entries that say what solid, dashed, pale and shaded mean."""
    solid = "validation" if columns[0].startswith("val_") else "mean over the seeds"
    entries: list[Any] = [Line2D([], [], color=INK, linestyle="-", label=solid)]
    if len(columns) == 2:
        label = "training pictures" if "accuracy" in columns[1] else "while learning"
        entries.append(Line2D([], [], color=INK, linestyle=TRAINING_DASHES, label=label))
    if reference:
        entries.append(Line2D([], [], color=FAINT, linewidth=1.3, label="reference, validation"))
    if band:
        entries.append(Patch(color=INK, alpha=0.15, label="lowest to highest seed"))
    return entries


def _axis_label(metric: str) -> str:
    columns = _columns(metric)
    return LABELS[columns[0]] if len(columns) == 1 else PAIR_LABELS[metric]


def _columns(metric: str) -> tuple[str, ...]:
    if metric not in PAIRS and metric not in LABELS:
        raise CourseError(
            f"There is no metric {metric!r}.", f"Choose one of: {', '.join([*PAIRS, *LABELS])}."
        )
    return PAIRS.get(metric, (metric,))


def _has_band(history: Any) -> bool:
    """Say whether a variant has more than one finished run."""
    keys = zip(*(history[name] for name in ("study", "variant", "seed", "status")), strict=True)
    finished = [key[:2] for key in dict.fromkeys(keys) if key[3] == "finished"]
    return len(finished) > len(set(finished))
