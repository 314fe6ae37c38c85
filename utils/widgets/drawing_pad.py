"""A pad to draw a digit on, and what networks answer while it is drawn.

The networks answer in NumPy, from the weights of saved Keras models. What happens to a drawing
before they see it is in `digits`.
"""

from collections.abc import Mapping
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.collections import PolyCollection

from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.functions import softmax
from utils.networks.in_numpy.keras_layers import Network
from utils.plots.style import COLORS, INK
from utils.widgets.digits import PAPER, PEN, SIDE, DigitSteps, Strokes, prepare, raster
from utils.widgets.shell import SCRIPTS, script
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, button
from utils.widgets.shell.picture import Shown

__all__ = ["Pad", "answer", "drawing_pad", "first_maps"]

WIDTH, HEIGHT = 8.6, 5.3
EMPTY = np.zeros((SIDE, SIDE), np.uint8)


class Pad(anywidget.AnyWidget):
    """Paper to draw on by mouse, finger or keys.

    value: the strokes, each a list of points [x, y] in pixels of a paper of 280 × 280.
    """

    _esm = script("element.js", "pad.js")
    _css = SCRIPTS / "pad.css"
    value: Any = traitlets.List().tag(sync=True)
    side = traitlets.Int(PAPER).tag(sync=True)
    pen = traitlets.Int(PEN).tag(sync=True)


def answer(network: Network, image: np.ndarray) -> np.ndarray:
    """Return the network's ten probabilities, (10,) float64, for a picture (28, 28) uint8."""
    return softmax(forward(network, image[..., None])[-1])


def first_maps(network: Network, image: np.ndarray) -> np.ndarray | None:
    """Return the feature maps of the first convolution, (height, width, filters), or None."""
    for layer, values in zip(network.layers, forward(network, image[..., None]), strict=True):
        if layer.kind == "Conv2D":
            return values
    return None


class PadDrawing(Canvas):
    """Four steps of the preparation above; below, feature maps and a bar chart a network."""

    def build(self, names: tuple[str, ...], maps: int) -> None:
        parts: Any = self.figure.subfigures(2, 1, height_ratios=(1, 1.35))
        above, below = parts
        titles = ("1  shrunk as it is", "2  cut out", "3  in a 20 × 20 box", "4  centred, 28 × 28")
        self.panels = above.subplots(1, 4)
        self.images = [self._image(*pair) for pair in zip(self.panels, titles, strict=True)]
        self.cross = [self.moving(self.panels[3].plot([], [], color=COLORS.orange, lw=1)[0])
                      for _ in range(2)]  # fmt: skip
        self.maps, right = [], below
        if maps:
            left, right = below.subfigures(1, 2, width_ratios=(1, 2.1))
            left.suptitle("feature maps of 4", fontsize=11)
            side = int(np.ceil(np.sqrt(maps)))
            grid = left.subplots(side, side, squeeze=False)
            self.maps = [self._image(axis, "") for axis in grid.flat]
        self.charts = dict(zip(names, right.subplots(1, len(names), squeeze=False)[0], strict=True))
        self.bars = {name: self._bars(axis, name) for name, axis in self.charts.items()}

    def _image(self, axis: Any, title: str) -> Any:
        axis.set_title(title, fontsize=10, loc="center")
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
        image = axis.imshow(EMPTY, cmap="gray", vmin=0, vmax=255, extent=(0, 28, 28, 0))
        return self.moving(image)

    def _bars(self, axis: Any, name: str) -> dict[str, Any]:
        axis.set(xlim=(0, 1.3), ylim=(9.6, -0.7), yticks=range(10), xticks=[0, 0.5, 1],
                 title=name, xlabel="probability")  # fmt: skip
        axis.grid(False)
        # One collection for ten bars: ten patches took three times as long to draw.
        good = PolyCollection([], fc=COLORS.blue, label="4 centred")
        raw = PolyCollection([], fc="white", ec=COLORS.vermillion, lw=1.5, label="1 as it is")
        for bars in (good, raw):
            self.moving(axis.add_collection(bars, autolim=False))
        label = self.moving(axis.text(0, 0, "", va="center", fontsize=10, fontweight="bold"))
        axis.legend(loc="lower right", fontsize=9)
        return {"good": good, "raw": raw, "label": label}

    def draw(self, steps: DigitSteps | None, answers: Mapping[str, Any], maps: Any) -> None:
        """Move everything to where this drawing and these answers put it."""
        for artist, image in zip(self.images, _panels(steps), strict=True):
            artist.set_data(image)
        middle = [SIDE / 2] * 2 if steps else []
        self.cross[0].set_data(middle, [0, SIDE] if steps else [])
        self.cross[1].set_data([0, SIDE] if steps else [], middle)
        for k, image in enumerate(self.maps):
            one = maps[..., k] if maps is not None and k < maps.shape[2] else np.zeros((26, 26))
            image.set_data(255 * one / max(one.max(), 1e-9))
        for name, bars in self.bars.items():
            good, raw = answers.get(name, (np.zeros(10), np.zeros(10)))
            bars["good"].set_verts(_bars(good, -0.4, 0.42))
            bars["raw"].set_verts(_bars(raw, 0.06, 0.3))
            best = int(good.argmax())
            bars["label"].set_text(f"{good[best]:.0%}" if steps else "")
            bars["label"].set_position((good[best] + 0.02, best - 0.2))
            bars["label"].set_color(INK)


