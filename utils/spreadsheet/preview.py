"""A workbook's sheet as an HTML table for notebooks: real text in the sheet's colours.

Calculates nothing: it shows the values that the file stores. Needs no LibreOffice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from pandas.io.formats.style import Styler

from utils.errors import CourseError
from utils.settings import resolve_path
from utils.spreadsheet.libreoffice import load_book

__all__ = ["SheetTable", "sheet_table"]

MOST_CELLS = 10_000  # a browser scrolls smoothly through as many
ROOM = (790, 640)  # pixels, width and height that a notebook has on a screen of 1280 × 800
SMALLEST, SMALLEST_FONT = 0.75, 9  # scale of a sheet too large for that; pixels of its texts
USUAL_WIDTH, USUAL_HEIGHT, LEFT = 64, 20, 30  # pixels, unless set; of the row numbers
DIGIT = 7  # pixels of Calibri 11's widest digit: the unit of column widths
FONT, SIGN = 1.2, 0.56  # pixels a point, since browsers' fonts are wider; of a sign, in font sizes
CELLS = (
    "box-sizing: border-box; padding: 0 2px; overflow: visible; white-space: nowrap; "
    "line-height: 1.2; vertical-align: middle; max-width: none;"
)
HEADS = "font-weight: normal; font-size: 10px; text-align: center;"
Place = tuple[int, int]  # row and column, from 1


@dataclass(frozen=True)
class SheetTable:
    """What a notebook displays: an HTML table, or its caption where only text can be shown."""

    caption: str
    styler: Styler

    def __repr__(self) -> str:
        rows, columns = self.styler.data.shape
        return f"{self.caption} ({rows} rows, {columns} columns)"

    def _repr_html_(self) -> str:
        """Return the table; for screen readers each header says what it is the head of."""
        html = re.sub(r'<th class="blank.*?</th>', "<td></td>", self.styler.to_html())
        return re.sub(r'<th (?=[^>]*class="(col|row)_heading)', r'<th scope="\1" ', html)


def sheet_table(
    path: str | Path,
    sheet: str,
    caption: str = "",
    rows: tuple[int, int] | None = None,
    columns: tuple[str, str] | None = None,
) -> SheetTable:
    """Return a sheet of an .xlsx file as a table that a notebook displays.

    caption: says what there is to see; names sheet and file unless given.
    rows: the first and last, counted from 1; columns: the first and last by their letters,
        such as ("A", "AH"). What the sheet prints unless given.

    Shown are stored values in their number formats, sizes of rows and columns, fills, colour
    scales, data bars and merged cells; borders and charts are left out. Raises CourseError for
    a file or sheet that isn't there, for no cells and for more than 10,000.
    """
    page = _open(resolve_path(path), sheet)
    left, top, right, bottom = _printed(page)
    if rows is not None:
        top, bottom = rows
    if columns is not None:
        left, right = (_column(letters) for letters in columns)
    _check(top, bottom, left, right)
    caption = caption or f"The sheet {sheet} of {Path(path).name}"
    return SheetTable(
        caption, _styled(page, range(top, bottom + 1), range(left, right + 1), caption)
    )


def _open(path: Path, name: str) -> Worksheet:
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Write the workbook first.")
    book = load_book(path, data_only=True)
    if name not in book.sheetnames:
        raise CourseError(f"{path} has no sheet {name!r}.", f"It has {', '.join(book.sheetnames)}.")
    return book[name]


def _printed(sheet: Worksheet) -> tuple[int, int, int, int]:
    """Return the first column and row, and the last ones, that the sheet prints, or uses."""
    if sheet.print_area:
        return range_boundaries(sheet.print_area.rpartition("!")[2])
    ends = [(sheet.max_column, sheet.max_row)]
    ends += [(block.max_col, block.max_row) for block in sheet.merged_cells.ranges]
    right, bottom = map(max, zip(*ends, strict=True))
    return 1, 1, right, bottom


def _column(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError as error:
        raise CourseError(f"{letters!r} isn't a column.", "Write columns=('A', 'AH').") from error


def _check(top: int, bottom: int, left: int, right: int) -> None:
    remedy = "Give the first and the last: rows=(1, 60), columns=('A', 'AH')."
    if not (1 <= top <= bottom and left <= right):
        letters = f"{get_column_letter(left)} to {get_column_letter(right)}"
        raise CourseError(
            f"There is nothing from row {top} to {bottom} and from column {letters}.", remedy
        )
    count = (bottom - top + 1) * (right - left + 1)
    if count > MOST_CELLS:
        raise CourseError(
            f"The table would have {count:,} cells; {MOST_CELLS:,} is the limit.", remedy
        )


def _styled(sheet: Worksheet, rows: range, columns: range, caption: str) -> Styler:
    """Return a part of a sheet as a table of texts with the CSS of its cells."""
    widths, heights = _sizes(sheet)
    wide = sum(widths.get(column, USUAL_WIDTH) for column in columns)
    tall = [heights.get(row, heights[0]) for row in rows]
    scale = max(SMALLEST, min(1, ROOM[0] / wide, ROOM[1] / sum(tall)))
    texts = {(row, column): _text(sheet.cell(row, column)) for row in rows for column in columns}
    css = _cells_css(sheet, list(texts), scale)
    widths = {column: scale * widths.get(column, USUAL_WIDTH) for column in columns}
    _widen_for_numbers(widths, sheet, texts, scale)
    _wrap_merged(texts, sheet, widths)
    frames = [
        pd.DataFrame([[found[row, column] for column in columns] for row in rows], index=rows,
                     columns=[get_column_letter(column) for column in columns])
        for found in (texts, css)
    ]  # fmt: skip
    styler = Styler(frames[0], cell_ids=False, caption=escape(caption))
    styler.apply(lambda _: frames[1], axis=None)
    sizes = [widths[column] for column in columns], [scale * height for height in tall]
    return styler.set_table_styles(_table_css(*sizes))


def _widen_for_numbers(
    widths: dict[int, float], sheet: Worksheet, texts: dict[Place, str], scale: float
) -> None:
    """Widen columns where a number would reach out of its cell, over the number beside it."""
    for (row, column), text in texts.items():
        cell = sheet.cell(row, column)
        if isinstance(cell.value, int | float):
            needed = SIGN * len(text) * _font_size(cell, scale) + 4
            widths[column] = max(widths[column], needed)


def _wrap_merged(texts: dict[Place, str], sheet: Worksheet, widths: dict[int, float]) -> None:
    """Wrap texts of merged cells, whose first cell holds them, at the width of all shown."""
    for block in sheet.merged_cells.ranges:
        first = (block.min_row, block.min_col)
        if texts.get(first):
            width = sum(widths.get(n, 0) for n in range(block.min_col, block.max_col + 1))
            style = f"width: {width:.0f}px; white-space: normal"
            texts[first] = f'<div style="{style}">{texts[first]}</div>'


def _sizes(sheet: Worksheet) -> tuple[dict[int, float], dict[int, float]]:
    """Return widths of columns and heights of rows in pixels, where set; row 0 is the usual."""
    widths = {
        column: group.width * DIGIT
        for group in sheet.column_dimensions.values()
        for column in range(group.min or 0, (group.max or -1) + 1)
    }
    usual = (sheet.sheet_format.defaultRowHeight or USUAL_HEIGHT * 3 / 4) * 4 / 3
    rows = sheet.row_dimensions.items()
    return widths, {n: row.height * 4 / 3 for n, row in rows if row.height} | {0: usual}


def _table_css(widths: Sequence[float], heights: Sequence[float]) -> list[dict[str, str]]:
    """Return the rules of the whole table: fixed sizes, texts reach over empty cells."""
    rules = {
        "": f"table-layout: fixed; width: {LEFT + sum(widths):.0f}px; margin: 0;",
        "caption": "caption-side: top; text-align: left; padding: 0 0 6px;",
        "tbody tr:nth-child(n)": "background: none;",
        "td, th": CELLS, "th": HEADS, "thead td": f"width: {LEFT}px;",
    }  # fmt: skip
    rules |= {f"th.col{n}": f"width: {width:.1f}px;" for n, width in enumerate(widths)}
    rules |= {f"th.row{n}": f"height: {height:.1f}px;" for n, height in enumerate(heights)}
    return [{"selector": selector, "props": css} for selector, css in rules.items()]


def _text(cell: Any) -> str:
    """Return a cell's text as HTML: its value as formats say, such as 0, 0.00;-0.00;0, or 0.0%."""
    value = cell.value
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value).upper() if isinstance(value, bool) else str(value)
        return "" if value is None else escape(text)
    parts = cell.number_format.split(";")
    found = re.fullmatch(r"0(?:\.(0+))?(%?)", parts[2 if value == 0 and len(parts) > 2 else 0])
    if found is None:
        return f"{value:.10g}"
    exact = Decimal(repr(value)) * (100 if found[2] else 1)
    # Spreadsheets round halves away from zero, and show no minus before zeros alone.
    text = f"{exact.quantize(Decimal(1).scaleb(-len(found[1] or '')), ROUND_HALF_UP):f}"
    return (text if text.strip("-0.") else text.lstrip("-")) + found[2]


