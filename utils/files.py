"""Files written whole, locks, free ports, and durations in words.

Knows nothing of what is written, or of what listens.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utils.errors import CourseError

__all__ = ["HOST", "PORTS", "duration", "exclusive", "free_port", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write beside the file, then put the new one in its place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def duration(seconds: float) -> str:
    """Return `0.4 s`, `12 s` or `3 min 05 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at path, so that two programs don't download the same thing at once.

    The system releases it when the holder ends, however it ends; the empty file stays.
    """
    with path.open("ab") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


HOST = "127.0.0.1"


PORTS = range(6006, 6106)


def free_port(port: int | None = None) -> int:
    """Return a port of this machine that nothing listens on: the one asked for, or the first.

    Raises CourseError where there is none.
    """
    for candidate in PORTS if port is None else [port]:
        if _is_free(candidate):
            return candidate
    taken = f"Port {port} is" if port is not None else f"Ports {PORTS[0]} to {PORTS[-1]} are all"
    raise CourseError(f"{taken} taken.", "Choose another one: `course tensorboard --port 7007`.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
