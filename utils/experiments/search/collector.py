"""Where the runs of a search come home to: the log root, written from one place only.

The nodes of a cluster share no disk. A trial trains in a folder of its own node and sends its
files here after each epoch; where its node dies, the next attempt gets them back and goes on.
Runs as a Ray actor, but nothing here knows Ray, TensorFlow or what a search is.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from utils.errors import CourseError

__all__ = ["RECORD", "Home", "Superseded", "folder_files", "held_lock", "store", "write_files"]

Files = dict[str, bytes]  # a file's path below its folder, with slashes → its content

RECORD = "run.json"
LOCK_SECONDS = 120.0


class Superseded(CourseError):
    """An attempt at a run was given up, and its files come too late."""


class Home:
    """The log root's keeper.

    root: the log root; empty where the person's machine is no node of the cluster: then a new
        folder stands for it.
    mirrored: keep what is written for `news`, which brings it to the person's machine.
    """

    def __init__(self, root: str, mirrored: bool = False) -> None:
        self.root = Path(root or tempfile.mkdtemp(prefix="course-home-"))
        self.mirrored = mirrored
        self.attempts: dict[str, str] = {}
        self.to_stop: set[str] = set()
        self.unread: list[tuple[str, Any]] = []

    def hold(self, lock: str) -> str:
        """Lock a file below the root as long as this process lives; return why it can't, or "".

        One keeper at a time: that of a driver which was killed may live some seconds longer.
        """
        try:
            self.held = held_lock(self.root / lock, LOCK_SECONDS)
        except CourseError as error:
            return str(error)
        return ""

    def begin(self, folder: str, attempt: str) -> Files:
        """Return what there is of a run; from now on only this attempt may add to it."""
        self.attempts[folder] = attempt
        return folder_files(self.root / folder)

    def receive(self, folder: str, attempt: str, files: Files) -> None:
        """Store a run's files as they are now; raise Superseded where another attempt began."""
        if self.attempts.get(folder) != attempt:
            raise Superseded(f"Another attempt at {folder} has begun.")
        write_files(self.root / folder, files)
        self._note("files", (folder, files))

    def append(self, path: str, line: str) -> None:
        """Add a line to a text file."""
        store(self.root, "line", (path, line))
        self._note("line", (path, line))

    def say(self, text: str) -> None:
        """Pass a line on to the person's terminal."""
        self._note("text", text)

    def ask_to_stop(self, folder: str) -> None:
        """Have the run end after its present epoch."""
        self.to_stop.add(folder)

    def should_stop(self, folder: str) -> bool:
        """Say whether the run is to end."""
        return folder in self.to_stop

    def news(self) -> list[tuple[str, Any]]:
        """Return what was written since the last call, in its order."""
        unread, self.unread = self.unread, []
        return unread

    def close(self) -> None:
        """Remove the folder that stands for the log root: its files are on the person's machine."""
        if self.mirrored:
            shutil.rmtree(self.root, ignore_errors=True)

    def _note(self, kind: str, what: Any) -> None:
        if self.mirrored:
            self.unread.append((kind, what))


def held_lock(path: Path, seconds: float) -> Any:
    """Lock a file until this process ends or `release` is called on what comes back.

    Raises CourseError where another process holds it for longer than these seconds.
    """
    from filelock import FileLock, Timeout  # comes with Ray

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise CourseError(
            f"Another process is at work on this search ({path} is locked).",
            "Wait until it ends, or give this search a name of its own with --name.",
        ) from error
    return lock


def store(root: Path, kind: str, what: Any) -> None:
    """Do again what a Home did: write files, add a line to a file, say a text."""
    if kind == "files":
        folder, files = what
        write_files(root / folder, files)
    elif kind == "line":
        path, line = what
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with (root / path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")
    else:
        print(what, flush=True)


def folder_files(folder: Path) -> Files:
    """Return the files of a run's folder; none where there is no record that counts them."""
    if not (folder / RECORD).is_file():
        return {}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".new"
    }


def write_files(folder: Path, files: Files) -> None:
    """Make a run's folder hold exactly these files; cut off at any moment, it is a whole run.

    The record comes after all it names, and what it no longer names goes last. An event file
    that has only grown grows in place, so that a TensorBoard that is watching reads on.
    """
    ordered = sorted(files, key=lambda name: (name == RECORD, name))
    for name in ordered:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _grow(path, files[name]):
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(files[name])
            beside.replace(path)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()


def _grow(path: Path, content: bytes) -> bool:
    """Append what an event file has more than the one that is there; say whether that was all."""
    if "tfevents" not in path.name or not path.is_file():
        return False
    size = path.stat().st_size
    if size > len(content) or path.read_bytes() != content[:size]:
        return False
    with path.open("ab") as file:
        file.write(content[size:])
    return True
