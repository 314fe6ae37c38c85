"""Files written whole, lines appended, locks, free ports, durations in words, templates filled in.

Knows nothing of what is written, or of what listens.
"""

import hashlib
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup  # comes with Jinja

from utils.errors import CourseError

__all__ = [
    "HOST",
    "Held",
    "append",
    "duration",
    "free_port",
    "lock",
    "recover",
    "render",
    "unfinished",
    "whole",
    "refuse_taken",
    "write_whole",
]

# Files written whole. What is still being written is hidden and called `.NAME.TOKEN.new`, what it
# takes the place of `.NAME.TOKEN.old`: no pattern such as *.json or seed-* finds them. The token
# tells the machine and the process that writes; an earlier edition's didn't.
NEW, OLD = ".new", ".old"
LEFT = re.compile(r"\.(.+)\.(?:([0-9a-f]{4})([0-9a-f]{8}))?[0-9a-f]{8}\.(?:new|old)", re.DOTALL)
STALE_SECONDS = 24 * 3600  # nothing is being written for that long: it was left by a kill


def refuse_taken(path: Path, force: bool) -> None:
    """Raise CourseError where a file is to be written and can't, or mustn't unless forced."""
    if path.is_dir():
        raise CourseError(f"{path} is a folder.", "Give the name of a file.")
    if path.exists() and not force:
        raise CourseError(
            f"{path} is there already.",
            "Choose another name, or overwrite it with `force`.",
            ("force",),
        )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, in one step; see `whole`."""
    with whole(path) as beside:
        beside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def whole(path: Path, remedy: str = "Put that right, or choose another place.") -> Iterator[Path]:
    """Yield a path beside `path` to make a file or folder at; at the end it takes path's place.

    After an error inside, a kill at any moment or a power cut, path is as it was or as it was
    to be, never in between. (A folder that is there already is moved aside first: a kill in that
    moment leaves both beside its place.) Two writers don't disturb each other; the last one stays.
    Raises CourseError where the disk is full, a right is missing, or the file is held open.
    remedy: what it advises.
    """
    token = f"{_machine()}{os.getpid():08x}{secrets.token_hex(4)}"
    beside = path.with_name(f".{path.name}.{token}{NEW}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()  # a missing right is said now, not after an hour's work
        beside.unlink()
        yield beside
        _to_disk(beside)
        if path.is_dir() and beside.is_dir():
            path.replace(beside.with_suffix(OLD))
        beside.replace(path)
        _sweep(path, beside.with_suffix(OLD))
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{path} can't be written ({reason}).", remedy) from error
    finally:
        _remove(beside)


def _to_disk(beside: Path) -> None:
    """Have the system write out what it holds in memory: a name must never outlive its bytes."""
    for file in [beside] if beside.is_file() else beside.rglob("*"):
        if file.is_file():
            with file.open("rb" if os.name == "posix" else "rb+") as opened:
                os.fsync(opened.fileno())


def append(path: Path, line: bytes) -> None:
    """Write a line at the end of a file in one go, so that two processes never mix theirs.

    line: with its line end. Raises OSError where it can't be written whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o666)
    try:
        if end := os.lseek(file, 0, os.SEEK_END):
            os.lseek(file, end - 1, os.SEEK_SET)
            if os.read(file, 1) != b"\n":  # a line was cut off: it spoils itself, not ours
                line = b"\n" + line
        if os.write(file, line) < len(line):
            raise OSError("the disk is full")
    finally:
        os.close(file)


def unfinished(folder: Path) -> list[Path]:
    """Return what is being written in a folder by `whole`, and what kills have left of it."""
    return [path for path in folder.glob(".*") if LEFT.fullmatch(path.name)]


def recover(path: Path) -> None:
    """Put right what a killed writer has left of a file or folder; for who holds its lock.

    What it had moved aside without having put the new one there is put back.
    """
    for left in sorted(unfinished(path.parent), reverse=True):  # the old one before the new one
        if _final(left) == path:
            _put_right(left)


def _final(left: Path) -> Path:
    found = LEFT.fullmatch(left.name)
    assert found is not None  # it is one of the unfinished
    return left.with_name(found[1])


def _put_right(left: Path) -> None:
    if left.suffix == OLD and not _final(left).exists():
        with suppress(FileNotFoundError):  # another process was quicker
            left.replace(_final(left))
    else:
        _remove(left)


