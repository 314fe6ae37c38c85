"""Files that may be missing, damaged or out of reach, and what is said of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utils.errors import CourseError

__all__ = ["Damaged", "reachable", "set_aside"]


class Damaged(CourseError):
    """A data file that must not be trusted.

    path: the file.
    """

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path} {problem}.")
        self.path = path


def set_aside(path: Path) -> Path:
    """Rename a damaged file or folder to NAME.damaged, or .damaged-2 …; return that path."""
    number = 1
    while True:
        ending = ".damaged" if number == 1 else f".damaged-{number}"
        aside = path.with_name(path.name + ending)
        if not os.path.lexists(aside):
            path.rename(aside)
            return aside
        number += 1


@contextmanager
def reachable(path: Path, remedy: str = "") -> Iterator[None]:
    """Turn the system's own error inside the block into a sentence that names the file."""
    try:
        yield
    except PermissionError as error:
        where = error.filename or path
        raise CourseError(
            f"{where} can't be used: permission denied.",
            remedy
            or "Give your user the right to it, or set COURSE_DATA to a folder you can read.",
        ) from error
    except OSError as error:
        where = error.filename or path
        raise CourseError(
            f"{where} can't be used: {(error.strerror or str(error)).lower()}.",
            remedy or "Put that right, or set COURSE_DATA to another folder with the data.",
        ) from error
