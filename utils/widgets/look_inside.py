"""A deep network from inside: one filter's map, the picture it answers most, and Grad-CAM.

Knows no network: what is shown was computed before and comes in as arrays.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from utils.errors import CourseError
from utils.plots.deep_maps import laid_over
from utils.widgets.seeing import ImagePart
from utils.widgets.seeing_math import tile, top
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, whole
from utils.widgets.shell.picture import Shown

__all__ = ["Inside", "Looked", "look", "look_inside"]

WIDTH, HEIGHT = 8.6, 3.1
ANSWER = "its own answer"


class Inside(NamedTuple):
    """What was computed of a network.

    images: (n, height, width, 3) uint8. labels: (n,). probabilities: (n, classes).
    maps: by a layer's name what its filters give for each picture, (n, rows, columns, filters).
    best: by the same names the picture that each filter answers most, (filters, h, w, 3) uint8.
    cams: Grad-CAM of each picture for each class, (n, classes, rows, columns), none below 0.
    """

    images: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    maps: Mapping[str, np.ndarray]
    best: Mapping[str, np.ndarray]
    cams: np.ndarray


class Looked(NamedTuple):
    """What is shown for one state of the controls; counted from 0.

    map: (rows, columns). rank: the filter's place among its layer's by this picture's largest
    value, 1 for the first. asked: the class that Grad-CAM asks for.
    """

    picture: int
    layer: str
    filter: int
    map: np.ndarray
    rank: int
    asked: int
    cam: np.ndarray


def look(inside: Inside, number: int, layer: str, filter: int, asked: int | None) -> Looked:
    """Return what there is to see. number, filter: from 1; a layer with fewer shows its last.

    asked: a class from 0; None is the network's own answer.
    """
    picture = number - 1
    maps = inside.maps[layer][picture]
    chosen = min(filter, maps.shape[-1]) - 1
    highest = maps.max(axis=(0, 1))
    rank = 1 + int((highest > highest[chosen]).sum())
    wanted = int(inside.probabilities[picture].argmax()) if asked is None else asked
    cam = inside.cams[picture, wanted]
    return Looked(picture, layer, chosen, maps[..., chosen], rank, wanted, cam)


class InsideDrawing(Canvas):
    """Four images in a row: the picture, the filter's map, its favourite, Grad-CAM."""

    def build(self) -> None:
        self.figure.set_layout_engine("none")
        lefts = [0.02 + 0.247 * k for k in range(4)]
        self.parts = [ImagePart(self, (left, 0.09, 0.225, 0.62)) for left in lefts]
        write = self.figure.text
        self.heads = [
            self.moving(write(left, 0.97, "", va="top", fontsize=10, linespacing=1.35))
            for left in lefts
        ]

    def draw(self, looked: Looked, inside: Inside, names: Sequence[str]) -> None:
        """Show the four and what stands above them."""
        image, p = inside.images[looked.picture], inside.probabilities[looked.picture]
        shown = (
            image,
            tile(looked.map[..., None], 1),
            inside.best[looked.layer][looked.filter],
            laid_over(image, looked.cam),
        )
        for part, array in zip(self.parts, shown, strict=True):
            part.show(np.asarray(Image.fromarray(array).convert("RGB")))
        right, said = names[int(inside.labels[looked.picture])], int(p.argmax())
        heads = (
            f"picture {looked.picture + 1}: {right}\n"
            f"said: {names[said]} {100 * p[said]:.0f} % {'✓' if names[said] == right else '✗'}",
            f"{looked.layer}\nfilter {looked.filter + 1}: up to {looked.map.max():.2f}",
            "what this filter\nanswers most",
            f"Grad-CAM:\nfor {names[looked.asked]}",
        )
        for head, text in zip(self.heads, heads, strict=True):
            head.set_text(text)


