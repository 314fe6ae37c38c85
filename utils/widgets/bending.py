"""Bend the plane: two hidden neurons' lines, and where their answers put the four rows of XOR.

Each line is set by an angle and a shift, the sigmoids of both by one sharpness. Nothing here
knows how a network learns.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
from contourpy import FillType, contour_generator
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Polygon

from utils.networks.in_numpy.functions import sigmoid
from utils.networks.in_numpy.hidden_layer import X, Y
from utils.plots.style import COLORS, FAINT, INK
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, slider
from utils.widgets.shell.picture import Shown

__all__ = ["LEAST", "Bent", "bend", "bend_the_plane", "hidden_answers", "separator"]

LOW, HIGH = -0.6, 1.6  # the part of the input's plane that is shown
MARGIN = 0.3  # around the plane of the hidden answers
LEAST = 0.05  # the gap below which a line would hardly keep the points apart
MOST_SHIFT, SHARPEST = 1.0, 20.0
SIDE = "#cfe3f1"
LINES = ((COLORS.blue, "-"), (COLORS.vermillion, "--"))
GRID = np.linspace(LOW, HIGH, 12)


class Bent(NamedTuple):
    """What two hidden neurons make of the plane.

    W1: (2, 2) a column a neuron; b1: (2,). points: (4, 2) the answers h1, h2 to the four rows.
    gap: how far the dots' and the squares' points, each kind joined, are apart; 0 if they cross.
    w, b: the line halfway, w · h + b = 0, (2,) of length 1 and a number; yes is above 0.
    """

    W1: np.ndarray
    b1: np.ndarray
    points: np.ndarray
    gap: float
    w: np.ndarray
    b: float

    @property
    def is_separated(self) -> bool:
        """Whether the gap is wide enough for a line that can be seen."""
        return self.gap >= LEAST

    def sum_for(self, x: np.ndarray) -> np.ndarray:
        """Return w · h + b for inputs x (..., 2): (...,), above 0 for a yes."""
        total: np.ndarray = hidden_answers(x, self.W1, self.b1) @ self.w + self.b
        return total


def hidden_answers(x: np.ndarray, W1: np.ndarray, b1: np.ndarray) -> np.ndarray:
    """Return the two hidden neurons' answers σ(x W1 + b1) to inputs x (..., 2)."""
    return sigmoid(x @ W1 + b1)


def bend(angle1: float, shift1: float, angle2: float, shift2: float, sharpness: float) -> Bent:
    """Return what the two neurons make of the four rows.

    angle1, angle2: where each neuron's yes lies, in degrees from the x1 axis, against the clock.
    shift1, shift2: how far each line lies from the middle of the square, towards its yes.
    sharpness: the length of each neuron's weights.
    """
    turned = np.deg2rad([angle1, angle2])
    W1 = sharpness * np.array([np.cos(turned), np.sin(turned)])
    b1 = -W1.sum(axis=0) / 2 - sharpness * np.array([shift1, shift2])
    points = hidden_answers(X, W1, b1)
    yes = Y[:, 0] == 1
    return Bent(W1, b1, points, *separator(points[yes], points[~yes]))


