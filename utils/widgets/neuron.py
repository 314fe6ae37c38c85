"""One neuron with one input, answered twice: by a step and by a sigmoid.

What a small change of the weight does to either is the reason why networks have no steps.
Letters as in notebook 04. Nothing here knows how a neuron learns.
"""

from typing import Any, NamedTuple

import numpy as np

from utils.networks.in_numpy.functions import sigmoid
from utils.plots.style import COLORS, FAINT
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, slider
from utils.widgets.shell.picture import Shown

__all__ = ["CHANGE", "Neuron", "neuron", "step", "step_and_sigmoid", "step_corners"]

REACH = 6.0  # of x to either side
LIMIT = 4.0  # of the sliders of w and b
CHANGE = 0.1  # Δw, the change of the weight whose effect is shown
WIDEST = 0.5  # of Δw to either side, in the right panel
STEP, SIGMOID = COLORS.vermillion, COLORS.blue


class Neuron(NamedTuple):
    """What one neuron says to one input, and what it would say were its weight larger by Δw.

    z: the weighted sum w·x + b. step, sigmoid: the two answers ŷ. slope: σ'(z) = ŷ (1 - ŷ).
    step_change, sigmoid_change: the changes of the two answers for w → w + Δw.
    predicted: what the slope says of the sigmoid's change, σ'(z) · x · Δw.
    """

    z: float
    step: int
    sigmoid: float
    gradient: float
    step_change: int
    sigmoid_change: float
    predicted: float


def step(z: float) -> int:
    """Return 1 where z is above 0, else 0."""
    return int(z > 0)


def neuron(w: float, b: float, x: float, change: float = CHANGE) -> Neuron:
    """Return the neuron's answers to x and their changes when `change` is added to its weight."""
    z, after = _sum(w, b, x), _sum(w + change, b, x)
    here, there = float(sigmoid(np.array(z))), float(sigmoid(np.array(after)))
    gradient = here * (1 - here)
    return Neuron(
        z, step(z), here, gradient, step(after) - step(z), there - here, gradient * x * change
    )


def _sum(w: float, b: float, x: float) -> float:
    """Return w·x + b to nine decimals: 0.1 · 3 - 0.3 is zero here, as on paper."""
    return round(w * x + b, 9) + 0.0  # + 0.0 turns -0.0 into 0.0


def step_corners(gradient: float, offset: float, low: float, high: float) -> np.ndarray:
    """Return the corners of step(slope · t + offset) over t from low to high, (n, 2).

    n is 2 where the step has the same answer all along, else 4: it jumps at -offset / slope.
    """
    first, last = (step(round(gradient * t + offset, 9)) for t in (low, high))
    if first == last:
        return np.array([[low, first], [high, last]], float)
    jump = -offset / gradient
    return np.array([[low, first], [jump, first], [jump, last], [high, last]], float)


class NeuronDrawing(Canvas):
    """Both answers over x, and beside them over the change of the weight."""

    def build(self) -> None:
        over_x, over_w, side = self.figure.subplots(1, 3, sharey=True, width_ratios=(1, 1, 0.5))
        over_x.set(xlim=(-REACH, REACH), ylim=(-0.1, 1.1), xticks=range(-6, 7, 2),
                   yticks=[0, 0.25, 0.5, 0.75, 1], xlabel="input $x$",
                   ylabel=r"answer $\hat y$", title="over the input")  # fmt: skip
        over_w.set(xlim=(-WIDEST, WIDEST), xlabel=r"change of the weight $\Delta w$",
                   xticks=np.arange(-4, 5, 2) / 10, title="over the weight, $x$ held")  # fmt: skip
        over_w.axvline(CHANGE, color=FAINT, lw=1, ls=":")
        self.inputs = np.linspace(-REACH, REACH, 241)
        self.changes = np.linspace(-WIDEST, WIDEST, 101)
        self.here = self.moving(over_x.axvline(0, color=FAINT, lw=1, ls=":"))
        self.curves = [self._curves(axes) for axes in (over_x, over_w)]
        self.tangent = self.moving(over_w.plot([], [], color="black", lw=1, ls="-")[0])
        self.before = [self._dots(axes, filled=True) for axes in (over_x, over_w)]
        self.after = self._dots(over_w, filled=False)
        self.numbers = [
            self.moving(side.text(0, 0, "", va="center", color=colour, in_layout=False))
            for colour in (STEP, SIGMOID)
        ]
        side.axis("off")
        side.set_title(r"change $\Delta\hat y$")
        over_x.plot([], [], "s--", color=STEP, label="step")
        over_x.plot([], [], "o-", color=SIGMOID, label="sigmoid")
        over_w.plot([], [], color="black", lw=1, ls="-", label="its tangent")
        over_w.plot([], [], "o", color="black", mfc="white", label=r"after $\Delta w = 0.1$")
        self.figure.legend(loc="outside upper right", ncols=4, handlelength=2.4)

    def _curves(self, axes: Any) -> Any:
        return self.moving(axes.plot([], [], "--", color=STEP)[0],
                           axes.plot([], [], "-", color=SIGMOID)[0])  # fmt: skip

    def _dots(self, axes: Any, filled: bool) -> Any:
        marks = {"ls": "", "mew": 2, "clip_on": False, "in_layout": False, "zorder": 5}
        return self.moving(*(
            axes.plot([], [], mark, ms=size, color=colour,
                      mfc=colour if filled else "white", **marks)[0]
            for mark, size, colour in (("s", 12, STEP), ("o", 7, SIGMOID))
        ))  # fmt: skip

    def draw(self, w: float, b: float, x: float, now: Neuron) -> None:
        """Move everything to where this neuron and this input put it."""
        self.here.set_xdata([x, x])
        for (stairs, curve), gradient, offset, reach, at in (
            (self.curves[0], w, b, REACH, self.inputs),
            (self.curves[1], x, now.z, WIDEST, self.changes),
        ):
            stairs.set_data(*step_corners(gradient, offset, -reach, reach).T)
            curve.set_data(at, sigmoid(gradient * at + offset))
        along = np.array([-WIDEST, WIDEST])
        self.tangent.set_data(along, now.sigmoid + now.gradient * x * along)
        changed = now.step + now.step_change, now.sigmoid + now.sigmoid_change
        for n, (before, after) in enumerate(zip((now.step, now.sigmoid), changed, strict=True)):
            self.before[0][n].set_data([x], [before])
            self.before[1][n].set_data([0], [before])
            self.after[n].set_data([CHANGE], [after])
        words = (f"step: {_signed(now.step_change, 0)}",
                 f"sigmoid: {_signed(now.sigmoid_change, 4)}")  # fmt: skip
        for text, word, y in zip(self.numbers, words, _apart(*changed), strict=True):
            text.set(text=word, y=y)


