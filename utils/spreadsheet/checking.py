"""Check a workbook: LibreOffice calculates it anew, and every cell is compared.

Knows nothing of what the workbook is about. Needs LibreOffice (the program `soffice`).
"""

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from utils.errors import CourseError

__all__ = ["COMMON_FUNCTIONS", "check_workbook", "formulas", "recalculate", "stored_values"]

# Excel 2007 and later, LibreOffice and Google Sheets all have these, and calculate them alike.
COMMON_FUNCTIONS = frozenset(
    [
        *("ABS", "AND", "AVERAGE", "EXP", "IF", "INDEX", "LN", "MATCH"),
        *("MAX", "MIN", "OR", "ROUND", "SQRT", "SUM", "SUMPRODUCT"),
    ]
)
TOLERANCE = 1e-9
MOST_NAMED = 5  # complaints of one kind

Cells = dict[tuple[str, str], Any]  # (sheet, place such as "B7") to value


def check_workbook(path: str | Path) -> list[str]:
    """Return what is wrong with a workbook, a sentence each; nothing where all is well.

    Every stored value is thrown away and calculated anew; a result that is an error, or differs
    from the stored one by more than 1e-9 (relative, above 1), is named, and so is a function
    that not every spreadsheet program has.
    Raises CourseError where LibreOffice is missing or the file isn't a workbook.
    """
    path = Path(path)
    return _foreign_functions(formulas(path)) + _differences(stored_values(path), recalculate(path))


def formulas(path: Path) -> Cells:
    """Return all formulas as texts that begin with `=`."""
    return {
        place: value
        for place, value in _cells(path, data_only=False).items()
        if isinstance(value, str) and value.startswith("=")
    }


def stored_values(path: Path) -> Cells:
    """Return the values that the file's cells carry, those of formulas too."""
    return _cells(path, data_only=True)


def recalculate(path: Path, changes: Mapping[tuple[str, str], Any] | None = None) -> Cells:
    """Return all values as LibreOffice calculates them from formulas and plain cells alone.

    changes: cells to overwrite before, (sheet, place) to value, as a reader would by typing.
    The file itself stays as it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare" / "workbook.xlsx"
        bare.parent.mkdir()
        book = _load(path, data_only=False)
        for (sheet, place), value in (changes or {}).items():
            book[sheet][place] = value
        book.save(bare)  # openpyxl writes formulas without their values
        _convert(bare, Path(folder))
        return _cells(Path(folder) / bare.name, data_only=True)


def _convert(source: Path, folder: Path) -> None:
    """Let LibreOffice open and save a workbook, with a user profile of its own."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise CourseError(
            "LibreOffice isn't installed, and only it can calculate the workbook anew.",
            "Install it from libreoffice.org, or leave out --check.",
        )
    profile = (folder / "profile").as_uri()
    done = subprocess.run(
        [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(folder), str(source)],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if done.returncode or not (folder / source.name).is_file():
        raise CourseError(f"LibreOffice couldn't calculate the workbook: {done.stderr.strip()}")


def _load(path: Path, data_only: bool) -> Any:
    try:
        return load_workbook(path, data_only=data_only)
    except Exception as error:  # openpyxl raises whatever zip and XML parsers raise
        raise CourseError(
            f"{path} can't be read as a workbook ({error}).", "Give an .xlsx file."
        ) from error


def _cells(path: Path, data_only: bool) -> Cells:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in _load(path, data_only).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _differences(stored: Cells, calculated: Cells) -> list[str]:
    wrong = []
    for (sheet, place), value in calculated.items():
        if isinstance(value, str) and value.startswith("#"):
            wrong.append(f"{sheet}!{place} is an error: {value}.")
        elif not _same(stored.get((sheet, place)), value):
            was = stored.get((sheet, place))
            wrong.append(f"{sheet}!{place} carries {was!r} but is {value!r} when calculated.")
    lost = [
        f"{sheet}!{place} is empty when calculated." for sheet, place in stored.keys() - calculated
    ]
    return _some(wrong) + _some(sorted(lost))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(a == b)


def _foreign_functions(cells: Cells) -> list[str]:
    found: dict[str, str] = {}
    for (sheet, place), formula in cells.items():
        for name in re.findall(r"([A-Z_][A-Z0-9_.]*)\(", re.sub(r'"[^"]*"', "", formula)):
            if name not in COMMON_FUNCTIONS:
                found.setdefault(name, f"{sheet}!{place}")
    return [
        f"{place} uses {name}, which not every spreadsheet program has."
        for name, place in found.items()
    ]


def _some(complaints: list[str]) -> list[str]:
    more = len(complaints) - MOST_NAMED
    return complaints[:MOST_NAMED] + [f"… and {more} cells more."] * (more > 0)
