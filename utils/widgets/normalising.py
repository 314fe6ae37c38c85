"""A layer's sums for a batch, normalised: by the batch itself, or by running statistics.

Nothing here knows networks; the arithmetic is in `utils.networks.in_numpy.batch_statistics`.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from utils.networks.in_numpy.batch_statistics import normalised, running_statistics
from utils.plots.style import COLORS, FAINT
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, slider, whole
from utils.widgets.shell.picture import Shown

__all__ = ["BatchSums", "batch_of", "normalise_a_batch"]

BATCHES = 100  # that the running statistics have seen
SIZES = (2, 4, 8, 32, 96)
OWN, RUNNING = "this batch's", "the running ones"
Z_SIDE, OUT_SIDE = 16.0, 6.0  # what is shown of the sums, and of what comes out: ± so much
WHITE = {"mec": "black", "mfc": "white"}


class BatchSums(NamedTuple):
    """The sums of one batch, and what normalisation makes of them.

    z, out: (pictures,) the sums, and what comes out; the first is the marked picture's.
    own, running: mean and variance of this batch, and the running ones.
    other: what came out of the marked picture with the other statistics.
    """

    z: np.ndarray
    out: np.ndarray
    own: tuple[float, float]
    running: tuple[float, float]
    other: float


def batch_of(
    mean: float, spread: float, gamma: float, beta: float, pictures: int, draw: int, by: str
) -> BatchSums:
    """Return a batch of sums and what becomes of them.

    mean, spread: of the bell curve that the sums are drawn from. draw: which pictures are in the
    batch with the marked one, whose sum stays the same. by: OWN or RUNNING.
    """
    company = np.random.default_rng(draw).normal(size=pictures - 1)
    z = mean + spread * np.concatenate([[0.8], company])
    own = float(z.mean()), float(z.var())
    running = running_statistics(mean + spread * one for one in _seen(pictures))
    used, unused = (own, running) if by == OWN else (running, own)
    out = normalised(z, gamma, beta, *used)
    return BatchSums(z, out, own, running, float(normalised(z[0], gamma, beta, *unused)))


@lru_cache
def _seen(pictures: int) -> np.ndarray:
    """Return the batches that training has seen, (batches, pictures), of mean 0 and spread 1."""
    return np.random.default_rng(99).normal(size=(BATCHES, pictures))


class BatchDrawing(Canvas):
    """A dot a picture: the sums on the left, what comes out on the right; ReLU's side shaded."""

    def build(self) -> None:
        self.before, self.after = self.figure.subplots(1, 2)
        for axes, side, title in ((self.before, Z_SIDE, "sums $z$ of one filter"),
                                  (self.after, OUT_SIDE, "normalised")):  # fmt: skip
            axes.axvspan(0, side, color="#cfe3f1", zorder=0)
            axes.text(side * 0.97, 0.96, "ReLU lets through", ha="right", va="top", fontsize=10)
            axes.set(xlim=(-side, side), ylim=(0, 1), yticks=[], title=title)
            axes.grid(False)
        self.before.set_xlabel("$z$")
        self.after.set_xlabel(r"$\gamma\,(z - m)\,/\,\sqrt{v + \varepsilon} + \beta$")
        self.dots = [self._dots(axes) for axes in (self.before, self.after)]

    def _dots(self, axes: Any) -> tuple[Any, Any, Any, Any]:
        """Return the dots, the marked one, the line at the mean, and the bar of the spread."""
        return self.moving(
            axes.plot([], [], "o", ls="", ms=6, color=COLORS.blue, alpha=0.7)[0],
            axes.plot([], [], "D", ls="", ms=10, mew=1.5, mec="white", mfc=COLORS.vermillion,
                      zorder=5)[0],
            axes.plot([], [], "-", color="black", lw=2)[0],
            axes.plot([], [], "-|", color=FAINT, lw=2, ms=12, mew=2)[0],
        )  # fmt: skip

    def draw(self, now: BatchSums) -> None:
        """Show this batch."""
        heights = 0.2 + 0.6 * np.random.default_rng(5).random(len(now.z))
        heights[0] = 0.5
        for (dots, marked, middle, bar), values in zip(self.dots, (now.z, now.out), strict=True):
            dots.set_data(values[1:], heights[1:])
            marked.set_data(values[:1], heights[:1])
            mean, spread = values.mean(), values.std()
            middle.set_data([mean, mean], [0, 0.13])
            bar.set_data([mean - spread, mean + spread], [0.07, 0.07])


def describe(now: BatchSums, by: str) -> tuple[str, str]:
    """Return alt text and caption."""
    through = [round(100 * float(np.mean(values > 0))) for values in (now.z, now.out)]
    alt = (
        f"Left the sums of {len(now.z)} pictures as dots around {_text(now.z.mean())}, right the "
        f"same after normalisation around {_text(now.out.mean())}, with a spread of "
        f"{_text(now.out.std())}. One picture is marked: {_text(now.z[0])} becomes "
        f"{_text(now.out[0])}."
    )
    own, running = (
        f"mean {_text(mean)}, spread {_text(np.sqrt(v))}" for mean, v in (now.own, now.running)
    )
    other = RUNNING if by == OWN else OWN
    text = (
        f"This batch: {own}; running: {running}. By {by}, the marked {_text(now.z[0])} becomes "
        f"{_text(now.out[0])}; by {other} it would be {_text(now.other)}. ReLU lets {through[1]} "
        f"in a hundred through; without normalisation {through[0]}."
    )
    return alt, text


def _text(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def normalise_a_batch(
    mean: float = 4.0,
    spread: float = 2.0,
    gamma: float = 1.0,
    beta: float = 0.0,
    pictures: int = 4,
    draw: int = 0,
    by: str = OWN,
) -> Explorer:
    """Return the widget; `batch_of` says what its controls are, and with these it starts."""
    drawing = BatchDrawing(7.8, 3.4)

    def show(**values: Any) -> Shown:
        now = batch_of(**values)
        drawing.draw(now)
        return Shown(drawing.png(), *describe(now, values["by"]))

    controls = {
        "mean": slider("mean of the sums", mean, -6, 6, 0.5, readout_format=".1f"),
        "spread": slider("their spread", spread, 0, 4, 0.5, readout_format=".1f"),
        "gamma": slider("scale γ", gamma, 0, 2, 0.1, readout_format=".1f"),
        "beta": slider("shift β", beta, -3, 3, 0.5, readout_format=".1f"),
        "pictures": choice("pictures", {str(size): size for size in SIZES}, pictures),
        "draw": whole("other pictures", draw, 0, 9),
        "by": choice("statistics", [OWN, RUNNING], by),
    }
    rows = [["mean", "spread"], ["gamma", "beta"], ["pictures", "draw"], ["by"]]
    return Explorer(show, controls, 7.8, rows)
