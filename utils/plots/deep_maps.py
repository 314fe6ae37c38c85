"""Figures of a deep network: its plan, rows of pictures and maps, heat laid over pictures.

Arrays and names in, figures out: nothing here knows Keras or data sets.
"""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from PIL import Image

from utils.plots.style import COLORS, INK, STYLE

__all__ = ["answers_by_change", "laid_over", "picture_rows", "residual_plan"]


def laid_over(image: np.ndarray, heat: np.ndarray, strength: float = 0.6) -> np.ndarray:
    """Return a picture with a map laid over it, (height, width, 3) uint8.

    image: (height, width, 3) uint8. heat: (rows, columns), of any size; its largest value is the
    brightest colour, 0 and below dark. strength: how much of the colour covers the picture.
    """
    size = image.shape[1], image.shape[0]
    highest = max(float(heat.max()), 1e-12)
    grey = Image.fromarray((255 * np.clip(heat / highest, 0, 1)).astype(np.uint8))
    share = np.asarray(grey.resize(size, Image.Resampling.BILINEAR)) / 255
    colours = mpl.colormaps["inferno"](share)[..., :3] * 255
    return np.rint((1 - strength) * image + strength * colours).astype(np.uint8)


def picture_rows(
    rows: Mapping[str, Sequence[np.ndarray]], titles: Sequence[str] = (), size: float = 0.85
) -> Figure:
    """Draw rows of pictures and maps, each row with its name at the left.

    rows: pictures (height, width, 3) uint8, or maps (height, width), each drawn in grey from 0 to
        its own largest value. titles: above the first row. size: of one picture, in inches.
    """
    columns = max(map(len, rows.values()))
    height = len(rows) * size + (0.45 if titles else 0.05)
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(columns * size + 1.3, height))
        panels = figure.subplots(len(rows), columns, squeeze=False)
        for line, (name, images) in zip(panels, rows.items(), strict=True):
            for axes in line:
                axes.set(xticks=[], yticks=[])
                axes.grid(False)
                axes.spines[:].set_visible(False)
            for axes, image in zip(line, images, strict=False):
                highest = 255 if image.ndim == 3 else max(float(image.max()), 1e-12)
                axes.imshow(image, cmap="gray", vmin=0, vmax=highest)
            line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
        for axes, title in zip(panels[0], titles, strict=False):
            axes.set_title(title, fontsize=10, loc="center", pad=3, parse_math=False)
    return figure


def residual_plan(sets: Sequence[tuple[str, int]]) -> Figure:
    """Draw a residual network: a row of blocks a set, each with its shortcut.

    sets: what the maps of each set measure, such as `32 × 32 × 16`, and how many blocks it has.
    """
    most = max(blocks for _, blocks in sets)
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(7.4, 1.15 * len(sets) + 0.3))
        axes = figure.subplots()
        for row, (shape, blocks) in enumerate(sets):
            y = -1.5 * row
            axes.text(-0.15, y, f"set {row + 1}\n{shape}", ha="right", va="center")
            for block in range(blocks):
                _block(axes, 1.9 * block, y)
        axes.set(xlim=(-1.35, 1.9 * most), ylim=(-1.5 * len(sets) + 0.6, 0.95))
        axes.axis("off")
    return figure


def _block(axes: Axes, x: float, y: float) -> None:
    """Draw two convolutions, the plus behind them, and the way around them."""
    for place in (0.12, 0.78):
        axes.add_patch(FancyBboxPatch((x + place, y - 0.2), 0.46, 0.4, ec=COLORS.blue, fc="white",
                                      boxstyle="round,pad=0.03"))  # fmt: skip
        axes.text(x + place + 0.23, y, "conv", ha="center", va="center", fontsize=10)
    axes.text(x + 1.53, y, "+", ha="center", va="center", fontsize=15)
    for start, end in ((-0.08, 0.09), (0.62, 0.75), (1.28, 1.44), (1.6, 1.82)):
        axes.add_patch(FancyArrowPatch((x + start, y), (x + end, y), arrowstyle="-", color=INK))
    axes.add_patch(
        FancyArrowPatch(
            (x - 0.02, y + 0.05), (x + 1.53, y + 0.16), connectionstyle="arc3,rad=-0.42",
            arrowstyle="->", mutation_scale=10, color=COLORS.vermillion, lw=1.6,
        )
    )  # fmt: skip


def answers_by_change(changes: Mapping[str, Mapping[float, float]]) -> Figure:
    """Draw a panel for each way to change pictures: how many answers are right by how much.

    changes: by the axis's label, fractions by the amount of change.
    """
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(7.6, 2.7))
        panels = figure.subplots(1, len(changes), sharey=True, squeeze=False)[0]
        for axes, (label, found) in zip(panels, changes.items(), strict=True):
            axes.plot(list(found), list(found.values()), "o-")
            axes.set(xlabel=label, ylim=(0, 1.02))
        panels[0].set_ylabel("right answers (fraction)")
    return figure
