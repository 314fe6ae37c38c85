"""The public data sets: how each is fetched, laid out, read and checked. Never by pickle.

A set's `read` trusts nothing: sizes, shapes, types and label ranges are compared with what the
set is known to have, and the first file that differs is named.
"""

import hashlib
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from utils.data.damage import Damaged, reachable
from utils.data.dataset import Split
from utils.data.download import Archive, download
from utils.errors import CourseError
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
    def fetch(self, folder: Path, progress: bool) -> Path:
        """Download the set into folder and return the path of what it is once unpacked."""

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
        if ours and _sha256(path.read_bytes()) != self.archive.sha256:
            raise Damaged(path, "doesn't have the checksum of the public file")
        try:
            with np.load(path, allow_pickle=False) as arrays:
                train, test = ((arrays[f"x_{p}"], arrays[f"y_{p}"]) for p in ("train", "test"))
        except KeyError as error:
            raise Damaged(path, f"lacks an array: {error.args[0]}") from error
        except (ValueError, EOFError, AttributeError, RuntimeError, MemoryError) as error:
            raise Damaged(path, "holds something else than plain arrays of numbers") from error
        except (zipfile.BadZipFile, zlib.error) as error:
            raise Damaged(path, "is cut short or damaged inside") from error
        return self._split(path, *train, self.train), self._split(path, *test, self.test)

    def fetch(self, folder: Path, progress: bool) -> Path:
        return self._download(folder, progress)

    def _split(self, path: Path, images: np.ndarray, labels: np.ndarray, n: int) -> Split:
        if images.dtype != np.uint8 or images.shape != (n, 28, 28):
            have = f"{images.dtype} pictures of shape {images.shape}"
            raise Damaged(path, f"has {have} instead of uint8 {(n, 28, 28)}")
        if labels.dtype.kind not in "ui" or labels.shape != (n,):
            have = f"{labels.dtype} labels of shape {labels.shape}"
            raise Damaged(path, f"has {have} instead of integers {(n,)}")
        _check_labels(path, labels, len(self.class_names))
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

    def fetch(self, folder: Path, progress: bool) -> Path:
        final = folder / self.found_as
        with reachable(folder), lock(folder / f".{self.found_as}.lock"):
            if final.exists():  # another process was quicker
                return final
            archive = self._download(folder, progress)
            with whole(final) as beside:
                beside.mkdir()
                self._unpack(archive, beside)
                self.read(beside, ours=False)
            archive.unlink()
        return final

    def _unpack(self, archive: Path, folder: Path) -> None:
        """Write the archive's files that we know, and their checksums, into the folder."""
        sums = []
        with tarfile.open(archive, "r:gz") as tar:
            for name in (*(file.name for file in self.files(folder)), "batches.meta.txt"):
                try:
                    member = tar.extractfile(f"cifar-10-batches-bin/{name}")
                except KeyError:
                    member = None
                if member is None:
                    raise CourseError(
                        f"{archive} has no file {name}.", "Delete it and fetch again."
                    )
                data = member.read()
                (folder / name).write_bytes(data)
                sums.append(f"{_sha256(data)}  {name}\n")
        (folder / _CHECKSUMS).write_text("".join(sums), encoding="ascii")

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


def pick(split: Split, classes: tuple[int, ...]) -> Split:
    """Return the pictures of these classes (ascending), which become 0, 1, …"""
    mine = np.isin(split.labels, classes)
    return Split(split.images[mine], np.searchsorted(classes, split.labels[mine]))


def _read_records(file: Path, n: int, sha256: str | None) -> np.ndarray:
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise Damaged(file, "is missing") from error
    if len(data) != n * _RECORD:
        raise Damaged(file, f"has {len(data):,} bytes instead of {n * _RECORD:,}")
    if sha256 is not None and _sha256(data) != sha256:
        raise Damaged(file, "has changed since it was downloaded: its checksum is wrong")
    return np.frombuffer(data, np.uint8).reshape(n, _RECORD)


def _read_checksums(folder: Path) -> dict[str, str]:
    """Return what `fetch` noted of each file; nothing where the folder was unpacked by hand."""
    file = folder / _CHECKSUMS
    if not file.exists():
        return {}
    rows = (
        line.split() for line in file.read_text(encoding="ascii", errors="replace").splitlines()
    )
    return {row[1]: row[0] for row in rows if len(row) == 2}


def _check_labels(path: Path, labels: np.ndarray, classes: int) -> None:
    for label in (labels.min(), labels.max()):
        if not 0 <= label < classes:
            raise Damaged(path, f"has a label {label}, but labels go from 0 to {classes - 1}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