def _sweep(path: Path, replaced: Path) -> None:
    """Remove what was replaced, and put right what kills have left in this folder.

    Left by a kill is what a process of this machine wrote that is no more. Another machine's, on
    a shared disk, can't be asked: there age decides, and for this path alone.
    """
    _remove(replaced)
    for left in sorted(unfinished(path.parent), reverse=True):
        found = LEFT.fullmatch(left.name)
        assert found is not None  # it is one of the unfinished
        name, machine, process = found.groups()
        ours, same = machine == _machine(), name == path.name
        if _ended(int(process, 16)) if ours else same and _is_old(left):
            _put_right(left)


def _ended(process: int) -> bool:
    import psutil  # 50 ms, and there is hardly ever anything to ask about

    return not psutil.pid_exists(process)


def _is_old(left: Path) -> bool:
    with suppress(FileNotFoundError):  # another process was quicker to remove it
        return time.time() - left.stat().st_mtime > STALE_SECONDS
    return False


@cache
def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]


def _remove(left: Path) -> None:
    with suppress(PermissionError):  # where nothing may be looked at, nothing was made
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif os.path.lexists(left):
            left.unlink(missing_ok=True)  # another process may be quicker to remove it


@contextmanager
def lock(
    path: Path,
    held: str = "",
    remedy: str = "Wait for its end.",
    seconds: float | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[None]:
    """Hold the lock file at path: one process, and one place in it, has it at a time.

    The system releases it when the holder ends, however it ends; the file stays. Beside it, in
    PATH.holder, is noted who has it; whoever waits says for whom on standard error.
    seconds: how long to wait for it; None is without end.
    Raises `Held` where it is held for longer, CourseError where it can't be made.
    held, remedy: what to say then: what is held, and what to do about it; arguments: those that
        the two name. Who holds it is added.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = FileLock(path)
        try:
            taken = file.acquire(timeout=0)
        except Timeout:
            if seconds == 0:
                raise
            print(f"Waiting for {_holder(path)}, which has {path.name} …", file=sys.stderr)
            taken = file.acquire(timeout=-1 if seconds is None else seconds)
    except Timeout as error:
        problem = held or f"Another process holds {path}."
        raise Held(f"{problem} It is {_holder(path)}.", remedy, arguments) from error
    except OSError as error:
        raise CourseError(
            f"{path} can't be made ({error.strerror or error}).",
            "Give your user the right to write there, or choose another folder.",
        ) from error
    note = _holder_note(path)
    with taken:
        with suppress(OSError):  # it is a courtesy to others; a full disk stops no work here
            note.write_text(_who(), encoding="utf-8")
        try:
            yield
        finally:
            with suppress(OSError):
                note.unlink()


class Held(CourseError):
    """Another process has the lock."""


def _holder_note(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _holder(path: Path) -> str:
    """Say who has a lock, as far as it has noted that: it may have got it this moment."""
    for _ in range(10):
        with suppress(OSError, ValueError):
            if who := _holder_note(path).read_text(encoding="utf-8"):
                return who
        time.sleep(0.02)
    return "another process"


def _who() -> str:
    """Say in a few words what this process is, for people who wait for it."""
    name = os.environ.get("JPY_SESSION_NAME", "")  # of a kernel: its notebook's path
    program = Path(sys.argv[0]).name
    words = [Path(name).name] if name else [program if program != "-c" else "python", *sys.argv[1:]]
    at = time.strftime("%H:%M")
    return f"process {os.getpid()} on {socket.gethostname()} ({' '.join(words)[:80]}, since {at})"


HOST = "127.0.0.1"


def free_port(port: int | None = None, first: int = 6006) -> int:
    """Return a port of this machine that nothing listens on.

    port: just this one. first: without it, the first free one of a hundred from here on.
    Raises CourseError where there is none.
    """
    if port is not None:
        if _is_free(port):
            return port
        raise CourseError(f"Port {port} is taken.", "Give another `port`, or none.", ("port",))
    for candidate in range(first, first + 100):
        if _is_free(candidate):
            return candidate
    raise CourseError(f"Ports {first} to {first + 99} are all taken.", "End what holds them.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def duration(seconds: float) -> str:
    """Return `0.4 s`, `12 s`, `3 min 05 s`, `30 min`, `1 h 15 min` or `168 h`."""
    if seconds < 9.95 and seconds != round(seconds):
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["duration"] = duration
    return made


def render(template: str, /, **values: Any) -> Markup:
    """Return one of utils/templates, filled in, as HTML; every text in values is escaped.

    What comes back is marked as HTML, so that another template takes it as it is.
    """
    return Markup(_templates().get_template(template).render(values))