def _apart(first: float, second: float) -> tuple[float, float]:
    """Return heights for two labels: those given, or moved apart where they'd overlap."""
    least, middle = 0.09, (first + second) / 2
    if abs(first - second) >= least:
        return first, second
    half = least / 2 if first >= second else -least / 2
    return middle + half, middle - half


def _signed(number: float, digits: int) -> str:
    """Return the number with its sign; what rounds to zero has none."""
    text = f"{number:+.{digits}f}".replace("-", "−")
    return text if any(digit in text for digit in "123456789") else text[1:]


def describe(w: float, b: float, x: float, now: Neuron) -> tuple[str, str]:
    """Return alt text and caption."""
    jumps = step_corners(w, b, -REACH, REACH)
    place = f"jumps at x = {_minus(jumps[1, 0])}" if len(jumps) > 2 else f"is {now.step} everywhere"
    curve = "is flat" if w == 0 else f"{'rises' if w > 0 else 'falls'} smoothly"
    moved = "jumps" if now.step_change else "stays exactly the same"
    way = "rises" if now.sigmoid_change > 0 else "falls"
    goes = f"{way} along its tangent" if now.sigmoid_change else "doesn't move either"
    alt = (
        f"Left: step and sigmoid of w·x + b over x from −6 to 6; the step {place}, "
        f"the sigmoid {curve}; dots mark x = {_minus(x)}. Right: both "
        f"answers over the change of the weight, from −0.5 to 0.5, with dots at 0 and 0.1: the "
        f"step's answer {moved}, the sigmoid's {goes}."
    )
    text = (
        f"w = {_minus(w)}, b = {_minus(b)}, x = {_minus(x)}: z = {_minus(now.z)}, "
        f"step {now.step}, sigmoid {now.sigmoid:.3f}, slope σ′(z) = {now.gradient:.3f}. "
        f"For Δw = {CHANGE} the step's answer changes by {_signed(now.step_change, 0)}, the "
        f"sigmoid's by {_signed(now.sigmoid_change, 4)}; the slope says σ′(z) · x · Δw = "
        f"{_signed(now.predicted, 4)}."
    )
    return alt, text


def _minus(number: float) -> str:
    return f"{number:.2f}".replace("-", "−").replace("−0.00", "0.00")


def step_and_sigmoid(w: float = 1.0, b: float = 0.0, x: float = 2.0) -> Explorer:
    """Return the widget; weight, bias and input are those it starts with."""
    drawing = NeuronDrawing(7.8, 3.7)

    def show(w: float, b: float, x: float) -> Shown:
        now = neuron(w, b, x)
        drawing.draw(w, b, x, now)
        return Shown(drawing.png(), *describe(w, b, x, now))

    controls = {
        "w": slider("weight w", w, -LIMIT, LIMIT, 0.1),
        "b": slider("bias b", b, -LIMIT, LIMIT, 0.1),
        "x": slider("input x", x, -REACH, REACH, 0.1),
    }
    return Explorer(show, controls, 7.8)