def _bars(lengths: np.ndarray, top: float, height: float) -> np.ndarray:
    """Return lying bars, one a digit, as corners (10, 4, 2)."""
    corners = np.zeros((len(lengths), 4, 2))
    corners[:, 1:3, 0] = lengths[:, None]
    corners[..., 1] = np.arange(len(lengths))[:, None] + np.array([0, 0, height, height]) + top
    return corners


def _panels(steps: DigitSteps | None) -> tuple[np.ndarray, ...]:
    """Return the pictures of the four steps, each on a square ground."""
    if steps is None:
        return (EMPTY,) * 4
    boxed = np.zeros((SIDE, SIDE), np.uint8)
    height, width = steps.scaled.shape
    boxed[4 : 4 + height, 4 : 4 + width] = steps.scaled
    side = max(steps.cut.shape)
    square = np.zeros((side, side), np.uint8)
    square[: steps.cut.shape[0], : steps.cut.shape[1]] = steps.cut
    return steps.raw, square, boxed, steps.centred


def describe(steps: DigitSteps | None, answers: Mapping[str, Any]) -> tuple[str, str]:
    """Return alt text and caption."""
    if steps is None:
        return ("Empty panels and bars: nothing is drawn yet.",
                "Draw a digit: with the mouse, a finger, or arrow keys and space bar.")  # fmt: skip
    said = []
    for name, (good, raw) in answers.items():
        said.append(
            f"{name}: {good.argmax()} ({good.max():.0%}); "
            f"without preparation {raw.argmax()} ({raw.max():.0%})"
        )
    left, top, right, bottom = steps.box
    alt = (
        f"The drawing, {right - left} by {bottom - top} pixels, is cut out, scaled into a 20 by 20 "
        "box and centred in 28 by 28 pixels; below, the first layer's feature maps, and bars for "
        "the probabilities of the ten digits."
    )
    return alt, ".\n".join(said) + "."


def drawing_pad(networks: Mapping[str, Network], strokes: Strokes = ()) -> Explorer:
    """Return the widget: a pad, and what each network (name → network) says to the drawing.

    The feature maps are those of the last network that has a convolution.
    """
    seeing = [one for one in networks.values() if any(x.kind == "Conv2D" for x in one.layers)]
    filters = first_maps(seeing[-1], EMPTY).shape[2] if seeing else 0  # type: ignore[union-attr]  # has one
    drawing = PadDrawing(WIDTH, HEIGHT, names=tuple(networks), maps=filters)

    def show(strokes: Strokes) -> Shown:
        steps = prepare(raster(strokes))
        answers, maps = {}, None
        if steps is not None:
            answers = {
                name: (answer(network, steps.centred), answer(network, steps.raw))
                for name, network in networks.items()
            }
            maps = first_maps(seeing[-1], steps.centred) if seeing else None
        drawing.draw(steps, answers, maps)
        return Shown(drawing.png(), *describe(steps, answers))

    pad = Pad(value=[[list(point) for point in stroke] for stroke in strokes])
    buttons = ipywidgets.VBox(
        [button("Clear", lambda: widget.move(strokes=[])),
         button("Undo a stroke", lambda: widget.move(strokes=pad.value[:-1]))]
    )  # fmt: skip
    widget = Explorer(show, {"strokes": pad}, WIDTH, [["strokes", buttons]])
    return widget
