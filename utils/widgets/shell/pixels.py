"""A picture that Pillow draws, in place of a Canvas: coloured cells, frames, many small numbers.

Matplotlib takes about a millisecond for each text and ten for each large image, Pillow less than
a tenth of both. Nothing here stands still: a board is drawn anew each time. Knows nothing of
what is drawn, nor of Jupyter.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageDraw, ImageFont

from utils.plots.dark_pixels import Images, darkened
from utils.plots.png_files import png_file
from utils.plots.readable import least_points
from utils.plots.style import DPI, INK
from utils.widgets.shell.canvas import SHARPNESS
from utils.widgets.shell.theme import is_for_dark_page

__all__ = ["Board", "Cells"]


class Cells(NamedTuple):
    """Where a grid of cells lies on a board, in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int
    rows: int
    columns: int

    def box(self, row: int, column: int, rows: int = 1, columns: int = 1) -> tuple[int, ...]:
        """Return left, top, right, bottom of some cells; the last pixel belongs to them."""
        left, top = self.x + column * self.width, self.y + row * self.height
        return (left, top, left + columns * self.width - 1, top + rows * self.height - 1)

    @property
    def whole(self) -> tuple[int, ...]:
        """The box of all cells."""
        return self.box(0, 0, self.rows, self.columns)


class Board:
    """A white rectangle to draw on with cells, frames and texts.

    width, height: inches, 110 pixels on the page each, as a Canvas has them. dpi: pixels of the
    PNG per inch. least: points of the smallest text. image, pen: Pillow's, for what isn't here.
    On a dark page all of it is dark but what was painted.
    """

    def __init__(self, width: float, height: float) -> None:
        self.dpi, self.least = SHARPNESS * DPI, least_points(width)
        self._images = Images([], [])
        self.image = Image.new("RGB", (round(width * self.dpi), round(height * self.dpi)), "white")
        self.pen = ImageDraw.Draw(self.image)

    def png(self) -> bytes:
        """Return what was drawn as a PNG file's content, for the page that is wanted."""
        if not is_for_dark_page():
            return png_file(self.image)
        pixels = darkened(np.asarray(self.image.convert("RGBA")), self._images)
        return png_file(Image.fromarray(pixels))

    def clear(self) -> None:
        """Make all of it white."""
        self.pen.rectangle((0, 0, *self.image.size), fill="white")
        self._images = Images([], [])

    def fit(
        self, rows: int, columns: int, left: float, top: float, width: float, height: float
    ) -> Cells:
        """Return the largest square cells that fill that box, amid it; whole pixels each."""
        room_x, room_y = round(width * self.dpi), round(height * self.dpi)
        size = max(1, min(room_x // columns, room_y // rows))
        x = round(left * self.dpi) + (room_x - size * columns) // 2
        y = round(top * self.dpi) + (room_y - size * rows) // 2
        return Cells(x, y, size, size, rows, columns)

    def table(
        self, rows: int, columns: int, left: float, top: float, width: float, height: float
    ) -> Cells:
        """Return cells of that width and height each, the first at left and top."""
        x, y, w, h = (round(inches * self.dpi) for inches in (left, top, width, height))
        return Cells(x, y, w, h, rows, columns)

    def paint(self, cells: Cells, colours: np.ndarray, image: bool = True) -> None:
        """Fill the cells; colours: (rows, columns, 3) uint8.

        image: whether they are the same on a dark page; numbers in colours on white aren't.
        """
        size = (cells.width * cells.columns, cells.height * cells.rows)
        large = Image.fromarray(np.ascontiguousarray(colours)).resize(
            size, Image.Resampling.NEAREST
        )
        self.image.paste(large, (cells.x, cells.y))
        box = (cells.x, cells.y, cells.x + size[0], cells.y + size[1])
        (self._images.photos if image else self._images.tables).append(box)

    def frame(self, box: tuple[int, ...], colour: str, width: int = 3, halo: bool = True) -> None:
        """Draw a frame around a box, with a white one outside so that it shows on any ground."""
        left, top, right, bottom = box
        outer = (left - width, top - width, right + width, bottom + width)
        if halo:
            more = (outer[0] - 2, outer[1] - 2, outer[2] + 2, outer[3] + 2)
            self.pen.rectangle(more, outline="white", width=2)
        self.pen.rectangle(outer, outline=colour, width=width)

    def dashes(self, box: tuple[int, ...], colour: str, width: int = 3, dash: int = 9) -> None:
        """Draw a dashed frame just outside a box, on white."""
        left, top, right, bottom = (box[0] - width, box[1] - width, box[2] + 1, box[3] + 1)
        for fill, step in (("white", 0), (colour, 1)):
            for start in range(left, right + width, 2 * dash if step else dash):
                end = min(start + dash, right + width) - 1
                for y in (top, bottom):
                    self.pen.rectangle((start, y, end, y + width - 1), fill=fill)
            for start in range(top, bottom + width, 2 * dash if step else dash):
                end = min(start + dash, bottom + width) - 1
                for x in (left, right):
                    self.pen.rectangle((x, start, x + width - 1, end), fill=fill)

    def numbers(self, cells: Cells, texts: Sequence[Sequence[str]], colours: np.ndarray) -> None:
        """Fill cells with colours, (rows, columns, 3) uint8, and write black or white on them."""
        self.paint(cells, colours)
        font = _font(self.least * self.dpi / 72, False, False)
        for row, line in enumerate(texts):
            for column, text in enumerate(line):
                box = cells.box(row, column)
                self.pen.rectangle(box, outline="#999999")
                ink = "black" if colours[row, column].mean() > 118 else "white"
                middle = ((box[0] + box[2] + 1) / 2, (box[1] + box[3] + 1) / 2)
                self.pen.text(middle, text, font=font, fill=ink, anchor="mm")

    def write(
        self, x: float, y: float, text: str, size: float = 10, anchor: str = "mm",
        colour: Any = INK, bold: bool = False, mono: bool = False,
    ) -> None:  # fmt: skip
        """Write a text at a place in inches; size in points, at `least`; anchor as Pillow's."""
        font = _font(max(size, self.least) * self.dpi / 72, bold, mono)
        self.pen.text((x * self.dpi, y * self.dpi), text, font=font, fill=colour, anchor=anchor)

    def fractions(self, cells: Cells) -> tuple[float, float, float, float]:
        """Return where the cells lie: left, top, right, bottom, fractions of the whole."""
        left, top, right, bottom = cells.whole
        width, height = self.image.size
        return (left / width, top / height, (right + 1) / width, (bottom + 1) / height)


@lru_cache(maxsize=64)
def _font(pixels: float, bold: bool, mono: bool) -> ImageFont.FreeTypeFont:
    family = "DejaVu Sans Mono" if mono else "DejaVu Sans"
    path = findfont(FontProperties(family=[family], weight="bold" if bold else "normal"))
    return ImageFont.truetype(path, pixels)
