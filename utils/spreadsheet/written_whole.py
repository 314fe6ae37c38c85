"""An empty workbook that is written in one step at its end, or not at all.

Knows nothing of sheets.
"""

import datetime
import errno
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path

from filelock import FileLock
from xlsxwriter import Workbook

from utils.errors import CourseError
from utils.files import NEW, whole
from utils.settings import build_dir

__all__ = ["new_workbook", "remedy_for"]

# A fixed date, so that the same content gives the same file.
CREATED = datetime.datetime(2026, 1, 1)


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """Yield an empty workbook; it is made in memory, and written to `path` in one step at the end.

    After an error inside or while writing, and after a kill, a file of that name is as it was
    before; what a kill has left beside it goes when the workbook is written the next time.
    Raises CourseError where the folder can't be written to, the file is open in another
    program (Windows), or the disk is full.
    """
    if path.suffix != ".xlsx":
        raise CourseError(f"{path} doesn't end in .xlsx.", "Name the workbook FILE.xlsx.")
    with ExitStack() as until_replaced, ExitStack() as written:
        with _no_other_writes():
            _sweep(path)
            beside = written.enter_context(_whole(path))  # tries now whether that can be
        content = io.BytesIO()
        book = Workbook(content, {"strings_to_numbers": False, "in_memory": True})
        book.set_properties({"created": CREATED})
        book.set_calc_mode("auto")
        yield book
        book.close()
        until_replaced.enter_context(_no_other_writes())
        beside.write_bytes(content.getbuffer())


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Do what `whole` does, with the remedy that fits the reason."""
    try:
        with whole(path) as beside:
            yield beside
    except CourseError as error:
        if isinstance(error.__cause__, OSError):
            raise CourseError(error.problem, remedy_for(error.__cause__)) from error.__cause__
        raise


def remedy_for(error: OSError, windows: bool = os.name == "nt") -> str:
    """Return what to do where a file can't be written."""
    if isinstance(error, PermissionError) and windows:
        return "Close the file where it is open, or choose another folder."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "Choose a folder that you may write to."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Make room on that disk, or choose another one."
    return "Choose another name or folder."


@contextmanager
def _no_other_writes() -> Iterator[None]:
    """Have no other process write a file beside a workbook now; it takes milliseconds."""
    with ExitStack() as held:
        with suppress(OSError):  # without it a workbook is whole all the same
            path = build_dir() / "workbooks.lock"
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(path))
        yield


def _sweep(path: Path) -> None:
    """Remove what is left of processes that were killed while they wrote this workbook."""
    with suppress(OSError):  # without the right to, the writing will say so
        for left in path.parent.glob(f".{escape(path.name)}.????????{NEW}"):
            left.unlink()
