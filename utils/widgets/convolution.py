"""A filter that slides over a picture: what it finds, and the nine products under each pixel.

Notebook 07's words and letters: picture x, filter w, feature map z.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike

from utils.errors import CourseError
from utils.plots.style import COLORS
from utils.widgets.convolution_images import grey_square, made_ready, samples
from utils.widgets.convolution_math import PRESETS, Output, calculate, number
from utils.widgets.shell.explorer import Explorer, choice, tick, whole
from utils.widgets.shell.picture import Grid, Shown
from utils.widgets.shell.pixels import Board, Cells

__all__ = ["ConvolutionDrawing", "convolution", "describe", "shades"]

WIDTH, HEIGHT = 8.4, 5.2
OWN_FILTER, OWN_FILE = "your own", "your own file"
MOST_WEIGHT = 20.0
NAMES = [f"w{row}{column}" for row in range(3) for column in range(3)]
ZERO = np.array([197, 222, 240], np.uint8)  # a padding zero: no pixel of a grey picture is blue
_SIGNED = (255 * mpl.colormaps["PuOr_r"](np.linspace(0, 1, 256))[:, :3]).round().astype(np.uint8)
_GREYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def shades(z: np.ndarray, w: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return the lowest and the highest number of the colours, and the colours, (256, 3) uint8.

    Where the weights add up to a half or more, the output is a picture again: grey, and what is
    white stays white. Other filters find differences: purple negative, white 0, orange positive.
    """
    total = float(w.sum())
    if total >= 0.5:
        return 0.0, 255 * total, _GREYS
    limit = float(np.abs(z).max()) or 1.0
    return -limit, limit, _SIGNED


def _paint(values: np.ndarray, low: float, high: float, colours: np.ndarray) -> np.ndarray:
    part = np.clip((values - low) / (high - low), 0, 1)
    return colours[np.round(255 * part).astype(int)]


class ConvolutionDrawing(Board):
    """The picture with the window, the output beside it, the multiplications below."""

    def draw(self, name: str, w: np.ndarray, out: Output, rectified: bool) -> None:
        """Draw everything anew for this output of this filter."""
        self.clear()
        self._input(name, out)
        self.write(3.8, 1.85, "slide w")
        self.write(3.8, 2.08, "→", size=20)
        self._output(w, out, rectified)
        self._table(w, out, rectified)

    def grid(self, shape: tuple[int, ...]) -> Grid:
        """Return where an output of that shape can be pointed at."""
        place = self.fractions(self._places(shape))
        return Grid(*place, rows=shape[0], columns=shape[1], label="a pixel of the output")

    def _places(self, shape: tuple[int, ...]) -> Cells:
        return self.fit(shape[0], shape[1], 4.2, 0.42, 3.2, 3.2)

    def _input(self, name: str, out: Output) -> None:
        rows, columns = out.framed.shape
        cells = self.fit(rows, columns, 0.2, 0.42, 3.2, 3.2)
        self.paint(cells, _ground(out))
        if out.four is not None:
            reach = out.stride + 3
            i, j = (2 * n * out.stride for n in out.cell)
            self.dashes(cells.box(i, j, reach, reach), COLORS.blue)
        self.frame(cells.box(*out.corner, 3, 3), COLORS.vermillion)
        title = f"{name if len(name) < 18 else name[:16] + '…'}: x, {_size(out.image_shape)}"
        wider = out.framed.shape != out.image_shape
        self.write(1.8, 0.22, title + (", padded with zeros" if wider else ""))

    def _output(self, w: np.ndarray, out: Output, rectified: bool) -> None:
        low, high, colours = shades(out.z, w)
        cells = self._places(out.values.shape)
        image = colours is _GREYS
        self.paint(cells, _paint(out.values, low, high, colours), image)
        self.pen.rectangle(cells.whole, outline="#999999")
        self.frame(cells.box(*out.cell), COLORS.vermillion)
        what = "max(0, z)" if rectified else "z"
        pooled = ", pooled" if out.four is not None else ""
        self.write(5.8, 0.22, f"output: {what}{pooled}, {_size(out.values.shape)}")
        bar = self.table(64, 1, 7.58, 0.9, 0.16, 0.033)
        self.paint(bar, _paint(np.linspace(high, low, 64)[:, None], low, high, colours), image)
        self.pen.rectangle(bar.whole, outline="#999999")
        for y, sign, value in ((0.9, "≥ ", high), (1.85, "", (low + high) / 2), (2.8, "≤ ", low)):
            short = number(round(value, 1 if abs(value) < 1000 else 0))
            self.write(7.8, y, (sign if image else "") + short, anchor="lm")

    def _table(self, w: np.ndarray, out: Output, rectified: bool) -> None:
        (i, j), ground = out.corner, _ground(out)
        x = self.table(3, 3, 0.2, 4.02, 0.5, 0.27)
        self.numbers(x, _texts(out.x), ground[i : i + 3, j : j + 3])
        weights = self.table(3, 3, 2.05, 4.02, 0.62, 0.27)
        self.numbers(weights, _texts(w), _pale(w))
        products = self.table(3, 3, 4.2, 4.02, 0.72, 0.27)
        self.numbers(products, _texts(out.products), _pale(out.products))
        for at, sign in ((1.88, "×"), (4.06, "=")):
            self.write(at, 4.42, sign, size=14)
        for at, head in ((0.95, "window of x"), (2.98, "weights w"), (5.28, "products")):
            self.write(at, 3.89, head)
        said = f"The nine products add up to z = {number(out.sum)}"
        if rectified:
            said += f"; ReLU makes it max(0, z) = {number(max(0.0, out.sum))}"
        self.write(0.2, 5.03, said + ".", size=11, anchor="lm")
        if out.four is not None:
            four = self.table(2, 2, 6.75, 4.02, 0.76, 0.27)
            self.numbers(four, _texts(out.four), _pale(out.four))
            down, right = (place - 2 * n for place, n in zip(out.place, out.cell, strict=True))
            self.frame(four.box(down, right), COLORS.vermillion)
            self.write(7.51, 3.89, "pooling: the largest")