def _cells_css(sheet: Worksheet, places: list[Place], scale: float) -> dict[Place, str]:
    """Return each cell's CSS; merged cells have that of their first."""
    first = {
        place: (block.min_row, block.min_col)
        for block in sheet.merged_cells.ranges
        for line in block.rows
        for place in line
    }
    backgrounds = _backgrounds(sheet)
    cells = {place: sheet.cell(*first.get(place, place)) for place in places}
    return {place: _css(cell, backgrounds.get(place), scale) for place, cell in cells.items()}


def _css(cell: Any, background: str | None, scale: float) -> str:
    """Return a cell's CSS; where nothing colours it, the notebook's theme does."""
    if background is None and cell.fill.fill_type == "solid":
        background = _hex(cell.fill.fgColor)
    if cell.value is None and not background:
        return ""
    side = cell.alignment.horizontal or ("left" if isinstance(cell.value, str) else "right")
    css = f"text-align: {side}; font-size: {_font_size(cell, scale):.0f}px;"
    css += " font-weight: bold;" if cell.font.b else ""
    css += " padding-left: 14px;" if cell.alignment.indent else ""
    if background:
        ink = "#FFFFFF" if _luminance(background[-7:]) < 0.179 else "#000000"
        css += f" background: {background}; color: {ink}; border: 1px solid #DDDDDD;"
    return css


