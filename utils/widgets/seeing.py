"""What a trained CNN sees: what it takes for what, how sure it is, and its maps layer by layer.

The arithmetic is in seeing_math.py. Knows no network: a function gives the maps of a picture.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image

from utils.errors import CourseError
from utils.plots.style import COLORS, INK
from utils.widgets.seeing_math import (
    confusion_matrix,
    filter_tile,
    images_tile,
    in_cell,
    most_wrong,
    tile,
    top,
)
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, whole
from utils.widgets.shell.picture import Grid, Shown

__all__ = ["FeatureMaps", "ImagePart", "Seen", "describe", "what_the_cnn_sees"]

FeatureMaps = list[tuple[str, np.ndarray]]  # layer name, (height, width, channels)

WIDTH, HEIGHT = 8.6, 5.6
MOST_MAPS, MAP_COLUMNS = 32, 16
MOST_IMAGES, STRIP = 60, 12  # that the slider reaches; thumbnails beside the matrix
WRONG, CELL = "wrong", "cell"
FILTERS = "filters of the first layer"


class Seen(NamedTuple):
    """What is shown for one state of the controls.

    which: the picture's index, None where there is none. place: its place in the selection,
    from 0. selection: (count,) indices. shares: its probabilities, (classes,).
    layer: the name shown. maps: (height, width, channels), None for the filters.
    """

    which: int | None
    place: int
    selection: np.ndarray
    probabilities: np.ndarray
    layer: str
    maps: np.ndarray | None


class SeeingDrawing(Canvas):
    """Confusion matrix, the chosen picture and its answer, the selection, and maps below."""

    def build(self, counts: np.ndarray, class_names: Sequence[str]) -> None:
        self.names = list(class_names)
        self.figure.set_layout_engine("none")
        self.matrix = self.figure.add_axes((0.125, 0.405, 0.43, 0.545))
        self._confusion(counts)
        self.frame = self.moving(
            self.matrix.add_patch(Rectangle((0, 0), 1, 1, fill=False, ec=COLORS.vermillion, lw=3))
        )
        self.image = ImagePart(self, (0.585, 0.645, 0.20, 0.29))
        self.strip = ImagePart(self, (0.585, 0.355, 0.405, 0.22))
        self.maps = ImagePart(self, (0.02, 0.01, 0.96, 0.205))
        write = self.figure.text
        self.head = self.moving(write(0.585, 0.965, "", va="center", fontsize=11))
        self.answer = self.moving(write(0.80, 0.935, "", va="top", fontsize=11, linespacing=1.6))
        self.strip_head = self.moving(write(0.585, 0.605, "", va="center", fontsize=10))
        self.maps_head = self.moving(write(0.02, 0.245, "", va="center", fontsize=11))

    def _confusion(self, counts: np.ndarray) -> None:
        n = len(counts)
        probabilities = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        self.matrix.imshow(probabilities, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        self.matrix.set(xticks=range(n), yticks=range(n), ylabel="right class")
        self.matrix.set_xticklabels(self.names, rotation=45, ha="right", rotation_mode="anchor")
        self.matrix.set_yticklabels(self.names)
        self.matrix.tick_params(labelsize=9, length=0)
        self.matrix.set_title("rows: right class, columns: predicted", fontsize=10)
        self.matrix.grid(False)
        for (row, column), count in np.ndenumerate(counts):
            self.matrix.text(
                column, row, str(count), ha="center", va="center", fontsize=9,
                color="white" if probabilities[row, column] > 0.5 else INK if count else "#767676",
            )  # fmt: skip

    def draw(
        self, seen: Seen, images: np.ndarray, labels: np.ndarray,
        cell: tuple[int, int], filters: np.ndarray | None,
    ) -> None:  # fmt: skip
        """Show this picture, its answer, its neighbours in the selection and its maps."""
        self.frame.set_xy((cell[1] - 0.5, cell[0] - 0.5))
        first = seen.place // STRIP * STRIP
        page = seen.selection[first : first + STRIP]
        framed = images[page].copy()
        self.answer.set_text("")
        if seen.which is None:
            self.head.set_text("no picture in this cell")
            self.strip_head.set_text("")
            self.image.show(None)
        else:
            _frame(framed[seen.place - first])
            self._answer(seen, int(labels[seen.which]))
            self.image.show(images[seen.which])
            last = first + len(page)
            self.strip_head.set_text(
                f"{first + 1} to {last} of {len(seen.selection)}, surest first"
            )
        self.strip.show(images_tile(framed, STRIP // 2) if len(page) else None)
        self._maps(seen, filters)

    def _answer(self, seen: Seen, right: int) -> None:
        best = top(seen.probabilities)
        self.head.set_text(f"picture {seen.which}: {_verdict(best[0] == right)}")
        said = [
            f"{'✓' if k == right else '✗'} {self.names[k]} {_percent(seen.probabilities[k])}"
            for k in best
        ]
        self.answer.set_text("\n".join([f"right: {self.names[right]}", "the CNN says:", *said]))

    def _maps(self, seen: Seen, filters: np.ndarray | None) -> None:
        if seen.layer == FILTERS and filters is not None:
            kept = filters[..., :MOST_MAPS]
            self.maps.show(filter_tile(kept, min(kept.shape[-1], MAP_COLUMNS)))
        elif seen.maps is not None:
            kept = seen.maps[..., :MOST_MAPS]
            self.maps.show(tile(kept, min(kept.shape[-1], MAP_COLUMNS)))
        else:
            self.maps.show(None)
        self.maps_head.set_text(_maps_head(seen, filters))


class ImagePart:
    """A part of the figure that shows an array, each number as large as fits, unsmoothed.

    Its pixels are laid into the figure as they are; imshow would resample them in 10 to 20 ms.
    """

    def __init__(self, canvas: Canvas, box: tuple[float, float, float, float]) -> None:
        across, up = canvas.figure.bbox.size
        self.left, self.low = round(box[0] * across), round(box[1] * up)
        self.width, self.height = round(box[2] * across), round(box[3] * up)
        self.artist = canvas.moving(canvas.figure.figimage(np.zeros((1, 1, 4)), origin="upper"))

    def show(self, array: np.ndarray | None) -> None:
        """Show (rows, columns) or (rows, columns, 3) uint8 at the top left; None: nothing."""
        self.artist.set_visible(array is not None)
        if array is None:
            return
        rows, columns = array.shape[:2]
        scale = min(self.width / columns, self.height / rows)
        size = (round(columns * scale), round(rows * scale))
        large = Image.fromarray(array).convert("RGBA").resize(size, Image.Resampling.NEAREST)
        self.artist.set_data(np.asarray(large))
        self.artist.ox, self.artist.oy = self.left, self.low + self.height - size[1]


def _frame(image: np.ndarray) -> None:
    """Paint a frame into a thumbnail, vermillion within white."""
    for inset, colour in ((0, (213, 94, 0)), (2, (255, 255, 255))):
        for side in (slice(inset, inset + 2), slice(-inset - 2, -inset or None)):
            inner = slice(inset, -inset or None)
            image[side, inner] = image[inner, side] = colour


def _verdict(right: bool) -> str:
    return "right ✓" if right else "wrong ✗"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _maps_head(seen: Seen, filters: np.ndarray | None) -> str:
    if seen.layer == FILTERS and filters is not None:
        count, what = filters.shape[-1], "filters"
        how = "each scaled to its own largest weight, 0 is grey"
    elif seen.maps is not None:
        count, what = seen.maps.shape[-1], "maps"
        how = "each scaled to its own maximum (white)"
    else:
        return ""
    some = f"{count}" if count <= MOST_MAPS else f"{MOST_MAPS} of {count}"
    name = "first layer" if what == "filters" else seen.layer
    return f"{name}: {some} {what}, {how}"


def describe(
    seen: Seen, show: str, cell: tuple[int, int], counts: np.ndarray, labels: np.ndarray,
    class_names: Sequence[str], filters: np.ndarray | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Return alt text and caption."""
    row, column = cell
    total, right = int(counts.sum()), int(np.trace(counts))
    pointed = (
        f"Row {class_names[row]}, column {class_names[column]}: {counts[row, column]} of "
        f"{counts[row].sum()} pictures."
    )
    overall = f"{right:,} of {total:,} pictures are right ({_percent(right / total)})"
    alt = f"A confusion matrix of {len(counts)} classes: {overall}."
    if seen.which is None:
        chosen = "There is no picture to show."
    else:
        said = ", ".join(
            f"{class_names[k]} {_percent(seen.probabilities[k])}" for k in top(seen.probabilities)
        )
        where = "of the wrong answers" if show == WRONG else "of this cell"
        chosen = (
            f"Picture {seen.which}, number {seen.place + 1} of the {len(seen.selection):,} {where} "
            f"(surest first): right is {class_names[labels[seen.which]]}, the CNN says {said}."
        )
    head = _maps_head(seen, filters)
    below = ""
    if head:
        below = f" Below, {head}"
        if seen.maps is not None:
            kept = seen.maps[..., :MOST_MAPS]
            height, width, count = kept.shape
            black = int((kept.max(axis=(0, 1)) <= 0).sum())
            below += f"; {height} × {width} each, {black} of {count} are 0 all over"
        below += "."
    return f"{alt} {chosen}{below}", f"{pointed} {chosen}{below}"


