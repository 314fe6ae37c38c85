"""The look of a workbook's sheets: title and explanation on top, square cells, colours by value.

Knows nothing of networks.
"""

import datetime
import errno
import io
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from utils.errors import CourseError
from utils.files import NEW, whole
from utils.settings import build_dir
from utils.spreadsheet.cells import quoted

__all__ = [
    "CELL",
    "FIRST_ROW",
    "INK",
    "LIGHT_INK",
    "NARROWEST",
    "Pages",
    "SHADES",
    "light",
    "new_workbook",
    "number_format",
    "positive",
    "remedy_for",
    "shades",
    "signed",
]

CELL = 26  # pixels of the screen, height and width of a square cell
FIRST_ROW = 3  # below title, explanation and an empty row
NARROWEST = 34  # square cells, so that title and explanation have room
MOST_COLUMNS = 16_384  # Excel's limit, and LibreOffice's
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

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._formats: dict[str, Any] = {}

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
        self.book.define_name(name, f"={quoted(sheet)}!{where}")

    def squares(self, name: str, title: str, text: str, columns: int) -> Worksheet:
        """Add a sheet of square cells, `columns` wide, with a head that stays in view."""
        columns = max(columns, NARROWEST)
        if columns > MOST_COLUMNS:
            raise CourseError(
                f"The sheet {name} would need {columns:,} columns; a sheet has {MOST_COLUMNS:,}.",
                "Give the layer fewer units.",
            )
        sheet = self.book.add_worksheet(name)
        sheet.set_default_row(CELL * 0.75)  # points
        sheet.set_column_pixels(0, columns - 1, CELL)
        self._head(sheet, title, text, columns, columns * CELL)
        return sheet

    def table(self, name: str, title: str, text: str, widths: Sequence[int]) -> Worksheet:
        """Add a sheet of ordinary columns, each that many pixels wide."""
        sheet = self.book.add_worksheet(name)
        self.fill_table(sheet, title, text, widths)
        return sheet

    def fill_table(self, sheet: Worksheet, title: str, text: str, widths: Sequence[int]) -> None:
        """Give a sheet that is there already columns that many pixels wide, and its head."""
        for column, width in enumerate(widths):
            sheet.set_column_pixels(column, column, width)
        self._head(sheet, title, text, len(widths), sum(widths))

    def _head(self, sheet: Worksheet, title: str, text: str, columns: int, pixels: int) -> None:
        readable = min(columns, max(1, columns * 1100 // pixels))  # no longer lines than that
        lines = math.ceil(len(text) * 7 / (pixels * readable / columns)) if text else 1
        sheet.set_row_pixels(0, 32)
        sheet.set_row_pixels(1, 20 * (lines + 1))
        sheet.write_string(0, 0, title, self.look("title"))
        if readable > 1:
            sheet.merge_range(1, 0, 1, readable - 1, text, self.look("text"))
        else:
            sheet.write_string(1, 0, text, self.look("text"))
        sheet.freeze_panes(2, 0)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 1)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)

    def finish(self, sheet: Worksheet, last_row: int, last_column: int) -> None:
        """Set what is printed: all that was written, on one page, upright if it is tall."""
        sheet.print_area(0, 0, last_row, last_column)
        if last_column > last_row:
            sheet.set_landscape()
        elif last_row > 2 * last_column:  # too tall for one page
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0, FIRST_ROW)

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


# A fixed date, so that the same content gives the same file.
CREATED = datetime.datetime(2026, 1, 1)


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """Yield an empty workbook; it is made in memory, and written to `path` in one step at the end.

    After an error inside or while writing, and after a kill, a file of that name is as it was
    before; what a kill has left beside it goes when the workbook is written the next time.
    Raises CourseError where the folder can't be written to, the file is open in another
    program (Windows), or the disk is full.
    """
    if path.suffix != ".xlsx":
        raise CourseError(f"{path} doesn't end in .xlsx.", "Name the workbook FILE.xlsx.")
    with ExitStack() as until_replaced, ExitStack() as written:
        with _no_other_writes():
            _sweep(path)
            beside = written.enter_context(_whole(path))  # tries now whether that can be
        content = io.BytesIO()
        book = Workbook(content, {"strings_to_numbers": False, "in_memory": True})
        book.set_properties({"created": CREATED})
        book.set_calc_mode("auto")
        yield book
        book.close()
        until_replaced.enter_context(_no_other_writes())
        beside.write_bytes(content.getbuffer())


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Do what `whole` does, with the remedy that fits the reason."""
    try:
        with whole(path) as beside:
            yield beside
    except CourseError as error:
        if isinstance(error.__cause__, OSError):
            raise CourseError(error.problem, remedy_for(error.__cause__)) from error.__cause__
        raise


def remedy_for(error: OSError, windows: bool = os.name == "nt") -> str:
    """Return what to do where a file can't be written."""
    if isinstance(error, PermissionError) and windows:
        return "Close the file where it is open, or choose another folder."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "Choose a folder that you may write to."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Make room on that disk, or choose another one."
    return "Choose another name or folder."


@contextmanager
def _no_other_writes() -> Iterator[None]:
    """Have no other process write a file beside a workbook now; it takes milliseconds."""
    with ExitStack() as held:
        with suppress(OSError):  # without it a workbook is whole all the same
            path = build_dir() / "workbooks.lock"
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(path))
        yield


def _sweep(path: Path) -> None:
    """Remove what is left of processes that were killed while they wrote this workbook."""
    with suppress(OSError):  # without the right to, the writing will say so
        for left in path.parent.glob(f".{escape(path.name)}.????????{NEW}"):
            left.unlink()
