"""Microsoft's photographs: all but tensorflow-datasets' own download."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from utils.data import catalogue, load
from utils.data.cats_dogs import store
from utils.errors import CourseError

NAME = "cats_dogs_photos"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    one = replace(catalogue.SETS[NAME], train=20, validation=5, test=5)
    monkeypatch.setitem(catalogue.SETS, NAME, one)


def photographs(n: int = 30) -> list[tuple[np.ndarray, int]]:
    """Pictures of many sizes, red for cats and blue for dogs, with green margins to cut off."""
    made = []
    for number in range(n):
        height, width = 90 + number, 200 - number
        image = np.zeros((height, width, 3), np.uint8)
        image[..., 1] = 255
        left = (width - height) // 2
        image[:, left : left + height] = (255, 0, number) if number % 2 == 0 else (0, number, 255)
        made.append((image, number % 2))
    return made


def test_photographs_are_cut_square_scaled_and_memory_mapped(cache: Path) -> None:
    store(photographs(), 30, cache / "cats-dogs-64")
    dataset = load(NAME)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [20, 5, 5]
    assert dataset.train.images.shape == (20, 64, 64, 3)
    assert dataset.train.images[2, 0, 0].tolist() == [255, 0, 2]
    assert dataset.test.images[0, 63, 63].tolist() == [0, 25, 255]
    assert dataset.test.labels.tolist() == [1, 0, 1, 0, 1]
    owner = dataset.test.images
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    assert isinstance(owner, np.memmap)


def test_too_few_photographs_never_become_the_set(cache: Path) -> None:
    with pytest.raises(CourseError, match="31 photographs were announced, but 30 came"):
        store(photographs(), 31, cache / "cats-dogs-64")
    assert not (cache / "cats-dogs-64").exists()


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("pictures.npy", np.zeros((30, 32, 32, 3), np.uint8)),
        ("pictures.npy", np.zeros((30, 64, 64, 3), np.float32)),
        ("labels.npy", np.full(30, 2, np.uint8)),
        ("labels.npy", np.zeros(0, np.uint8)),
        ("labels.npy", np.array([object()] * 30)),
    ],
)
def test_wrong_arrays_are_set_aside_and_named(cache: Path, name: str, array: np.ndarray) -> None:
    folder = store(photographs(), 30, cache / "cats-dogs-64")
    np.save(folder / name, array, allow_pickle=True)
    with pytest.raises(CourseError, match=r"\.npy"):
        load(NAME)
    assert list(folder.glob("*.damaged"))


def test_a_truncated_array_is_set_aside_and_named(cache: Path) -> None:
    path = store(photographs(), 30, cache / "cats-dogs-64") / "pictures.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CourseError, match="pictures.npy is cut short"):
        load(NAME)


@pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_datasets") is not None,
    reason="tensorflow-datasets is installed",
)
def test_without_tensorflow_datasets_the_command_that_installs_it_is_named() -> None:
    with pytest.raises(CourseError) as caught:
        load(NAME, "real")
    assert "pip install -e '.[cats-dogs]'" in caught.value.remedy


def test_tensorflow_datasets_gives_what_store_takes(cache: Path) -> None:
    """Its own generator of examples in the set's form stands in for the download."""
    tfds = pytest.importorskip("tensorflow_datasets", reason="the extra cats-dogs isn't installed")
    with tfds.testing.mock_data(num_examples=30):
        catalogue.fetch(NAME, progress=False)
    dataset = load(NAME, "real")
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 30
    assert dataset.real
