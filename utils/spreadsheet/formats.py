"""What formats make of a cell's value: its text, the colour of its ground, the length of its bar.

Knows nothing of how they are drawn.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from openpyxl.styles.colors import COLOR_INDEX
from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["color_of", "color_scales", "data_bars", "number_of", "rgb", "shown"]


def color_of(color: Any, usual: str) -> str:
    """Return a colour as "#RRGGBB"; of a theme's, only black and white are known."""
    if color is None:
        return usual
    if color.type == "rgb":
        return f"#{color.rgb[-6:]}".upper()
    if color.type == "theme":
        return {0: "#FFFFFF", 1: "#000000"}.get(color.theme, usual)
    inside = color.type == "indexed" and color.indexed < len(COLOR_INDEX)
    return f"#{COLOR_INDEX[color.indexed][-6:]}" if inside else usual


def rgb(color: str) -> list[float]:
    """Return "#RRGGBB" as three numbers 0…1."""
    return [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def number_of(value: Any) -> float | None:
    """Return a cell's value if it is a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _rules(sheet: Worksheet, kind: str) -> Iterator[tuple[Any, dict[tuple[int, int], float]]]:
    """Yield each rule of a kind, the most important first, with the numbers it is about."""
    found = [
        (rule, formatting)
        for formatting in sheet.conditional_formatting
        for rule in formatting.rules
        if rule.type == kind
    ]
    for rule, formatting in sorted(found, key=lambda pair: pair[0].priority):
        numbers = {}
        for block in formatting.sqref.ranges:
            for row, column in (place for line in block.rows for place in line):
                number = number_of(sheet.cell(row, column).value)
                if number is not None:
                    numbers[row, column] = number
        if numbers:
            yield rule, numbers


def _end(end: Any, numbers: np.ndarray) -> float:
    """Return the number at which a scale begins, bends or ends."""
    low, high = float(numbers.min()), float(numbers.max())
    if end.type == "percentile":
        return float(np.percentile(numbers, end.val))
    if end.type == "percent":
        return low + (high - low) * end.val / 100
    return {"min": low, "max": high}.get(end.type, end.val)


def color_scales(sheet: Worksheet) -> dict[tuple[int, int], str]:
    """Return the colours that 2- and 3-colour scales give to cells, by row and column."""
    colors: dict[tuple[int, int], str] = {}
    for rule, numbers in _rules(sheet, "colorScale"):
        values = np.array(list(numbers.values()))
        ends = [_end(end, values) for end in rule.colorScale.cfvo]
        stops = np.array([rgb(color_of(color, "#FFFFFF")) for color in rule.colorScale.color])
        mixed = np.stack([np.interp(values, ends, stops[:, n]) for n in range(3)], axis=1)
        for place, mix in zip(numbers, (255 * mixed).round().astype(int), strict=True):
            colors.setdefault(place, "#{:02X}{:02X}{:02X}".format(*mix))
    return colors


def data_bars(sheet: Worksheet) -> dict[tuple[int, int], tuple[float, str]]:
    """Return length (0…1) and colour of the cells' data bars, by row and column."""
    bars: dict[tuple[int, int], tuple[float, str]] = {}
    for rule, numbers in _rules(sheet, "dataBar"):
        values = np.array(list(numbers.values()))
        low, high = (_end(end, values) for end in rule.dataBar.cfvo)
        shares = np.clip((values - low) / (high - low or 1), 0, 1)
        color = color_of(rule.dataBar.color, "#9AD0F0")
        bars |= {place: (share, color) for place, share in zip(numbers, shares, strict=True)}
    return bars


def shown(value: Any, number_format: str) -> str:
    """Return a cell's text: its value in formats such as 0, 0.00, #,##0, 0.0%, or General."""
    if isinstance(value, bool):
        return str(value).upper()
    number = number_of(value)
    if number is None or number_format == "@":
        return str(value)
    parts = number_format.split(";")
    part = parts[0]
    if number < 0 and len(parts) > 1:
        part, number = parts[1], -number
    elif number == 0 and len(parts) > 2:
        part = parts[2]
    found = re.search(r"[#0?,]*[#0?](?:\.(0+))?", part)
    if part == "General" or found is None:
        return f"{number:.10g}"
    exact = Decimal(repr(number)) * (100 if "%" in part else 1)
    decimals = len(found[1] or "")
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in found[0] else f"{rounded:f}"
    if not rounded and text.startswith("-"):
        text = text[1:]
    before, after = (
        re.sub(r'["\\]', "", side) for side in (part[: found.start()], part[found.end() :])
    )
    return before + text + after
