"""One page that compares runs: the table, the figures and what is doubtful about them.

Runs in, one HTML file out that needs no other file. Nothing here knows training or Jupyter.
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import PIL.Image
from markupsafe import Markup
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from utils import plots
from utils.experiments.history import COLUMNS, Run, summary
from utils.experiments.statistics import Comparison, baseline_for
from utils.experiments.tables import describe, html_table
from utils.files import render, write_whole
from utils.plots.dark_pixels import darkened
from utils.plots.looks import short
from utils.plots.png_files import png_file
from utils.plots.readable import smallest
from utils.plots.style import DPI, image_tag, in_any_script

__all__ = ["comparison_report"]

MOST_VARIANTS = 40  # lines in one figure that can still be told apart, if barely
MOST_STUDIES = 20  # with figures; the table has all
# Inches: a panel's distance from a figure's edges and from the next one, a letter's width.
MARGIN, BELOW, ABOVE, ROW_GAP, LETTER = 0.75, 0.95, 0.4, 0.85, 0.1
FINALS = "Each seed's accuracy after the last epoch, and what lies between it and the baseline's."
EDGE = 16  # white pixels around what is drawn, of 2 × DPI an inch


def comparison_report(runs: Sequence[Run], path: Path, found: Comparison | None = None) -> Path:
    """Write the comparison of runs as one HTML page and return its path.

    found: what `summary` made of the runs, where it is there already.
    Raises CourseError where there is nothing to compare.
    """
    found = found or summary(runs)
    studies = list(dict.fromkeys(row["study"] for row in found.rows))
    title = f"Comparison: {studies[0]}" if len(studies) == 1 else "Comparison of all runs"
    parts = [_Part(study, found) for study in studies]
    drawn = [part for part in parts if len(part.columns["study"])][:MOST_STUDIES]
    overview = Markup()
    if len(studies) > 1 and drawn:
        every = {name: np.concatenate([part.columns[name] for part in drawn]) for name in COLUMNS}
        alt = f"One panel a study. {' '.join(part.alt for part in drawn)}"
        longest = max(part.longest for part in drawn)
        overview = _picture(plots.small_multiples(every), alt, longest)
    page = render(
        "comparison.html",
        title=title,
        table=html_table(found),
        overview=overview,
        sections=[(part.heading, part.figures()) for part in drawn],
    )
    write_whole(path, page)
    return path


class _Part:
    """One study on the page, with those of its variants that are drawn: the best of many."""

    def __init__(self, study: str, found: Comparison) -> None:
        rows = [row for row in found.rows if row["study"] == study]
        best = sorted(rows, key=lambda row: -np.nan_to_num(row["final_accuracy"], nan=-1))
        drawn = {row["variant"] for row in best[:MOST_VARIANTS]}
        bases = {baseline_for(study, variant) for variant in drawn} - drawn
        bases &= {row["variant"] for row in rows}
        drawn |= bases
        mine = found.epochs["study"] == study
        if len(rows) > len(drawn):
            mine &= np.array([variant in drawn for variant in found.epochs["variant"]], bool)
        self.columns = {name: found.epochs[name][mine] for name in COLUMNS}
        self.heading = study.replace("_", " ")
        if len(rows) > len(drawn):
            self.heading += f": the best {MOST_VARIANTS} of {len(rows):,} variants"
            self.heading += ", and the baseline" * bool(bases)
        shown = [row for row in rows if row["variant"] in drawn]
        self.alt = describe(Comparison(shown, [], self.columns))
        self.longest = max((_letters(short(row["variant"])) for row in shown), default=0)
        if "diverged" in self.columns["status"]:
            self.longest += len(" diverged")

    def figures(self) -> list[Markup]:
        """Return the study's figures as images."""
        figures = (
            (plots.curves(self.columns), "Accuracy by epoch on validation and training pictures. "),
            (plots.curves(self.columns, "loss"), "Loss by epoch. "),
        )
        made = [_picture(figure, alt + self.alt, self.longest) for figure, alt in figures]
        finals = plots.final_accuracy(self.columns)
        return [*made, _picture(finals, f"{FINALS} {self.alt}", self.longest, ends=False)]


def _letters(name: str) -> int:
    """Return how many letters wide a name is; a Chinese one is two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in name)


def _picture(figure: Figure, alt: str, longest: int, ends: bool = True) -> Markup:
    """Return a figure as an image, as `plots.picture_tag` does, in a third of the time.

    longest: letters of the longest name that is written beside a panel. ends: whether names
        stand at lines' ends, and so between panels, too.

    Saving a figure lays it out and draws it twice. Here it is drawn once (names in other scripts
    apart), its panels at fixed distances on white paper that is wide enough, of which is cut off
    what nothing was drawn on.
    """
    figure.dpi = 2 * DPI
    _place_panels(figure, longest, ends)
    for axis in (one for axes in figure.axes for one in (axes.xaxis, axes.yaxis)):
        if isinstance(locator := axis.get_major_locator(), MaxNLocator):
            locator.set_params(nbins=5)  # each tick costs three lines and a text
    canvas = FigureCanvasAgg(figure)
    in_any_script(figure, canvas.draw)
    drawn = np.asarray(canvas.buffer_rgba())
    ink = drawn.view(np.uint32)[:, :, 0] != 0xFFFFFFFF  # of white, all four bytes are 255
    upwards, across = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, on[0] - EDGE), on[-1] + EDGE) for on in (upwards, across))
    cut = drawn[rows, columns]
    light, dark = (png_file(PIL.Image.fromarray(one)) for one in (cut, darkened(cut)))
    return image_tag(light, alt, round(cut.shape[1] / 2), dark, smallest(figure))


def _place_panels(figure: Figure, longest: int, ends: bool) -> None:
    """Give the panels fixed places, with room for names at lines' ends and left of rows."""
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    grid = figure.axes[0].get_gridspec()
    assert grid is not None  # both kinds of figures make their panels by subplots
    width, height = figure.get_size_inches()
    paper = 0.4 + LETTER * longest
    gap = 0.35 + LETTER * longest * ends if grid.ncols > 1 else 0
    panel = (width - 2 * MARGIN) / grid.ncols
    row = (height - ABOVE - BELOW - ROW_GAP * (grid.nrows - 1)) / grid.nrows
    whole = width + gap + 2 * paper
    figure.set_size_inches(whole, height)
    figure.subplots_adjust(
        left=(paper + MARGIN) / whole,
        right=1 - (paper + MARGIN) / whole,
        bottom=BELOW / height,
        top=1 - ABOVE / height,
        wspace=gap / panel,
        hspace=ROW_GAP / row,
    )