def what_the_cnn_sees(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray,
    class_names: Sequence[str], maps_of: Callable[[int], FeatureMaps],
    filters: np.ndarray | None = None, **start: Any,
) -> Explorer:  # fmt: skip
    """Return the widget.

    images: (n, height, width, 3) uint8. labels: (n,) right classes. probabilities:
    (n, classes). maps_of: the feature maps of the picture of an index, layer by layer.
    filters: the first layer's weights, (height, width, 3, count). start: values to start with,
    of show (`wrong` or `cell`), layer, number (from 1) and cell (row, column).
    """
    images, labels, probabilities = map(np.asarray, (images, labels, probabilities))
    _check(images, labels, probabilities, class_names)
    counts = confusion_matrix(labels, probabilities.argmax(axis=1), len(class_names))
    drawing = SeeingDrawing(WIDTH, HEIGHT, counts=counts, class_names=class_names)
    maps = lru_cache(maxsize=64)(maps_of)
    layers = [name for name, _ in maps(0)] + ([] if filters is None else [FILTERS])

    def show(show: str, layer: str, number: int, cell: tuple[int, int]) -> Shown:
        everything = show == WRONG
        found = (most_wrong(labels, probabilities) if everything
                 else in_cell(labels, probabilities, *cell))  # fmt: skip
        place = min(number, len(found)) - 1
        index = int(found[place]) if len(found) else None
        wanted = index is not None and layer != FILTERS
        seen = Seen(
            index, max(place, 0), found,
            np.zeros(len(class_names)) if index is None else probabilities[index], layer,
            np.asarray(dict(maps(index))[layer]) if index is not None and wanted else None,
        )  # fmt: skip
        drawing.draw(seen, images, labels, cell, filters)
        words = describe(seen, show, cell, counts, labels, class_names, filters)
        return Shown(drawing.png(), *words)

    controls = {
        "show": choice("show", {"the surest of all wrong answers": WRONG,
                                "the matrix cell pointed at": CELL}, start.pop("show", WRONG)),
        "layer": choice("layer", layers, start.pop("layer", layers[0])),
        "number": whole("picture number", start.pop("number", 1), 1, MOST_IMAGES),
    }  # fmt: skip
    off_diagonal = np.where(np.eye(len(counts), dtype=bool), -1, counts)
    worst = np.unravel_index(int(off_diagonal.argmax()), counts.shape)
    first = start.pop("cell", tuple(int(k) for k in worst))
    if start or not all(0 <= k < len(counts) for k in first):
        raise CourseError(
            f"The widget can't start with {start or first}.",
            f"Give show, layer, number, or cell, two numbers from 0 to {len(counts) - 1}.",
        )
    left, above, right, below = drawing.place(drawing.matrix)
    rows = columns = len(counts)
    grid = Grid(
        left, above, right, below, rows, columns, "the right and the predicted class", hover=False
    )
    widget = Explorer(show, controls, WIDTH, grid=grid)
    widget.picture.cell = list(first)
    # Who clicks a cell wants to see its pictures.
    widget.picture.observe(lambda _: widget.move(show=CELL), "cell")
    return widget


def _check(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str]
) -> None:
    n, classes = len(images), len(names)
    for ok, problem in (
        (n > 0 and images.ndim == 4 and images.shape[-1] == 3 and images.dtype == np.uint8,
         f"The pictures are {images.shape} {images.dtype}, not (n, height, width, 3) uint8."),
        (labels.shape == (n,), f"The labels are {labels.shape}, not ({n},): one a picture."),
        (probabilities.shape == (n, classes),
         f"The probabilities are {probabilities.shape}, not ({n}, {classes})."),
        (bool(np.isfinite(probabilities).all()), "Some probabilities aren't numbers."),
        (not n or labels.size and labels.min() >= 0 and labels.max() < classes,
         f"Some labels aren't from 0 to {classes - 1}."),
    ):  # fmt: skip
        if not ok:
            raise CourseError(problem, "Give pictures, labels and probabilities of the same set.")
