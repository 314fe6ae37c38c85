"""Your own pictures: a folder of class folders read as arrays of one size.

Each folder inside is a class, and its name the label, in any script; a folder inside that one is a
source, such as a place or a person. Every file is taken for damaged until it has been read: what
can't be is named, with the reason, and left out. Knows no network, and downloads nothing.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from utils.data.picture_groups import Origin, origin_of, together
from utils.data.pictures import OFFERED, read_picture
from utils.errors import CourseError
from utils.settings import resolve_path

__all__ = ["OwnPictures", "Skipped", "read_folder", "square"]

SIZE, LARGEST = 32, 256  # pixels a side: unless asked for another one, and at most
MOST_BYTES = 2_000_000_000  # of all pictures together, as arrays
LEAST = 8  # pictures a class, unless asked for another number
PACKED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
NOBODYS = {"thumbs.db", "desktop.ini", "__macosx"}  # what systems put beside pictures, and .names


class Skipped(NamedTuple):
    """A file that isn't among the pictures. file: below the folder; why: a sentence."""

    file: str
    why: str


@dataclass(frozen=True, eq=False, repr=False)
class OwnPictures:
    """Pictures with labels, and which of them belong together.

    images: (n, size, size, 3) uint8. labels: (n,) int64, indices into class_names.
    files: where each lies below the folder, such as `cup/kitchen/IMG_0017.jpg`.
    groups: (n,) int64; pictures with the same number are of one burst or source.
    evidence: of each picture, by what its group was found.
    skipped: what was left out, and why.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    files: tuple[str, ...]
    groups: np.ndarray
    evidence: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        """Say how many pictures and groups a class has, how they were found, what was skipped."""
        lines = []
        for label, name in enumerate(self.class_names):
            mine = self.labels == label
            groups = len(np.unique(self.groups[mine]))
            lines.append(f"{name}: {mine.sum()} pictures in {groups} groups")
        ways = Counter(self.evidence).most_common()
        lines.append("groups found by " + ", ".join(f"{way} ({n})" for way, n in ways))
        lines += [f"skipped {one.file}: {one.why}" for one in self.skipped[:10]]
        if len(self.skipped) > 10:
            lines.append(f"skipped {len(self.skipped) - 10} others; see `.skipped`")
        return "\n".join(lines)


def read_folder(folder: str | Path, size: int = SIZE, least: int = LEAST) -> OwnPictures:
    """Return the pictures of a folder that has a folder for each class.

    size: pixels a side; each picture is cut to its middle square and averaged to that.
    least: how many pictures each class must have.

    Pictures are turned as their file says, transparency is put on white; grey, palettes and CMYK
    become red, green and blue; of an animation it is the first frame. No link to a folder is
    followed, no archive unpacked. Which pictures belong together: `picture_groups.together`.
    Raises CourseError for a folder that isn't there or can't be read, for fewer than two classes
    or too few pictures in one, and where all pictures together would take more than 2 GB.
    """
    root = _folder(resolve_path(folder))
    if not 8 <= size <= LARGEST:
        raise CourseError(f"A size of {size} can't be had.", f"Give a `size` from 8 to {LARGEST}.")
    read, skipped = _read(root, size)
    names = tuple(sorted({origin.name for origin, _ in read}))
    _check(root, names, Counter(origin.name for origin, _ in read), skipped, least)
    origins = [origin for origin, _ in read]
    groups, evidence = together(origins)
    return OwnPictures(
        np.stack([image for _, image in read]),
        np.array([names.index(one.name) for one in origins], np.int64),
        names, tuple(one.file for one in origins), groups, evidence, tuple(skipped),
    )  # fmt: skip


def square(picture: np.ndarray, size: int) -> np.ndarray:
    """Return the middle square of a picture (height, width, 3) uint8, averaged to size × size."""
    height, width = picture.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    image = Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def _folder(root: Path) -> Path:
    """Return the folder; say what a path is that is none."""
    if root.is_dir():
        return root
    if not root.exists():
        raise CourseError(f"There is no folder {root}.", "Give a folder with a folder a class.")
    if root.suffix.lower() in PACKED:
        raise CourseError(
            f"{root} is a packed file, which isn't unpacked here.", "Unpack it; give its folder."
        )
    raise CourseError(f"{root} is a file.", "Give the folder that holds a folder a class.")


def _read(root: Path, size: int) -> tuple[list[tuple[Origin, np.ndarray]], list[Skipped]]:
    """Return origin and array of each picture, in the order of their names, and what isn't one."""
    read: list[tuple[Origin, np.ndarray]] = []
    skipped: list[Skipped] = []
    for file in _files(root, skipped):
        below = file.relative_to(root)
        if why := _none_of_ours(below):
            skipped.append(Skipped(_shown(below), why))
            continue
        try:
            picture = square(read_picture(file, enough=(size, size)), size)
        except CourseError as error:
            skipped.append(Skipped(_shown(below), _short(error.problem, file)))
            continue
        if (len(read) + 1) * picture.nbytes > MOST_BYTES:
            raise CourseError(
                f"The pictures in {root} take more than 2 GB at {size} × {size} pixels.",
                "Give a smaller `size`, or move a part of them elsewhere.",
            )
        read.append((origin_of(file, below), picture))
    return read, skipped


