"""What one sees of a sheet: sizes, colours, borders and texts of its cells, read by openpyxl.

Knows nothing of how it is drawn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from utils.errors import CourseError
from utils.spreadsheet.formats import color_of, color_scales, data_bars, number_of, rgb, shown
from utils.spreadsheet.libreoffice import load_book

__all__ = ["Look", "Piece", "SeenSheet", "open_sheet", "see", "used_cells"]

DIGIT = 7  # pixels of Calibri 11's widest digit: the unit of column widths
USUAL_WIDTH = 64  # pixels of a column whose width isn't set
SPACE = 9  # pixels of one step of indentation
Box = tuple[float, float, float, float]  # left, top, right, bottom, in the sheet's pixels
Lines = Callable[[str, float, bool, float], list[str]]  # of text, font size, bold, cell's width


@dataclass(frozen=True)
class Look:
    """How a cell's text looks. size: in points; indent: in pixels."""

    size: float
    bold: bool
    color: str
    underline: bool
    horizontal: str
    vertical: str
    wrap: bool
    shrink: bool
    indent: float
    number_format: str
    paper: str | None
    sides: tuple[str | None, ...]  # borders' colours: left, top, right, bottom


@dataclass(frozen=True)
class Piece:
    """A text in its cell. room: how far to the left and right it may reach out of the cell.

    number: what it shows, where that is a number; general: the format leaves digits open.
    """

    text: str
    look: Look
    box: Box
    room: tuple[float, float]
    number: float | None
    general: bool


