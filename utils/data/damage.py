"""Files that may be missing, damaged or out of reach, and what is said of them."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utils.errors import CourseError

__all__ = ["Damaged", "put_away", "reachable", "remove", "set_aside"]


class Damaged(CourseError):
    """A data file that must not be trusted.

    path: the file. what: what is wrong with it, said after its name.
    """

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} {what}.")
        self.path, self.what = path, what


def set_aside(path: Path) -> Path:
    """Rename a damaged file or folder to NAME.damaged, and return that path.

    The last damaged copy is kept, an earlier one goes. Who calls this holds the set's lock.
    """
    aside = path.with_name(f"{path.name}.damaged")
    remove(aside)
    path.rename(aside)
    return aside


def put_away(damage: Damaged, name: str) -> CourseError:
    """Set a damaged file of the set of that name aside; return the error that says so."""
    problem = damage.problem
    if os.path.lexists(damage.path):
        problem = f"{problem.rstrip('.')}; it is now called {set_aside(damage.path).name}."
    return CourseError(problem, f"Run `course data fetch {name}` to get it anew.")


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a folder, where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
        advice = "Put that right, or set COURSE_DATA to another folder with the data."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "Make room and try again: what was downloaded is kept, and goes on from there."
        raise CourseError(
            f"{where} can't be used: {(error.strerror or str(error)).lower()}.", remedy or advice
        ) from error
