"""Which data sets there are, where each lies on this machine, and whether it can be trusted."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from utils import settings
from utils.data.cats_dogs import CatsDogsPhotos
from utils.data.damage import Damaged, put_away, reachable
from utils.data.dataset import Dataset, Split, contents_sha256
from utils.data.download import Archive
from utils.data.public_sets import CIFAR10_CLASSES, Cifar10, Mnist, PublicSet, pick
from utils.data.untrusted import size_of
from utils.errors import CourseError

__all__ = [
    "SETS",
    "Found",
    "SetStatus",
    "fetch",
    "find",
    "get",
    "places",
    "read",
    "status",
    "verify",
]

# SHA-256 and size of both archives: tensorflow/datasets, url_checksums/cifar10.txt, and Keras's
# mnist.py. Where a mirror was seen in use is said in data/README.md.
_MNIST = Archive(
    "mnist.npz",
    (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
        "https://s3.amazonaws.com/img-datasets/mnist.npz",
    ),
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    11_490_434,
)
_CIFAR10 = Archive(
    "cifar-10-binary.tar.gz",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    ),
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    170_052_171,
)
# Downloaded by tensorflow-datasets 4.9.10, whose own url_checksums/cats_vs_dogs.txt this is.
_PHOTOS = Archive(
    "kagglecatsanddogs_5340.zip",
    (
        "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
        "kagglecatsanddogs_5340.zip",
    ),
    "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
    824_887_076,
)

_CIFAR_FOLDER = "cifar-10-batches-bin"
_DIGITS = tuple("0123456789")

SETS: dict[str, PublicSet] = {
    one.name: one
    for one in (
        Mnist("mnist", "MNIST", "mnist.npz", _MNIST, _DIGITS, 60_000, 5_000, 10_000, True),
        Cifar10(
            *("cifar10", "CIFAR-10", _CIFAR_FOLDER, _CIFAR10, CIFAR10_CLASSES),
            *(50_000, 5_000, 10_000),
        ),
        Cifar10(
            *("cats_dogs", "CIFAR-10's cats and dogs", _CIFAR_FOLDER, _CIFAR10, ("cat", "dog")),
            *(50_000, 5_000, 10_000),
            only=(CIFAR10_CLASSES.index("cat"), CIFAR10_CLASSES.index("dog")),
        ),
        CatsDogsPhotos(
            *("cats_dogs_photos", "Microsoft's cats and dogs", "cats-dogs-64", _PHOTOS),
            *(("cat", "dog"), 18_000, 2_000, 2_000),
        ),
    )
}


class Found(NamedTuple):
    """Where a set lies.

    shared: whether the course only reads there: in COURSE_DATA, or in the data/ of an
        installation for a class.
    """

    path: Path
    shared: bool


@dataclass(frozen=True)
class SetStatus:
    """One line of `course data`.

    state: `real (COURSE_DATA)`, `real (installed)`, `cached` or `missing`.
    size: bytes on this machine; 0 where it is missing.
    note: what is wrong with it or how to get it; after `verify` what it holds; else empty.
    """

    name: str
    state: str
    path: Path
    size: int
    note: str

    def __str__(self) -> str:
        size = f"{self.size / 1e6:.1f} MB" if self.size else "-"
        note = f"\n{'':17}{self.note}" if self.note else ""
        return f"{self.name:<17}{self.state:<20}{size:>9}  {self.path}{note}"


def get(name: str) -> PublicSet:
    """Return the set of that name; raise CourseError where there is none."""
    if name not in SETS:
        raise CourseError(f"There is no data set {name!r}.", f"Choose one of: {', '.join(SETS)}.")
    return SETS[name]


def places() -> list[Found]:
    """Return the folders that sets are looked for in, in that order.

    They are COURSE_DATA, the course's own data/ where it can't be written (there whoever has
    installed the course for a class has fetched them), and our cache.
    """
    ours = settings.cache_dir()
    with reachable(ours):
        theirs = settings.shared_data_dir()
    found = [] if theirs is None else [Found(theirs, shared=True)]
    installed = _installed()
    if settings.own_dir() != settings.ROOT and os.access(installed, os.R_OK | os.X_OK):
        found.append(Found(installed, shared=True))
    return [*found, Found(ours, shared=False)]


def _installed() -> Path:
    return settings.ROOT / "data"


def find(one: PublicSet) -> Found | None:
    """Return where the set lies, the first of `places` that has it; None where none has."""
    for folder, shared in places():
        if not os.path.lexists(folder):
            continue
        with reachable(folder):
            if folder / one.found_as in folder.iterdir():
                return Found(folder / one.found_as, shared)
    return None


def read(one: PublicSet, found: Found) -> Dataset:
    """Read and check the set.

    Raises CourseError that names a damaged file. In our cache the file is set aside too.
    """
    public, test = _checked(one, found)
    n = len(public) - one.validation
    train, validation = public.first(n), Split(public.images[n:], public.labels[n:])
    if isinstance(one, Cifar10) and one.only:
        train, validation, test = (pick(split, one.only) for split in (train, validation, test))
    source = f"{one.title}, real data, read from {found.path}."
    return Dataset(
        one.name,
        train,
        validation,
        test,
        one.class_names,
        source,
        contents_sha256(train, validation, test),
        real=True,
    )


def fetch(name: str, progress: bool = True) -> Path:
    """Return the path of the real set, downloaded unless a good copy is on this machine.

    A damaged copy in our cache is set aside first; one in COURSE_DATA raises CourseError.
    """
    one = get(name)
    found = find(one)
    if found is not None and _only_read(found):
        _checked(one, found)
        return found.path
    return one.fetch(settings.cache_dir(), progress)


def status() -> list[SetStatus]:
    """Return where each set lies, by a look at names and sizes alone; `verify` reads them."""
    return [_status(one, find(one)) for one in SETS.values()]


def verify(name: str) -> SetStatus:
    """Read and check the whole set; raise CourseError for a damaged one, as `load` does."""
    one = get(name)
    found = find(one)
    line = _status(one, found)
    if found is None:
        return line
    dataset = read(one, found)
    sizes = "/".join(f"{len(s):,}" for s in (dataset.train, dataset.validation, dataset.test))
    note = f"{sizes} pictures, contents SHA-256 {dataset.sha256}"
    return SetStatus(line.name, line.state, line.path, line.size, note)


def _status(one: PublicSet, found: Found | None) -> SetStatus:
    if found is None:
        megabytes = one.archive.size / 1e6
        note = f"get it ({megabytes:.0f} MB) by `course data fetch {one.name}`"
        return SetStatus(one.name, "missing", settings.cache_dir() / one.found_as, 0, note)
    total, notes = 0, []
    for file, wanted in one.files(found.path).items():
        try:
            size = size_of(file)
        except Damaged as damage:
            notes.append(f"{damage.path.name} {damage.what}")
            continue
        except OSError as error:
            notes.append(f"{file.name} can't be used: {(error.strerror or str(error)).lower()}")
            continue
        total += size
        if wanted is not None and size != wanted:
            notes.append(f"{file.name} has {size:,} bytes instead of {wanted:,}")
    return SetStatus(one.name, _state(found), found.path, total, "; ".join(dict.fromkeys(notes)))


def _state(found: Found) -> str:
    if not found.shared:
        return "cached"
    return "real (COURSE_DATA)" if found.path.parent != _installed() else "real (installed)"


def _only_read(found: Found) -> bool:
    """Say whether nothing may be, or can be, changed where the set lies."""
    return found.shared or not os.access(found.path.parent, os.W_OK)


def _checked(one: PublicSet, found: Found) -> tuple[Split, Split]:
    """Read the set; deal with a damaged file and raise what says so.

    Another process may be changing it this moment. So what seems damaged in our cache is read
    once more when nobody else has it, and only then set aside.
    """
    path = found.path
    try:
        with reachable(path):
            return one.read(path, ours=not found.shared)
    except Damaged as damage:
        if _only_read(found):
            raise CourseError(damage.problem, _advice(found)) from damage
    with one.held(path.parent), reachable(path):
        try:
            return one.read(path, ours=True)
        except Damaged as damage:
            raise put_away(damage, one.name) from damage


def _advice(found: Found) -> str:
    """Say what to do about a damaged set where the course only reads."""
    folder = found.path.parent
    if not found.shared:
        return f"Give your user the right to write in {folder}, then fetch it anew."
    if folder == _installed():
        return (
            f"The course only reads {folder} here: ask whoever installed it to fetch it anew, or "
            "set COURSE_DATA to a folder with the data."
        )
    return "The course only reads COURSE_DATA: put the right file there, or unset COURSE_DATA."
