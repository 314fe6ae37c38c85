"""A noisy walk into a valley: at a constant rate, at one that falls, and the mean of the way.

The arithmetic is in `utils.networks.in_numpy.noisy_valley`; nothing here knows networks.
"""

from typing import Any, NamedTuple

import numpy as np

from utils.networks.in_numpy.noisy_valley import START, cosine_rate, loss, mean_of_way, walk
from utils.plots.style import COLORS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, slider, whole
from utils.widgets.shell.picture import Shown

__all__ = ["Ways", "walk_into_a_valley", "ways"]

MOST_STEPS = 300
LAST = 20  # steps at the end, over which losses are averaged
RATES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
KEEPS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
LEVELS = (0.1, 0.5, 2, 5, 10, 16, 24)
LOOKS = {
    "constant": (COLORS.orange, "-", "s"),
    "falling": (COLORS.blue, "--", "o"),
    "mean": (COLORS.black, (0, (1.2, 1.2)), "D"),
}
NAMES = {"constant": "constant rate", "falling": "falling rate", "mean": "mean of the first"}


class Ways(NamedTuple):
    """Three ways, (steps + 1, 2) places each, the start included; the first two share their noise.

    mean: the running mean of the constant rate's places.
    """

    constant: np.ndarray
    falling: np.ndarray
    mean: np.ndarray

    @property
    def ends(self) -> list[float]:
        """The mean loss of each way over its last 20 places."""
        return [float(loss(way[-LAST:]).mean()) for way in self]


def ways(rate: float, noise: float, steps: int, keep: float, seed: int) -> Ways:
    """Return the three ways; keep: how much of the mean stays at a step."""
    constant = walk(np.full(steps, rate), noise, seed)
    return Ways(constant, walk(cosine_rate(rate, steps), noise, seed), mean_of_way(constant, keep))


class ValleyDrawing(Canvas):
    """The valley from above with the three ways, and beside it the loss of each step."""

    def build(self) -> None:
        plane, curve = self.figure.subplots(1, 2, width_ratios=(1, 1.2))
        x, y = np.linspace(-8, 4, 121), np.linspace(-3, 3, 121)
        heights = loss(np.stack(np.meshgrid(x, y), axis=-1))
        plane.contour(x, y, heights, levels=LEVELS, colors="#999999", linewidths=0.8)
        plane.plot(*START, "s", ms=8, mec="black", mfc="white", zorder=6)
        plane.plot(0, 0, "+", ms=11, mew=2, color="black", zorder=1)
        plane.set(xlim=(-8, 4), ylim=(-3, 3), xlabel="$w_1$", ylabel="$w_2$", title="the valley")
        plane.grid(False)
        curve.set(xlim=(-3, MOST_STEPS + 3), ylim=(1e-3, 60), yscale="log", xlabel="step",
                  ylabel="loss $L$", title="loss of each step")  # fmt: skip
        self.ways, self.ends, self.losses = [], [], []
        for name, (colour, dash, mark) in LOOKS.items():
            thin = {"color": colour, "ls": dash, "lw": 1.2}
            self.ways.append(self.moving(plane.plot([], [], **thin)[0]))
            self.ends.append(self.moving(
                plane.plot([], [], mark, ms=8, mec="white", mfc=colour, zorder=5)[0]
            ))  # fmt: skip
            self.losses.append(self.moving(curve.plot([], [], **thin)[0]))
            curve.plot([], [], mark, color=colour, ls=dash, label=NAMES[name])
        self.figure.legend(loc="outside lower center", ncols=3)

    def draw(self, now: Ways) -> None:
        """Show these ways."""
        for line, end, curve, way in zip(self.ways, self.ends, self.losses, now, strict=True):
            line.set_data(*way.T)
            end.set_data(*way[-1:].T)
            curve.set_data(np.arange(len(way)), np.maximum(loss(way), 1e-3))


def describe(rate: float, now: Ways) -> tuple[str, str]:
    """Return alt text and caption."""
    steps = len(now.constant) - 1
    told = ", ".join(f"{NAMES[name]} {end:.3f}" for name, end in zip(LOOKS, now.ends, strict=True))
    text = f"η = {rate:.2f}, {steps} steps. Mean loss over the last {LAST} places: {told}."
    alt = (
        "Left a long valley from above with three ways from the same start to its middle, right "
        f"the loss over the steps. {text}"
    )
    return alt, text


def walk_into_a_valley(
    rate: float = 0.2, noise: float = 2.0, steps: int = 150, keep: float = 0.95, seed: int = 0
) -> Explorer:
    """Return the widget; `ways` says what its controls are, and with these it starts."""
    drawing = ValleyDrawing(7.8, 4.0)

    def show(**values: Any) -> Shown:
        now = ways(**values)
        drawing.draw(now)
        return Shown(drawing.png(), *describe(values["rate"], now))

    controls = {
        "rate": choice("rate η", {f"{one:g}": one for one in RATES}, rate),
        "noise": slider("noise", noise, 0, 4, 0.5, readout_format=".1f"),
        "steps": whole("steps", steps, 20, MOST_STEPS, step=10),
        "keep": choice("the mean keeps", {f"{one:g}": one for one in KEEPS}, keep),
        "seed": whole("seed", seed, 0, 9),
    }
    return Explorer(show, controls, 7.8, [["rate", "noise"], ["steps", "keep"], ["seed"]])
