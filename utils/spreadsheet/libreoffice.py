"""Let LibreOffice calculate workbooks anew, from formulas and plain cells alone.

Knows nothing of what a workbook is about. Needs LibreOffice (the program `soffice`).
"""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from utils.errors import CourseError

__all__ = [
    "CellValues",
    "formulas",
    "load_book",
    "named_ranges",
    "recalculate",
    "recalculate_many",
    "stored_values",
]

CellValues = dict[tuple[str, str], Any]  # (sheet, place such as "B7") to value
Changes = Mapping[tuple[str, str], Any]


def formulas(path: Path) -> CellValues:
    """Return all formulas as texts that begin with `=`."""
    return {
        place: value
        for place, value in _cells(path, data_only=False).items()
        if isinstance(value, str) and value.startswith("=")
    }


def stored_values(path: Path) -> CellValues:
    """Return the values that the file's cells carry, those of formulas too."""
    return _cells(path, data_only=True)


def named_ranges(path: Path) -> dict[str, list[list[tuple[str, str]]]]:
    """Return each defined name's cells as rows of (sheet, place)."""
    book, found = load_book(path, data_only=False), {}
    for name, one in book.defined_names.items():
        for sheet, where in one.destinations:
            cells = book[sheet][where.replace("$", "")]
            rows = cells if isinstance(cells, tuple) else ((cells,),)
            found[name] = [[(sheet, cell.coordinate) for cell in row] for row in rows]
    return found


def recalculate(path: Path, changes: Changes | None = None) -> CellValues:
    """Return all values as LibreOffice calculates them from formulas and plain cells alone.

    changes: cells to overwrite before, (sheet, place) to value, as a reader would by typing.
    The file itself stays as it is.
    """
    return recalculate_many([(path, changes or {})])[0]


def recalculate_many(books: Sequence[tuple[Path, Changes]]) -> list[CellValues]:
    """Return the values of many workbooks, each with its changes, by one start of LibreOffice."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [folder / "bare" / f"{n:05}.xlsx" for n in range(len(books))]
        (folder / "bare").mkdir()
        loaded: dict[Path, Any] = {}
        for source, (path, changes) in zip(sources, books, strict=True):
            if path not in loaded:
                loaded[path] = load_book(path)
            book = loaded[path]
            before = _write(book, changes)
            book.save(source)  # openpyxl writes formulas without their values
            _write(book, before)
        _convert(sources, folder)
        return [_cells(folder / source.name, data_only=True) for source in sources]


def _write(book: Any, changes: Changes) -> CellValues:
    """Put values into cells; return what was there."""
    before = {place: book[place[0]][place[1]].value for place in changes}
    for (sheet, place), value in changes.items():
        book[sheet][place] = value
    return before


def _convert(sources: Sequence[Path], folder: Path) -> None:
    """Let LibreOffice open and save workbooks, with a user profile of its own."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise CourseError(
            "LibreOffice isn't installed, and only it can calculate the workbook anew.",
            "Install it from libreoffice.org; writing a workbook works without.",
        )
    profile = (folder / "profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*command, "--outdir", str(folder), *map(str, sources)],
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    if done.returncode or not all((folder / source.name).is_file() for source in sources):
        raise CourseError(f"LibreOffice couldn't calculate the workbook: {done.stderr.strip()}")


def load_book(path: Path, data_only: bool = False) -> Any:
    """Return a workbook as openpyxl reads it: formulas, or the values that they carry."""
    with warnings.catch_warnings():
        # openpyxl drops Excel's later additions, such as data bars, and warns of each.
        warnings.filterwarnings("ignore", ".*extension is not supported", UserWarning)
        try:
            return load_workbook(path, data_only=data_only)
        except Exception as error:  # openpyxl raises whatever zip and XML parsers raise
            raise CourseError(
                f"{path} can't be read as a workbook ({error}).", "Give an .xlsx file."
            ) from error


def _cells(path: Path, data_only: bool) -> CellValues:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in load_book(path, data_only).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