@dataclass
class SeenSheet:
    """A part of a sheet. rows, columns: their numbers, from 1.

    x, y: edges of columns and rows in pixels, from 0. paper: colours (rows, columns, 3) 0…1.
    borders: lines (x0, y0, x1, y1) to colours. bars: boxes with colours.
    """

    rows: range
    columns: range
    x: np.ndarray
    y: np.ndarray
    paper: np.ndarray
    gridlines: bool
    borders: dict[Box, str] = field(default_factory=dict)
    bars: list[tuple[Box, str]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


def open_sheet(path: Path, name: str) -> Worksheet:
    """Return a workbook's sheet with stored values; CourseError where there is none."""
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Write the workbook first.")
    book = load_book(path, data_only=True)
    if name not in book.sheetnames:
        raise CourseError(f"{path} has no sheet {name!r}.", f"It has {', '.join(book.sheetnames)}.")
    return book[name]


def used_cells(sheet: Worksheet) -> tuple[int, int, int, int]:
    """Return the first and last row, and the first and last column, to show: what it prints.

    From A1 on, all that it uses, where no print area is set.
    """
    if sheet.print_area:
        boxes = [range_boundaries(part.rpartition("!")[2]) for part in sheet.print_area.split(",")]
    else:
        boxes = [(1, 1, sheet.max_column, sheet.max_row)]
        boxes += [block.bounds for block in sheet.merged_cells.ranges]
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(top), max(bottom), min(left), max(right)


def see(
    sheet: Worksheet, rows: tuple[int, int], columns: tuple[int, int], lines: Lines
) -> SeenSheet:
    """Return what is to be seen from the first to the last of rows and columns.

    lines: breaks a text into lines; rows grow where wrapped text needs more than they have.
    """
    reader = _Reader(sheet, range(rows[0], rows[1] + 1), range(columns[0], columns[1] + 1), lines)
    return reader.read()


class _Reader:
    """Reads a part of a sheet; openpyxl's slow answers are kept by the number of a cell's style."""

    def __init__(self, sheet: Worksheet, rows: range, columns: range, lines: Lines) -> None:
        self.sheet, self.rows, self.columns, self.lines = sheet, rows, columns, lines
        self.looks: dict[int, Look] = {}
        self.merged = {(block.min_row, block.min_col): block for block in sheet.merged_cells.ranges}
        self.covered = {
            place for block in self.merged.values() for row in block.rows for place in row
        }

    def read(self) -> SeenSheet:
        x = np.cumsum([0, *self._widths()])
        y = np.cumsum([0, *self._heights(x)])
        paper = np.ones((len(self.rows), len(self.columns), 3))
        seen = SeenSheet(
            self.rows, self.columns, x, y, paper, bool(self.sheet.sheet_view.showGridLines)
        )
        scales = color_scales(self.sheet)
        for row in self.rows:
            for column in self.columns:
                self._cell(seen, row, column, scales.get((row, column)))
        for (row, column), (share, color) in data_bars(self.sheet).items():
            if row in self.rows and column in self.columns:
                left, top, right, bottom = self._box(seen, row, column)
                bar = (left + 1, top + 1, left + 1 + share * (right - left - 2), bottom - 1)
                seen.bars.append((bar, color))
        return seen

    def _cell(self, seen: SeenSheet, row: int, column: int, scale: str | None) -> None:
        cell = self.sheet.cell(row, column)
        if not cell.has_style and cell.value is None:
            return
        if (row, column) in self.covered and (row, column) not in self.merged:
            return
        look, box = self._look(cell), self._box(seen, row, column)
        color = scale or look.paper
        if color:
            inside = (seen.y[:-1] >= box[1]) & (seen.y[1:] <= box[3])
            across = (seen.x[:-1] >= box[0]) & (seen.x[1:] <= box[2])
            seen.paper[np.ix_(inside, across)] = rgb(color)
        for side, line in zip(look.sides, _outline(box), strict=True):
            if side:
                seen.borders[line] = min(side, seen.borders.get(line, side))
        if cell.value not in (None, ""):
            seen.pieces.append(self._piece(seen, cell, look, box))

    def _piece(self, seen: SeenSheet, cell: Any, look: Look, box: Box) -> Piece:
        text, number = shown(cell.value, look.number_format), number_of(cell.value)
        room = (box[0], box[2])
        if number is None and not look.wrap and (cell.row, cell.column) not in self.merged:
            room = self._room(seen, cell.row, cell.column)
        side = look.horizontal
        if side == "general":
            side = "left" if isinstance(cell.value, str) else "right"
            side = "center" if isinstance(cell.value, bool) else side
        general = look.number_format == "General"
        return Piece(text, replace(look, horizontal=side), box, room, number, general)

    def _room(self, seen: SeenSheet, row: int, column: int) -> tuple[float, float]:
        """Return how far a text may reach: over empty cells, up to the next that has something."""
        first, last = column, column
        while first - 1 in self.columns and self._empty(row, first - 1):
            first -= 1
        while last + 1 in self.columns and self._empty(row, last + 1):
            last += 1
        start = self.columns[0]
        return float(seen.x[first - start]), float(seen.x[last - start + 1])

    def _empty(self, row: int, column: int) -> bool:
        value = self.sheet.cell(row, column).value
        return value in (None, "") and (row, column) not in self.covered

    def _box(self, seen: SeenSheet, row: int, column: int) -> Box:
        """Return the rectangle of a cell, or of the cells merged with it, as far as it is shown."""
        block = self.merged.get((row, column))
        below, right = (block.max_row, block.max_col) if block else (row, column)
        top, left = row - self.rows[0], column - self.columns[0]
        bottom = min(below, self.rows[-1]) - self.rows[0] + 1
        behind = min(right, self.columns[-1]) - self.columns[0] + 1
        x, y = seen.x.tolist(), seen.y.tolist()
        return x[left], y[top], x[behind], y[bottom]

    def _widths(self) -> list[int]:
        usual = self.sheet.sheet_format.defaultColWidth
        widths = dict.fromkeys(self.columns, round(usual * DIGIT) if usual else USUAL_WIDTH)
        for group in self.sheet.column_dimensions.values():
            for column in range(group.min or group.index, (group.max or 0) + 1):
                if column in widths and (group.hidden or group.customWidth):
                    widths[column] = 0 if group.hidden else round(group.width * DIGIT)
        return list(widths.values())

    def _heights(self, x: np.ndarray) -> list[int]:
        """Return the rows' heights; as spreadsheets do, a row without one fits its font."""
        heights = []
        for row in self.rows:
            given = self.sheet.row_dimensions.get(row) if row in self.sheet.row_dimensions else None
            height = given.height if given is not None else None
            points = height or self.sheet.sheet_format.defaultRowHeight or 15
            if given is not None and given.hidden:
                points = 0
            elif height is None:
                points = max([points, *(1.3 * size for size in self._sizes(row))])
            heights.append(max(round(points * 4 / 3), self._wrapped(row, x)))
        return heights

    def _sizes(self, row: int) -> Iterator[float]:
        for column in self.columns:
            cell = self.sheet.cell(row, column)
            if cell.value is not None:
                yield self._look(cell).size

    def _wrapped(self, row: int, x: np.ndarray) -> int:
        """Return the pixels that the wrapped texts of a row need."""
        needed = 0.0
        start = self.columns[0]
        for column in self.columns:
            cell = self.sheet.cell(row, column)
            if cell.value is None or not self._look(cell).wrap:
                continue
            block, look = self.merged.get((row, column)), self._look(cell)
            if block is not None and block.max_row > row:
                continue
            last = min(block.max_col if block else column, self.columns[-1])
            width = float(x[last - start + 1] - x[column - start])
            lines = self.lines(shown(cell.value, look.number_format), look.size, look.bold, width)
            needed = max(needed, len(lines) * look.size * 4 / 3 * 1.2 + 4)
        return round(needed)

    def _look(self, cell: Any) -> Look:
        if cell.style_id not in self.looks:
            font, place = cell.font, cell.alignment
            border, fill = cell.border, cell.fill
            sides = (border.left, border.top, border.right, border.bottom)
            self.looks[cell.style_id] = Look(
                size=float(font.sz or 11), bold=bool(font.b), color=color_of(font.color, "#000000"),
                underline=font.u is not None, horizontal=place.horizontal or "general",
                vertical=place.vertical or "bottom", wrap=bool(place.wrap_text),
                shrink=bool(place.shrink_to_fit), indent=SPACE * float(place.indent or 0),
                number_format=cell.number_format,
                paper=color_of(fill.fgColor, "#FFFFFF") if fill.fill_type == "solid" else None,
                sides=tuple(color_of(s.color, "#000000") if s and s.style else None for s in sides),
            )  # fmt: skip
        return self.looks[cell.style_id]


def _outline(box: Box) -> tuple[Box, Box, Box, Box]:
    """Return the left, top, right and bottom line of a box."""
    x0, y0, x1, y1 = box
    return (x0, y0, x0, y1), (x0, y0, x1, y0), (x1, y0, x1, y1), (x0, y1, x1, y1)
