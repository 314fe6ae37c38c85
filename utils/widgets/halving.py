"""Successive halving: trials run a race, and the weaker ones leave it early.

The rule is that of Jamieson and Talwalkar, "Non-stochastic best arm identification and
hyperparameter optimization" (AISTATS 2016, https://arxiv.org/abs/1502.07943): train all for a
few epochs, keep the best part, train these longer, and so on. The curves are given, so each
choice can be judged by what the stopped ones would have reached. Nothing here knows networks.
"""

from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.plots.style import COLORS, FAINT
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, whole
from utils.widgets.shell.picture import Shown

__all__ = ["draw_trials", "halving", "rungs", "successive_halving"]


def rungs(epochs: int, first: int, factor: int) -> list[int]:
    """Return the epochs at which trials are compared: first, first · factor, … before the end."""
    found = []
    while first < epochs:
        found.append(first)
        first *= factor
    return found


def halving(curves: np.ndarray, first: int, factor: int) -> np.ndarray:
    """Return how many epochs each trial is trained, (trials,) integers.

    curves: the measured accuracy after each epoch, (trials, epochs).
    first: the epoch of the first comparison. factor: at each comparison the best 1/factor stay,
    rounded down, but one at least; of equals the earlier trial.
    """
    trials, epochs = curves.shape
    trained, alive = np.full(trials, epochs), np.arange(trials)
    for epoch in rungs(epochs, first, factor):
        best_first = alive[np.argsort(-curves[alive, epoch - 1], kind="stable")]
        kept = max(1, len(alive) // factor)
        trained[best_first[kept:]] = epoch
        alive = best_first[:kept]
    return trained


def draw_trials(count: int, trials: int, draw: int) -> np.ndarray:
    """Return which of `count` curves take part: `trials` of them, another choice each draw."""
    return np.sort(np.random.default_rng(draw).permutation(count)[:trials])


class HalvingDrawing(Canvas):
    """All curves, each as far as it was trained; a dotted line at each comparison."""

    def build(self, curves: np.ndarray) -> None:
        count, epochs = curves.shape
        self.curves, self.x = curves, np.arange(1, epochs + 1)
        axes = self.figure.subplots()
        axes.set(xlim=(0.8, epochs + 0.2), ylim=(0, 1.08 * curves.max()),
                 xlabel="Epoch", ylabel="Validation accuracy (fraction right)")  # fmt: skip
        self.lines = [axes.axvline(0, color="black", ls=":", lw=1.2) for _ in range(epochs)]
        self.rest = [axes.plot([], [], ":", color=FAINT, lw=1)[0] for _ in range(count)]
        self.run = [axes.plot([], [], "-", lw=1.6)[0] for _ in range(count)]
        self.ends = axes.plot([], [], "x", ms=7, mew=1.8, color=COLORS.vermillion)[0]
        self.best = axes.plot([], [], "o", ms=10, mec="white", color=COLORS.blue)[0]
        self.moving(*self.lines, *self.rest, *self.run, self.ends, self.best)

    def draw(self, chosen: np.ndarray, first: int, factor: int) -> None:
        """Show the race of the chosen trials."""
        epochs = len(self.x)
        trained = dict(zip(chosen, halving(self.curves[chosen], first, factor), strict=True))
        marks = rungs(epochs, first, factor)
        for n, line in enumerate(self.lines):
            line.set(visible=n < len(marks), xdata=[marks[n] if n < len(marks) else 0] * 2)
        for n, curve in enumerate(self.curves):
            end = trained.get(n, 0)
            self.run[n].set_data(self.x[:end], curve[:end])
            self.run[n].set_color(COLORS.blue if end == epochs else FAINT)
            self.rest[n].set_data(self.x[end - 1 :] if end else [], curve[end - 1 :] if end else [])
        stopped = [(end, self.curves[n, end - 1]) for n, end in trained.items() if end < epochs]
        self.ends.set_data(*(zip(*stopped, strict=True) if stopped else ([], [])))
        winner = _winner(self.curves[chosen], np.array(list(trained.values())))
        self.best.set_data([epochs], [self.curves[chosen][winner, -1]])


def _winner(curves: np.ndarray, trained: np.ndarray) -> int:
    """Return the trial with the best end among those that were trained to it."""
    return int(np.argmax(np.where(trained == curves.shape[1], curves[:, -1], -1)))


def describe(curves: np.ndarray, first: int, factor: int) -> tuple[str, str]:
    """Return alt text and caption for the race of these curves, (trials, epochs)."""
    trials, epochs = curves.shape
    trained = halving(curves, first, factor)
    spent, full = int(trained.sum()), curves.size
    found, best = curves[_winner(curves, trained), -1], curves[:, -1].max()
    marks = [int((trained == epoch).sum()) for epoch in rungs(epochs, first, factor)]
    stops = ", ".join(
        f"{count} after epoch {epoch}"
        for count, epoch in zip(marks, rungs(epochs, first, factor), strict=True)
    )
    lost = (
        "the best of all is among them."
        if found == best
        else f"the best of all, {100 * best:.1f} %, was stopped: {100 * (best - found):.1f} "
        "percentage points lost."
    )
    alt = (
        f"Validation accuracy over {epochs} epochs of {trials} trials. Those that stay are blue, "
        f"stopped ones grey up to a red cross and dotted from there. Stopped: {stops}."
    )
    text = (
        f"{spent} of {full} epochs trained ({100 * spent / full:.0f} %). Stopped: {stops}. "
        f"The winner ends at {100 * found:.1f} %; {lost}"
    )
    return alt, text


def successive_halving(
    curves: np.ndarray, trials: int | None = None, first: int = 1, factor: int = 3
) -> Explorer:
    """Return the widget: a race among measured curves, (trials, epochs) of accuracies.

    trials, first, factor: where the controls start; trials: two thirds of all unless given, so
    that another draw is another race.
    Raises CourseError for fewer than four curves or fewer than four epochs.
    """
    curves = np.asarray(curves, dtype=float)
    if curves.ndim != 2 or min(curves.shape) < 4 or not np.isfinite(curves).all():
        raise CourseError(
            f"The curves have the shape {curves.shape}, or numbers are missing in them.",
            "Give at least four trials of at least four epochs, a row a trial.",
        )
    count, epochs = curves.shape
    drawing = HalvingDrawing(7.2, 3.8, curves=curves)

    def show(trials: int, draw: int, first: int, factor: int) -> Shown:
        chosen = draw_trials(count, trials, draw)
        drawing.draw(chosen, first, factor)
        return Shown(drawing.png(), *describe(curves[chosen], first, factor))

    controls: dict[str, Any] = {
        "trials": whole("trials", trials or 2 * count // 3, 2, count),
        "draw": whole("draw", 0, 0, 20),
        "first": whole("first stop", first, 1, epochs - 1),
        "factor": whole("keep 1 of", factor, 2, 6),
    }
    return Explorer(show, controls, 7.2, [["trials", "draw"], ["first", "factor"]])
