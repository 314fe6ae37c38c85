"""The real sets, where COURSE_DATA has them; and what importing utils.data must not bring in."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils.data import load, verify

REAL = os.environ.get("COURSE_DATA", "")  # before the fixture `cache` takes it away


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Path:
    if not REAL:
        pytest.skip("COURSE_DATA isn't set: no real data to test on")
    monkeypatch.setenv("COURSE_DATA", REAL)
    return Path(REAL)


def need(folder: Path, name: str) -> None:
    if not (folder / name).exists():
        pytest.skip(f"COURSE_DATA has no {name}")


def test_real_mnist_has_its_sizes_and_looks_like_digits(real: Path) -> None:
    need(real, "mnist.npz")
    dataset = load("mnist", "real")
    sizes = [len(split) for split in (dataset.train, dataset.validation, dataset.test)]
    assert sizes == [55_000, 5_000, 10_000]
    assert dataset.train.images.shape[1:] == (28, 28, 1)
    # MNIST's mean grey, 0.1307 of white, as its users quote it; corners are always black.
    assert dataset.train.images.mean() / 255 == pytest.approx(0.1307, abs=0.002)
    assert not dataset.train.images[:, 0, 0].any()
    assert np.bincount(dataset.test.labels).min() > 800
    assert verify("mnist").state == "real (COURSE_DATA)"


def test_real_cifar10_has_its_sizes_and_colours(real: Path) -> None:
    need(real, "cifar-10-batches-bin")
    dataset = load("cifar10", "real")
    sizes = [len(split) for split in (dataset.train, dataset.validation, dataset.test)]
    assert sizes == [45_000, 5_000, 10_000]
    # CIFAR-10's mean red, green and blue, as its users quote them.
    means = dataset.train.images.mean(axis=(0, 1, 2)) / 255
    assert means == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.004)
    assert np.bincount(dataset.test.labels).tolist() == [1_000] * 10
    both = np.bincount(dataset.train.labels) + np.bincount(dataset.validation.labels)
    assert both.tolist() == [5_000] * 10


def test_real_cats_and_dogs_are_a_fifth_of_cifar10(real: Path) -> None:
    need(real, "cifar-10-batches-bin")
    dataset = load("cats_dogs", "real")
    assert len(dataset.train) + len(dataset.validation) == 10_000
    assert np.bincount(dataset.test.labels).tolist() == [1_000, 1_000]


def test_importing_the_data_module_imports_no_tensorflow() -> None:
    code = "import sys, utils.data; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
