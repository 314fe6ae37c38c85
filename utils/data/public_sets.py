"""The public data sets: how each is fetched, laid out, read and checked. Never by pickle.

A set's `read` trusts nothing: sizes, shapes, types and label ranges are compared with what the
set is known to have, and the first file that differs is named.
"""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from utils.data.damage import Damaged, put_away, reachable, set_aside
from utils.data.dataset import Split
from utils.data.download import Archive, download
from utils.data.leftovers import sweep
from utils.data.untrusted import Header, Npz, read_whole, size_of, tar_files
from utils.files import lock, whole

__all__ = ["CIFAR10_CLASSES", "Cifar10", "Mnist", "PublicSet", "pick"]

CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


@dataclass(frozen=True)
class PublicSet(ABC):
    """One public data set.

    found_as: the file or folder that it is once unpacked, in COURSE_DATA or in our cache.
    train: pictures of the public training part; its last `validation` ones are our validation.
    automatic: whether `auto` may download it unasked.
    """

    name: str
    title: str
    found_as: str
    archive: Archive
    class_names: tuple[str, ...]
    train: int
    validation: int
    test: int
    automatic: bool = False

    @abstractmethod
    def files(self, path: Path) -> dict[Path, int | None]:
        """Return the files that make up the set, each with the bytes it must have, if fixed."""

    @abstractmethod
    def read(self, path: Path, ours: bool) -> tuple[Split, Split]:
        """Return the public training part and the test part; raise Damaged for a bad file.

        ours: whether it lies in our cache. Then it must have the public checksum too.
        """

    @abstractmethod
    def _bring(self, folder: Path, progress: bool) -> None:
        """Download the set into folder, where it isn't, and unpack it there."""

    @property
    def _archives(self) -> tuple[str, ...]:
        """The names of what is downloaded into the folder itself."""
        return (self.archive.name,)

    @contextmanager
    def held(self, folder: Path) -> Iterator[None]:
        """Be the only one who changes the set in that folder of ours; wait for who does now."""
        with lock(folder / f".{self.found_as}.lock"):
            yield

    def fetch(self, folder: Path, progress: bool) -> Path:
        """Return the path of the set in our folder, downloaded unless a good copy is there.

        From the look at what is there to the end one process has it alone: who waited for another
        finds what that one brought. A damaged copy is set aside, and leftovers are removed.
        """
        path = folder / self.found_as
        with self.held(folder), reachable(folder):
            sweep(folder, self.found_as, self._archives, complete=False)
            if os.path.lexists(path):
                try:
                    self.read(path, ours=True)
                except Damaged:
                    set_aside(path)
            if not os.path.lexists(path):
                self._bring(folder, progress)
            sweep(folder, self.found_as, self._archives, complete=True)
        return path

    def _download(self, folder: Path, progress: bool) -> Path:
        remedy = (
            f"Check the network and run `course data fetch {self.name}` again, or put "
            f"{self.found_as} into {folder} yourself (from {self.archive.urls[0]})."
        )
        return download(self.archive, folder, remedy, progress)


@dataclass(frozen=True)
class Mnist(PublicSet):
    """`mnist.npz`: four arrays, x_train, y_train, x_test and y_test."""

    def files(self, path: Path) -> dict[Path, int | None]:
        return {path: None}

    def read(self, path: Path, ours: bool) -> tuple[Split, Split]:
        unpacked = (self.train + self.test) * (28 * 28 + 1)  # bytes; NumPy may not have packed it
        data = read_whole(path, self.archive.size if ours else 3 * unpacked)
        if ours and _sha256(data) != self.archive.sha256:
            raise Damaged(path, "doesn't have the checksum of the public file")
        arrays = Npz(path, data)
        parts = (("train", self.train), ("test", self.test))
        train, test = (self._split(arrays, part, n) for part, n in parts)
        return train, test

    def _bring(self, folder: Path, progress: bool) -> None:
        self._download(folder, progress)

    def _split(self, arrays: Npz, part: str, n: int) -> Split:
        def wrong_images(has: Header) -> str:
            if has.dtype == np.uint8 and has.shape == (n, 28, 28):
                return ""
            have = f"{has.dtype} pictures of shape {has.shape}"
            return f"has {have} instead of uint8 {(n, 28, 28)}"

        def wrong_labels(has: Header) -> str:
            if has.dtype.kind in "ui" and has.shape == (n,):
                return ""
            return f"has {has.dtype} labels of shape {has.shape} instead of integers {(n,)}"

        images = arrays.array(f"x_{part}", wrong_images)
        labels = arrays.array(f"y_{part}", wrong_labels)
        _check_labels(arrays.path, labels, len(self.class_names))
        return Split(images[..., None], labels.astype(np.int64))


