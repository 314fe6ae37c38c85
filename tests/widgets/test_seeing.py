"""What a CNN sees: counting and tiling against independent truth, and the widget."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from utils.data.sample import sample
from utils.errors import CourseError
from utils.widgets.seeing import FILTERS, what_the_cnn_sees
from utils.widgets.seeing_math import (
    confusion_matrix,
    filter_tile,
    images_tile,
    in_cell,
    most_wrong,
    tile,
    top,
)

COUNT = 200


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_the_confusion_matrix_is_scikit_learns(pairs):
    labels, predicted = np.array(pairs).T
    wanted = metrics.confusion_matrix(labels, predicted, labels=range(5))
    np.testing.assert_array_equal(confusion_matrix(labels, predicted, 5), wanted)


SHARES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3], [0.2, 0.8], [0.45, 0.55]])
RIGHT = np.array([0, 0, 0, 1, 0, 1])


def test_the_most_confident_wrong_answer_comes_first_and_right_ones_never():
    assert most_wrong(RIGHT, SHARES).tolist() == [2, 4, 3, 1]
    assert most_wrong(SHARES.argmax(axis=1), SHARES).size == 0


def test_a_cell_holds_the_pictures_of_its_row_taken_for_its_column():
    cells = {(r, c): in_cell(RIGHT, SHARES, r, c).tolist() for r in (0, 1) for c in (0, 1)}
    assert cells == {(0, 0): [0], (0, 1): [2, 4, 1], (1, 0): [3], (1, 1): [5]}


@given(st.integers(0, 2**32))
def test_cells_hold_as_many_as_the_matrix_says_and_together_everything(seed):
    rng = np.random.default_rng(seed)
    labels, probabilities = rng.integers(0, 4, 30), rng.random((30, 4))
    counts = confusion_matrix(labels, probabilities.argmax(axis=1), 4)
    cells = [in_cell(labels, probabilities, r, c) for r in range(4) for c in range(4)]
    assert [len(cell) for cell in cells] == counts.ravel().tolist()
    assert sorted(np.concatenate(cells).tolist()) == list(range(30))
    assert len(most_wrong(labels, probabilities)) == 30 - np.trace(counts)


def test_the_three_likeliest_are_in_order():
    assert top(np.array([0.1, 0.4, 0.2, 0.3])) == [1, 3, 2]
    assert top(np.array([0.3, 0.7])) == [1, 0]


def test_each_map_is_scaled_to_its_own_maximum():
    maps = np.zeros((2, 2, 3))
    maps[..., 0] = [[0, 1], [2, 4]]
    maps[..., 1] = [[-5, 0.05], [0.1, 0]]
    grey = tile(maps, 2)
    assert grey.tolist() == [
        [0, 64, 255, 0, 128],
        [128, 255, 255, 255, 0],
        [255, 255, 255, 255, 255],
        [0, 0, 255, 255, 255],  # the third map is 0 all over, the fourth place is empty
        [0, 0, 255, 255, 255],
    ]


@pytest.mark.parametrize(
    "height, width, count, columns", [(5, 4, 7, 3), (1, 1, 1, 1), (3, 3, 6, 6)]
)
def test_every_picture_is_in_its_place(height, width, count, columns):
    shape = (count, height, width, 3)
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    page = images_tile(images, columns)
    rows = -(-count // columns)
    assert page.shape == (rows * (height + 1) - 1, columns * (width + 1) - 1, 3)
    for k in range(count):
        y, x = k // columns * (height + 1), k % columns * (width + 1)
        np.testing.assert_array_equal(page[y : y + height, x : x + width], images[k])


def test_filters_have_grey_for_zero_and_their_largest_weight_at_an_end():
    filters = np.zeros((3, 3, 3, 2))
    filters[0, 0, :, 0] = [-0.2, 0, 0.1]
    page = filter_tile(filters, 2)
    assert page.shape == (3, 7, 3)
    assert page[0, 0].tolist() == [0, 128, 191] and page[2, 2].tolist() == [128] * 3
    assert page[:, 3].min() == 255 and (page[:, 4:] == 128).all()


def test_filters_that_see_no_colours_are_refused():
    with pytest.raises(CourseError, match="don't look at colours"):
        filter_tile(np.zeros((3, 3, 32, 64)), 16)


# The widget, on a network made of random filters and an answer that is often right.


@cache
def parts():
    data, rng = sample("cifar10"), np.random.default_rng(0)
    labels = data.validation.labels[:COUNT]
    z = rng.normal(0, 1, (COUNT, 10))
    z[np.arange(COUNT), labels] += 2
    probabilities = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    filters = rng.normal(0, 0.3, (3, 3, 3, 40))
    return data.validation.images[:COUNT], labels, probabilities, data.class_names, filters


def maps_of(index):
    images, *_, filters = parts()
    windows = np.lib.stride_tricks.sliding_window_view(images[index] / 255 - 0.5, (3, 3), (0, 1))
    maps = np.maximum(np.einsum("yxcij,ijck->yxk", windows, filters), 0)
    return [("conv", maps), ("pool", maps.reshape(15, 2, 15, 2, 40).max(axis=(1, 3))[..., :8])]


def made(**start):
    images, labels, probabilities, names, filters = parts()
    return what_the_cnn_sees(images, labels, probabilities, names, maps_of, filters, **start)


@cache
def shared():
    return made()


def test_it_starts_with_the_surest_mistake_and_says_its_numbers():
    _, labels, probabilities, names, _ = parts()
    worst = most_wrong(labels, probabilities)[0]
    said = names[probabilities[worst].argmax()]
    widget = made()
    for words in (widget.picture.text, widget.picture.alt):
        assert (
            f"Picture {worst}, number 1 of" in words and f"right is {names[labels[worst]]}" in words
        )
        assert f"the CNN says {said} {100 * probabilities[worst].max():.1f} %" in words
        assert "32 of 40 maps, each scaled to its own maximum" in words


def test_pointing_at_a_cell_chooses_its_pictures_and_counts_them():
    _, labels, probabilities, names, _ = parts()
    counts = metrics.confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(10))
    widget = shared()
    widget.move(show="cell", layer="conv", number=1)
    for cell in ([3, 3], np.argwhere((counts > 0) & ~np.eye(10, dtype=bool))[0].tolist()):
        widget.picture.cell = cell
        first = in_cell(labels, probabilities, *cell)[0]
        text, count = widget.picture.text, counts[cell[0], cell[1]]
        assert text.startswith(
            f"Row {names[cell[0]]}, column {names[cell[1]]}: {count} of "
            f"{(labels == cell[0]).sum()} pictures. Picture {first}, number 1 of the {count} "
        )


def test_an_empty_cell_is_said_and_shown_as_such():
    _, labels, probabilities, _, _ = parts()
    counts = confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    widget = shared()
    widget.move(show="cell", layer="conv", number=1)
    widget.picture.cell = [0, 0]
    before = widget.picture.png
    widget.picture.cell = np.argwhere(counts == 0)[0].tolist()
    assert "There is no picture to show." in widget.picture.text and not widget.picture.problem
    assert "nan" not in widget.picture.text.lower()
    widget.picture.cell = [0, 0]
    assert widget.picture.png == before


def test_beyond_the_last_picture_of_a_cell_the_last_is_shown():
    _, labels, probabilities, _, _ = parts()
    found = in_cell(labels, probabilities, 2, 2)
    widget = shared()
    widget.move(show="cell", layer="conv", number=60)
    widget.picture.cell = [2, 2]
    assert 1 < len(found) < 60
    assert f"Picture {found[-1]}, number {len(found)} of the {len(found)}" in widget.picture.text


@pytest.mark.parametrize("layer", ["conv", "pool", FILTERS])
def test_a_layer_gives_the_same_picture_however_it_was_reached(layer):
    widget = shared()
    widget.picture.cell = [1, 1]
    widget.move(show="wrong", number=14, layer="conv")
    others = widget.picture.png
    widget.controls["layer"].value = layer
    fresh = made(number=14, layer=layer, cell=(1, 1))
    assert (layer == "conv") == (widget.picture.png == others)
    assert widget.static() == fresh.static()


def test_every_control_changes_picture_and_words():
    widget = shared()
    widget.picture.cell = [4, 4]
    widget.move(show="wrong", number=1, layer="conv")
    for name, value in (("show", "cell"), ("number", 2), ("layer", "pool"), ("layer", FILTERS)):
        before = widget.static()
        widget.controls[name].value = value
        assert widget.picture.png != before.png and widget.picture.text != before.text
    assert "40 filters" in widget.picture.text and "0 is grey" in widget.picture.text


def test_maps_that_are_zero_all_over_are_counted():
    images, labels, probabilities, names, _ = parts()
    maps = np.ones((4, 4, 5))
    maps[..., :2] = 0
    widget = what_the_cnn_sees(images, labels, probabilities, names, lambda _: [("dead", maps)])
    assert "4 × 4 each, 2 of 5 are 0 all over" in widget.picture.text
    assert list(widget.controls["layer"].options) == ["dead"]  # no filters, no choice of them


def test_the_maps_of_a_picture_are_asked_for_once():
    asked = []

    def counted(index):
        asked.append(index)
        return maps_of(index)

    images, labels, probabilities, names, filters = parts()
    widget = what_the_cnn_sees(images, labels, probabilities, names, counted, filters)
    for layer in ("pool", FILTERS, "conv"):
        widget.controls["layer"].value = layer
    assert len(asked) == len(set(asked))


def test_a_network_without_mistakes_shows_none():
    images, labels, _, names, _ = parts()
    widget = what_the_cnn_sees(images, labels, np.eye(10)[labels], names, maps_of)
    assert "There is no picture to show." in widget.picture.text
    assert "(100.0 %)" in widget.picture.alt


def test_the_pad_lies_on_the_matrix_with_a_cell_a_count():
    grid = shared().picture.grid
    assert (grid["rows"], grid["columns"]) == (10, 10)
    assert 0 < grid["left"] < grid["right"] < 0.6 and 0 < grid["top"] < grid["bottom"] < 0.7


@pytest.mark.parametrize(
    "change, words",
    [
        ({"labels": np.zeros(3)}, "labels"),
        ({"labels": np.full(COUNT, 10)}, "labels"),
        ({"probabilities": np.ones((COUNT, 9))}, "probabilities"),
        ({"probabilities": np.full((COUNT, 10), np.nan)}, "probabilities"),
        ({"images": np.zeros((COUNT, 32, 32, 3))}, "pictures"),
        ({"images": np.zeros((0, 32, 32, 3), np.uint8)}, "pictures"),
        ({"depth": 3}, "can't start"),
        ({"cell": (0, 10)}, "can't start"),
    ],
)
def test_what_doesnt_fit_together_is_refused(change, words):
    images, labels, probabilities, names, _ = parts()
    given_ = {"images": images, "labels": labels, "probabilities": probabilities,
              "class_names": names, "maps_of": maps_of}  # fmt: skip
    with pytest.raises(CourseError, match=words):
        what_the_cnn_sees(**{**given_, **change})
