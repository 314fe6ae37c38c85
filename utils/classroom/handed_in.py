"""What learners handed in: files in a folder or a zip, as any learning platform lays them out.

Links aren't followed, and a zip is read in memory: nothing of it is ever written, wherever its
names point. Knows nothing of what is in the files.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from utils.errors import CourseError

__all__ = ["Handed", "HandedIn", "Refused", "handed_in", "newest"]

LARGEST, MOST, ALL = 20_000_000, 500, 200_000_000  # bytes of a file; files and bytes of a zip
_OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
# Left by programs; no learner means to hand it in.
_LITTER = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini",
           "__pycache__"}  # fmt: skip
# How platforms name a learner's folder, and a file where there are no folders. Moodle, then
# Brightspace; Blackboard, Canvas, Google Classroom, and by hand.
_FOLDERS = (
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?.*",
    r"(?P<id>\d+-\d+) - (?P<name>.+?) - .+",
)
_FILES = (
    _FOLDERS[0],
    r".+_(?P<name>[^_]+)_attempt_\d{4}-\d\d-\d\d-.+",
    r"(?P<name>[^_\d][^_]*?)(?:_LATE)?_(?P<id>\d+)_\d+_.+",
    r"(?P<name>.+?)(?: - | ?– ?|[_ -]+)\d\d_[a-z].*",
    r"(?P<name>.+?)(?: - .*)?",
)


@dataclass(frozen=True)
class Handed:
    """A file. learner: as the platform names them; number: the platform's own, where it has one.

    place: where it lies, below what was given; for people, never to be opened.
    time: when it was last written, in seconds since 1970.
    """

    learner: str
    number: str
    place: str
    time: float
    content: bytes = b""

    @property
    def who(self) -> tuple[str, str]:
        """What tells a learner from all others, whatever the capitals of the name."""
        plain = unicodedata.normalize("NFKC", self.learner).casefold()
        return " ".join(plain.split()), self.number


@dataclass(frozen=True)
class Refused:
    """A file that isn't read, and why, as the end of a sentence."""

    learner: str
    place: str
    why: str


@dataclass(frozen=True)
class HandedIn:
    """All that was found. others: places of files that nobody asked for, such as a PDF."""

    files: tuple[Handed, ...]
    refused: tuple[Refused, ...]
    others: tuple[str, ...]


def handed_in(folder: Path, endings: Collection[str]) -> HandedIn:
    """Return the files of those endings (`.ipynb`) in a folder or a zip, in the places' order.

    Raises CourseError where there is no such folder, or it can't be read.
    """
    if folder.is_dir():
        found = list(_in_folder(folder, endings))
    elif folder.suffix.lower() == ".zip" and folder.is_file():
        whole = _of(("",), folder.stat().st_mtime)
        found = list(_in_zip(whole, folder.read_bytes(), endings, depth=0))
    else:
        raise CourseError(
            f"There is no folder {folder}.", "Give the folder, or the zip, of what was handed in."
        )
    files = [one for one in found if isinstance(one, Handed)]
    return HandedIn(
        tuple(_told_apart(sorted(files, key=lambda one: one.place))),
        tuple(one for one in found if isinstance(one, Refused)),
        tuple(one for one in found if isinstance(one, str)),
    )


Found = Handed | Refused | str


def _in_folder(folder: Path, endings: Collection[str]) -> Iterator[Found]:
    def stop(error: OSError) -> None:
        raise error

    for at, folders, files in os.walk(folder, onerror=stop):
        for name in sorted(folders):
            path = Path(at, name)
            if path.is_symlink():
                yield _refusal(path.relative_to(folder).parts, "is a link, which isn't followed")
        folders[:] = sorted(name for name in folders if name not in _LITTER)
        for name in sorted(files):
            if name not in _LITTER and not name.startswith("._"):
                yield from _file(Path(at, name), folder, endings)