def _font_size(cell: Any, scale: float) -> float:
    return max(SMALLEST_FONT, scale * FONT * cell.font.sz)


def _luminance(color: str) -> float:
    """Return how light a colour is, 0…1; below 0.179 white has more contrast to it than black.

    As WCAG 2 defines it, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance, nearly.
    """
    return float((_rgb(color) / 255) ** 2.2 @ (0.2126, 0.7152, 0.0722))


def _backgrounds(sheet: Worksheet) -> dict[Place, str]:
    """Return what colour scales and data bars make of cells' backgrounds, as CSS."""
    found: dict[Place, str] = {}
    for rule, places, values in _rules(sheet):
        scale = rule.colorScale or rule.dataBar
        ends = [_end(end, values) for end in scale.cfvo]
        if rule.type == "dataBar":
            for place, per_cent in zip(places, np.interp(values, ends, (0, 100)), strict=True):
                bar = f"{_hex(scale.color)} {per_cent:.1f}%"
                found[place] = f"linear-gradient(90deg, {bar}, transparent 0), #FFFFFF"
        else:
            stops = np.array([_rgb(_hex(color)) for color in scale.color]).T
            mixed = np.array([np.interp(values, ends, channel) for channel in stops]).T
            for place, mix in zip(places, mixed.round().astype(int), strict=True):
                found[place] = "#{:02X}{:02X}{:02X}".format(*mix)
    return found


def _rules(sheet: Worksheet) -> Iterator[tuple[Any, list[Place], np.ndarray]]:
    """Yield colour scales and data bars, the most important last, with the numbers they colour."""
    pairs = [(one, block.sqref) for block in sheet.conditional_formatting for one in block.rules]
    for rule, area in sorted(pairs, key=lambda pair: -pair[0].priority):
        if rule.type not in ("colorScale", "dataBar"):
            continue
        places = [place for block in area.ranges for line in block.rows for place in line]
        cells = {place: sheet.cell(*place).value for place in places}
        numbers = {place: v for place, v in cells.items() if isinstance(v, int | float)}
        if numbers:
            yield rule, list(numbers), np.array(list(numbers.values()), dtype=np.float64)


def _end(end: Any, values: np.ndarray) -> float:
    """Return the number at which a scale begins, bends or ends: given, or the smallest, largest."""
    return {"min": values.min(), "max": values.max()}.get(end.type, end.val)


def _hex(color: Any) -> str:
    """Return a colour as "#RRGGBB"; white for what a spreadsheet program's theme chooses."""
    return f"#{color.rgb[-6:]}" if color.type == "rgb" else "#FFFFFF"


def _rgb(color: str) -> np.ndarray:
    """Return "#RRGGBB" as three numbers 0…255."""
    return np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)])
