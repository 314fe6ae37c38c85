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
from utils.plots.readable import NARROWEST, least_points
from utils.plots.style import COLORS, DPI, INK, image_tag
from utils.widgets.digits import PAPER, PEN, SIDE, DigitSteps, Strokes, oddity, prepare, raster
from utils.widgets.shell import SCRIPTS, script
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, button, static_html
from utils.widgets.shell.picture import Shown
from utils.widgets.shell.theme import for_dark_page, is_for_dark_page

__all__ = ["DrawingPad", "LEAST_SHARE", "Pad", "answer", "drawing_pad", "first_maps", "why_none"]

WIDTH, HEIGHT = 8.6, 2.1  # inches, of the steps; a network's bars are as wide as BARS
BARS, TALL = 2.75, 2.9
EMPTY = np.zeros((SIDE, SIDE), np.uint8)
# No digit has so large a share: the network doesn't know. Found by benchmarks/pad.py.
LEAST_SHARE = 0.5
NONE = "no digit"


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


def why_none(steps: DigitSteps, probabilities: np.ndarray) -> str:
    """Return why a drawing is taken for no digit, as a clause; empty where it is for one.

    A network has ten answers and "none" isn't among them. So the drawing is looked at first, and
    then how far the ten probabilities are spread.
    """
    best = int(probabilities.argmax())
    if found := oddity(steps):
        return found
    if probabilities[best] < LEAST_SHARE:
        return f"its shares are spread, the largest is {probabilities[best]:.0%}, for {best}"
    return ""


def _show_image(canvas: Canvas, axis: Any, title: str) -> Any:
    """Return an image on that axis, empty as yet, that moves."""
    axis.set_title(title, fontsize=12, loc="center")  # it is read at half its size, too
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    image = axis.imshow(EMPTY, cmap="gray", vmin=0, vmax=255, extent=(0, 28, 28, 0))
    return canvas.moving(image)


class StepsDrawing(Canvas):
    """Four steps of the preparation, and what the first convolution makes of the last."""

    def build(self, maps: int) -> None:
        left: Any = self.figure
        self.maps = []
        if maps:
            parts: Any = self.figure.subfigures(1, 2, width_ratios=(3.2, 1))
            left, right = parts
            right.suptitle("feature maps", fontsize=12)
            side = int(np.ceil(np.sqrt(maps)))
            grid = right.subplots(side, side, squeeze=False)
            self.maps = [_show_image(self, axis, "") for axis in grid.flat]
        titles = ("as it is", "cut out", "20 × 20 box", "centred")
        panels = left.subplots(1, 4)
        self.images = [_show_image(self, *pair) for pair in zip(panels, titles, strict=True)]
        self.cross = [self.moving(panels[3].plot([], [], color=COLORS.orange, lw=1)[0])
                      for _ in range(2)]  # fmt: skip

    def draw(self, steps: DigitSteps | None, maps: np.ndarray | None) -> None:
        """Show this drawing's steps; maps: (height, width, filters)."""
        for artist, image in zip(self.images, _panels(steps), strict=True):
            artist.set_data(image)
        middle = [SIDE / 2] * 2 if steps else []
        self.cross[0].set_data(middle, [0, SIDE] if steps else [])
        self.cross[1].set_data([0, SIDE] if steps else [], middle)
        for k, image in enumerate(self.maps):
            one = maps[..., k] if maps is not None and k < maps.shape[2] else np.zeros((26, 26))
            image.set_data(255 * one / max(one.max(), 1e-9))


class AnswerDrawing(Canvas):
    """A bar chart a network, its answer large above it."""

    def build(self, names: tuple[str, ...]) -> None:
        axes = self.figure.subplots(1, len(names), squeeze=False)[0]
        self.bars = {n: self._bars(axis, n) for n, axis in zip(names, axes, strict=True)}
        made = next(iter(self.bars.values()))
        self.figure.legend(handles=[made["good"], made["raw"]], loc="outside lower center",
                           ncols=2, fontsize=9)  # fmt: skip

    def _bars(self, axis: Any, name: str) -> dict[str, Any]:
        axis.set(xlim=(0, 1.3), ylim=(9.6, -0.7), yticks=range(10), xticks=[0, 0.5, 1],
                 xlabel="probability")  # fmt: skip
        axis.set_title(f"{name}\n", fontsize=10)
        axis.grid(False)
        # One collection for ten bars: ten patches took three times as long to draw.
        good = PolyCollection([], fc=COLORS.blue, label="centred")
        raw = PolyCollection([], fc="white", ec=COLORS.vermillion, lw=1.5, label="as it is")
        for bars in (good, raw):
            self.moving(axis.add_collection(bars, autolim=False))
        look = {"color": INK, "fontweight": "bold"}
        label = self.moving(axis.text(0, 0, "", va="center", fontsize=10, **look))
        said = self.moving(axis.text(0, 1.02, "", transform=axis.transAxes, fontsize=16, **look))
        return {"good": good, "raw": raw, "label": label, "said": said}

    def draw(self, steps: DigitSteps | None, answers: Mapping[str, Any]) -> None:
        """Show each network's answers, to the centred picture and to the shrunk one."""
        for name, bars in self.bars.items():
            good, raw = answers.get(name, (np.zeros(10), np.zeros(10)))
            bars["good"].set_verts(_bars(good, -0.4, 0.42))
            bars["raw"].set_verts(_bars(raw, 0.06, 0.3) if steps else [])
            best = int(good.argmax())
            bars["label"].set_text(f"{good[best]:.0%}" if steps else "")
            bars["label"].set_position((good[best] + 0.02, best - 0.2))
            none = steps is not None and why_none(steps, good)
            bars["said"].set_text("" if steps is None else NONE if none else str(best))


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
    """Return alt text and caption of the answers."""
    if steps is None:
        return ("Empty bars: nothing is drawn yet.",
                "Draw a digit: with the mouse, a finger, or arrow keys and space bar.")  # fmt: skip
    said, alts = [], []
    for name, (good, raw) in answers.items():
        none = why_none(steps, good)
        says = f"I see no digit: {none}" if none else f"{good.argmax()} ({good.max():.0%})"
        said.append(f"{name}: {says}; as it is {raw.argmax()} ({raw.max():.0%}).")
        alts.append(f"{name} says {NONE if none else good.argmax()}")
    return f"Bars for the probabilities of the ten digits: {', '.join(alts)}.", "\n".join(said)


