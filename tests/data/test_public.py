"""The public sets' files: what is read from good ones, what is said of bad ones."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_sets import BATCH, cifar_files, cifar_records, mnist_arrays

from utils.data import catalogue, load
from utils.data.public_sets import Cifar10
from utils.errors import CourseError


def write_mnist(folder: Path, **changed: np.ndarray | None) -> Path:
    arrays = {**mnist_arrays(), **changed}
    path = folder / "mnist.npz"
    with path.open("wb") as file:
        np.savez(file, **{name: array for name, array in arrays.items() if array is not None})
    return path


def problem(name: str) -> str:
    """Load the real set, and return the sentence that says why it can't be."""
    with pytest.raises(CourseError) as caught:
        load(name, "real")
    assert caught.value.remedy
    return caught.value.problem


def test_mnist_becomes_three_splits_of_grey_pictures(mnist: bytes, shared: Path) -> None:
    write_mnist(shared)
    dataset, arrays = load("mnist"), mnist_arrays()
    assert dataset.train.images.shape == (55, 28, 28, 1)
    assert (len(dataset.validation), len(dataset.test)) == (5, 10)
    assert np.array_equal(dataset.validation.images[..., 0], arrays["x_train"][55:])
    assert np.array_equal(dataset.train.labels, arrays["y_train"][:55])
    assert np.array_equal(dataset.test.images[..., 0], arrays["x_test"])
    assert dataset.class_names == tuple("0123456789")
    assert dataset.real


def test_another_packing_of_the_same_mnist_has_the_same_contents_checksum(
    mnist: bytes, shared: Path
) -> None:
    write_mnist(shared)
    plain = load("mnist").sha256
    (shared / "mnist.npz").write_bytes(mnist)  # compressed: other bytes, the same pictures
    assert load("mnist").sha256 == plain
    write_mnist(shared, y_test=np.arange(10)[::-1].copy())
    assert load("mnist").sha256 != plain


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x_train": np.zeros((59, 28, 28), np.uint8)}, "(59, 28, 28) instead of uint8 (60, 28"),
        ({"x_test": np.zeros((10, 784), np.uint8)}, "(10, 784) instead of uint8 (10, 28, 28)"),
        ({"x_test": np.zeros((10, 28, 28), np.float32)}, "float32 pictures"),
        ({"y_test": np.zeros(10, np.float64)}, "float64 labels"),
        ({"y_test": np.zeros(9, np.uint8)}, "labels of shape (9,)"),
        ({"y_test": np.full(10, 10, np.uint8)}, "a label 10, but labels go from 0 to 9"),
        ({"y_train": np.full(60, -1, np.int8)}, "a label -1"),
        ({"y_train": None}, "lacks an array: y_train"),
        ({"y_test": np.array([object()] * 10)}, "something else than plain arrays of numbers"),
    ],
)
def test_a_wrong_mnist_file_is_named_with_what_is_wrong(
    mnist: bytes, shared: Path, changed: dict[str, np.ndarray | None], said: str
) -> None:
    path = write_mnist(shared, **changed)
    sentence = problem("mnist")
    assert str(path) in sentence
    assert said.removeprefix("a ") in sentence


def test_a_pickle_in_the_place_of_mnist_is_never_loaded(mnist: bytes, shared: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path(shared / "sprung").touch, ())

    trap = np.array([Trap()], dtype=object)
    write_mnist(shared, x_train=trap)
    problem("mnist")
    with (shared / "mnist.npz").open("wb") as file:
        np.save(file, trap, allow_pickle=True)
    problem("mnist")
    assert not (shared / "sprung").exists()


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_mnist_is_named(mnist: bytes, shared: Path, share: float) -> None:
    (shared / "mnist.npz").write_bytes(mnist[: int(share * len(mnist))])
    assert "mnist.npz" in problem("mnist")


def test_no_damage_to_mnist_gets_past_as_another_error(mnist: bytes, shared: Path) -> None:
    """Overwrite some bytes in many places: each time the same data or a CourseError."""
    write_mnist(shared)
    whole = load("mnist").sha256
    random = np.random.RandomState(0)
    for _ in range(150):
        bytes_ = bytearray(mnist)
        at = random.randint(0, len(bytes_) - 4)
        if random.randint(2):  # half of them in the zip directory at the end
            at = random.randint(len(bytes_) - 400, len(bytes_) - 4)
        bytes_[at : at + 4] = random.bytes(4)
        (shared / "mnist.npz").write_bytes(bytes_)
        try:
            assert load("mnist", "real").sha256 == whole
        except CourseError as error:
            assert "mnist.npz" in error.problem