def separator(ones: np.ndarray, zeros: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Return gap, w and b of the line that keeps two segments, (2, 2) their ends each, apart.

    It stands halfway between their closest points, at a right angle; w points to `ones`. Of
    segments that touch or cross the gap is 0, and the line means nothing.
    """
    if _cross(ones, zeros):
        return 0.0, np.array([1.0, 0.0]), 0.0
    pairs = [(end, _closest(end, zeros)) for end in ones]
    pairs += [(_closest(end, ones), end) for end in zeros]
    near, far = min(pairs, key=lambda pair: float(np.linalg.norm(pair[0] - pair[1])))
    gap = float(np.linalg.norm(near - far))
    if gap == 0:
        return 0.0, np.array([1.0, 0.0]), 0.0
    w = (near - far) / gap
    return gap, w, float(-w @ (near + far) / 2)


def _closest(point: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """Return the place of a segment that is closest to a point."""
    start, along = segment[0], segment[1] - segment[0]
    length = float(along @ along)
    part = float(np.clip((point - start) @ along / length, 0, 1)) if length else 0.0
    place: np.ndarray = start + part * along
    return place


def _cross(first: np.ndarray, second: np.ndarray) -> bool:
    """Say whether two segments cross in a point that is inside both."""

    def sides(line: np.ndarray, ends: np.ndarray) -> float:
        along, off = line[1] - line[0], ends - line[0]
        turns = along[0] * off[:, 1] - along[1] * off[:, 0]
        return float(turns[0] * turns[1])

    return sides(first, second) < 0 and sides(second, first) < 0


def yes_side(now: Bent) -> list[np.ndarray]:
    """Return the inputs that get a yes as polygons, (corners, 2) each; none without a line."""
    if not now.is_separated:
        return []
    at = np.linspace(LOW, HIGH, 89)
    sums = now.sum_for(np.stack(np.meshgrid(at, at), axis=-1))
    filled = contour_generator(at, at, sums, fill_type=FillType.OuterCode).filled(0, np.inf)
    return [one for one in filled[0] if one is not None]


class BendingDrawing(Canvas):
    """The inputs' plane with the two neurons' lines; beside it the plane of their answers."""

    def build(self) -> None:
        self.plane, self.bent = self.figure.subplots(1, 2)
        self.plane.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), xticks=[0, 1], yticks=[0, 1],
                       xlabel="$x_1$", ylabel="$x_2$", title="the inputs' plane")  # fmt: skip
        self.bent.set(xlim=(-MARGIN, 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN), xticks=[0, 1],
                      yticks=[0, 1], xlabel="answer $h_1$", ylabel="answer $h_2$",
                      title="the same, bent")  # fmt: skip
        for axes in (self.plane, self.bent):
            axes.set_aspect("equal")
            axes.grid(False)
        self.shade = self.moving(
            self.plane.add_collection(PolyCollection([], facecolors=SIDE, zorder=0))
        )
        self.side = self.moving(self.bent.add_patch(Polygon([[0, 0]], fc=SIDE, zorder=0)))
        straight = [[(g, LOW), (g, HIGH)] for g in GRID] + [[(LOW, g), (HIGH, g)] for g in GRID]
        for axes, lines in ((self.plane, straight), (self.bent, [])):
            net = LineCollection(lines, colors=FAINT, linewidths=0.5)
            self.net = self.moving(axes.add_collection(net))  # at last that of the bent plane
        self.border = self.moving(self.bent.plot([], [], color=INK, lw=2, ls="-")[0])
        self.lines = [self._line(k) for k in (0, 1)]
        self.points = [self._points(axes) for axes in (self.plane, self.bent)]
        self._names()

    def _line(self, k: int) -> tuple[Any, Any, Any]:
        """Return neuron k's line, the arrow to its yes, and its name."""
        colour, dash = LINES[k]
        return self.moving(
            self.plane.plot([], [], color=colour, lw=2.5, ls=dash)[0],
            self.plane.plot([], [], color=colour, lw=2.5, ls="-", marker="o", markevery=[1],
                            ms=6)[0],
            self.plane.text(0, 0, f"$h_{k + 1}$", color=colour, fontsize=13, ha="center",
                            va="center", clip_on=True),
        )  # fmt: skip

    def _points(self, axes: Any) -> Any:
        return self.moving(
            axes.plot([], [], "s", ls="", ms=10, mec="black", mfc="white", zorder=4)[0],
            axes.plot([], [], "o", ls="", ms=11, mec="black", mfc="black", zorder=5)[0],
        )

    def _names(self) -> None:
        """Name the rows in the bent plane; each name keeps to its own side of its point."""
        where = (("right", "top"), ("right", "bottom"), ("left", "top"), ("left", "bottom"))
        self.names = [
            self.moving(self.bent.text(0, 0, f"({x[0]:g}, {x[1]:g})", ha=ha, va=va, zorder=6))
            for x, (ha, va) in zip(X, where, strict=True)
        ]

    def draw(self, now: Bent) -> None:
        """Move everything to where these two neurons put it."""
        self.shade.set_verts(yes_side(now))
        for artists, w, b, off in zip(self.lines, now.W1.T, now.b1, (-0.45, 0.45), strict=True):
            self._draw_line(artists, w, b, off)
        yes = Y[:, 0] == 1
        for (squares, dots), points in zip(self.points, (X, now.points), strict=True):
            squares.set_data(*points[~yes].T)
            dots.set_data(*points[yes].T)
        for name, (h1, h2) in zip(self.names, now.points, strict=True):
            left, up = name.get_ha() == "left", name.get_va() == "bottom"
            name.set_position((h1 + (0.05 if left else -0.05), h2 + (0.04 if up else -0.04)))
        self.net.set_segments(_net(now))
        self._draw_border(now)

    def _draw_line(self, artists: Any, w: np.ndarray, b: float, off: float) -> None:
        """off: how far the arrow stands from the line's middle, so that two don't meet."""
        line, arrow, name = artists
        unit = w / np.linalg.norm(w)
        foot = np.array([0.5, 0.5]) - unit * (w.sum() / 2 + b) / np.linalg.norm(w)
        along = np.array([-unit[1], unit[0]])
        line.set_data(*np.array([foot - 3 * along, foot + 3 * along]).T)
        head = foot + off * along + 0.2 * unit
        arrow.set_data(*np.array([foot + off * along, head]).T)
        name.set_position(tuple(head + 0.14 * unit))

    def _draw_border(self, now: Bent) -> None:
        self.border.set_visible(now.is_separated)
        self.side.set_visible(now.is_separated)
        if now.is_separated:
            foot, along = -now.b * now.w, np.array([-now.w[1], now.w[0]])
            self.border.set_data(*np.array([foot - 3 * along, foot + 3 * along]).T)
            far = [foot - 3 * along, foot + 3 * along]
            self.side.set_xy([*far, *(place + 3 * now.w for place in reversed(far))])


def _net(now: Bent) -> list[np.ndarray]:
    """Return where the neurons put the lines of the inputs' grid, (points, 2) each."""
    fine = np.linspace(LOW, HIGH, 45)
    level, steep = np.meshgrid(GRID, fine, indexing="ij")
    upright = hidden_answers(np.stack([level, steep], axis=-1), now.W1, now.b1)
    flat = hidden_answers(np.stack([steep, level], axis=-1), now.W1, now.b1)
    return list(itertools.chain(upright, flat))


def describe(now: Bent) -> tuple[str, str]:
    """Return alt text and caption."""
    rows = "; ".join(
        f"({x[0]:g}, {x[1]:g}), a {'dot' if y else 'square'}, to ({h[0]:.2f}, {h[1]:.2f})"
        for x, y, h in zip(X, Y[:, 0], now.points, strict=True)
    )
    verdict = _verdict(now)
    alt = (
        "Left: the four rows of XOR in the inputs' plane with two neurons' lines. Right: the "
        f"plane of the two neurons' answers, which move {rows}. {verdict}"
    )
    neurons = ", ".join(
        f"h{sign} = σ({_signed(w1, '')} x₁ {_signed(w2, ' ')} x₂ {_signed(b, ' ')})"
        for sign, (w1, w2), b in zip("₁₂", now.W1.T, now.b1, strict=True)
    )
    return alt, f"{neurons}. {verdict}"


def _verdict(now: Bent) -> str:
    if now.is_separated:
        return f"One line keeps dots and squares apart; the gap is {now.gap:.2f}."
    if now.gap == 0:
        return "No line keeps them apart: dot to dot crosses square to square."
    return f"Hardly a line fits between: the gap is below {LEAST}."


def _signed(number: float, space: str) -> str:
    """Return a number with its sign; between summands a space stands behind the sign."""
    number = round(number, 1) + 0.0
    sign = "−" if number < 0 else "+" if space else ""
    return f"{sign}{space}{abs(number):.1f}"


def bend_the_plane(
    angle1: float = 45.0,
    shift1: float = 0.0,
    angle2: float = 45.0,
    shift2: float = 0.0,
    sharpness: float = 6.0,
) -> Explorer:
    """Return the widget; `bend` says what its controls are, and with these it starts."""
    drawing = BendingDrawing(7.8, 4.1)

    def show(**values: float) -> Shown:
        now = bend(**values)
        drawing.draw(now)
        return Shown(drawing.png(), *describe(now))

    def turn(name: str, value: float) -> Any:
        return slider(f"{name}: angle", value, -180, 180, 5, readout_format=".0f")

    def push(name: str, value: float) -> Any:
        return slider(f"{name}: shift", value, -MOST_SHIFT, MOST_SHIFT, 0.1)

    controls = {
        "angle1": turn("h₁", angle1),
        "shift1": push("h₁", shift1),
        "angle2": turn("h₂", angle2),
        "shift2": push("h₂", shift2),
        "sharpness": slider("sharpness", sharpness, 1, SHARPEST, 0.5, readout_format=".1f"),
    }
    rows = [["angle1", "shift1"], ["angle2", "shift2"], ["sharpness"]]
    return Explorer(show, controls, 7.8, rows)