def describe_steps(steps: DigitSteps | None) -> str:
    """Return the alt text of the steps."""
    if steps is None:
        return "Empty panels for the steps of the preparation."
    height, width = steps.cut.shape
    return (
        f"The drawing, {width} by {height} pixels, is cut out, scaled into a 20 by 20 box and "
        "centred in 28 by 28 pixels; beside it, the first layer's feature maps if there are any."
    )


class DrawingPad(Explorer):
    """A pad, the networks' answers to its right, and below them how the drawing was prepared.

    Where there isn't the room, the three stand one below the other.
    """

    recorded = False  # it asks for something of one's own

    def __init__(self, networks: Mapping[str, Network], strokes: Strokes) -> None:
        seeing = [one for one in networks.values() if any(x.kind == "Conv2D" for x in one.layers)]
        self.networks, self.seeing = networks, seeing[-1] if seeing else None
        seen = self._maps(EMPTY)
        width = BARS * len(networks)
        self.answer = AnswerDrawing(width, TALL, names=tuple(networks))
        self.prepared = StepsDrawing(WIDTH, HEIGHT, maps=0 if seen is None else seen.shape[2])
        self.steps = ipywidgets.HTML()
        pad = Pad(value=[[list(point) for point in stroke] for stroke in strokes])
        super().__init__(self._show_strokes, {"strokes": pad}, width, [])
        self.buttons = ipywidgets.HBox(
            [button("Clear", lambda: self.move(strokes=[])),
             button("Undo a stroke", lambda: self.move(strokes=pad.value[:-1]))]
        )  # fmt: skip
        # A column too narrow for the pad and legible answers beside it has the answers below.
        self.picture.layout.flex = f"1 1 {min(round(width * DPI), NARROWEST)}px"
        left = ipywidgets.VBox([pad, self.buttons], layout={"margin": "0 16px 0 0"})
        beside = ipywidgets.HBox([left, self.picture], layout={"flex_flow": "row wrap"})
        self.children = [beside, self.steps]
        self.picture.observe(lambda _: self.refresh(), "dark")  # the steps have no dark twin

    def _maps(self, image: np.ndarray) -> np.ndarray | None:
        return None if self.seeing is None else first_maps(self.seeing, image)

    def _show_strokes(self, strokes: Strokes) -> Shown:
        steps = prepare(raster(strokes))
        answers = {} if steps is None else {
            name: (answer(network, steps.centred), answer(network, steps.raw))
            for name, network in self.networks.items()
        }  # fmt: skip
        self.answer.draw(steps, answers)
        self.prepared.draw(steps, None if steps is None else self._maps(steps.centred))
        if is_for_dark_page() == self.picture.dark:  # else it is for a page of its own
            alt, width = describe_steps(steps), round(WIDTH * DPI)
            smallest = least_points(WIDTH) * DPI / 72
            self.steps.value = image_tag(self.prepared.png(), alt, width, smallest=smallest)
        return Shown(self.answer.png(), *describe(steps, answers))

    def static_page(self) -> str:
        """Return the answers, and below them the steps."""
        page, pictures = super().static_page(), []
        for dark in (False, True):
            with for_dark_page(dark):
                pictures.append(self.prepared.png())
        alt = describe_steps(prepare(raster(self.values["strokes"])))
        return page + static_html(Shown(pictures[0], alt, ""), round(WIDTH * DPI), pictures[1])


def drawing_pad(networks: Mapping[str, Network], strokes: Strokes = ()) -> DrawingPad:
    """Return the widget: a pad, and what each network (name → network) says to the drawing.

    The feature maps are those of the last network that has a convolution.
    """
    return DrawingPad(networks, strokes)
