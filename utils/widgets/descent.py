"""A ball that walks downhill on the loss over two weights, by steps that may be too long.

One sigmoid neuron on a gate's four rows, its bias held, mean square loss: notebook 04's map.
Nothing here knows networks.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import sigmoid
from utils.networks.in_numpy.one_neuron import X, Y
from utils.plots.style import COLORS, FAINT
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, button, choice, slider, whole
from utils.widgets.shell.picture import Shown

__all__ = ["GATES", "RATES", "Gate", "Path", "gradient", "gradient_descent", "loss", "path"]

LOW, HIGH = -6.0, 8.0  # the part of the plane that is shown
RATES = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0)
MOST_STEPS = 50
LEVELS = (0.02, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


class Gate(NamedTuple):
    """What the neuron shall answer to the four rows, (4,), and the bias that it is given."""

    y: np.ndarray
    b: float


GATES = {"OR": Gate(Y, -2.0), "AND": Gate(np.array([0.0, 0.0, 0.0, 1.0]), -3.0)}


class Path(NamedTuple):
    """A walk downhill, its start included.

    weights: (steps + 1, 2) w1 and w2. losses: (steps + 1,) the loss at each place.
    """

    weights: np.ndarray
    losses: np.ndarray

    @property
    def rises(self) -> np.ndarray:
        """Which places lie higher than the one before, (steps + 1,) bool; not the start."""
        return np.diff(self.losses, prepend=self.losses[0]) > 1e-12

    @property
    def inside(self) -> np.ndarray:
        """Which places lie on the map, (steps + 1,) bool."""
        return np.all((self.weights >= LOW) & (self.weights <= HIGH), axis=1)


def loss(weights: np.ndarray, b: float, y: np.ndarray = Y) -> np.ndarray:
    """Return the mean square loss over the four rows at each place; weights are (..., 2)."""
    with np.errstate(over="ignore"):  # e^800 is infinite; 1 / (1 + e^800) is rightly 0
        return np.mean((sigmoid(weights @ X.T + b) - y) ** 2, axis=-1)


def gradient(weights: np.ndarray, b: float, y: np.ndarray = Y) -> np.ndarray:
    """Return the loss's slopes along w1 and w2 at one place, (2,): notebook 04's chain rule."""
    with np.errstate(over="ignore"):
        y_hat = sigmoid(X @ weights + b)
    dz = 2 * (y_hat - y) / len(y) * y_hat * (1 - y_hat)
    return dz @ X


def path(
    start: Sequence[float], b: float, learning_rate: float, steps: int, y: np.ndarray = Y
) -> Path:
    """Return the walk of `steps` steps w ← w - η · gradient; the bias stays as it is."""
    weights = np.empty((steps + 1, 2))
    weights[0] = start
    for n in range(steps):
        weights[n + 1] = weights[n] - learning_rate * gradient(weights[n], b, y)
    return Path(weights, loss(weights, b, y))


class DescentDrawing(Canvas):
    """The map of a gate's loss with the walk on it, and beside it the loss after each step."""

    def build(self, gate: str) -> None:
        plane, curve = self.figure.subplots(1, 2, width_ratios=(1.2, 1))
        curve.set(xlim=(-1, MOST_STEPS + 1), ylim=(0, 0.8), xlabel="step", ylabel="loss $L$",
                  title="loss after each step")  # fmt: skip
        white = {"mec": "black", "mfc": "white"}
        red = {"mec": "white", "mfc": COLORS.vermillion}
        free = {"clip_on": False, "in_layout": False}  # may stand on the frame
        self.way = self.moving(plane.plot([], [], "-", color="black", lw=1.5)[0])
        self.feet = self.moving(plane.plot([], [], "o", ls="", ms=4, **white)[0])
        self.start = self.moving(plane.plot([], [], "s", ms=8, mew=1.5, **white)[0])
        self.ball = self.moving(plane.plot([], [], "o", ms=13, mew=1.5, zorder=5, **red)[0])
        self.gone = self.moving(plane.plot([], [], "X", ms=12, zorder=5, **red, **free)[0])
        self.note = self.moving(
            plane.text(LOW + 0.4, LOW + 0.4, "the ball has left the map", in_layout=False,
                       bbox={"fc": "white", "ec": FAINT, "pad": 3})
        )  # fmt: skip
        self.losses = self.moving(curve.plot([], [], "-", color=COLORS.blue, lw=1.5)[0])
        self.falls = self.moving(curve.plot([], [], "o", ms=5, color=COLORS.blue)[0])
        self.rises = self.moving(curve.plot([], [], "^", ms=9, **red, **free)[0])
        curve.plot([], [], "^", ls="", ms=9, **red, label="the loss rose")
        curve.plot([], [], "o", ls="", ms=5, color=COLORS.blue, label="it fell")
        curve.legend(loc="upper right", handletextpad=0.2)
        self._map(plane, gate)

    def _map(self, axes: Any, gate: str) -> None:
        y, b = GATES[gate]
        side = np.linspace(LOW, HIGH, 141)
        heights = loss(np.stack(np.meshgrid(side, side), axis=-1), b, y)
        shades = (
            1 - (1 - mpl.colormaps["cividis"](np.linspace(0, 1, len(LEVELS) + 1))[:, :3]) / 2
        )  # half as strong
        axes.contourf(side, side, heights, levels=(0, *LEVELS, 1), colors=shades)
        lines = axes.contour(side, side, heights, levels=LEVELS, colors="#333333", linewidths=0.8)
        axes.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), xlabel="$w_1$", ylabel="$w_2$",
                 aspect="equal", title=f"loss $L$ of {gate}, $b$ = {_number(b, 0)}")  # fmt: skip
        axes.grid(False)
        self.figure.draw_without_rendering()  # labels find their places on the finished layout
        for label in axes.clabel(lines, fontsize=9, fmt="%.2g", colors="black"):
            label.set(in_layout=False, clip_on=True)

    def draw(self, walk: Path) -> None:
        """Draw this walk."""
        on_map = bool(walk.inside[-1])
        self.way.set_data(*walk.weights.T)
        self.feet.set_data(*walk.weights.T)
        self.start.set_data(*walk.weights[:1].T)
        self.ball.set_data(*walk.weights[-1:].T)
        self.ball.set_visible(on_map)
        self.gone.set_data(*np.clip(walk.weights[-1:], LOW, HIGH).T)
        self.gone.set_visible(not on_map)
        self.note.set_visible(not on_map)
        steps = np.arange(len(walk.losses))
        self.losses.set_data(steps, walk.losses)
        self.falls.set_data(steps[~walk.rises], walk.losses[~walk.rises])
        self.rises.set_data(steps[walk.rises], walk.losses[walk.rises])


