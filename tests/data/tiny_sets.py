"""Tiny data sets in the public layout, and what the misbehaving web server is told."""

import hashlib
import io
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from utils.data import catalogue
from utils.data.download import Archive

BATCH = 20


@dataclass
class Reply:
    """What the server answers: the body, cut after so many bytes, resumable or not.

    headers: beside the usual ones, or in their place; None leaves one out.
    endless: the body comes again and again until the client goes, 100 times at most.
    """

    body: bytes
    cut: int | None = None
    ranges: bool = True
    status: int = 200
    headers: dict[str, str | None] = field(default_factory=dict)
    endless: bool = False


@dataclass
class Server:
    """A real web server on this machine.

    replies: per path the answers to the first, second … request; the last one stays.
    asked: path and Range header of each request so far.
    sent: bytes of bodies so far.
    """

    url: str
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0

    def gives(self, path: str, *replies: Reply) -> str:
        """Have the server answer that path so, and return the path's URL."""
        self.replies[path] = list(replies)
        return self.url + path


def mnist_arrays() -> dict[str, np.ndarray]:
    random = np.random.RandomState(0)
    return {
        "x_train": random.randint(0, 256, (60, 28, 28), np.uint8),
        "y_train": np.arange(60, dtype=np.uint8) % 10,
        "x_test": random.randint(0, 256, (10, 28, 28), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }


def cifar_records(number: int) -> np.ndarray:
    """Return (20, 3073) uint8; picture i of file n is n red, i green and 200 blue all over."""
    records = np.empty((BATCH, 3073), np.uint8)
    records[:, 0] = np.arange(BATCH) % 10
    records[:, 1:1025] = number
    records[:, 1025:2049] = np.arange(BATCH)[:, None]
    records[:, 2049:] = 200
    return records


def cifar_files() -> dict[str, bytes]:
    files = {f"data_batch_{n}.bin": cifar_records(n).tobytes() for n in range(1, 6)}
    files["test_batch.bin"] = cifar_records(6).tobytes()
    files["batches.meta.txt"] = b"airplane\n"
    return files


def cifar_archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def publish(monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, **counts: int) -> None:
    """Have the catalogue take these bytes for the public archive; nowhere to download it yet."""
    one = catalogue.SETS[name]
    sha256 = hashlib.sha256(data).hexdigest()
    archive = Archive(one.archive.name, (dead_url(),), sha256, len(data))
    monkeypatch.setitem(catalogue.SETS, name, replace(one, archive=archive, **counts))


def mirrors(monkeypatch: pytest.MonkeyPatch, name: str, *urls: str) -> None:
    """Let the set be downloaded from these URLs."""
    one = catalogue.SETS[name]
    archive = replace(one.archive, urls=urls)
    monkeypatch.setitem(catalogue.SETS, name, replace(one, archive=archive))


def dead_url() -> str:
    """Return a URL where nothing listens: port 9 of this machine."""
    return "http://127.0.0.1:9/nothing"


def place_of(name: str, folder: Path) -> Path:
    """Return the path of one file of a set in that folder."""
    if name == "mnist":
        return folder / "mnist.npz"
    inside = {"cifar10": "cifar-10-batches-bin", "cats_dogs_photos": "cats-dogs-64"}[name]
    (folder / inside).mkdir(parents=True)
    if name == "cats_dogs_photos":
        np.save(folder / inside / "labels.npy", np.zeros(30, np.uint8))
        return folder / inside / "pictures.npy"
    for file, data in cifar_files().items():
        if file != "data_batch_3.bin":
            (folder / inside / file).write_bytes(data)
    return folder / inside / "data_batch_3.bin"


@contextmanager
def little_memory(most: int = 8_000_000) -> Iterator[None]:
    """See to it that no more than so many bytes are held at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
