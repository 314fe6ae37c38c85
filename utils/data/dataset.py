"""What every data set is once it is loaded; knows nothing of files or downloads."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

__all__ = ["Dataset", "Split", "contents_sha256"]


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Some pictures and their labels, both read-only.

    images: (n, height, width, channels) uint8.
    labels: (n,) int64, each an index into the data set's class names.
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise ValueError(f"pictures are {self.images.dtype} {self.images.shape}")
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != np.int64:
            raise ValueError(f"labels are {self.labels.dtype} {self.labels.shape}")
        for name in ("images", "labels"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        height, width, channels = self.images.shape[1:]
        return f"Split({len(self):,} pictures of {height}x{width}x{channels})"

    def first(self, n: int | None) -> "Split":
        """Return the first n pictures as views, no copies; all there are for None or a larger n."""
        if n is not None and n < 0:
            raise ValueError(f"n is {n}; it must be at least 0")
        return self if n is None else Split(self.images[:n], self.labels[:n])


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set, split three ways.

    test: pictures that no training and no choice between models ever sees. Only
        `utils.data.open_test_set` takes them out, and notes it; everyone may ask how many.
    source: where it came from, as a sentence.
    sha256: of the contents, pictures and labels of all three splits; the same data from another
        file, folder or archive has the same one. A subset keeps the one of the whole.
    real: False for the built-in sample.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    sha256: str
    real: bool

    def subset(self, train_size: int | None, validation_size: int | None) -> "Dataset":
        """Return the first pictures of train and validation, as views; test stays whole."""
        return replace(
            self,
            train=self.train.first(train_size),
            validation=self.validation.first(validation_size),
        )


def contents_sha256(*splits: Split) -> str:
    """Return the SHA-256 of the splits' shapes, pictures and labels (as one byte each)."""
    digest = hashlib.sha256()
    for split in splits:
        digest.update(repr(split.images.shape).encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(split.labels.astype(np.uint8).data)
    return digest.hexdigest()
