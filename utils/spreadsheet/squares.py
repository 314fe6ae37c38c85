"""Sheets of square cells with explained blocks, each a title, a sentence and grids of formulas.

Knows nothing of networks.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from utils.spreadsheet.cells import cell
from utils.spreadsheet.workbook import Pages, positive, signed

__all__ = ["SquareSheet", "CellGrid"]

CELL = 30  # pixels: three decimals and a sign fit
LETTER = 8.2  # pixels of a letter of the explanations, at most, on the average
LINE = 20  # pixels


@dataclass(frozen=True)
class CellGrid:
    """A rectangle of cells that a board has filled."""

    sheet: str
    row: int
    column: int
    height: int
    width: int

    def at(self, i: int, j: int) -> str:
        """Return a cell's address as formulas on the same sheet write it."""
        return xl_rowcol_to_cell(self.row + i, self.column + j)

    def link(self, i: int, j: int) -> str:
        """Return the formula with which another sheet repeats a cell."""
        return f"={cell(self.sheet, self.row + i, self.column + j)}"

    def rows(self, first: int, count: int = 1) -> str:
        """Return the address of whole rows, for formulas on the same sheet."""
        row = self.row + first
        return xl_range(row, self.column, row + count - 1, self.column + self.width - 1)

    def column_of(self, j: int) -> "CellGrid":
        """Return one column."""
        return CellGrid(self.sheet, self.row, self.column + j, self.height, 1)

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.row, self.column, self.height, self.width


class SquareSheet:
    """A sheet in the making."""

    def __init__(
        self, pages: Pages, name: str, title: str, text: str, columns: int, part: int = 0
    ) -> None:
        self.pages, self.name = pages, name
        self.sheet = pages.squares(name, title, text, columns, part, CELL)
        self.last = [0, 0]
        self.starts: tuple[set[int], set[int]] = (set(), set())  # of blocks: rows, columns

    def block(self, row: int, column: int, width: int, title: str, text: str) -> int:
        """Write a block's title and explanation, `width` cells wide; return the next free row."""
        lines = math.ceil(len(text) * LETTER / (width * CELL))
        height = math.ceil(lines * LINE / CELL)
        self.begin(row, column)
        self.sheet.write_string(row, column, title, self.pages.look("bold"))
        where = (row + 1, column, row + height, column + width - 1)
        self.sheet.merge_range(*where, text, self.pages.look("text"))
        self.reached(*where[2:])
        return row + height + 1

    def begin(self, row: int, column: int) -> None:
        """Note that a block begins here: a page may begin with it."""
        self.starts[0].add(row)
        self.starts[1].add(column)

    def label(self, row: int, column: int, text: str) -> None:
        """Write a small bold word."""
        self.sheet.write_string(row, column, text, self.pages.look("label"))

    def words(
        self, row: int, column: int, width: int, formula: str, value: str | float, look: str = ""
    ) -> None:
        """Write a formula into a few cells merged, in a look of `pages` or a square's."""
        form = self.pages.look(look) if look else self.pages.square("General", ink="#222222")
        self.sheet.merge_range(row, column, row, column + width - 1, "", form)
        self.sheet.write_formula(row, column, formula, form, value)
        self.reached(row, column + width - 1)

    def numbers(self, row: int, column: int, count: int, down: bool = True) -> None:
        """Count cells from 0, downwards or to the right."""
        write = self.sheet.write_column if down else self.sheet.write_row
        write(row, column, range(count), self.pages.look("tiny"))

    def grid(
        self, row: int, column: int, values: np.ndarray, formula: Callable[[int, int], str],
        name: str = "", ink: str = "#333333",
    ) -> CellGrid:  # fmt: skip
        """Write formulas of (i, j) with their values (height, width); name the rectangle."""
        found = CellGrid(self.pages.tab(self.name), row, column, *values.shape)
        look = self.pages.square(decimals(values), ink)
        for i, j in np.ndindex(*values.shape):
            self.sheet.write_formula(row + i, column + j, formula(i, j), look, float(values[i, j]))
        if name:
            self.pages.define(name, self.name, *found.box)
        self.reached(row + values.shape[0] - 1, column + values.shape[1] - 1)
        return found

    def color(self, grids: Sequence[CellGrid], values: np.ndarray, color: str = "") -> None:
        """Colour grids by one scale that reaches to the largest value: signed, or one colour."""
        largest = float(np.abs(values).max(initial=0)) or 1.0
        rule = positive(color, largest) if color else signed(largest)
        self.pages.shade(self.sheet, [grid.box for grid in grids], **rule)

    def finish(self) -> None:
        """Set what is printed: all that was written."""
        rows, columns = (sorted(found) for found in self.starts)
        self.pages.finish(self.sheet, self.last[0], self.last[1], columns, rows)

    def reached(self, row: int, column: int) -> None:
        """Note that cells up to here are used: they will be printed."""
        self.last = [max(self.last[0], row), max(self.last[1], column)]


def decimals(values: np.ndarray) -> str:
    """Return a number format of three decimals, or fewer for large values; 0 stays one digit."""
    largest = float(np.abs(values).max(initial=0))
    digits = "0.000" if largest < 10 else "0.00" if largest < 100 else "0"
    return f"{digits};-{digits};0"
