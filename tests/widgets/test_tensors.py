"""The tensor explorer: its code, evaluated, gives the part that it shows."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from utils.data.sample import sample
from utils.errors import CourseError
from utils.widgets.tensors import WIDTH, TensorsDrawing, describe, tensor_explorer
from utils.widgets.tensors_math import checked, slice_code, step, take, value_lines

ALL = slice(None)
BATCH = np.random.default_rng(0).integers(0, 256, (6, 10, 12, 1)).astype(np.uint8)
LABELS = np.array([5, 0, 4, 1, 9, 2])


@pytest.fixture(scope="module")
def widget():
    return tensor_explorer(BATCH, LABELS)


@pytest.fixture
def fresh(widget):
    """Return the widget as it starts."""
    widget.move(
        mode0="index", index0=3, range0=(0, 6), mode1="all", index1=9, range1=(1, 9),
        mode2="all", index2=11, range2=(1, 11), mode3="all",
    )  # fmt: skip
    return widget


def evaluated(widget, batch):
    """Return what the code in the caption gives on the batch, by Python itself."""
    code = widget.picture.text.split(" has shape")[0]
    return eval(code, {"__builtins__": {}}, {"batch": batch})


def expected(entries, batch=BATCH, labels=LABELS):
    drawing = TensorsDrawing(batch, labels)
    drawing.draw(entries)
    return (drawing.png(), *describe(batch, entries, labels))


entry = st.one_of(
    st.integers(0, 5),
    st.just(ALL),
    st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda ends: slice(*sorted(ends))),
)


@settings(deadline=None, max_examples=150)
@given(st.tuples(entry, entry, entry), st.sampled_from([None, ALL, 0]))
def test_the_code_evaluated_gives_exactly_the_part(entries, channel):
    batch = BATCH[..., 0] if channel is None else BATCH
    entries = entries if channel is None else (*entries, channel)
    code = slice_code(entries)
    part, wanted = take(batch, entries), eval(code, {"__builtins__": {}}, {"batch": batch})
    assert np.array_equal(part, wanted)
    assert part.shape == wanted.shape and part.dtype == wanted.dtype == np.uint8
    assert part.ndim == batch.ndim - sum(isinstance(one, int) for one in entries)


def test_code_is_written_as_a_person_would():
    assert slice_code((3, slice(4, 24), ALL)) == "batch[3, 4:24, :]"
    assert slice_code((ALL, 0, slice(0, 28), 0), "x") == "x[:, 0, 0:28, 0]"


def test_a_slice_is_a_view_not_a_copy():
    assert np.shares_memory(take(BATCH, (3, ALL, slice(2, 5), 0)), BATCH)


def test_stepping_goes_round_with_an_index_and_stops_with_a_range():
    assert [step(k, 1, 3) for k in (0, 1, 2)] == [1, 2, 0]
    assert [step(k, -1, 3) for k in (0, 1, 2)] == [2, 0, 1]
    assert step(ALL, 1, 9) == 0 and step(ALL, -1, 9) == 8
    assert step(slice(2, 5), 1, 6) == slice(3, 6) and step(slice(3, 6), 1, 6) == slice(3, 6)
    assert step(slice(1, 4), -1, 6) == slice(0, 3) and step(slice(0, 3), -1, 6) == slice(0, 3)


def test_numbers_are_written_in_lines_where_there_are_few():
    assert value_lines(np.uint8(7)) == ["  7"]
    assert value_lines(np.arange(10, dtype=np.uint8)) == [
        "  0   1   2   3   4   5   6   7",
        "  8   9",
    ]
    table = np.array([[1, 20], [255, 0]], np.uint8)
    assert value_lines(table) == value_lines(table[..., None]) == ["  1  20", "255   0"]
    assert value_lines(np.zeros((14, 8), np.uint8)) is not None
    for shape in ((15, 8), (14, 9), (2, 2, 2), (0,), (3, 0)):
        assert value_lines(np.zeros(shape, np.uint8)) is None


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 16), st.integers(1, 10), st.integers(0, 99))
def test_no_number_is_lost_in_the_lines(rows, columns, seed):
    part = np.random.default_rng(seed).integers(0, 256, (rows, columns)).astype(np.uint8)
    for one in (part, part[0], part[0, 0]):
        lines = value_lines(one)
        if lines is not None:
            assert [int(text) for line in lines for text in line.split()] == one.ravel().tolist()


MOVES = [
    ({"mode0": "all"}, (ALL, ALL, ALL, ALL)),
    ({"mode0": "range", "range0": (2, 5)}, (slice(2, 5), ALL, ALL, ALL)),
    ({"index0": 5}, (5, ALL, ALL, ALL)),
    ({"index0": 0}, (0, ALL, ALL, ALL)),
    ({"mode1": "index"}, (3, 9, ALL, ALL)),
    ({"mode1": "range", "mode2": "range"}, (3, slice(1, 9), slice(1, 11), ALL)),
    ({"mode1": "range", "range1": (0, 10)}, (3, slice(0, 10), ALL, ALL)),
    ({"mode1": "range", "range1": (4, 4)}, (3, slice(4, 4), ALL, ALL)),
    ({"mode0": "all", "mode1": "index"}, (ALL, 9, ALL, ALL)),
    ({"mode0": "all", "mode2": "index", "mode3": "index"}, (ALL, ALL, 11, 0)),
    ({"mode0": "range", "range0": (6, 6)}, (slice(6, 6), ALL, ALL, ALL)),
    ({"mode1": "index", "mode2": "index", "mode3": "index"}, (3, 9, 11, 0)),
]


@pytest.mark.parametrize(("moves", "entries"), MOVES)
def test_picture_alt_caption_and_code_follow_the_controls(fresh, moves, entries):
    before = fresh.static()
    fresh.move(**moves)
    assert fresh.picture.problem == "" and fresh.static() == expected(entries)
    assert fresh.static().png != before.png and fresh.static().text != before.text
    part = take(BATCH, entries)
    assert np.array_equal(evaluated(fresh, BATCH), part)
    assert f"shape {part.shape}" in fresh.picture.text
    assert "nan" not in (fresh.picture.text + fresh.picture.alt).lower()


def test_caption_and_alt_say_which_axis_has_gone_and_what_the_others_are_now(fresh):
    fresh.move(mode1="range", range1=(4, 8), mode2="range", range2=(0, 5), mode3="index")
    part = BATCH[3, 4:8, 0:5, 0]
    assert fresh.picture.text == (
        f"batch[3, 4:8, 0:5, 0] has shape (4, 5), dtype uint8: 20 numbers from {part.min()} to "
        f"{part.max()}. Gone with an index: axis 0 (pictures), 3 (channel). Picture 3 is a 1."
    )
    alt = fresh.picture.alt
    assert "a batch of 6 pictures" in alt and "Axis 0, pictures, is gone: only 3 is taken" in alt
    assert "axis 1, rows, is axis 0 of the result: 4 to 7" in alt
    assert "; ".join(" ".join(map(str, row)) for row in part) in alt


def test_with_ranges_alone_all_axes_are_kept(fresh):
    fresh.move(mode0="range", range0=(3, 4))
    assert "has shape (1, 10, 12, 1)" in fresh.picture.text
    assert "all 4 axes are kept" in fresh.picture.text and "Picture" not in fresh.picture.text


def test_an_empty_range_is_no_error(fresh):
    fresh.move(mode0="all", mode1="range", range1=(4, 4))
    assert "has shape (6, 0, 12, 1), dtype uint8: 0 numbers." in fresh.picture.text
    assert "axis 1, rows, is axis 1 of the result: none" in fresh.picture.alt


def buttons(widget):
    row = widget.children[-2].children
    return row[0], row[1].click, row[2].click


def test_stepping_moves_the_chosen_axis(fresh):
    along, back, on = buttons(fresh)
    along.value = 0
    on()
    assert fresh.values["index0"] == 4 and "batch[4," in fresh.picture.text
    on()
    on()
    assert "batch[0," in fresh.picture.text
    back()
    assert "batch[5," in fresh.picture.text
    along.value = 2
    on()
    assert fresh.values["mode2"] == "index" and "batch[5, :, 0, :]" in fresh.picture.text
    along.value = 1
    fresh.move(mode1="range", range1=(2, 9))
    on()
    on()
    assert fresh.values["range1"] == (3, 10) and fresh.static() == expected(
        (5, slice(3, 10), 0, ALL)
    )


def test_only_the_slider_that_counts_is_seen(fresh):
    def seen(name):
        return fresh.controls[name].layout.display != "none"

    fresh.move(mode1="range")
    assert seen("range1") and not seen("index1") and seen("index0") and not seen("range0")
    fresh.move(mode1="all")
    assert not seen("range1") and not seen("index1")


def test_the_same_state_gives_the_same_pixels_again(fresh):
    first = fresh.static()
    fresh.move(index0=1, mode2="index")
    assert fresh.static().png != first.png
    fresh.move(index0=3, mode2="all")
    assert fresh.static() == first


def test_what_is_taken_keeps_its_grey_and_the_rest_is_pale(fresh):
    fresh.move(mode0="index", index0=0)
    one = np.asarray(Image.open(io.BytesIO(fresh.picture.png))).astype(int)
    fresh.move(mode0="all")
    both = np.asarray(Image.open(io.BytesIO(fresh.picture.png))).astype(int)
    left = np.s_[350:, : int(3.1 / WIDTH * one.shape[1])]
    dark = [(image[left].max(axis=2) < 60).sum() for image in (one, both)]
    assert dark[0] < 0.4 * dark[1]


def test_a_batch_without_channels_has_three_axes():
    widget = tensor_explorer(BATCH[..., 0])
    assert (
        "mode3" not in widget.controls
        and "batch[3, :, :] has shape (10, 12)" in widget.picture.text
    )
    assert "is a" not in widget.picture.text.split("numbers")[1]


def test_the_first_sixteen_are_the_batch():
    many = np.zeros((40, 5, 5, 1), np.uint8)
    many[15] = 9
    widget = tensor_explorer(many, np.arange(40))
    assert "a batch of 16 pictures" in widget.picture.alt
    widget.move(index0=15)
    assert (
        "25 numbers, all 9" in widget.picture.text and "Picture 15 is a 15." in widget.picture.text
    )


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 64, 64), (16, 2, 64, 1), (3, 64, 1)])
def test_batches_of_any_size_are_drawn(shape):
    widget = tensor_explorer(np.full(shape, 7, np.uint8))
    widget.move(mode0="all")
    assert f"has shape {shape}" in widget.picture.text and widget.picture.problem == ""
    widget.move(mode0="index", mode1="index", mode2="index")
    assert "1 number." in widget.picture.text


def test_without_pictures_the_built_in_digits_are_the_batch():
    batch, labels = checked(None, None)
    assert batch.shape == (16, 28, 28, 1) and labels.shape == (16,)
    assert labels.tolist() == sample("mnist").train.labels[:16].tolist()


@pytest.mark.parametrize(
    ("images", "labels", "why"),
    [
        (np.zeros((28, 28), np.uint8), None, "shape"),
        (np.zeros((2, 28, 28, 3), np.uint8), None, "shape"),
        (np.zeros((0, 28, 28, 1), np.uint8), None, "shape"),
        (np.zeros((2, 28, 28)), None, "float64"),
        (np.zeros((2, 65, 28), np.uint8), None, "65 × 28"),
        (np.zeros((2, 28, 28), np.uint8), [1, 2, 3], "2 pictures"),
    ],
)
def test_what_is_no_batch_of_grey_pictures_is_refused_in_a_sentence(images, labels, why):
    with pytest.raises(CourseError, match=why):
        tensor_explorer(images, labels)