def _number(value: float, digits: int = 2) -> str:
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not any(d in text for d in "123456789") else text.replace("-", "−")


def _place(weights: np.ndarray) -> str:
    return f"({_number(weights[0])}, {_number(weights[1])})"


def describe(gate: str, learning_rate: float, walk: Path) -> tuple[str, str]:
    """Return alt text and caption."""
    y, b = GATES[gate]
    steps, rose, out = len(walk.losses) - 1, int(walk.rises.sum()), int((~walk.inside).sum())
    at = walk.weights[-1]
    where = f"lies at {_place(at)}" if walk.inside[-1] else f"has left the map, to {_place(at)}"
    trend = "it never rises" if not rose else f"it rises {rose} {'time' if rose == 1 else 'times'}"
    alt = (
        f"Left: the loss of {gate} over w₁ and w₂ from −6 to 8 as lines of equal height; the ball "
        f"started at {_place(walk.weights[0])} and {where}. Right: the loss over {steps} steps, "
        f"from {walk.losses[0]:.3f} to {walk.losses[-1]:.3f}; {trend}."
    )
    ahead = learning_rate * float(np.hypot(*gradient(at, b, y)))
    times = f"The loss rose in {rose} of {steps} steps" if steps else "No step yet"
    outside = f", {out} of its places lie outside the map" if out else ""
    text = (
        f"{gate}, b = {_number(b, 0)}, η = {learning_rate:g}: from {_place(walk.weights[0])} with "
        f"loss {walk.losses[0]:.4f}, after {steps} {'step' if steps == 1 else 'steps'} at "
        f"{_place(at)} with loss {walk.losses[-1]:.4f}. {times}{outside}; the next step would be "
        f"{ahead:.2g} long."
    )
    return alt, text


def gradient_descent(
    gate: str = "OR", learning_rate: float = 2.0, w1: float = 0.1, w2: float = -0.2, steps: int = 10
) -> Explorer:
    """Return the widget; gate, learning rate, start and number of steps are its first ones."""
    if gate not in GATES or learning_rate not in RATES:
        raise CourseError(
            f"There is no {gate} with learning rate {learning_rate} here.",
            f"Gates: {', '.join(GATES)}; rates: {', '.join(f'{rate:g}' for rate in RATES)}.",
        )
    drawings = {name: DescentDrawing(8.4, 4.1, gate=name) for name in GATES}

    def show(gate: str, learning_rate: float, w1: float, w2: float, steps: int) -> Shown:
        y, b = GATES[gate]
        walk = path((w1, w2), b, learning_rate, steps, y)
        drawings[gate].draw(walk)
        return Shown(drawings[gate].png(), *describe(gate, learning_rate, walk))

    def go_to(steps: int) -> None:
        widget.move(steps=min(steps, MOST_STEPS))

    controls = {
        "gate": choice("gate", list(GATES), gate),
        "learning_rate": choice("learning rate η", {f"{rate:g}": rate for rate in RATES},
                                learning_rate),
        "w1": slider("start w₁", w1, LOW, HIGH, 0.1),
        "w2": slider("start w₂", w2, LOW, HIGH, 0.1),
        "steps": whole("steps", steps, 0, MOST_STEPS),
    }  # fmt: skip
    buttons = [button("Step downhill", lambda: go_to(widget.values["steps"] + 1)),
               button("Back to the start", lambda: go_to(0))]  # fmt: skip
    rows = [["gate", "learning_rate"], ["w1", "w2"], ["steps", *buttons]]
    widget = Explorer(show, controls, 8.4, rows)
    return widget
