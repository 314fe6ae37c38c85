"""Three logits, what softmax makes of them, and the loss in its three readings.

Words and formulas are those of notebook 08, step 9. Nothing here knows networks.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import log_softmax, softmax
from utils.plots.style import COLORS, FAINT, INK
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, slider
from utils.widgets.shell.picture import Shown

__all__ = ["CLASSES", "LOGITS", "Readings", "readings", "softmax_and_loss"]  # fmt: skip

CLASSES = ("airplane", "automobile", "cat")  # of notebook 08's network
LOGITS = (0.0, -4.3, 2.7)  # its logits for the cat, to one decimal
LIMIT = 5.0  # of the sliders


class Readings(NamedTuple):
    """The loss, read in three ways; with one right class all three are one number.

    distance: ln 1 - ln p of the right class. log_loss: -Σ y ln p. divergence: Σ y ln(y/p).
    """

    distance: float
    log_loss: float
    divergence: float


def readings(z: np.ndarray, y: np.ndarray) -> Readings:
    """Return the three readings of the loss for logits z and the truth y, both (classes,).

    The truth is 1 for the right class and 0 for all others; 0 ln 0 counts as 0.
    """
    ln_p, true = log_softmax(z), y > 0
    return Readings(
        distance=float(abs(np.log(1) - ln_p[np.argmax(y)])),
        log_loss=float(-(y * ln_p).sum()) + 0.0,  # + 0.0 turns -0.0 into 0.0
        divergence=float((y[true] * (np.log(y[true]) - ln_p[true])).sum()) + 0.0,
    )


class SoftmaxDrawing(Canvas):
    """Logits, confidences and probabilities as bars, the cost of a probability, the readings."""

    def build(self) -> None:
        halves: Any = self.figure.subfigures(2, 1, height_ratios=(1.65, 1))
        above, below = halves
        logits, probabilities, cost = above.subplots(1, 3, width_ratios=(1, 1, 1))
        self.logits = self._bars(logits, (-5.2, 5.2), range(-4, 5, 2), "logit $z$")
        self.probabilities = self._bars(
            probabilities, (0, 1.15), np.arange(5) / 4, "probability $p$"
        )
        self.labels = [
            self.moving(probabilities.text(n, 0, "", ha="center", in_layout=False))
            for n in range(3)
        ]
        logits.axhline(0, color="black", lw=0.8)
        cost.set(xlim=(0, 1.02), ylim=(0, 11), xlabel="$p$ of the right class", ylabel="loss $L$",
                 title=r"its cost, $-\ln\,p$")  # fmt: skip
        p = np.geomspace(1e-5, 1, 200)
        cost.plot(p, -np.log(p), "-", color=COLORS.blue)
        marks = {"mec": "white", "mfc": COLORS.vermillion, "clip_on": False, "in_layout": False}
        self.drop = self.moving(cost.plot([], [], ":", color=INK, lw=1)[0])
        self.dot = self.moving(cost.plot([], [], "o", ms=11, zorder=5, **marks)[0])
        self._table(below.subplots())

    def _bars(self, axes: Any, limits: tuple[float, float], ticks: Any, title: str) -> Any:
        axes.set(xlim=(-0.5, 2.5), ylim=limits, xticks=range(3), yticks=ticks, title=title)
        axes.set_xticklabels(CLASSES, rotation=20)
        axes.grid(axis="x", visible=False)
        bars = axes.bar(range(3), [0.0] * 3, width=0.7, color=COLORS.sky, edgecolor="black", lw=0)
        return [self.moving(bar) for bar in bars]

    def _table(self, axes: Any) -> None:
        axes.axis("off")
        axes.set(xlim=(0, 10), ylim=(-4.4, 1.5))
        rows = (("confidences", "$e^{z_k}$"), ("1  distance", r"$\ln\,1 - \ln\,p$"),
                ("2  log loss", r"$-\sum\,y_k \ln\,p_k$"),
                ("3  KL divergence", r"$\sum\,y_k \ln(y_k/p_k)$"))  # fmt: skip
        axes.text(0, 0.7, "The right class is hatched. One term a class, in their order:")
        axes.plot([0, 10], [0.35, 0.35], color=FAINT, lw=1)
        for n, (name, formula) in enumerate(rows):
            axes.text(0, -n * 1.2 - 0.4, name, va="center")
            axes.text(2.0, -n * 1.2 - 0.4, formula, va="center")
        self.terms = [
            self.moving(axes.text(3.9, -n * 1.2 - 0.4, "", va="center", in_layout=False))
            for n in range(4)
        ]

    def draw(self, z: np.ndarray, right: int) -> None:
        """Move bars, dot and formulas to these logits and this right class."""
        p, read = softmax(z), readings(z, np.eye(3)[right])
        for values, bars in ((z, self.logits), (p, self.probabilities)):
            for n, (value, bar) in enumerate(zip(values, bars, strict=True)):
                bar.set(height=value, hatch="//" if n == right else None,
                        linewidth=1.5 if n == right else 0)  # fmt: skip
        for value, text in zip(p, self.labels, strict=True):
            text.set(text=f"{value:.3f}" if value >= 0.0005 else "<0.001", y=value + 0.03)
        self.drop.set_data([p[right], p[right]], [0, read.log_loss])
        self.dot.set_data([p[right]], [read.log_loss])
        for text, term in zip(self.terms, _terms(z, right, read), strict=True):
            text.set_text(term)


def _terms(z: np.ndarray, right: int, read: Readings) -> tuple[str, ...]:
    """Return the sum of confidences and the three readings with their numbers put in."""
    powers, p = np.exp(z), softmax(z)
    return (
        f"{' + '.join(f'{one:.2f}' for one in powers)} = {powers.sum():.2f}",
        f"0 − ln {_share(p[right])} = {read.distance:.4f}",
        _one_term(read.log_loss, right),
        _one_term(read.divergence, right),
    )


def _one_term(value: float, right: int) -> str:
    """Return a sum over the classes in which only the right one's term isn't zero."""
    return " + ".join(f"{value:.4f}" if k == right else "0" for k in range(3))


def _minus(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _share(value: float) -> str:
    """Return a probability with four digits that count, so that its logarithm can be checked."""
    return f"{value:.{max(4, 3 - math.floor(math.log10(value)))}f}"


def _says(p: np.ndarray) -> str:
    """Say which class has the largest probability, or that several share the first place."""
    first = [name for name, one in zip(CLASSES, p, strict=True) if np.isclose(one, p.max())]
    return f"Softmax says {' or '.join(first)}."


def describe(z: np.ndarray, right: int) -> tuple[str, str]:
    """Return alt text and caption."""
    p, y, read = softmax(z), np.eye(3)[right], readings(z, np.eye(3)[right])
    probabilities = ", ".join(f"{name} {_share(one)}" for name, one in zip(CLASSES, p, strict=True))
    alt = (
        f"Bars of three logits and their probabilities: {probabilities}. Beside them the curve "
        f"−ln p, which falls from 11 to 0, with a dot at the right class, {CLASSES[right]}: loss "
        f"{read.log_loss:.4f}. Below, the sum of the confidences and the three readings as "
        "formulas with their numbers."
    )
    rows = "; ".join(
        f"{name} z = {_minus(logit)}, e^z = {np.exp(logit):.3f}, p = {_share(one)}, y = {truth:.0f}"
        for name, logit, one, truth in zip(CLASSES, z, p, y, strict=True)
    )
    text = (
        f"{rows}. {_says(p)} The loss: distance {read.distance:.4f}, log loss "
        f"{read.log_loss:.4f}, KL divergence {read.divergence:.4f}."
    )
    return alt, text


def softmax_and_loss(logits: Sequence[float] = LOGITS, right: str = "cat") -> Explorer:
    """Return the widget; the three logits and the right class are those it starts with."""
    if right not in CLASSES or len(logits) != 3:
        raise CourseError(
            f"There is no {right} among {len(logits)} logits here.",
            f"Give three logits and one of {', '.join(CLASSES)}.",
        )
    drawing = SoftmaxDrawing(8.0, 4.1)

    def show(airplane: float, automobile: float, cat: float, right: str) -> Shown:
        z, number = np.array([airplane, automobile, cat]), CLASSES.index(right)
        drawing.draw(z, number)
        return Shown(drawing.png(), *describe(z, number))

    controls: dict[str, Any] = {
        name: slider(f"z {name}", value, -LIMIT, LIMIT, 0.1)
        for name, value in zip(CLASSES, logits, strict=True)
    }
    controls["right"] = choice("right class", CLASSES, right)
    rows = [["airplane", "automobile"], ["cat", "right"]]
    return Explorer(show, controls, 8.0, rows)
