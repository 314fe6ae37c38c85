"""The look of a workbook's sheets: title and explanation on top, square cells, colours by value.

Knows nothing of networks.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.spreadsheet.cells import quoted
from utils.spreadsheet.printed_pages import paginate, print_as

__all__ = [
    "CELL",
    "FIRST_ROW",
    "INK",
    "LIGHT_INK",
    "NARROWEST",
    "Pages",
    "SHADES",
    "light",
    "number_format",
    "positive",
    "shades",
    "signed",
]

CELL = 26  # pixels of the screen, height and width of a square cell
FIRST_ROW = 3  # below title, explanation and an empty row
NARROWEST = 34  # square cells, so that title and explanation have room
MOST_COLUMNS = 16_384  # Excel's limit, and LibreOffice's
ROW = 20  # pixels, of a row of ordinary cells
WIDEST_TEXT = 740  # pixels of a line of an explanation: it stays on one upright page
WIDEST_TABLE = 1100
NO_STEPS: Mapping[str, tuple[str, str]] = {}
INK = "#D00000"
BLUE = "#56B4E9"
LIGHT_INK = "#BBBBBB"  # of numbers on dark colours
SHADES = {"Red": "#FF0000", "Green": "#00FF00", "Blue": "#0000FF"}

LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
    "text": {"text_wrap": True, "valign": "top", "font_color": "#333333"},
    "head": {"bold": True, "bottom": 1, "align": "center"},
    "left": {"bold": True, "bottom": 1},
    "label": {"font_size": 8, "bold": True, "font_color": "#444444", "valign": "vcenter"},
    "tiny": {"font_size": 6, "font_color": "#999999", "align": "center", "valign": "vcenter"},
    "edit": {"font_color": "#0047AB", "bg_color": "#EAF2FB", "border": 1, "num_format": "@"},
    "link": {"font_color": "#0047AB", "underline": 1},
    "big": {"bold": True, "font_size": 18, "font_color": "#0047AB", "valign": "vcenter"},
    "plain": {},
    "bold": {"bold": True},
    "right": {"align": "right"},
    "inset": {"indent": 2},
    "left inset": {"bold": True, "bottom": 1, "indent": 2},
    "fine": {"num_format": "0.000000"},
    "percent": {"num_format": "0.0000%"},
}
SQUARE = {"font_size": 7, "align": "center", "valign": "vcenter", "shrink": True}


class Pages:
    """A workbook in the making: formats made once, sheets with a head, names of ranges."""

    def __init__(self, book: Workbook, steps: Mapping[str, tuple[str, str]] = NO_STEPS) -> None:
        """steps: the number that a sheet's tab and title carry, and its title's first words."""
        self.book = book
        self._steps = steps
        self._formats: dict[str, Any] = {}
        self._sizes: dict[str, tuple[Sequence[float], float, float]] = {}
        self._texts: dict[str, int] = {}
        self.takes: dict[str, str] = {}  # a sheet that takes another than the one before: which

    def tab(self, name: str) -> str:
        """Return what a sheet's tab says: its name, after the number of its step if it has one."""
        return f"{self._steps[name][0]} {name}" if name in self._steps else name

    def _title(self, name: str, title: str) -> str:
        number, words = self._steps.get(name, ("", ""))
        title = f"{words} ({title})" if words else title
        return f"{number}  {title}" if number else title

    def _explained(self, name: str, text: str) -> str:
        """Return a sheet's explanation, with the sheet that it takes, if not the one before."""
        if name not in self.takes:
            return text
        taken = f"the sheet {self.tab(self.takes[name])}"
        named = text.replace("the sheet before", taken)
        return f"{text} It takes {taken}." if named == text else named

    def sheet(self, name: str) -> Worksheet:
        """Return a sheet that is there already."""
        return self.book.get_worksheet_by_name(self.tab(name))

    def look(self, name: str) -> Any:
        """Return the format of that name; it is made when first asked for."""
        return self._format(name, LOOKS[name])

    def square(
        self, number: str, ink: str = "#333333", paper: str = "", frame: bool = False
    ) -> Any:
        """Return the format of a square cell; a frame marks what one may change."""
        look = SQUARE | {"num_format": number, "font_color": ink, "border": 1}
        look |= {"bg_color": paper} if paper else {}
        look |= {"border_color": "#B0B0B0" if frame else "#EFEFEF"}
        return self._format(f"{number}|{ink}|{paper}|{frame}", look)

    def _format(self, key: str, look: dict[str, Any]) -> Any:
        if key not in self._formats:
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def define(self, name: str, sheet: str, row: int, column: int, height: int, width: int) -> None:
        """Give a rectangle of cells a name."""
        where = xl_range_abs(row, column, row + height - 1, column + width - 1)
        self.book.define_name(name, f"={quoted(self.tab(sheet))}!{where}")

    def squares(
        self, name: str, title: str, text: str, columns: int, part: int = 0, side: int = CELL
    ) -> Worksheet:
        """Add a sheet of square cells, `columns` wide, with a head that stays in view.

        part: columns that stay on one page, if the sheet is cut; the explanation takes no more.
        """
        columns = max(columns, NARROWEST)
        if columns > MOST_COLUMNS:
            raise CourseError(
                f"The sheet {name} would need {columns:,} columns; a sheet has {MOST_COLUMNS:,}.",
                "Give the layer fewer units.",
            )
        sheet = self.book.add_worksheet(self.tab(name))
        sheet.set_default_row(side * 0.75)  # points
        sheet.set_column_pixels(0, columns - 1, side)
        wide = WIDEST_TEXT // side
        wide = wide // part * part if part and part <= wide else wide
        text = self._explained(name, text)
        head = self._head(sheet, self._title(name, title), text, min(columns, wide), side)
        self._sizes[sheet.name] = ([side] * columns, side, head)
        return sheet

    def table(self, name: str, title: str, text: str, widths: Sequence[int]) -> Worksheet:
        """Add a sheet of ordinary columns, each that many pixels wide."""
        sheet = self.book.add_worksheet(self.tab(name))
        self.fill_table(sheet, self._title(name, title), self._explained(name, text), widths)
        return sheet

    def fill_table(self, sheet: Worksheet, title: str, text: str, widths: Sequence[int]) -> None:
        """Give a sheet that is there already columns that many pixels wide, and its head."""
        for column, width in enumerate(widths):
            sheet.set_column_pixels(column, column, width)
        columns = max(n for n in range(1, len(widths) + 1) if sum(widths[:n]) <= WIDEST_TABLE)
        head = self._head(sheet, title, text, columns, sum(widths[:columns]) / columns)
        self._sizes[sheet.name] = (widths, ROW, head)

    def _head(self, sheet: Worksheet, title: str, text: str, columns: int, width: float) -> float:
        """Write title and explanation over columns of a width; return the pixels they are high."""
        lines = math.ceil(len(text) * 7 / (columns * width)) if text else 1
        sheet.set_row_pixels(0, 32)
        sheet.set_row_pixels(1, ROW * (lines + 1))
        sheet.write_string(0, 0, title, self.look("title"))
        if columns > 1:
            sheet.merge_range(1, 0, 1, columns - 1, text, self.look("text"))
        else:
            sheet.write_string(1, 0, text, self.look("text"))
        sheet.freeze_panes(2, 0)
        sheet.hide_gridlines(2)
        self._texts[sheet.name] = columns
        return 32.0 + ROW * (lines + 1)

    def finish(
        self, sheet: Worksheet, last_row: int, last_column: int, columns: Sequence[int] = (),
        rows: Sequence[int] = (), again: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Set what is printed: all down to there and the explanation, as large as can be read.

        columns, rows: where blocks begin that a page should hold whole.
        again: the first and the last row of those that every page repeats.
        """
        widths, row, head = self._sizes[sheet.name]
        last_column = max(last_column, self._texts[sheet.name] - 1)
        sheet.print_area(0, 0, last_row, last_column)
        sizes = [0.0, head, *[row] * (last_row - 1)]
        repeated = sum(sizes[again[0] : again[1] + 1]) if again else 0.0
        found = paginate(widths[: last_column + 1], sizes, columns, rows, repeated)
        print_as(sheet, found)
        if again and found.rows:
            sheet.repeat_rows(*again)

    def shade(
        self, sheet: Worksheet, rectangles: Sequence[tuple[int, int, int, int]], **rule: Any
    ) -> None:
        """Colour rectangles (row, column, height, width) by one conditional format."""
        texts = [xl_range(r, c, r + h - 1, c + w - 1) for r, c, h, w in rectangles]
        sheet.conditional_format(texts[0], rule | {"multi_range": " ".join(texts)})


def number_format(values: np.ndarray) -> str:
    """Return a number format of four digits or fewer for values of that size."""
    largest = float(np.abs(values).max(initial=0))
    digits = "0.00" if largest < 10 else "0.0" if largest < 100 else "0"
    return f"{digits};-{digits};0"  # an exact 0 is one digit, so that it stays in the background


def shades(values: np.ndarray) -> dict[str, Any]:
    """Return the rule for a layer's numbers: blue from 0 up, or signed where some are below."""
    return signed(float(np.abs(values).max())) if values.min() < 0 else positive(BLUE)


def positive(color: str, largest: float | None = None) -> dict[str, Any]:
    """Return a rule that paints 0 white and the largest value in the colour."""
    end = {"max_type": "max"} if largest is None else {"max_type": "num", "max_value": largest}
    return {"type": "2_color_scale", "min_type": "num", "min_value": 0, "min_color": "#FFFFFF",
            "max_color": color} | end  # fmt: skip


def signed(limit: float) -> dict[str, Any]:
    """Return a rule from purple (−limit) over white (0) to orange (+limit)."""
    limit = limit or 1.0
    return {
        "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
        "min_value": -limit, "mid_value": 0, "max_value": limit,
        "min_color": "#B0A4D8", "mid_color": "#FFFFFF", "max_color": "#F5B765",
    }  # fmt: skip


def light(color: str, largest: float) -> dict[str, Any]:
    """Return a rule that paints 0 black and the largest value in the full colour, as light is."""
    return positive(color, largest) | {"min_color": "#000000"}