def test_an_array_that_claims_to_be_huge_is_refused(mnist: bytes, shared: Path) -> None:
    header = io.BytesIO()
    shape = (10**9, 28, 28)
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(shared / "mnist.npz", "w") as file:
        file.writestr("x_train.npy", header.getvalue())
        file.writestr("y_train.npy", header.getvalue())
    assert "mnist.npz" in problem("mnist")


def test_cifar10_records_become_pictures_with_colour_last(cifar_folder: Path) -> None:
    dataset = load("cifar10")
    assert dataset.train.images.shape == (90, 32, 32, 3)
    assert (len(dataset.validation), len(dataset.test)) == (10, 20)
    assert dataset.train.images[0, 0, 0].tolist() == [1, 0, 200]
    assert dataset.train.images[25, 31, 31].tolist() == [2, 5, 200]
    assert dataset.validation.images[-1, 5, 7].tolist() == [5, 19, 200]
    assert dataset.test.images[3, 0, 0].tolist() == [6, 3, 200]
    assert dataset.train.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert dataset.class_names[3] == "cat"


def test_cifar10_pixels_keep_their_rows_and_columns(cifar_folder: Path) -> None:
    records = cifar_records(1)
    records[0, 1:1025] = np.arange(1024) // 32  # red: the row
    records[0, 1025:2049] = np.arange(1024) % 32  # green: the column
    (cifar_folder / "data_batch_1.bin").write_bytes(records.tobytes())
    assert load("cifar10").train.images[0, 7, 30].tolist() == [7, 30, 200]


def test_cats_and_dogs_are_two_of_the_ten_classes_in_the_same_splits(cifar_folder: Path) -> None:
    ten, two = load("cifar10"), load("cats_dogs")
    assert two.class_names == ("cat", "dog")
    for name in ("train", "validation", "test"):
        whole, part = getattr(ten, name), getattr(two, name)
        cats = whole.images[whole.labels == 3]
        dogs = whole.images[whole.labels == 5]
        assert np.array_equal(part.images[part.labels == 0], cats)
        assert np.array_equal(part.images[part.labels == 1], dogs)
        assert len(part) == len(cats) + len(dogs) > 0
    assert two.sha256 != ten.sha256


@pytest.mark.parametrize("name", ["data_batch_3.bin", "test_batch.bin"])
def test_a_missing_batch_is_named(cifar_folder: Path, name: str) -> None:
    (cifar_folder / name).unlink()
    assert problem("cifar10") == f"{cifar_folder / name} is missing."


@pytest.mark.parametrize("length", [0, 1, BATCH * 3073 - 1, BATCH * 3073 + 3073])
def test_a_batch_of_another_size_is_named_with_both_sizes(cifar_folder: Path, length: int) -> None:
    path = cifar_folder / "data_batch_2.bin"
    path.write_bytes(b"\1" * length)
    assert problem("cifar10") == f"{path} has {length:,} bytes instead of 61,460."


def test_a_label_out_of_range_is_named(cifar_folder: Path) -> None:
    records = cifar_records(5)
    records[7, 0] = 10
    path = cifar_folder / "data_batch_5.bin"
    path.write_bytes(records.tobytes())
    assert problem("cifar10") == f"{path} has a label 10, but labels go from 0 to 9."


def test_reading_cifar10_holds_little_more_than_the_set_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = catalogue.SETS["cifar10"]
    assert isinstance(one, Cifar10)
    for file, size in one.files(tmp_path).items():
        with file.open("wb") as empty:
            empty.truncate(size or 0)  # full size, all zeros; takes no room on most disks
    tracemalloc.start()
    found = catalogue.Found(tmp_path, shared=True)
    dataset = catalogue.read(one, found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset.train) == 45_000
    assert peak < 1.25 * 60_000 * 3073


def test_the_tiny_files_are_laid_out_like_the_public_ones(cifar10: bytes) -> None:
    wanted = {file.name for file in catalogue.SETS["cifar10"].files(Path())}
    assert wanted < set(cifar_files())