def describe(looked: Looked, inside: Inside, names: Sequence[str]) -> tuple[str, str]:
    """Return alt text and caption, made from the same numbers."""
    p, right = inside.probabilities[looked.picture], names[int(inside.labels[looked.picture])]
    said = ", ".join(f"{names[k]} {100 * p[k]:.1f} %" for k in top(p))
    count = inside.maps[looked.layer].shape[-1]
    down, across = looked.map.shape
    answer = (
        f"Picture {looked.picture + 1}, right is {right}; the network says {said}. Filter "
        f"{looked.filter + 1} of {count} in {looked.layer} makes a map of {down} × {across}; by "
        f"its largest value, {looked.map.max():.2f}, it is number {looked.rank} there."
    )
    if looked.cam.max() <= 0:
        return answer, f"{answer} Nothing speaks for {names[looked.asked]}: Grad-CAM is empty."
    return (
        f"{answer} Four images: the picture, the map, the filter's favourite, and Grad-CAM.",
        f"{answer} What speaks most for {names[looked.asked]} lies {_where(looked.cam)}.",
    )


def _where(cam: np.ndarray) -> str:
    """Say in which ninth of the picture a map is largest: `at the top left`, `in the middle`."""
    y, x = np.unravel_index(int(cam.argmax()), cam.shape)
    down = ("top", "", "bottom")[3 * int(y) // cam.shape[0]]
    across = ("left", "", "right")[3 * int(x) // cam.shape[1]]
    return " ".join(filter(None, ["at the", down, across])) if down or across else "in the middle"


def look_inside(inside: Inside, class_names: Sequence[str], **start: Any) -> Explorer:
    """Return the widget.

    start: values to start with, of number and filter (from 1), layer and asked (a class's name).
    Raises CourseError where the arrays don't belong together.
    """
    _check(inside, class_names)
    drawing = InsideDrawing(WIDTH, HEIGHT)
    classes = {ANSWER: None, **{name: k for k, name in enumerate(class_names)}}

    def show(number: int, layer: str, filter: int, asked: str) -> Shown:
        looked = look(inside, number, layer, filter, classes[asked])
        drawing.draw(looked, inside, class_names)
        return Shown(drawing.png(), *describe(looked, inside, class_names))

    layers = list(inside.maps)
    most = max(maps.shape[-1] for maps in inside.maps.values())
    controls = {
        "number": whole("picture", start.pop("number", 1), 1, len(inside.images)),
        "layer": choice("layer", layers, start.pop("layer", layers[0])),
        "filter": whole("filter", start.pop("filter", 1), 1, most),
        "asked": choice("Grad-CAM for", list(classes), start.pop("asked", ANSWER)),
    }
    if start:
        raise CourseError(
            f"The widget can't start with {start}.", "Give number, layer, filter or asked."
        )
    return Explorer(show, controls, WIDTH, rows=[["number", "layer"], ["filter", "asked"]])


def _check(inside: Inside, names: Sequence[str]) -> None:
    n, classes = len(inside.images), len(names)
    same = all(
        len(maps) == n and layer in inside.best and len(inside.best[layer]) == maps.shape[-1]
        for layer, maps in inside.maps.items()
    )
    for ok, problem in (
        (n > 0 and inside.images.ndim == 4 and inside.images.dtype == np.uint8,
         f"The pictures are {inside.images.shape} {inside.images.dtype}, not uint8 in colour."),
        (inside.labels.shape == (n,) and inside.probabilities.shape == (n, classes),
         f"Labels {inside.labels.shape} or probabilities {inside.probabilities.shape} aren't "
         f"those of {n} pictures and {classes} classes."),
        (bool(inside.maps) and same, "The maps and the filters' pictures don't belong together."),
        (inside.cams.shape[:2] == (n, classes), f"Grad-CAM's maps are {inside.cams.shape}."),
    ):  # fmt: skip
        if not ok:
            raise CourseError(problem, "Give what was computed of the same pictures.")
