"""Where numbers lie in a workbook: names of sheets, addresses of cells, blocks in a grid.

Rows and columns are counted from 0, as XlsxWriter does. Knows nothing of networks.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from xlsxwriter.utility import quote_sheetname as quoted
from xlsxwriter.utility import xl_rowcol_to_cell

__all__ = [
    "LONGEST",
    "Maps",
    "Vector",
    "area",
    "block_origins",
    "cell",
    "quoted",
    "sheet_names",
]

LONGEST = 28  # characters of a sheet's name; Excel takes 31
# A digit begins no defined name; the steps' and the backward sheets' own names begin so.
NO_STEM = re.compile(r"[0-9]|(steps|after)(_|$)", re.IGNORECASE)
RESERVED = {"guide", "input", "answer", "history"}  # Excel keeps "History" for itself


def cell(sheet: str, row: int, column: int) -> str:
    """Return the address of a cell as a formula on another sheet writes it: `conv1!C5`."""
    return f"{quoted(sheet)}!{xl_rowcol_to_cell(row, column)}"


def area(sheet: str, row: int, column: int, height: int, width: int) -> str:
    """Return the address of a rectangle: `conv1!$C$5:$E$7` without the dollar signs."""
    last = xl_rowcol_to_cell(row + height - 1, column + width - 1)
    return cell(sheet, row, column) + ("" if height == width == 1 else f":{last}")


@dataclass(frozen=True)
class Maps:
    """Feature maps on a sheet. origins: the first row and column of each; size: height, width."""

    sheet: str
    origins: tuple[tuple[int, int], ...]
    size: tuple[int, int]

    def cell(self, channel: int, y: int, x: int) -> str:
        row, column = self.origins[channel]
        return cell(self.sheet, row + y, column + x)

    def window(self, channel: int, y: int, x: int, height: int, width: int) -> str:
        """Return the rectangle at (y, x) of a map; y and x may lie in the padding around it."""
        row, column = self.origins[channel]
        return area(self.sheet, row + y, column + x, height, width)

    def cells(self) -> list[str]:
        """Return all addresses in the order of Flatten: row by row, channels innermost."""
        height, width = self.size
        return [
            self.cell(channel, y, x)
            for y in range(height)
            for x in range(width)
            for channel in range(len(self.origins))
        ]


@dataclass(frozen=True)
class Vector:
    """Numbers in a row or column of a sheet, each by its address."""

    sheet: str
    addresses: tuple[str, ...]

    def cells(self) -> list[str]:
        return list(self.addresses)


def block_origins(
    count: int, height: int, width: int, widest: int = 72
) -> tuple[list[tuple[int, int]], int]:
    """Return the top left of each of `count` equal blocks, and how many stand in a row.

    As many in a row as `widest` columns hold, but no more than make the whole about square.
    """
    square = math.ceil(math.sqrt(count * height / width))
    fit = max(1, widest // width)
    per_row = count if count * width <= widest else max(1, min(fit, square))
    return [(n // per_row * height, n % per_row * width) for n in range(count)], per_row


def sheet_names(names: Iterable[str]) -> list[str]:
    """Return a name for each layer that is fit for a sheet and the start of defined names.

    Letters, digits and underscores, 28 at most, each once, whatever the case of its letters.
    """
    taken, found = set(RESERVED), []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9_]", "_", name)[:LONGEST]
        stem = f"layer_{stem}"[:LONGEST] if NO_STEM.match(stem) else stem
        unique, number = stem, 1
        while unique.lower() in taken:
            number += 1
            unique = f"{stem[: LONGEST - 4]}_{number}"
        taken.add(unique.lower())
        found.append(unique)
    return found
