import numpy as np
import pytest

from utils.data.dataset import Dataset, Split, contents_sha256


def a_split(n: int = 6, first: int = 0) -> Split:
    images = np.arange(first, first + n, dtype=np.uint8)[:, None, None, None]
    return Split(np.broadcast_to(images, (n, 4, 4, 3)).copy(), np.arange(n, dtype=np.int64) % 3)


def a_dataset() -> Dataset:
    return Dataset("x", a_split(6), a_split(4), a_split(2), ("a", "b", "c"), "here", "0" * 64, True)


def test_a_subset_takes_the_first_pictures_as_views_and_leaves_test_whole() -> None:
    whole = a_dataset()
    part = whole.subset(3, 2)
    assert (len(part.train), len(part.validation), len(part.test)) == (3, 2, 2)
    assert np.shares_memory(part.train.images, whole.train.images)
    assert part.train.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert part.sha256 == whole.sha256


def test_a_subset_of_none_or_of_more_than_there_is_is_the_whole() -> None:
    for n in (None, 100):
        assert len(a_dataset().subset(n, n).train) == 6


def test_a_negative_number_of_pictures_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        a_split().first(-1)


def test_pictures_and_labels_cannot_be_changed_by_accident() -> None:
    split = a_split()
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        split.first(2).labels[0] = 1


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 4, 4, 3), np.float32), np.zeros(2, np.int64)),
        (np.zeros((2, 4, 4), np.uint8), np.zeros(2, np.int64)),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(3, np.int64)),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.uint8)),
    ],
)
def test_a_split_refuses_floats_wrong_shapes_and_other_label_types(
    images: np.ndarray, labels: np.ndarray
) -> None:
    with pytest.raises(ValueError, match="are"):
        Split(images, labels)


def test_a_split_says_in_one_line_what_it_holds() -> None:
    assert repr(a_split()) == "Split(6 pictures of 4x4x3)"


def test_the_contents_checksum_changes_with_a_pixel_a_label_and_the_cut_between_splits() -> None:
    one, other = a_split(4), a_split(2)
    pixel = one.images.copy()
    pixel[0, 0, 0, 0] += 1
    label = one.labels.copy()
    label[0] += 1
    whole = Split(
        np.concatenate([one.images, other.images]), np.concatenate([one.labels, other.labels])
    )
    sums = {
        contents_sha256(one, other),
        contents_sha256(Split(pixel, one.labels), other),
        contents_sha256(Split(one.images, label), other),
        contents_sha256(whole.first(3), Split(whole.images[3:], whole.labels[3:])),
    }
    assert len(sums) == 4


def test_the_contents_checksum_does_not_depend_on_how_the_array_lies_in_memory() -> None:
    one = a_split(4)
    turned = Split(np.asfortranarray(one.images), one.labels)
    assert contents_sha256(turned) == contents_sha256(one)
