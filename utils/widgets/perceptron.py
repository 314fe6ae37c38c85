"""A perceptron to set by hand or to let learn: two weights, a bias, four rows, one line.

Rule: F. Rosenblatt, "The perceptron", Psychological Review 65 (6), 1958.
"""

from typing import Any, NamedTuple

import ipywidgets
import numpy as np
from matplotlib.patches import Polygon

from utils.plots.style import COLORS, INK
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, button, choice, slider
from utils.widgets.shell.picture import Shown

__all__ = ["GATES", "X", "Answers", "answers", "learn", "learn_one", "line", "perceptron"]

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {
    "AND": np.array([0, 0, 0, 1]),
    "OR": np.array([0, 1, 1, 1]),
    "NAND": np.array([1, 1, 1, 0]),
    "XOR": np.array([0, 1, 1, 0]),
}
LOW, HIGH = -0.6, 1.6  # the part of the plane that is shown
LIMIT = 4.0  # of the sliders
MOST_PASSES = 20


class Answers(NamedTuple):
    """What a perceptron says to the four rows.

    z: weighted sums (4,); y_hat: answers 0 or 1 (4,); y: the right ones (4,).
    """

    z: np.ndarray
    y_hat: np.ndarray
    y: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Which rows are answered wrongly, (4,) bool."""
        return self.y_hat != self.y


def answers(gate: str, w1: float, w2: float, b: float) -> Answers:
    """Return what the perceptron says to all rows: 1 where w1·x1 + w2·x2 + b is above 0."""
    z = _sum(X, w1, w2, b)
    return Answers(z, (z > 0).astype(int), GATES[gate])


def learn_one(gate: str, w1: float, w2: float, b: float) -> tuple[float, float, float]:
    """Return weights and bias after one step: the first row answered wrongly corrects them.

    The learning rate is 1. Nothing changes where all rows are right.
    """
    for x, target in zip(X, GATES[gate], strict=True):
        error = target - int(_sum(x, w1, w2, b) > 0)
        if error:
            return float(w1 + error * x[0]), float(w2 + error * x[1]), float(b + error)
    return w1, w2, b


def learn(gate: str, w1: float, w2: float, b: float) -> tuple[tuple[float, float, float], int]:
    """Return weights and bias after the rule has gone through the rows, and the updates made.

    It ends after a pass without an error, or after 20 passes.
    """
    updates = 0
    for _ in range(MOST_PASSES):
        before = updates
        for x, target in zip(X, GATES[gate], strict=True):
            error = target - int(_sum(x, w1, w2, b) > 0)
            if error:
                w1, w2, b = float(w1 + error * x[0]), float(w2 + error * x[1]), float(b + error)
                updates += 1
        if updates == before:
            break
    return (w1, w2, b), updates


def _sum(x: np.ndarray, w1: float, w2: float, b: float) -> Any:
    """Return w1·x1 + w2·x2 + b to nine decimals: 0.1 + 0.2 - 0.3 is zero here, as on paper."""
    return np.round(x @ np.array([w1, w2]) + b, 9)


def line(w1: float, w2: float, b: float) -> np.ndarray:
    """Return the yes side of the shown part of the plane as a polygon's corners, (n, 2).

    n is 0 where no point is on that side. Sutherland and Hodgman's clipping, Communications of
    the ACM 17 (1), 1974, against the one edge w1·x1 + w2·x2 + b = 0.
    """
    low, high = LOW - 0.1, HIGH + 0.1  # so that the frame cuts off the polygon's other edges
    corners = np.array([[low, low], [high, low], [high, high], [low, high]])
    side = corners @ np.array([w1, w2]) + b
    kept: list[np.ndarray] = []
    for k in range(4):
        here, there = side[k - 1], side[k]
        if (here > 0) != (there > 0):
            part = here / (here - there)
            kept.append(corners[k - 1] + part * (corners[k] - corners[k - 1]))
        if there > 0:
            kept.append(corners[k])
    return np.array(kept).reshape(-1, 2)


class PerceptronDrawing(Canvas):
    """The plane with the line, and the truth table beside it."""

    def build(self) -> None:
        self.plane, self.table = self.figure.subplots(1, 2, width_ratios=(1, 1.15))
        self.plane.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), xticks=[0, 1], yticks=[0, 1],
                       aspect="equal", xlabel="$x_1$", ylabel="$x_2$")  # fmt: skip
        self.plane.grid(False)
        self.side = self.moving(
            self.plane.add_patch(Polygon([[0, 0]], fc="#cfe3f1", ec=COLORS.blue, lw=2, zorder=0))
        )
        self.ones = self.moving(self.plane.plot([], [], "o", ms=11, mec="black", mfc="black")[0])
        self.zeros = self.moving(self.plane.plot([], [], "s", ms=10, mec="black", mfc="white")[0])
        self.rings = self.moving(
            self.plane.plot([], [], "o", ms=21, mfc="none", mec=COLORS.vermillion, mew=2.5)[0]
        )
        self.table.axis("off")
        self.table.set(xlim=(0, 6.2), ylim=(-4.7, 0.7))
        for column, head in enumerate(("$x_1$", "$x_2$", "$z$", r"$\hat y$", "$y$")):
            self.table.text(column + 0.5, 0, head, ha="center", fontsize=12)
        self.table.plot([0, 6.2], [-0.35, -0.35], color=INK, lw=1)
        for row, x in enumerate(X):
            for column in (0, 1):
                self._cell(row, column).set_text(str(x[column]))
        self.cells = [
            [self.moving(self._cell(row, column)) for column in range(2, 6)] for row in range(4)
        ]

    def _cell(self, row: int, column: int) -> Any:
        return self.table.text(column + 0.5, -row - 1, "", ha="center", fontsize=12)

    def draw(self, now: Answers, side: np.ndarray) -> None:
        """Move everything to where these answers and this yes side put it."""
        self.side.set_visible(len(side) > 0)
        if len(side):
            self.side.set_xy(side)
        self.ones.set_data(*X[now.y == 1].T)
        self.zeros.set_data(*X[now.y == 0].T)
        self.rings.set_data(*X[now.wrong].T)
        for row, cells in enumerate(self.cells):
            said = "✗ wrong" if now.wrong[row] else "✓"
            texts = (f"{now.z[row]:.2f}", str(now.y_hat[row]), str(now.y[row]), said)
            colour = COLORS.vermillion if now.wrong[row] else INK
            for cell, text in zip(cells, texts, strict=True):
                cell.set_text(text)
            cells[-1].set_color(colour)


def describe(gate: str, w1: float, w2: float, b: float, now: Answers) -> tuple[str, str]:
    """Return alt text and caption."""
    rows = "; ".join(
        f"({x[0]}, {x[1]}) says {said}" + (f", but {right} is right" if said != right else "")
        for x, said, right in zip(X, now.y_hat, now.y, strict=True)
    )
    alt = f"The pattern {gate} in the plane, the yes side shaded, beside its truth table: {rows}."
    count = int(now.wrong.sum())
    verdict = (
        "all four rows are right"
        if not count
        else f"{count} of 4 rows {'is' if count == 1 else 'are'} wrong"
    )
    return alt, f"{gate} with w₁ = {w1:.2f}, w₂ = {w2:.2f}, b = {b:.2f}: {verdict}."


def perceptron(gate: str = "AND", w1: float = 0.0, w2: float = 0.0, b: float = 0.0) -> Explorer:
    """Return the widget; gate and weights are those it starts with."""
    drawing = PerceptronDrawing(7.6, 3.5)

    def show(gate: str, w1: float, w2: float, b: float) -> Shown:
        now = answers(gate, w1, w2, b)
        drawing.draw(now, line(w1, w2, b))
        return Shown(drawing.png(), *describe(gate, w1, w2, b, now))

    def one_step() -> None:
        state = widget.values
        _set(learn_one(**state))

    def to_the_end() -> None:
        _set(learn(**widget.values)[0])

    def _set(weights: tuple[float, float, float]) -> None:
        widget.move(**dict(zip(("w1", "w2", "b"), weights, strict=True)))

    controls: dict[str, ipywidgets.Widget] = {
        "gate": choice("gate", list(GATES), gate),
        "w1": slider("w₁", w1, -LIMIT, LIMIT, 0.1),
        "w2": slider("w₂", w2, -LIMIT, LIMIT, 0.1),
        "b": slider("b", b, -LIMIT, LIMIT, 0.1),
    }
    buttons = [button("Learn one step", one_step), button("Learn", to_the_end),
               button("Start at zero", lambda: _set((0.0, 0.0, 0.0)))]  # fmt: skip
    widget = Explorer(show, controls, 7.6, [*([name] for name in controls), buttons])
    return widget
