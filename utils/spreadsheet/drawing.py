"""A picture of a workbook's sheet for notebooks, drawn by matplotlib: needs no LibreOffice.

Calculates nothing: it shows the values that the file stores.
"""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox
from openpyxl.utils import column_index_from_string, get_column_letter

from utils.errors import CourseError
from utils.plots.style import DPI, STYLE
from utils.spreadsheet.appearance import Piece, SeenSheet, open_sheet, see, used_cells

__all__ = ["draw_sheet"]

MOST_CELLS = 40_000
MOST_PIXELS = 20_000  # on a side; matplotlib's own limit is 65,535 at twice the resolution
HEAD = 20  # pixels, height of the column letters
HEAD_PAPER, HEAD_INK, GRID = "#F1F3F4", "#5F6368", "#E2E2E2"
FONT = 0.8  # DejaVu Sans is wider than a spreadsheet's Calibri
BLANK = 0.4  # font sizes between words, at most
LINE = 1.35  # a line's height, in font sizes
INSET = 3  # pixels between a cell's edge and its text
Box = tuple[float, float, float, float]  # left, top, right, bottom, in the sheet's pixels


def draw_sheet(
    path: str | Path,
    sheet: str,
    rows: tuple[int, int] | None = None,
    columns: tuple[str, str] | None = None,
) -> Figure:
    """Draw a sheet of an .xlsx file as a spreadsheet program shows it.

    rows: the first and last, counted from 1; columns: the first and last by their letters,
        such as ("A", "AH"). What the sheet prints unless given.

    Shown are stored values in their number formats, sizes of rows and columns, fonts, fills,
    borders, merged cells, colour scales and data bars; charts are left out. A pixel of the
    screen is a pixel of `plots.show`. Raises CourseError for a file or sheet that isn't there,
    and for more than 40,000 cells.
    """
    page = open_sheet(Path(path), sheet)
    first_row, last_row, first_column, last_column = used_cells(page)
    if rows is not None:
        first_row, last_row = rows
    if columns is not None:
        first_column, last_column = (_column(letters) for letters in columns)
    _check(first_row, last_row, first_column, last_column)
    seen = see(page, (first_row, last_row), (first_column, last_column), _lines)
    size = (seen.x[-1] + _gutter(seen), seen.y[-1] + HEAD)
    if max(size) > MOST_PIXELS:
        raise CourseError(
            f"The picture would be {size[0]:,.0f} by {size[1]:,.0f} pixels.",
            "Choose fewer rows and columns: rows=(1, 60), columns=('A', 'AH').",
        )
    with mpl.rc_context(dict(STYLE) | {"figure.constrained_layout.use": False}):
        figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set(xlim=(-_gutter(seen), seen.x[-1]), ylim=(seen.y[-1], -HEAD))
        _paper(axes, seen)
        _lines_around(axes, seen)
        _texts(axes, seen)
        _edges(axes, seen)
    return figure