def _file(path: Path, folder: Path, endings: Collection[str]) -> Iterator[Found]:
    parts = path.relative_to(folder).parts
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        yield _refusal(parts, "is a link, which isn't followed")
    elif not stat.S_ISREG(about.st_mode):
        yield _refusal(parts, "is no ordinary file")
    else:
        file = _of(parts, about.st_mtime)
        yield from _read(file, about.st_size, lambda: _bytes(path), endings, 0)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _read(
    file: Handed, size: int, content: Callable[[], bytes], endings: Collection[str], depth: int
) -> Iterator[Found]:
    ending = Path(file.place).suffix.lower()
    if ending in _OTHER_ARCHIVES:
        yield Refused(file.learner, file.place, "is packed: unpack it first")
    elif ending not in (".zip", *endings):
        yield file.place
    elif size > (ALL if ending == ".zip" else LARGEST):
        yield Refused(file.learner, file.place, f"is too large ({size / 1e6:.0f} MB)")
    elif ending == ".zip" and depth:
        yield Refused(file.learner, file.place, "is a zip inside a zip")
    elif ending == ".zip":
        yield from _in_zip(file, content(), endings, depth + 1)
    else:
        yield replace(file, content=content())


def _in_zip(
    packed: Handed, content: bytes, endings: Collection[str], depth: int
) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MOST * (1 if depth else 100):
                yield Refused(packed.learner, packed.place, f"holds {len(members):,} files")
                return
            left = ALL * (1 if depth else 20)
            for one in members:
                left -= one.file_size
                if left < 0:
                    yield Refused(packed.learner, packed.place, "unpacks to far too much")
                    return
                yield from _member(packed, archive, one, endings, depth)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        yield Refused(packed.learner, packed.place, f"is a damaged zip ({error})")


def _member(
    packed: Handed,
    archive: zipfile.ZipFile,
    one: zipfile.ZipInfo,
    endings: Collection[str],
    depth: int,
) -> Iterator[Found]:
    parts = [part for part in re.split(r"[/\\]", one.filename) if part not in ("", ".", "..")]
    if not parts or set(parts) & _LITTER or parts[-1].startswith("._"):
        return
    place = "/".join([packed.place, *parts] if depth else parts)
    file = replace(packed if depth else _of(parts, 0), place=place, time=_time(one))
    if one.flag_bits & 1:
        yield Refused(file.learner, place, "is encrypted")
    elif stat.S_ISLNK(one.external_attr >> 16):
        yield Refused(file.learner, place, "is a link, which isn't followed")
    else:
        yield from _read(file, one.file_size, lambda: _unpacked(archive, one), endings, depth)


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    with archive.open(one) as file:
        return file.read(ALL + 1)


def _time(one: zipfile.ZipInfo) -> float:
    try:
        return datetime(*one.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _refusal(parts: Sequence[str], why: str) -> Refused:
    return Refused(_of(parts, 0).learner, "/".join(map(_shown, parts)), why)


def _of(parts: Sequence[str], time: float) -> Handed:
    """Return whose file lies there, by the names of its folders, or its own where it has none."""
    parts = [_shown(part) for part in parts]
    place = "/".join(parts)
    for part in parts[:-1]:
        for pattern in _FOLDERS:
            if found := re.fullmatch(pattern, part, re.DOTALL):
                return Handed(found["name"].strip(), found["id"], place, time)
    if len(parts) > 1:
        return Handed(parts[0].strip(), "", place, time)
    for pattern in _FILES:
        if found := re.fullmatch(pattern, Path(parts[-1]).stem, re.DOTALL):
            return Handed(found["name"].strip(), found.groupdict().get("id") or "", place, time)
    return Handed(Path(parts[-1]).stem, "", place, time)


def _shown(name: str) -> str:
    """Return a name as text that any page and table can hold."""
    text = name.encode(errors="surrogateescape").decode(errors="replace")
    return unicodedata.normalize("NFC", "".join(" " if ord(one) < 32 else one for one in text))


def _told_apart(files: Sequence[Handed]) -> Iterator[Handed]:
    """Name learners by their numbers too where several have one name."""
    numbers = defaultdict(set)
    for one in files:
        numbers[one.who[0]].add(one.number)
    for one in files:
        alike = len(numbers[one.who[0]]) > 1 and one.number
        yield replace(one, learner=f"{one.learner} ({one.number})") if alike else one


def newest(files: Sequence[Handed]) -> tuple[Handed, list[Handed]]:
    """Return the file that counts of several that stand for the same, and the others.

    It is the one written last; of one time, the one of the highest number, as of `x (2).ipynb`.
    """

    def rank(one: Handed) -> tuple[float, int, str]:
        copy = re.search(r"[( -](\d{1,3})\)?\.\w+$", one.place)
        return one.time, int(copy[1]) if copy else 0, one.place

    first, *others = sorted(files, key=rank, reverse=True)
    return first, others
