"""A picture that is moved, as pad-and-crop moves it; beside it a map of it, and the map's mean.

Nothing here knows data sets or training.
"""

from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from utils.errors import CourseError
from utils.plots.style import COLORS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, tick, whole
from utils.widgets.shell.picture import Shown

__all__ = ["REACH", "Moved", "move", "move_a_picture"]

SIDE = 32
PAD = 8  # as far as the widget goes; the ladder goes as far as REACH
REACH = 4
LUMA = np.array([0.299, 0.587, 0.114])  # how bright each colour looks (ITU-R BT.601)
EDGES = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])  # Sobel: upright edges


class Moved(NamedTuple):
    """A picture after its move.

    padded: (48, 48, 3) uint8 the picture amid its padding, mirrored or not. corner: row and
    column where the frame that cuts begins. seen: (32, 32, 3) uint8 what is cut out. kept: how
    many of its pixels are the picture's. map: (30, 30) where there are upright edges, none below 0.
    """

    padded: np.ndarray
    corner: tuple[int, int]
    seen: np.ndarray
    kept: int
    map: np.ndarray

    @property
    def mean(self) -> float:
        """The map's mean."""
        return float(self.map.mean())


def move(image: np.ndarray, right: int, down: int, mirrored: bool, grey: int | None) -> Moved:
    """Return a picture, (32, 32, 3) uint8, moved by so many pixels.

    To move it right, the frame that cuts it out goes left. grey: what it is padded with; None
    repeats what stands at its border, as if there were more of the scene.
    """
    turned = image[:, ::-1] if mirrored else image
    edge = ((PAD, PAD), (PAD, PAD), (0, 0))
    if grey is None:
        padded = np.pad(turned, edge, mode="edge")
    else:
        padded = np.pad(turned, edge, constant_values=grey)
    row, column = PAD - down, PAD - right
    seen = padded[row : row + SIDE, column : column + SIDE]
    kept = (SIDE - abs(right)) * (SIDE - abs(down))
    return Moved(padded, (row, column), seen, kept, edge_map(seen))


def edge_map(image: np.ndarray) -> np.ndarray:
    """Return where a picture has upright edges, of either kind: (30, 30), a bright step is 1."""
    bright = image @ LUMA / 255
    windows = np.lib.stride_tricks.sliding_window_view(bright, (3, 3))
    found: np.ndarray = np.abs(np.einsum("abij,ij->ab", windows, EDGES)) / 4
    return found


class MovedDrawing(Canvas):
    """The padded picture with the frame, what the frame cuts out, and its map if that is asked."""

    def build(self, maps: bool) -> None:
        panels = self.figure.subplots(1, 2 + maps)
        titles = ("padded; the frame cuts", "what the network gets", "its upright edges")
        for axes, title in zip(panels, titles, strict=False):
            axes.set_title(title)
            axes.set_axis_off()
        blank = np.zeros((SIDE + 2 * PAD, SIDE + 2 * PAD, 3), np.uint8)
        self.padded = self.moving(panels[0].imshow(blank))
        reach = PAD - REACH - 0.5, SIDE + 2 * REACH
        seen_on_white = [withStroke(linewidth=3, foreground="black")]
        panels[0].add_patch(
            self.moving(Rectangle((reach[0], reach[0]), reach[1], reach[1], fill=False,
                                  ec="white", ls=":", lw=1.5, path_effects=seen_on_white))
        )  # fmt: skip
        self.frame = Rectangle((0, 0), SIDE, SIDE, fill=False, ec=COLORS.vermillion, lw=3)
        panels[0].add_patch(self.moving(self.frame))
        self.seen = self.moving(panels[1].imshow(blank[:SIDE, :SIDE]))
        self.map = None
        if maps:
            self.map = self.moving(panels[2].imshow(np.zeros((30, 30)), vmin=0, vmax=0.6))

    def draw(self, now: Moved) -> None:
        """Show this move."""
        self.padded.set_data(now.padded)
        self.frame.set_xy((now.corner[1] - 0.5, now.corner[0] - 0.5))
        self.seen.set_data(now.seen)
        if self.map is not None:
            self.map.set_data(now.map)


def describe(now: Moved, right: int, down: int, mirrored: bool) -> tuple[str, str]:
    """Return alt text and caption."""
    where = f"{_steps(right, 'right', 'left')} and {_steps(down, 'down', 'up')}"
    turned = ", mirrored" if mirrored else ""
    inside = "within" if max(abs(right), abs(down)) <= REACH else "beyond"
    alt = (
        f"Left a picture amid plain padding, with a frame of 32 by 32 pixels; beside it what the "
        f"frame cuts out: the picture moved {where}{turned}."
    )
    lost = SIDE * SIDE - now.kept
    text = (
        f"Moved {where}{turned}: {lost:,} of 1,024 pixels are lost. This is {inside} the "
        f"{REACH} pixels of the dotted frame, which hold {(2 * REACH + 1) ** 2} places."
    )
    return alt, text


def say_map(now: Moved, still: Moved) -> str:
    """Say how far the map's numbers have changed, and its mean; still: before it was moved."""
    changed = int(np.sum(np.abs(now.map - still.map) > 0.05))
    return (
        f" Of the map's {now.map.size} numbers {changed} have changed by more than 0.05; its mean "
        f"was {still.mean:.3f} and is {now.mean:.3f}."
    )


def _steps(number: int, ahead: str, back: str) -> str:
    return f"{abs(number)} {ahead if number >= 0 else back}"


def move_a_picture(
    image: np.ndarray,
    grey: int | None = 128,
    maps: bool = False,
    right: int = 0,
    down: int = 0,
    mirrored: bool = False,
) -> Explorer:
    """Return the widget for a picture (32, 32, 3) uint8, with these first values.

    grey: what it is padded with, 0 to 255, or None: see `move`. maps: show a map and its mean.
    Raises CourseError for a picture of another shape.
    """
    image = np.asarray(image)
    if image.shape != (SIDE, SIDE, 3) or image.dtype != np.uint8:
        raise CourseError(
            f"A picture to move is (32, 32, 3) uint8, but this is {image.shape} {image.dtype}.",
            "Give one of dataset.train.images.",
        )
    drawing = MovedDrawing(7.6, 3.0 if maps else 3.9, maps=maps)

    def show(right: int, down: int, mirrored: bool) -> Shown:
        now, still = (move(image, x, y, mirrored, grey) for x, y in ((right, down), (0, 0)))
        drawing.draw(now)
        alt, text = describe(now, right, down, mirrored)
        said = say_map(now, still) if maps else ""
        return Shown(drawing.png(), alt + said, text + said)

    controls = {
        "right": whole("moved right", right, -PAD, PAD),
        "down": whole("moved down", down, -PAD, PAD),
        "mirrored": tick("mirrored", mirrored),
    }
    return Explorer(show, controls, 7.6, [["right", "down"], ["mirrored"]])
