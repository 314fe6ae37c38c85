"""A picture in a notebook that the kernel redraws: PNG, alt text and caption in one message.

ipywidgets' own Image has no alt text; this one has, and can be pointed at cell by cell with
mouse or arrow keys. The browser marks it while it is older than the controls above it, and
when its kernel is gone. Knows nothing of what is drawn.
"""

from typing import Any, NamedTuple

import anywidget
import traitlets
from ipywidgets import Widget, widget_serialization

from utils.plots.readable import DPI, least_points
from utils.widgets.shell import SCRIPTS, script

__all__ = ["Grid", "Picture", "Shown"]


class Shown(NamedTuple):
    """What a widget shows for one state of its controls.

    png: a PNG file's content. alt: what there is to see, for those who can't see it.
    text: the caption: the state and its numbers in a sentence or two.
    """

    png: bytes
    alt: str
    text: str


class Grid(NamedTuple):
    """The part of a picture that can be pointed at: a box of rows and columns.

    left, top, right, bottom: fractions of the picture's width and height.
    label: what the arrow keys choose, such as `a pixel of the output`.
    hover: the mouse chooses by moving; else by a click.
    """

    left: float
    top: float
    right: float
    bottom: float
    rows: int
    columns: int
    label: str
    hover: bool = True


class Picture(anywidget.AnyWidget):
    """The picture under a widget's controls.

    controls: the controls it depends on; drawn: their states that it was drawn for.
    cell: row and column that the reader points at. problem: why it couldn't be drawn.
    dark: whether the page is, as the browser tells. png, dark_png: the picture for either page;
    one of them may be empty, and then the other one is shown on both. width, smallest: of the
    picture, and the height of its smallest text, in pixels of the page where there is room.
    """

    _esm = script("element.js", "picture.js")
    _css = SCRIPTS / "picture.css"

    png = traitlets.Bytes().tag(sync=True)
    dark_png = traitlets.Bytes().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int(640).tag(sync=True)
    smallest = traitlets.Float().tag(sync=True)
    controls = traitlets.List(traitlets.Instance(Widget)).tag(sync=True, **widget_serialization)
    keys_drawn = traitlets.List(traitlets.Unicode()).tag(sync=True)
    drawn: Any = traitlets.List().tag(sync=True)
    grid: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    cell = traitlets.List([0, 0]).tag(sync=True)

    @traitlets.default("smallest")
    def _smallest(self) -> float:
        return least_points(self.width / DPI) * DPI / 72  # as Canvas and Board have it

    def show(self, shown: Shown, drawn: list[Any], dark: bytes = b"") -> None:
        """Show another picture; all its parts reach the browser together.

        dark: the same picture for a dark page, where it was drawn for that (`for_dark_page`).
        """
        with self.hold_sync():
            (self.png, self.alt, self.text), self.dark_png = shown, dark
            self.drawn, self.problem = drawn, ""

    def refuse(self, problem: str) -> None:
        """Say why there is no picture of the controls' state; the last one is marked as old."""
        self.problem = problem

    def point_at(self, grid: Grid | None) -> None:
        """Let the reader point at the cells of that part of the picture; None: at nothing."""
        self.grid = None if grid is None else grid._asdict()
