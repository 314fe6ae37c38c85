"""Which pictures belong together: bursts by time or number, sources by folder, near copies by look.

Two pictures of one burst are nearly one picture. Where one is learned from and the other asked
about, the answer is known already. Reads times from files, and trusts nothing in them.
"""

import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from utils.data.pictures import FORMATS

__all__ = ["NearCopy", "Origin", "fingerprints", "near_copies", "origin_of", "together"]

SECONDS = 10  # from one picture of a burst to the next, at most
BLOCK = 8  # pictures that stay together where numbers alone speak, without a gap
FOLDER, CAMERA, NUMBERS, FILE, NONE = (
    "folder", "camera's time", "numbers", "file's time", "nothing: each alone"
)  # fmt: skip
EXIF_FOLDER, TAKEN, MAKER, MODEL = 0x8769, 0x9003, 0x010F, 0x0110  # EXIF's tags
TIME_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d{6})[_-]?(\d{6})")
NUMBER = re.compile(r"(.*?)(\d{3,9})")
ALIKE = 10  # of 128 signs that near copies may differ by: chosen by eye on drawn bursts
STEP = 3.0  # levels of grey that make a difference between neighbours


class Origin(NamedTuple):
    """Where a picture is from. name: of its class; source: the folders inside the class folder.

    taken: seconds by the camera's clock, None where it isn't told; camera: which one.
    changed: seconds by the file's own time. file: its path below the folder.
    """

    name: str
    source: str
    file: str
    taken: float | None
    camera: str
    changed: float


def origin_of(file: Path, below: Path) -> Origin:
    """Return a picture's origin. below: its path in the folder of the classes."""
    shown = unicodedata.normalize("NFC", below.as_posix())
    name, *source, _ = shown.split("/")
    taken, camera = _exif(file)
    return Origin(name, "/".join(source), shown, taken or _time_in(file.stem), camera,
                  file.stat().st_mtime)  # fmt: skip


def _exif(file: Path) -> tuple[float | None, str]:
    """Return when and with what a picture was taken, as far as it says so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of odd EXIF and large pictures
            with Image.open(file, formats=FORMATS) as image:
                exif = image.getexif()
                text = str(exif.get_ifd(EXIF_FOLDER).get(TAKEN, ""))
        camera = f"{exif.get(MAKER, '')} {exif.get(MODEL, '')}".strip()
        return _seconds(re.sub(r"\D", "", text)[:14]), camera
    except Exception:  # damaged EXIF raises nearly anything, and the picture is good without
        return None, ""


def _time_in(name: str) -> float | None:
    """Return the time that a phone has written into a name, `IMG_20260314_092653`."""
    found = TIME_IN_NAME.search(name)
    return _seconds("".join(found.groups())) if found else None


def _seconds(digits: str) -> float | None:
    try:
        return (datetime.strptime(digits, "%Y%m%d%H%M%S") - datetime(1900, 1, 1)).total_seconds()
    except ValueError:  # no time, such as the 00:00:00 of a camera whose clock was never set
        return None


def together(origins: Sequence[Origin]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each picture's group, (n,) int64 from 0, and by what it was found.

    The first of these that a picture has, decides. A folder inside the class folder is a source;
    one of the same name in another class is the same source. Pictures of one camera and class
    within ten seconds of the next are a burst, by the camera's clock. Numbers in names that follow
    one another are a burst, in blocks of eight where there is no gap at all. Files of a class
    written within ten seconds are one, unless that holds for all, as after a copy. Whatever has
    none of these stands alone.
    """
    found: dict[int, Key] = {}
    for members in _by(range(len(origins)), lambda number: origins[number].name).values():
        for way in (_by_folder, _by_camera, _by_number, _by_file, _alone):
            left = [number for number in members if number not in found]
            found |= {number: key for number, key in way(left, origins)}
    order: dict[Key, int] = {}
    groups = [order.setdefault(found[number], len(order)) for number in range(len(origins))]
    return np.array(groups, np.int64), tuple(str(found[one][0]) for one in range(len(origins)))


Key = tuple[object, ...]  # what a group is told by; the first part is by what it was found
Found = Iterator[tuple[int, Key]]


