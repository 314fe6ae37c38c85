"""The axis on which a learner's guesses stand, and later what the runs came to.

Numbers in per cent come in; knows nothing of where they are from or kept.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl

from utils.experiments.studies import find_study
from utils.plots.looks import MARKERS, looks
from utils.plots.style import COLORS
from utils.widgets.shell.canvas import Canvas

__all__ = ["GuessDrawing", "marks"]

HEAD, ROW = 1.1, 0.52  # inches: around the axis, and of each marker's row


def marks(names: Sequence[str], study: str = "") -> dict[str, tuple[str, str]]:
    """Return colour and marker by name: those of the study's figures, or one after another."""
    if find_study(study):
        return {name: looks(study, name) for name in names}
    return {name: (COLORS[k], MARKERS[k]) for k, name in enumerate(names)}


class GuessDrawing(Canvas):
    """A row a marker: the guess hollow, what was reached filled, a line for the miss between."""

    def build(self, names: Sequence[str], study: str, chance: float, label: str) -> None:
        self.axis: Any = self.figure.subplots()
        self.axis.set(xlim=(0, 100), ylim=(len(names) - 0.5, -0.5), xlabel=label,
                      xticks=range(0, 101, 10))  # fmt: skip
        self.axis.set_yticks(range(len(names)), names)
        self.axis.grid(axis="y", visible=False)
        self.axis.axvline(chance, color=mpl.rcParams["xtick.color"], lw=1.5, ls=":")
        self.axis.set_title(f"dotted: guessing, {chance:g} %", fontsize=mpl.rcParams["font.size"])
        self.guesses, self.results, self.lines, self.texts = {}, {}, {}, {}
        for row, (name, (color, marker)) in enumerate(marks(names, study).items()):
            look = {"color": color, "marker": marker, "clip_on": False, "ls": "none"}
            self.lines[name] = self._line(row, color=color, lw=2, ls="-")
            self.results[name] = self._line(row, ms=9, **look)
            self.guesses[name] = self._line(row, ms=14, mfc="none", mew=2.5, **look)
            self.texts[name] = self.moving(
                self.axis.annotate("", (0, row), (0, 11), textcoords="offset points",
                                   ha="center", fontsize=mpl.rcParams["xtick.labelsize"])
            )  # fmt: skip

    def _line(self, row: int, **look: Any) -> Any:
        return self.moving(self.axis.plot([], [], **look)[0])

    def draw(self, guesses: Mapping[str, float], results: Mapping[str, float]) -> None:
        """Move all to these per cents; a name that one of them lacks has no such marker."""
        for row, name in enumerate(self.guesses):
            guess, result = guesses.get(name, math.nan), results.get(name, math.nan)
            self.guesses[name].set_data([guess], [row])
            self.results[name].set_data([result], [row])
            self.lines[name].set_data([guess, result], [row, row])
            known = [value for value in (guess, result) if math.isfinite(value)]
            text = f"{guess - result:+.1f}" if len(known) == 2 else _number(*known)
            self.texts[name].set_text(text.replace("-", "−"))
            self.texts[name].xy = (sum(known) / max(1, len(known)), row)


def _number(value: float = math.nan) -> str:
    return "" if math.isnan(value) else f"{value:.1f}".removesuffix(".0")
