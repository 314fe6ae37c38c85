"""Write a workbook whole or not at all. Knows nothing of what is in it."""

import datetime
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException

from utils.errors import CourseError

__all__ = ["new_workbook"]

# A fixed date, so that the same content gives the same file.
CREATED = datetime.datetime(2026, 1, 1)


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """Yield an empty workbook; it is written beside `path` and put in its place at the end.

    After an error inside or while writing, a file of that name is as it was before.
    Raises CourseError where the folder can't be written to, the file is open in another
    program (Windows), or the disk is full.
    """
    if path.suffix != ".xlsx":
        raise CourseError(f"{path} doesn't end in .xlsx.", "Name the workbook FILE.xlsx.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".workbook-") as folder:
            beside = Path(folder) / path.name
            book = Workbook(str(beside), {"strings_to_numbers": False})
            book.set_properties({"created": CREATED})
            book.set_calc_mode("auto")
            yield book
            book.close()
            beside.replace(path)
    except (OSError, XlsxWriterException) as error:
        raise CourseError(
            f"{path} can't be written ({error}).",
            "Close the file where it is open, or choose another folder with -o.",
        ) from error
