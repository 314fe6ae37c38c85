"""How far a signal and a gradient get through 2 to 40 layers, with shortcuts and without.

The arithmetic is in `utils.networks.in_numpy.deep_signal`; nothing here is trained.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from utils.networks.in_numpy.deep_signal import Travel, travel
from utils.plots.style import COLORS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, slider, tick, whole
from utils.widgets.shell.picture import Shown

__all__ = ["Both", "through_layers", "through_many_layers"]

MOST = 40
LOW, HIGH = 1e-7, 1e7  # the sizes that are shown
LOOKS = {"plain": (COLORS.vermillion, "--", "s"), "shortcuts": (COLORS.blue, "-", "o")}


class Both(NamedTuple):
    """The same layers without shortcuts, and with them."""

    plain: Travel
    shortcuts: Travel


@lru_cache(maxsize=512)
def through_layers(layers: int, scale: float, normalise: bool, seed: int) -> Both:
    """Return what gets through; layers is even, scale 1 are He's first weights."""
    return Both(*(travel(layers, scale, shortcut, normalise, seed) for shortcut in (False, True)))


class DepthDrawing(Canvas):
    """The signal's size after each block, and beside it the gradient's before each."""

    def build(self) -> None:
        panels = self.figure.subplots(1, 2, sharey=True)
        titles = ("signal, on its way up", "gradient, on its way back")
        self.lines = []
        for axes, title in zip(panels, titles, strict=True):
            axes.set(xlim=(-1, MOST + 1), ylim=(LOW, HIGH), yscale="log", title=title,
                     xlabel="after layer")  # fmt: skip
            axes.axhline(1, color="#999999", lw=1, ls="-")
            self.lines.append([
                self.moving(axes.plot([], [], color=colour, ls=dash, marker=mark, ms=5)[0])
                for colour, dash, mark in LOOKS.values()
            ])  # fmt: skip
        panels[0].set_ylabel("size (root mean square)")
        for name, (colour, dash, mark) in LOOKS.items():
            panels[1].plot([], [], color=colour, ls=dash, marker=mark, ms=5, label=name)
        panels[1].legend(loc="lower right")

    def draw(self, now: Both) -> None:
        """Show both; what is smaller or larger than the axes stands at their edge."""
        for lines, name in zip(self.lines, ("signal", "gradient"), strict=True):
            for line, one in zip(lines, now, strict=True):
                values = np.clip(getattr(one, name), LOW, HIGH)
                line.set_data(2 * np.arange(len(values)), values)


def describe(layers: int, now: Both) -> tuple[str, str]:
    """Return alt text and caption."""
    parts = []
    for name, one in zip(("without shortcuts", "with them"), now, strict=True):
        parts.append(
            f"{name} the signal is {_times(one.signal[-1] / one.signal[0])} as large after "
            f"{layers} layers, the gradient at the first layer {_times(one.gradient[0])} as large "
            f"as at the last, and two pictures are alike to {one.alike[-1]:.2f}"
        )
    said = f"{parts[0][0].upper()}{parts[0][1:]}; {parts[1]}."
    return (
        f"Two panels with logarithmic axes, a line each for plain layers and for shortcuts. {said}",
        said,
    )


def _times(ratio: float) -> str:
    """Return a ratio so that it can be read: `12 times`, `0.0031 times`."""
    if ratio == 0 or not np.isfinite(ratio):
        return f"{ratio:g} times"
    if 0.01 <= ratio < 10:
        return f"{ratio:.2f} times"
    if 10 <= ratio < 1e6:
        return f"{ratio:,.0f} times"
    power = int(np.floor(np.log10(ratio)))
    return f"{ratio / 10.0**power:.1f} · 10^{power} times".replace("-", "−")


def through_many_layers(
    layers: int = 10, scale: float = 0.8, normalise: bool = False, seed: int = 0
) -> Explorer:
    """Return the widget; `through_layers` says what its controls are."""
    drawing = DepthDrawing(7.8, 3.8)

    def show(layers: int, scale: float, normalise: bool, seed: int) -> Shown:
        now = through_layers(layers, round(scale, 2), normalise, seed)
        drawing.draw(now)
        return Shown(drawing.png(), *describe(layers, now))

    controls: dict[str, Any] = {
        "layers": whole("layers", layers, 2, MOST, step=2),
        "scale": slider("first weights", scale, 0.5, 1.5, 0.1, readout_format=".1f"),
        "seed": whole("seed", seed, 0, 9),
        "normalise": tick("batch normalisation", normalise),
    }
    return Explorer(show, controls, 7.8, [["layers", "scale"], ["seed", "normalise"]])
