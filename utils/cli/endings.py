"""How a command ends: by one sentence, whatever went wrong, and in order, whoever ends it.

Knows nothing of what the commands do.
"""

import errno
import os
import re
import signal
import subprocess
import sys
import traceback
from types import FrameType

from utils import settings
from utils.cli.options import with_flags
from utils.errors import CourseError

__all__ = ["TRACEBACK", "be_told_to_end", "clean_up_quietly", "ended_by", "explain"]

TRACEBACK = "--traceback"
_told: list[int] = []  # the signals that came, but Ctrl-C's


def be_told_to_end() -> None:
    """Let SIGTERM (a service manager, `timeout`) and SIGHUP (a closed terminal) be as Ctrl-C.

    A signal that is ignored from the start, as `nohup` has it, stays ignored.
    """
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    """Do what Ctrl-C does just now: asyncio, for one, has a way of its own to be interrupted."""
    _told.append(number)
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:  # a background job's, which ignores Ctrl-C
        raise KeyboardInterrupt


def ended_by() -> int:
    """Return the exit status of a command that was told to end: 128 and the signal's number."""
    return 128 + (_told[-1] if _told else signal.SIGINT)


def clean_up_quietly() -> None:
    """Print no traceback of what fails while objects are thrown away after an error.

    A workbook that couldn't be written, for one, tries again to write its end. The error itself
    has been told by then.
    """
    sys.unraisablehook = lambda _: None


def explain(error: Exception, shown: bool) -> None:
    """Print the sentence for an error on standard error.

    shown: print the traceback before it.
    """
    if shown:
        traceback.print_exception(error)
    print(f"course: {_sentence(error)}", file=sys.stderr)


def _sentence(error: Exception) -> str:
    if isinstance(error, CourseError):
        return with_flags(error)
    if isinstance(error, OSError) and error.errno:
        return _of_the_system(error)
    if isinstance(error, MemoryError):
        return (
            "There isn't enough memory for this. Finished work is kept. Close other programs, "
            "or ask for less."
        )
    what = " ".join(str(error).split())
    return (
        f"Something that nobody expected happened ({type(error).__name__}: {what[:300]}). Finished "
        f"work is kept. Type the same with {TRACEBACK}, and report what it prints {_where()}."
    )


# What the system refuses → what it means and what to do about it.
_REFUSALS = {
    errno.ENOSPC: ("the disk is full", "Make room there, then type the same again."),
    errno.EDQUOT: ("your share of the disk is used up", "Make room there, or ask for more."),
    errno.EROFS: ("nothing can be written there", "Choose a folder that can be written."),
    errno.EACCES: ("permission is denied", "Give your user the right, or choose another place."),
    errno.EPERM: ("it isn't permitted", "Give your user the right, or choose another place."),
    errno.ENOENT: ("it doesn't exist", "Check the path."),
    errno.ENOTDIR: ("a part of that path is no folder", "Check the path."),
    errno.EISDIR: ("it is a folder", "Give a file."),
    errno.ENAMETOOLONG: ("that name is too long", "Choose a shorter one."),
    errno.EMFILE: ("too many files are open", "Raise the limit by `ulimit -n 4096`."),
    errno.EIO: ("the disk reports an error", "Copy what you need to another disk."),
}


def _of_the_system(error: OSError) -> str:
    reason, remedy = _REFUSALS.get(
        error.errno or 0,
        (str(error.strerror or error), f"Type the same with {TRACEBACK} for more."),
    )
    place = next((name for name in (error.filename2, error.filename) if name), None)
    if place is None:
        subject = "A file can't be read or written"
    else:
        subject = f"{os.fsdecode(place) if isinstance(place, bytes | str) else place} can't be used"
    return f"{subject}: {reason}. Finished work is kept. {remedy}"


def _where() -> str:
    """Say where a report goes: the repository that this checkout came from, if it has one."""
    command = ["git", "-C", str(settings.ROOT), "remote", "get-url", "origin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "where you got the course"
    found = re.fullmatch(r"(?:https?://(?:[^@/]*@)?|(?:ssh://)?git@)([\w.-]+)[:/](.+?)(?:\.git)?/?",
                         done.stdout.strip())  # fmt: skip
    return f"at https://{found[1]}/{found[2]}" if found else "where you got the course"
