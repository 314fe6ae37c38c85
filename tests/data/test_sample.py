"""The built-in sample: always the same, learnable, and no gift to a linear model."""

import hashlib

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from utils import settings
from utils.data import Dataset, Split, load
from utils.data.drawn_shapes import SHAPES, covers, draw
from utils.data.sample import DIGITS_FILE


def flat(split: Split) -> np.ndarray:
    return split.images.reshape(len(split), -1).astype(np.float32) / 255 - 0.5


def linear_accuracy(train: Split, validation: Split) -> float:
    model = LogisticRegression(max_iter=30, C=0.01, tol=0.01)
    return float(model.fit(flat(train), train.labels).score(flat(validation), validation.labels))


@pytest.fixture(scope="module")
def shapes() -> Dataset:
    return load("cifar10", "sample")


def test_the_drawn_sample_is_small_and_has_all_classes_alike(shapes: Dataset) -> None:
    dataset = shapes
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [
        1_500,
        1_000,
        1_000,
    ]
    assert dataset.train.images.shape[1:] == (32, 32, 3)
    assert dataset.class_names == tuple(SHAPES)
    for split in (dataset.train, dataset.validation, dataset.test):
        assert np.ptp(np.bincount(split.labels, minlength=10)) == 0
    assert "Sample" in dataset.source


def test_the_drawn_sample_is_the_same_everywhere() -> None:
    images, labels = draw(300, seed=7)
    digest = hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    assert digest == "bd77e2e71589509ef219a33770ba3796b6203e4a15c4d1b45406c14a0e39b052"
    assert not np.array_equal(draw(300, seed=8)[0], images)


def test_as_many_shapes_hardly_stand_out_as_is_said() -> None:
    """In the middle of a picture a shape that stands out moves at least one colour by 80 steps."""
    for faint in (0.0, 1.0):
        images, _ = draw(200, seed=3, names=("disc",), faint=faint)
        middle = images[:, 12:20, 12:20].astype(float).mean(axis=(1, 2))
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]].astype(float).mean(axis=1)
        away = np.abs(middle - corners).max(axis=1)
        assert (away > 45).mean() == pytest.approx(1 - faint, abs=0.1)


def test_no_picture_is_in_two_splits(shapes: Dataset) -> None:
    splits = (shapes.train, shapes.validation, shapes.test)
    every = [image.tobytes() for split in splits for image in split.images]
    assert len(set(every)) == 3_500


def test_a_linear_model_learns_little_of_the_drawn_sample(shapes: Dataset) -> None:
    """Measured: 0.22, where the baseline CNN comes to about 0.6."""
    part = shapes
    assert linear_accuracy(part.train, part.validation) < 0.25


def test_the_packed_digits_are_scikit_learns_value_for_value() -> None:
    values, labels = load_digits(return_X_y=True)
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        packed = {name: file[name] for name in file.files}
    assert packed["images"].dtype == packed["labels"].dtype == np.uint8
    assert np.array_equal(packed["images"], values.reshape(-1, 8, 8))
    assert np.array_equal(packed["labels"], labels)


def test_the_sample_is_made_of_scikit_learns_digits_and_its_checksum_is_on_the_data_card() -> None:
    dataset = load("mnist", "sample")
    values, labels = load_digits(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(labels))
    first = np.minimum(values[order[0]].reshape(8, 8) * 16, 255).astype(np.uint8)
    scaled = Image.fromarray(first).resize((20, 20), Image.Resampling.BICUBIC)
    assert np.array_equal(dataset.train.images[0, 4:24, 4:24, 0], np.asarray(scaled))
    assert np.array_equal(dataset.train.labels, labels[order[: len(dataset.train)]])
    card = (settings.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert dataset.sha256 in card


@pytest.mark.parametrize("name", ["cifar10", "cats_dogs"])
def test_the_checksum_of_the_drawn_sample_is_on_the_data_card(name: str) -> None:
    card = (settings.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert load(name, "sample").sha256 in card


def test_the_digits_are_all_of_scikit_learns_in_mnists_form() -> None:
    dataset = load("mnist", "sample")
    splits = (dataset.train, dataset.validation, dataset.test)
    assert sum(len(split) for split in splits) == 1_797
    for split in splits:
        assert split.images.shape[1:] == (28, 28, 1)
        assert set(split.labels) == set(range(10))
        assert split.images.max() > 200
        assert not split.images[:, :4].any()  # an empty margin, as in MNIST


def test_the_digits_are_learnable_even_for_a_linear_model() -> None:
    dataset = load("mnist", "sample")
    assert linear_accuracy(dataset.train, dataset.test) > 0.8


@pytest.mark.parametrize(("name", "size"), [("cats_dogs", 32), ("cats_dogs_photos", 64)])
def test_the_sample_of_cats_and_dogs_is_two_shapes_and_does_not_claim_to_be_animals(
    name: str, size: int
) -> None:
    dataset = load(name, "sample")
    assert dataset.class_names == ("plus", "triangle")
    assert dataset.train.images.shape == (300, size, size, 3)
    assert np.bincount(dataset.test.labels).tolist() == [200, 200]


def test_covers_are_those_of_the_drawn_pictures() -> None:
    images, labels = draw(700, seed=3, faint=0.0)
    shapes, kinds = covers(700, seed=3, most=200)
    assert shapes.shape == (200, 32, 32) and (kinds == labels[:200]).all()
    others = np.roll(shapes, 1, axis=0)  # each picture's neighbour: the look that must fail
    found = [_contrast(images[:200], one) for one in (shapes, others)]
    assert (found[0] > found[1]).mean() > 0.9


def _contrast(images: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return how far the mean colour on each shape is from that around it, in steps."""
    within = shapes[..., None]
    inside = (images * within).sum(axis=(1, 2)) / within.sum(axis=(1, 2))
    outside = (images * (1 - within)).sum(axis=(1, 2)) / (1 - within).sum(axis=(1, 2))
    return np.linalg.norm(inside - outside, axis=1)