@dataclass(frozen=True)
class Cifar10(PublicSet):
    """`cifar-10-batches-bin/`, the binary version: records of one label byte and 3,072 pixels.

    batch: records a file.
    only: the classes to keep, as CIFAR-10's labels; all when empty.
    """

    batch: int = 10_000
    only: tuple[int, ...] = ()

    def files(self, path: Path) -> dict[Path, int | None]:
        numbers = range(1, 1 + self.train // self.batch)
        names = [f"data_batch_{number}.bin" for number in numbers] + ["test_batch.bin"]
        return {path / name: self.batch * _RECORD for name in names}

    def read(self, path: Path, ours: bool) -> tuple[Split, Split]:
        known = _read_checksums(path) if ours else {}
        *batches, test = self.files(path)
        return self._join(batches, known), self._join([test], known)

    def _bring(self, folder: Path, progress: bool) -> None:
        archive = self._download(folder, progress)
        try:
            with whole(folder / self.found_as) as beside:
                beside.mkdir()
                self._unpack(archive, beside)
        except Damaged as damage:
            raise put_away(damage, self.name) from damage

    def _unpack(self, archive: Path, folder: Path) -> None:
        """Write the archive's files that we know, and their checksums, into the folder."""
        sums = []
        sizes = {file.name: size or 0 for file, size in self.files(folder).items()}
        sizes["batches.meta.txt"] = _SMALL
        wanted = {f"cifar-10-batches-bin/{name}": size for name, size in sizes.items()}
        for member, data in tar_files(archive, wanted):
            name = member.rpartition("/")[2]
            (folder / name).write_bytes(data)
            sums.append(f"{_sha256(data)}  {name}\n")
        (folder / _CHECKSUMS).write_text("".join(sums), encoding="ascii")
        try:
            self.read(folder, ours=False)
        except Damaged as damage:
            raise Damaged(archive, f"holds a {damage.path.name} that {damage.what}") from damage

    def _join(self, files: list[Path], known: dict[str, str]) -> Split:
        """Read the files into one array, one file at a time: no more than that is held twice."""
        n = len(files) * self.batch
        images, labels = np.empty((n, 32, 32, 3), np.uint8), np.empty(n, np.int64)
        for number, file in enumerate(files):
            records = _read_records(file, self.batch, known.get(file.name))
            _check_labels(file, records[:, 0], 10)
            part = slice(number * self.batch, (number + 1) * self.batch)
            labels[part] = records[:, 0]
            images[part] = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return Split(images, labels)


_RECORD = 1 + 3 * 32 * 32  # bytes: label, then red, green and blue, each row by row
_CHECKSUMS = "SHA256SUMS"
_SMALL = 10_000  # bytes that a file of a few lines may have


def pick(split: Split, classes: tuple[int, ...]) -> Split:
    """Return the pictures of these classes (ascending), which become 0, 1, …"""
    mine = np.isin(split.labels, classes)
    return Split(split.images[mine], np.searchsorted(classes, split.labels[mine]))


def _read_records(file: Path, n: int, sha256: str | None) -> np.ndarray:
    if (size := size_of(file)) != n * _RECORD:
        raise Damaged(file, f"has {size:,} bytes instead of {n * _RECORD:,}")
    data = read_whole(file, size)
    if sha256 is not None and _sha256(data) != sha256:
        raise Damaged(file, "has changed since it was downloaded: its checksum is wrong")
    return np.frombuffer(data, np.uint8).reshape(n, _RECORD)


def _read_checksums(folder: Path) -> dict[str, str]:
    """Return what `fetch` noted of each file; nothing where the folder was unpacked by hand."""
    file = folder / _CHECKSUMS
    if not os.path.lexists(file):
        return {}
    text = read_whole(file, _SMALL).decode("ascii", errors="replace")
    rows = (line.split() for line in text.splitlines())
    return {row[1]: row[0] for row in rows if len(row) == 2}


def _check_labels(path: Path, labels: np.ndarray, classes: int) -> None:
    for label in (labels.min(), labels.max()):
        if not 0 <= label < classes:
            raise Damaged(path, f"has a label {label}, but labels go from 0 to {classes - 1}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