def _files(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Yield every file below a folder, in the order of their names; note what can't be opened."""

    def closed(error: OSError) -> None:
        below = Path(error.filename).relative_to(root)
        skipped.append(Skipped(_shown(below), f"can't be opened ({error.strerror})"))

    for place, folders, files in os.walk(root, onerror=closed):
        for name in folders:
            if (linked := Path(place, name)).is_symlink():
                skipped.append(Skipped(_shown(linked.relative_to(root)), "is a link to a folder"))
        folders[:] = sorted(name for name in folders if not _nobodys(name))
        yield from (Path(place, name) for name in sorted(files) if not _nobodys(name))


def _nobodys(name: str) -> bool:
    return name.startswith(".") or name.lower() in NOBODYS


def _none_of_ours(below: Path) -> str:
    """Return why a file is no picture of a class, as far as its name says that; or nothing."""
    if below.suffix.lower() in PACKED:
        return "is a packed file; unpack it, and remove it"
    if len(below.parts) == 1:
        return "lies beside the class folders, in none"
    if _shown(below) != unicodedata.normalize("NFC", below.as_posix()):
        return "has a name that is no text; rename it"
    return ""


def _shown(below: Path) -> str:
    """Return a path as text that can be printed, and compared with another system's."""
    text = below.as_posix().encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text)


def _short(problem: str, file: Path) -> str:
    """Return what is wrong with a file without the file's whole path."""
    return problem.removeprefix(f"{file} ").rstrip(".")


def _check(
    root: Path, names: tuple[str, ...], counts: Counter[str], skipped: list[Skipped], least: int
) -> None:
    """Raise CourseError where there are too few classes, or too few pictures in one."""
    also = ""
    if skipped:
        also = (
            f" {len(skipped)} files were skipped, {skipped[0].file} for one: it {skipped[0].why}."
        )
    if not names:
        raise CourseError(
            f"{root} has no class folder with a picture in it.{also}",
            f"Make a folder a class in it, and put pictures there: {OFFERED}.",
        )
    if len(names) == 1:
        raise CourseError(
            f"{root} has pictures of one class alone, {names[0]}.{also}",
            "Make a folder for another class beside it: a network chooses between two at least.",
        )
    if few := [f"{name} has {counts[name]}" for name in names if counts[name] < least]:
        raise CourseError(
            f"There are too few pictures: {', '.join(few)}; {least} a class are needed.{also}",
            "Take more of them, on other days and in other places; or give a smaller `least`.",
        )
