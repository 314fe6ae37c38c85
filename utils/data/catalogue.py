"""Which data sets there are, where each lies on this machine, and whether it can be trusted."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from utils import settings
from utils.data.cats_dogs import CatsDogsPhotos
from utils.data.damage import Damaged, reachable, set_aside
from utils.data.dataset import Dataset, Split, contents_sha256
from utils.data.download import Archive
from utils.data.public_sets import CIFAR10_CLASSES, Cifar10, Mnist, PublicSet, pick
from utils.errors import CourseError

__all__ = [
    "SETS",
    "Found",
    "SetStatus",
    "fetch",
    "find",
    "get",
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

    shared: whether that is in COURSE_DATA, which the course only reads.
    """

    path: Path
    shared: bool


@dataclass(frozen=True)
class SetStatus:
    """One line of `course data`.

    state: `real (COURSE_DATA)`, `cached` or `missing`.
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


def find(one: PublicSet) -> Found | None:
    """Return where the set lies, COURSE_DATA before our cache; None where it is in neither."""
    ours = settings.cache_dir()
    with reachable(ours):
        theirs = settings.shared_data_dir()
    for folder, shared in ((theirs, True), (ours, False)):
        if folder is None or not os.path.lexists(folder):
            continue
        with reachable(folder):
            if folder / one.found_as in folder.iterdir():
                return Found(folder / one.found_as, shared)
    return None


def read(one: PublicSet, found: Found) -> Dataset:
    """Read and check the set.

    Raises CourseError that names a damaged file. In our cache the file is set aside too.
    """
    try:
        with reachable(found.path):
            public, test = one.read(found.path, ours=not found.shared)
    except Damaged as damage:
        raise _after(damage, one, found) from damage
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
    if found is not None:
        try:
            with reachable(found.path):
                one.read(found.path, ours=not found.shared)
            return found.path
        except Damaged as damage:
            if found.shared:
                raise _after(damage, one, found) from damage
            with reachable(found.path):
                set_aside(found.path)
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
    state = "real (COURSE_DATA)" if found.shared else "cached"
    total, notes = 0, []
    with reachable(found.path):
        for file, wanted in one.files(found.path).items():
            if not file.exists():
                notes.append(f"{file.name} is missing")
                continue
            size = file.stat().st_size
            total += size
            if wanted is not None and size != wanted:
                notes.append(f"{file.name} has {size:,} bytes instead of {wanted:,}")
    return SetStatus(one.name, state, found.path, total, "; ".join(notes))


def _after(damage: Damaged, one: PublicSet, found: Found) -> CourseError:
    """Deal with a damaged file and return the error that says so."""
    if found.shared:
        return CourseError(
            damage.problem,
            "The course only reads COURSE_DATA: put the right file there, or unset COURSE_DATA.",
        )
    problem = damage.problem
    if os.path.lexists(damage.path):
        with reachable(damage.path):
            problem = f"{problem.rstrip('.')}; it is now called {set_aside(damage.path).name}."
    return CourseError(problem, f"Run `course data fetch {one.name}` to get it anew.")
