"""How a sheet is cut into pages of A4 that can be read. Knows nothing of what stands in it.

Sizes are pixels of the screen, 96 an inch, as XlsxWriter counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from xlsxwriter.worksheet import Worksheet

__all__ = ["Pagination", "paginate", "print_as"]

MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.5}  # inches
PAPER = (210 / 25.4, 297 / 25.4)  # inches, A4 upright
# Where no Calibri is, nor a font of its widths, DejaVu Sans makes columns a third wider.
WIDER = 1.34
READABLE = 0.7  # the smallest scale of several pages: numbers of 7 points are 4.9 high on paper
ONE_PAGE = 0.6  # of one page with such wide columns; with Calibri's it is 0.7 to 0.8


@dataclass(frozen=True)
class Pagination:
    """Where a sheet's pages begin, besides the first: columns and rows, counted from 0."""

    landscape: bool
    scale: float
    columns: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return (len(self.columns) + 1) * (len(self.rows) + 1)


def paginate(
    widths: Sequence[float],
    heights: Sequence[float],
    columns: Sequence[int] = (),
    rows: Sequence[int] = (),
    again: float = 0,
) -> Pagination:
    """Return how columns and rows of these sizes are printed, never smaller than can be read.

    On one page if that is possible, else on as few as possible; a page begins where a block
    begins (columns, rows) if one fits. again: pixels that each page's head takes.
    """
    found = [_paginate(landscape, widths, heights, columns, rows, again)
             for landscape in (False, True)]  # fmt: skip
    return min(found, key=lambda one: (one.count, -one.scale))


def _paginate(
    landscape: bool, widths: Sequence[float], heights: Sequence[float], columns: Sequence[int],
    rows: Sequence[int], again: float,
) -> Pagination:  # fmt: skip
    paper = PAPER[::-1] if landscape else PAPER
    across = 96 * (paper[0] - MARGINS["left"] - MARGINS["right"]) / WIDER
    down = 96 * (paper[1] - MARGINS["top"] - MARGINS["bottom"])
    whole = min(across / sum(widths), down / sum(heights))
    if whole >= ONE_PAGE:
        return Pagination(landscape, min(1, whole))
    right = _cut(widths, across / READABLE, columns)
    wide = min(1, across / max(_parts(widths, right)))
    # A table is printed as large as its width allows; blocks, so that as many as can be fit.
    scale = READABLE if rows else max(READABLE, wide)
    below = _cut(heights, down / scale - again, rows)
    tall = down / (max(_parts(heights, below)) + again)
    return Pagination(landscape, max(READABLE, min(wide, tall)), right, below)


def _cut(sizes: Sequence[float], room: float, starts: Sequence[int]) -> tuple[int, ...]:
    """Return where pages begin, so that each takes as much as `room` holds."""
    found, ends = [0], list(accumulate(sizes, initial=0.0))
    while ends[-1] - ends[found[-1]] > room:
        begin = found[-1]
        fits = [n for n in range(begin + 1, len(sizes)) if ends[n] - ends[begin] <= room]
        blocks = [n for n in fits if n in starts]
        found.append(max(blocks or fits or [begin + 1]))
    return tuple(found[1:])


def _parts(sizes: Sequence[float], cuts: Sequence[int]) -> list[float]:
    """Return how large each page's part is."""
    edges = [0, *cuts, len(sizes)]
    return [sum(sizes[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def print_as(sheet: Worksheet, pagination: Pagination) -> None:
    """Set a sheet's paper, scale and page breaks; name and number the pages of several."""
    sheet.set_paper(9)  # A4
    sheet.set_margins(**MARGINS)
    if pagination.landscape:
        sheet.set_landscape()
    if pagination.count == 1:
        sheet.fit_to_pages(1, 1)
        return
    sheet.set_print_scale(int(100 * pagination.scale))
    sheet.set_header("&L&9&A&R&9&P / &N", {"margin": 0.2})
    sheet.print_across()
    sheet.set_v_pagebreaks(pagination.columns)
    sheet.set_h_pagebreaks(pagination.rows)
