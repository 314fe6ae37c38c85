"""Microsoft's photographs of cats and dogs (Kaggle 2013) by way of tensorflow-datasets.

An extra, `pip install -e '.[cats-dogs]'`: 0.8 GB to download. The photographs are scaled to
64x64 once and kept as two .npy files, which are memory-mapped. tensorflow-datasets' download is
the one part of utils/data that the tests can't run, as they have no network.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from utils.data.damage import Damaged
from utils.data.dataset import Split
from utils.data.public_sets import PublicSet
from utils.data.untrusted import HEAD, npy_header, size_of
from utils.errors import CourseError
from utils.files import whole

__all__ = ["CatsDogsPhotos", "store"]

SIZE = 64  # pixels a side
_TFDS_FOLDER = "tensorflow-datasets"


@dataclass(frozen=True)
class CatsDogsPhotos(PublicSet):
    """`cats-dogs-64/`: pictures.npy (n, 64, 64, 3) uint8 and labels.npy (n,) uint8.

    tensorflow-datasets has no test part, so the last `test` pictures are it. `train` counts all
    the others that there must at least be.
    """

    def files(self, path: Path) -> dict[Path, int | None]:
        return {path / "pictures.npy": None, path / "labels.npy": None}

    def read(self, path: Path, ours: bool) -> tuple[Split, Split]:
        images, labels = (_open(file) for file in self.files(path))
        n = len(labels) if labels.ndim == 1 else 0
        if images.dtype != np.uint8 or images.shape != (n, SIZE, SIZE, 3):
            have = f"{images.dtype} pictures of shape {images.shape}"
            raise Damaged(path / "pictures.npy", f"has {have} instead of uint8 (n, 64, 64, 3)")
        if n < self.train + self.test or labels.dtype != np.uint8 or labels.max() > 1:
            wanted = f"at least {self.train + self.test:,} labels, uint8, 0 or 1"
            raise Damaged(path / "labels.npy", f"doesn't hold {wanted}")
        whole = Split(images, labels.astype(np.int64))
        train = n - self.test
        return whole.first(train), Split(whole.images[train:], whole.labels[train:])

    @property
    def _archives(self) -> tuple[str, ...]:
        return ()  # tensorflow-datasets keeps what it downloads in a folder of its own

    def _bring(self, folder: Path, progress: bool) -> None:
        tfds = _tensorflow_datasets()
        if not progress:
            tfds.disable_progress_bar()
        loaded = tfds.load(
            "cats_vs_dogs",
            split="train",
            as_supervised=True,
            shuffle_files=False,
            data_dir=str(folder / _TFDS_FOLDER),
        )
        store(tfds.as_numpy(loaded), len(loaded), folder / self.found_as)


def store(examples: Iterable[tuple[np.ndarray, int]], n: int, final: Path) -> Path:
    """Scale n photographs (height, width, 3) to 64x64 and write them into the folder final, whole.

    Each is cut to a centred square first, so that no animal is stretched.
    """
    with whole(final) as beside:
        beside.mkdir()
        shape = (n, SIZE, SIZE, 3)
        images = np.lib.format.open_memmap(beside / "pictures.npy", "w+", np.uint8, shape)
        labels = np.empty(n, np.uint8)
        count = 0
        for photograph, label in examples:
            images[count], labels[count] = _square(photograph), label
            count += 1
        if count != n:
            raise CourseError(f"{n} photographs were announced, but {count} came.", "Fetch again.")
        images.flush()
        del images  # Windows can't rename a folder with a mapped file
        np.save(beside / "labels.npy", labels)
    return final


def _square(photograph: np.ndarray) -> np.ndarray:
    height, width = photograph.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    image = Image.fromarray(photograph).crop((left, top, left + side, top + side))
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BOX))


def _open(file: Path) -> np.ndarray:
    """Return the array in a .npy file, memory-mapped, read-only."""
    size = size_of(file)
    with file.open("rb") as opened:
        dtype, shape, order, start = npy_header(file, opened.read(HEAD))
    count = math.prod(shape)  # of Python's own integers, which don't overflow
    if count < 1 or size != start + count * dtype.itemsize:
        raise Damaged(file, f"is cut short: it says that it holds {dtype} {shape}")
    return np.memmap(file, dtype, "r", start, shape, "F" if order == "F" else "C")


def _tensorflow_datasets() -> Any:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise CourseError(
            "Microsoft's cats and dogs come through tensorflow-datasets, which isn't installed.",
            "Run `pip install -e '.[cats-dogs]'` and try again.",
        ) from error
    return tensorflow_datasets
