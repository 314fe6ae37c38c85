"""Learning curves: one study in one figure, or one small panel a study.

From the table of `utils.experiments.history` to a matplotlib Figure. A variant has a colour *and* a
marker; what was measured (validation or training pictures) is told by dashes.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from utils.errors import CourseError
from utils.experiments.statistics import run_order
from utils.experiments.studies import STUDIES
from utils.plots.looks import dark, looks, only_study, pale, variants
from utils.plots.style import FAINT, INK, STYLE

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


def curves(
    history: pd.DataFrame, metric: str = "accuracy", reference: pd.DataFrame | None = None
) -> Figure:
    """Draw one study's learning curves: per variant the mean over the seeds.

    history: rows of one study, from `history` or `reference` of
        `utils.experiments.history`.
    metric: `accuracy` or `loss` draws validation solid and training pictures dashed; the name
        of a column, such as `val_accuracy`, draws that one alone.
    reference: other runs of the study; their mean (validation) is drawn thin and pale behind.

    Bands reach from the lowest to the highest seed. A run that diverged is drawn by itself and
    ends in a cross. Raises CourseError unless there are rows of exactly one study.
    """
    study = only_study(history)
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(6.4, 4.4))
        axes = figure.add_subplot()
        ends = _draw_study(axes, history, metric, reference)
        axes.set_title(STUDIES[study].question if study in STUDIES else study)
        axes.set_xlabel("Epoch")
        axes.set_ylabel(_axis_label(metric))
        entries = _key(_columns(metric), reference is not None, _has_band(history))
        if len(entries) > 1:
            figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
        _label_ends(figure, axes, ends)
    return figure


def small_multiples(
    history: pd.DataFrame, metric: str = "val_accuracy", reference: pd.DataFrame | None = None
) -> Figure:
    """Draw one panel a study, all on the same scale, as `curves` draws each.

    history, reference: rows of any number of studies.
    """
    studies = sorted(history["study"].unique(), key=lambda study: run_order(study, ""))
    if not studies:
        raise CourseError("There are no epochs to draw.", "Train a study first.")
    columns = 1 if len(studies) == 1 else 2
    rows = -(-len(studies) // columns)
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(7.6 if columns == 2 else 5, 2.75 * rows + 0.4))
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
        ends = {}
        for axes, study in zip(panels, studies, strict=False):
            behind = None if reference is None else reference[reference["study"] == study]
            ends[axes] = _draw_study(axes, history[history["study"] == study], metric, behind)
            axes.set_title(study.replace("_", " "))
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
            _label_ends(figure, axes, labels)
    return figure


def _draw_study(
    axes: Axes, history: pd.DataFrame, metric: str, reference: pd.DataFrame | None
) -> list[tuple[float, float, str, str]]:
    """Draw all variants; return where their lines end: x, y, label, colour."""
    columns = _columns(metric)
    if reference is not None and len(reference):
        for variant in variants(reference):
            color, _ = looks(only_study(reference), variant)
            mean = _over_seeds(reference, variant, columns[0])["mean"]
            axes.plot(mean, color=pale(color), linestyle="-", linewidth=1.3, label="reference")
    ends = []
    for variant in variants(history):
        color, marker = looks(only_study(history), variant)
        for column, dashes in zip(columns, ("-", TRAINING_DASHES), strict=False):
            table = _over_seeds(history, variant, column)
            dot = marker if dashes == "-" else "None"
            line = axes.plot(table["mean"], color=color, linestyle=dashes, marker=dot)[0]
            line.set(label=variant, markevery=max(1, len(table) // 10))
            if column == columns[0] and len(table):
                axes.fill_between(table.index, table["low"], table["high"], color=color, alpha=0.15)
                ends.append((table.index[-1], table["mean"].iloc[-1], variant, color))
        _draw_diverged(axes, history, variant, columns[0])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ends


def _draw_diverged(axes: Axes, history: pd.DataFrame, variant: str, column: str) -> None:
    """Draw each run that diverged, up to a cross, and say so there."""
    rows = history[(history["variant"] == variant) & (history["status"] == "diverged")]
    color, _ = looks(only_study(history), variant)
    for _, run in rows.groupby("seed"):
        line = run.set_index("epoch")[column]
        axes.plot(line, color=color, linestyle=":", linewidth=1.5, label=f"{variant} diverged")
        end = (line.index[-1], line.iloc[-1])
        axes.plot(*end, color=INK, marker="x", markersize=9, markeredgewidth=2)
        axes.annotate(
            f"{variant} diverged",
            end,
            (7, -7),
            textcoords="offset points",
            va="top",
            color=dark(color),
            fontsize=mpl.rcParams["legend.fontsize"],
            path_effects=[withStroke(linewidth=3, foreground="white")],
            zorder=5,
        )


def _over_seeds(history: pd.DataFrame, variant: str, column: str) -> pd.DataFrame:
    """Return mean, low and high over the seeds by epoch.

    Only of finished runs where there are some: a run in progress would bend the mean.
    """
    rows = history[(history["variant"] == variant) & (history["status"] != "diverged")]
    if (rows["status"] == "finished").any():
        rows = rows[rows["status"] == "finished"]
    by_epoch = rows.groupby("epoch")[column]
    return pd.DataFrame({"mean": by_epoch.mean(), "low": by_epoch.min(), "high": by_epoch.max()})


def _label_ends(figure: Figure, axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each line's name at its right end, apart enough to be read."""
    if not ends:
        return
    figure.draw_without_rendering()  # settles the layout, so that heights are known
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


def _has_band(history: pd.DataFrame) -> bool:
    finished = history[history["status"] == "finished"]
    return bool((finished.groupby(["study", "variant"])["seed"].nunique() > 1).any())
