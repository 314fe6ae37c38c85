"""Compare a recalculated workbook, range by range, with what Keras computed in float64."""

import numpy as np

from utils.spreadsheet.cells import sheet_names
from utils.spreadsheet.libreoffice import formulas, stored_values

OTHERS = ("float32", "logits", "shares")


def ranges_of(answers, n):
    """Return named range → array for image n of Keras's answers."""
    found = {}
    layers = [key for key in answers.files if key not in OTHERS and not key.endswith(" sums")]
    names = dict(zip(layers, sheet_names(layers), strict=True))
    for key in answers.files:
        values = answers[key][n]
        if key in ("logits", "shares"):
            found[key] = values
        elif key.endswith(" sums"):
            found[f"{names[key.removesuffix(' sums')]}_sums"] = values
        elif values.ndim == 3:
            maps = enumerate(np.moveaxis(values, -1, 0), start=1)
            found |= {f"{names[key]}_map_{number}": one for number, one in maps}
        elif key != "float32":
            found[f"{names[key]}_output"] = values
    return found


def numbers(cells, rows):
    """Return a named range's recalculated values as one flat array."""
    return np.array([cells[place] for row in rows for place in row], dtype=float)


def worst_difference(cells, ranges, wanted):
    """Return the largest difference, relative above 1, and the range it is in."""
    worst = (0.0, "")
    for name, values in wanted.items():
        flat = np.asarray(values).reshape(-1)
        gap = np.abs(numbers(cells, ranges[name]) - flat) / np.maximum(1, np.abs(flat))
        worst = max(worst, (float(gap.max()), name))
    return worst


def stale_cells(path, cells):
    """Return the formula cells whose stored value isn't the recalculated one."""
    stored = stored_values(path)
    return [
        place
        for place in formulas(path)
        if stored.get(place) != cells.get(place)
        and not np.isclose(float(stored[place]), float(cells[place]), rtol=1e-9, atol=1e-9)
    ]