def _by_folder(members: Sequence[int], origins: Sequence[Origin]) -> Found:
    for one in members:
        if origins[one].source:
            yield one, (FOLDER, origins[one].source)


def _by_camera(members: Sequence[int], origins: Sequence[Origin]) -> Found:
    timed = [one for one in members if origins[one].taken is not None]
    for camera, mine in _by(timed, lambda one: origins[one].camera).items():
        for number, chain in enumerate(_chains(mine, lambda one: origins[one].taken, SECONDS)):
            for one in chain:
                yield one, (CAMERA, origins[one].name, camera, number)


def _by_number(members: Sequence[int], origins: Sequence[Origin]) -> Found:
    parts = {one: NUMBER.fullmatch(PurePosixPath(origins[one].file).stem) for one in members}
    named = {one: (part[1], int(part[2])) for one, part in parts.items() if part}
    for prefix, mine in _by(named, lambda one: named[one][0]).items():
        runs = _chains(mine, lambda one: named[one][1], 1)
        if len(runs) == 1:
            runs = [runs[0][start : start + BLOCK] for start in range(0, len(mine), BLOCK)]
        for number, run in enumerate(runs):
            for one in run:
                yield one, (NUMBERS, origins[one].name, prefix, number)


def _by_file(members: Sequence[int], origins: Sequence[Origin]) -> Found:
    chains = _chains(members, lambda one: origins[one].changed, SECONDS)
    for number, chain in enumerate(chains if len(chains) > 1 else []):
        for one in chain:
            yield one, (FILE, origins[one].name, number)


def _alone(members: Sequence[int], origins: Sequence[Origin]) -> Found:
    for one in members:
        yield one, (NONE, origins[one].file)


def _by(members: Iterable[int], key: Callable[[int], Any]) -> dict[Any, list[int]]:
    """Return the members by what key says of each."""
    found: dict[Any, list[int]] = defaultdict(list)
    for one in members:
        found[key(one)].append(one)
    return found


def _chains(members: Sequence[int], key: Callable[[int], Any], most: float) -> list[list[int]]:
    """Return members in order, cut where the next one's key is more than `most` further."""
    chains: list[list[int]] = []
    for one in sorted(members, key=key):
        if chains and key(one) - key(chains[-1][-1]) <= most:
            chains[-1].append(one)
        else:
            chains.append([one])
    return chains


class NearCopy(NamedTuple):
    """Two pictures that look alike: numbers of both, and by how many of 128 signs they differ."""

    first: int
    second: int
    differ: int


def fingerprints(images: np.ndarray) -> np.ndarray:
    """Return what pictures look like in 128 signs each, (n, 2) uint64.

    images: (n, height, width, 3) uint8. Each is averaged to a grey 9 × 9; a sign says whether a
    field is clearly darker than its neighbour to the right, or below.
    Source: the difference hash, N. Krawetz, "Kind of Like That" (2013).
    """
    small = np.stack([_small(image) for image in images])
    signs = [small[:, :8, 1:] - small[:, :8, :-1], small[:, 1:, :8] - small[:, :-1, :8]]
    bits = np.stack([one.reshape(len(images), 64) > STEP for one in signs], 1)
    return np.packbits(bits, axis=2).view(np.uint64)[..., 0]


def _small(image: np.ndarray) -> np.ndarray:
    grey = Image.fromarray(image).convert("L").resize((9, 9), Image.Resampling.BOX)
    return np.asarray(grey, np.float32)


def near_copies(
    images: np.ndarray, first: np.ndarray, second: np.ndarray, most: int = ALIKE
) -> list[NearCopy]:
    """Return for each picture of `first` the one of `second` that looks most like it, if any does.

    images: (n, height, width, 3) uint8. first, second: numbers of pictures, such as those of
    validation and of training. most: signs of 128 by which near copies may differ.
    """
    if not len(first) or not len(second):
        return []
    marks, found = fingerprints(images), []
    for one in first:
        differ = np.bitwise_count(marks[one] ^ marks[second]).sum(axis=1)
        nearest = int(differ.argmin())
        if differ[nearest] <= most:
            found.append(NearCopy(int(one), int(second[nearest]), int(differ[nearest])))
    return found
