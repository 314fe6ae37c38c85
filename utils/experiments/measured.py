"""Tables of measured numbers, data/reference/<name>.csv: one number a row, by quantity and seed.

The scripts of tools/reference write them, sentences of the lessons read them. Knows nothing of
what was measured, nor of pandas.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from utils.errors import CourseError
from utils.files import write_whole
from utils.settings import ROOT

__all__ = ["Measured", "read_measured", "write_measured"]

REFERENCE = ROOT / "data" / "reference"


class Measured(NamedTuple):
    """One measured number.

    quantity: what it is, a dotted name such as `with_random_layers.val_accuracy`.
    seed: of the training that it is from; None where none plays a part.
    value: in its natural unit; an accuracy is a fraction.
    """

    quantity: str
    seed: int | None
    value: float


def read_measured(name: str, folder: Path = REFERENCE) -> list[Measured]:
    """Return the rows of a table, in its order.

    Raises CourseError where there is no such table, or a row isn't quantity, seed and number.
    """
    path = folder / f"{name}.csv"
    remedy = f"Make it anew: course reference {name}"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, strict=True)
            if tuple(next(lines, ())) != Measured._fields:
                raise ValueError(f"its first line isn't {','.join(Measured._fields)}")
            return [
                Measured(quantity, int(seed) if seed else None, float(value))
                for quantity, seed, value in lines
            ]
    except FileNotFoundError as error:
        raise CourseError(f"There is no table of measured numbers {path}.", remedy) from error
    except (ValueError, csv.Error) as error:
        raise CourseError(
            f"{path} is no table of measured numbers, in line {lines.line_num}: {error}.", remedy
        ) from error


def write_measured(
    name: str, rows: Iterable[Measured], about: Mapping[str, Any], folder: Path = REFERENCE
) -> Path:
    """Write <name>.csv and, beside it, <name>.json with `about`; return the table's path.

    Nine digits of each number are kept, as many as tell one float32 from the next.
    Raises ValueError where a quantity has the same seed twice: it would be two numbers in one.
    """
    rows = list(rows)
    keys = [(row.quantity, row.seed) for row in rows]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"{sorted(map(str, twice))} more than once")
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(Measured._fields)
    for quantity, seed, value in rows:
        lines.writerow([quantity, "" if seed is None else seed, f"{value:.9g}"])
    path = folder / f"{name}.csv"
    write_whole(path, text.getvalue())
    write_whole(path.with_suffix(".json"), json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    return path