def _ground(out: Output) -> np.ndarray:
    """Return the framed picture's colours: greys, and the padding's zeros in pale blue."""
    ground = np.broadcast_to(ZERO, (*out.framed.shape, 3)).copy()
    rows, columns = out.image_shape
    inside = np.s_[out.above : out.above + rows, out.left : out.left + columns]
    ground[inside] = out.framed[inside][..., None]
    return ground


def _pale(values: np.ndarray) -> np.ndarray:
    limit = 2.5 * float(np.abs(values).max()) or 1.0
    return _paint(values, -limit, limit, _SIGNED)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} × {shape[1]}"


def _texts(values: np.ndarray) -> list[list[str]]:
    return [[number(float(value)) for value in row] for row in values]


def _rows(values: np.ndarray) -> str:
    return "; ".join(", ".join(row) for row in _texts(values))


def describe(
    name: str, preset: str, w: np.ndarray, padding: str, rectified: bool, out: Output
) -> tuple[str, str]:
    """Return alt text and caption."""
    what = "max(0, z) after ReLU" if rectified else "z"
    what += ", pooled" if out.four is not None else ""
    (i, j), (row, column) = out.corner, out.cell
    top, left = i - out.above, j - out.left
    alt = (
        f"Left, the picture “{name}”, {_size(out.image_shape)}, with a 3 × 3 window on it from "
        f"row {number(top)}, column {number(left)}. Right, the output {what}, "
        f"{_size(out.values.shape)}, from {number(float(out.values.min()))} to "
        f"{number(float(out.values.max()))}. Below, pixels {_rows(out.x)} times weights "
        f"{_rows(w)} give products {_rows(out.products)}."
    )
    text = f"Row {row}, column {column} of the output (counted from 0): z = {number(out.sum)}"
    text += f", after ReLU {number(max(0.0, out.sum))}" if rectified else ""
    if out.four is not None:
        alt += f" The largest of {_rows(out.four)} is kept."
        text += ", the largest of 2 × 2"
    filling = "no padding" if padding == "valid" else "padding with zeros"
    text += (
        f". Filter “{preset}”, stride {out.stride}, {filling}: "
        f"{_size(out.image_shape)} becomes {_size(out.z.shape)}"
    )
    text += f", pooled {_size(out.values.shape)}" if out.four is not None else ""
    return alt, text + "."