def _column(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError as error:
        raise CourseError(f"{letters!r} isn't a column.", "Write columns=('A', 'AH').") from error


def _check(first_row: int, last_row: int, first_column: int, last_column: int) -> None:
    if not (1 <= first_row <= last_row and first_column <= last_column):
        raise CourseError(
            f"There is nothing from row {first_row} to {last_row} and from column "
            f"{get_column_letter(first_column)} to {get_column_letter(last_column)}.",
            "Give the first and the last: rows=(1, 60), columns=('A', 'AH').",
        )
    count = (last_row - first_row + 1) * (last_column - first_column + 1)
    if count > MOST_CELLS:
        raise CourseError(
            f"The picture would show {count:,} cells; {MOST_CELLS:,} is the limit.",
            "Choose fewer rows and columns: rows=(1, 60), columns=('A', 'AH').",
        )


def _gutter(seen: SeenSheet) -> int:
    """Return the width of the row numbers, in pixels."""
    return 12 + 8 * len(str(seen.rows[-1]))


def _paper(axes: Axes, seen: SeenSheet) -> None:
    """Paint each cell's ground, and the data bars."""
    axes.pcolormesh(seen.x, seen.y, seen.paper)
    for (left, top, right, bottom), color in seen.bars:
        axes.fill(
            [left, right, right, left],
            [top, top, bottom, bottom],
            color,
            linewidth=0,
            linestyle="-",
        )


def _lines_around(axes: Axes, seen: SeenSheet) -> None:
    """Draw gridlines where the sheet has them, then the cells' borders, darker over lighter."""
    if seen.gridlines:
        axes.hlines(seen.y, 0, seen.x[-1], colors=GRID, linewidths=72 / DPI)
        axes.vlines(seen.x, 0, seen.y[-1], colors=GRID, linewidths=72 / DPI)
    lines = sorted(seen.borders.items(), key=lambda line: line[1], reverse=True)
    axes.add_collection(
        LineCollection(
            [[(x0, y0), (x1, y1)] for (x0, y0, x1, y1), _ in lines],
            colors=[color for _, color in lines], linewidths=72 / DPI, capstyle="projecting",
        )
    )  # fmt: skip


def _texts(axes: Axes, seen: SeenSheet) -> None:
    """Write every cell's text; cells that show the same share one path, which is fast."""
    alike: dict[tuple[str, float, bool, str], list[tuple[float, float]]] = defaultdict(list)
    for piece in seen.pieces:
        for text, size, x, y, room in _placed(piece):
            look = (text, round(size, 2), piece.look.bold, piece.look.color)
            if room is None:
                alike[look].append((x, y))
            else:
                _write(axes, look, [(x, y)]).set_clip_box(
                    TransformedBbox(Bbox([room[:2], room[2:]]), axes.transData)
                )
            if piece.look.underline:
                end = x + _width(text, look[2]) * look[1]
                axes.hlines(y + 2, x, end, colors=piece.look.color, linewidths=0.6)
    for look, places in alike.items():
        _write(axes, look, places)


def _placed(piece: Piece) -> list[tuple[str, float, float, float, Box | None]]:
    """Return a cell's lines: text, font size in pixels, where it begins, what cuts it off."""
    look, (left, top, right, bottom) = piece.look, piece.box
    size, width = look.size * 96 / 72 * FONT, right - left - 2 * INSET
    lines = _lines(piece.text, look.size, look.bold, right - left) if look.wrap else [piece.text]
    longest = max(_width(line, look.bold) for line in lines) * size
    if longest > width and look.shrink:
        size *= width / longest
    elif longest > width and piece.number is not None:
        lines = [_fitting(piece.number, piece.general, look.bold, width / size)]
    height = LINE * size
    y = {"top": top + 1, "center": (top + bottom - height * len(lines)) / 2}.get(
        look.vertical, bottom - 1 - height * len(lines)
    )
    placed = []
    for n, line in enumerate(lines):
        wide = _width(line, look.bold) * size
        x = {
            "center": (left + right - wide) / 2, "right": right - INSET - look.indent - wide,
        }.get(look.horizontal, left + INSET + look.indent)  # fmt: skip
        near, far = piece.room
        cut = x < near - 0.5 or x + wide > far + 0.5
        placed.append(
            (line, size, x, y + (n + 0.77) * height, (near, top, far, bottom) if cut else None)
        )
    return placed


def _fitting(number: float, general: bool, bold: bool, room: float) -> str:
    """Return a number that has too little room: fewer digits in General, else the signs #."""
    for digits in range(10, 0, -1) if general else ():
        text = f"{number:.{digits}g}"
        if _width(text, bold) <= room:
            return text
    return "#" * max(1, int(room / _width("#", bold)))


def _lines(text: str, size: float, bold: bool, cell: float) -> list[str]:
    """Return a text in lines that fit into a cell that many pixels wide."""
    room = (cell - 2 * INSET) / (size * 96 / 72 * FONT)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, width = "", 0.0
        for word in paragraph.split(" "):
            wide = _width(word, bold)
            if line and width + BLANK + wide > room:
                lines.append(line)
                line, width = word, wide
            else:
                line, width = (f"{line} {word}", width + BLANK + wide) if line else (word, wide)
        lines.append(line)
    return lines


def _write(
    axes: Axes, look: tuple[str, float, bool, str], places: list[tuple[float, float]]
) -> PathCollection:
    """Write one text at some places, the left ends of its base line; `label` holds the text."""
    text, size, bold, color = look
    scale = Affine2D().scale(size / DPI)
    words = PathCollection(
        [_path(text, bold)], facecolors=color, linewidths=0, offsets=places, label=text,
        offset_transform=axes.transData, transform=scale + axes.figure.dpi_scale_trans, snap=False,
    )  # fmt: skip
    axes.add_collection(words, autolim=False)
    return words


@lru_cache(maxsize=4096)
def _path(text: str, bold: bool) -> TextPath:
    """Return a text's outline at font size 1."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return TextPath((0, 0), text.replace("$", r"\$"), size=1, prop=font)


@lru_cache(maxsize=4096)
def _width(text: str, bold: bool) -> float:
    """Return a text's width in font sizes."""
    return float(_path(text, bold).vertices[:, 0].max()) if text.strip() else 0.0


def _edges(axes: Axes, seen: SeenSheet) -> None:
    """Draw the column letters above and the row numbers on the left."""
    left, right, bottom = -_gutter(seen), seen.x[-1], seen.y[-1]
    for x0, y0, x1, y1 in ((left, -HEAD, right, 0), (left, -HEAD, 0, bottom)):
        axes.fill([x0, x1, x1, x0], [y0, y0, y1, y1], HEAD_PAPER, linewidth=0, linestyle="-")
    thin: dict[str, Any] = {"colors": "#C8CCD0", "linewidths": 72 / DPI}
    axes.vlines(seen.x, -HEAD, 0, **thin)
    axes.hlines(seen.y, left, 0, **thin)
    axes.hlines([0], left, right, **thin)
    axes.vlines([0], -HEAD, bottom, **thin)
    letters = [get_column_letter(column) for column in seen.columns]
    for text, x0, x1 in zip(letters, seen.x[:-1], seen.x[1:], strict=True):
        _mark(axes, text, (x0, -HEAD, x1, 0))
    for row, y0, y1 in zip(seen.rows, seen.y[:-1], seen.y[1:], strict=True):
        _mark(axes, str(row), (left, y0, 0, y1))


def _mark(axes: Axes, text: str, box: Box) -> None:
    """Write a letter or number in the middle of a box, smaller where it is narrow."""
    width = _width(text, False)
    size = min(11.0, (box[2] - box[0] - 2) / width, box[3] - box[1])
    if size > 2:
        place = ((box[0] + box[2] - width * size) / 2, (box[1] + box[3] + 0.73 * size) / 2)
        _write(axes, (text, size, False, HEAD_INK), [place])