def convolution(
    pictures: Mapping[str, ArrayLike] | None = None,
    preset: str = "vertical edges",
    stride: int = 1,
    padding: str = "valid",
    relu: bool = False,
    pool: bool = False,
) -> Explorer:
    """Return the widget.

    pictures: grey ones by name, (height, width), numbers 0…255 or 0…1; the cat and three digits
        unless given. The reader can add a file. The rest is what it starts with; preset: a name
        in PRESETS; padding: `valid` or `same`.
    """
    if preset not in PRESETS:
        raise CourseError(f"There is no filter “{preset}”.", f"Choose of {', '.join(PRESETS)}.")
    drawing = ConvolutionDrawing(WIDTH, HEIGHT)
    shelf = made_ready(samples() if pictures is None else pictures)
    widget: Explorer | None = None

    def show(
        picture: str, preset: str, stride: int, padding: str, relu: bool, pool: bool,
        cell: tuple[int, int], **weights: float,
    ) -> Shown:  # fmt: skip
        if picture not in shelf:
            raise CourseError("There is no file of your own yet.", "Choose one by the button.")
        w = np.array([weights[name] for name in NAMES]).reshape(3, 3)
        out = calculate(shelf[picture], w, stride, padding, relu, pool, cell)
        drawing.draw(picture, w, out, relu)
        if widget is not None:
            widget.picture.point_at(drawing.grid(out.values.shape))
        return Shown(drawing.png(), *describe(picture, preset, w, padding, relu, out))

    first, w = next(iter(shelf)), PRESETS[preset]
    shape = calculate(shelf[first], w, stride, padding, relu, pool, (0, 0)).values.shape
    controls = {
        "picture": choice("picture", [*shelf, OWN_FILE], first),
        "preset": choice("filter", [*PRESETS, OWN_FILTER], preset),
        "stride": whole("stride", stride, 1, 3),
        "padding": choice("padding", {"none (valid)": "valid", "zeros (same)": "same"}, padding),
        "relu": tick("ReLU", relu),
        "pool": choice("pooling", {"none": False, "2 × 2 max": True}, pool),
    } | {name: _weight(name, w) for name in NAMES}  # fmt: skip
    _tie(controls, lambda: widget)
    upload = ipywidgets.FileUpload(  # Jupyter lets no message over 10 MB through, by default
        accept="image/*", description="Your own file, to 10 MB", layout={"width": "auto"}
    )  # fmt: skip
    widget = Explorer(show, controls, WIDTH, [_layout(controls, upload)], drawing.grid(shape))
    upload.observe(lambda change: _uploaded(widget, shelf, upload), "value")
    widget.picture.cell = [n // 2 for n in shape]
    return widget


def _weight(name: str, w: np.ndarray) -> ipywidgets.BoundedFloatText:
    row, column = int(name[1]), int(name[2])
    return ipywidgets.BoundedFloatText(
        w[row, column], min=-MOST_WEIGHT, max=MOST_WEIGHT, step=0.5,
        description=f"filter row {row + 1} column {column + 1}",
        style={"description_width": "0px"},  # for screen readers; its place says it to the eye
        layout={"width": "88px"},
    )  # fmt: skip


def _layout(controls: Mapping[str, Any], upload: Any) -> list[ipywidgets.Widget]:
    """Return the controls in two columns, the nine weights as the filter has them."""
    names = ("picture", "preset", "stride", "padding", "relu", "pool")
    controls["relu"].layout.margin = "2px 0 2px 118px"  # below the others' boxes
    left = ipywidgets.VBox([controls[name] for name in names])
    rows = [ipywidgets.HBox([controls[name] for name in NAMES[k : k + 3]]) for k in (0, 3, 6)]
    title = ipywidgets.Label("The filter's nine weights w")
    return [left, ipywidgets.VBox([upload, title, *rows])]


def _tie(controls: Mapping[str, Any], widget: Callable[[], Explorer | None]) -> None:
    """Let a preset fill in the weights, and a weight that is edited make the preset your own.

    To be called before the Explorer watches the controls, so that it draws once, afterwards.
    """
    preset, weights = controls["preset"], [controls[name] for name in NAMES]

    def now() -> list[float]:
        return PRESETS[preset.value].ravel().tolist()

    def fill(_: Any) -> None:
        made = widget()
        if made is not None and preset.value != OWN_FILTER:
            with made.hold():
                for weight, value in zip(weights, now(), strict=True):
                    weight.value = value

    def edited(_: Any) -> None:
        made = widget()
        if made is None or made.held or preset.value == OWN_FILTER:
            return
        if now() != [weight.value for weight in weights]:
            with made.hold():
                preset.value = OWN_FILTER

    preset.observe(fill, "index")
    for weight in weights:
        weight.observe(edited, "value")


def _uploaded(widget: Explorer, shelf: dict[str, np.ndarray], upload: Any) -> None:
    """Show the reader's file, or say why not; let go of its bytes, which notebooks would store."""
    if not upload.value:
        return
    file = upload.value[0]
    try:
        shelf[OWN_FILE] = grey_square(bytes(file["content"]), file["name"])
    except CourseError as error:
        widget.picture.refuse(str(error))
    else:
        widget.move(picture=OWN_FILE)
    upload.value = ()
