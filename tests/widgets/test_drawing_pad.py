"""The pad's picture for networks made by hand: with and without a convolution."""

import numpy as np
import pytest

from utils.networks.in_numpy.keras_layers import Layer, Network
from utils.widgets.digits import prepare, raster
from utils.widgets.drawing_pad import (
    LEAST_SHARE,
    AnswerDrawing,
    answer,
    drawing_pad,
    first_maps,
    why_none,
)

LINE = [[[140, 60], [140, 220]]]


def dense() -> Network:
    """Return a network whose answer is the digit of the brightest column, of ten."""
    weights = np.zeros((784, 10))
    for column in range(28):
        weights[column::28, min(9, column // 3)] = 0.01
    flatten = Layer("Flatten", "flatten", (784,))
    return Network("dense", (28, 28, 1), (
        flatten, Layer("Dense", "dense", (10,), weights, np.zeros(10)),
    ))  # fmt: skip


def convolving(filters: int = 3) -> Network:
    weights = np.random.default_rng(0).normal(size=(3, 3, 1, filters))
    conv = Layer("Conv2D", "conv", (26, 26, filters), weights, np.zeros(filters), "relu", (3, 3))
    flat = Layer("Flatten", "flatten", (676 * filters,))
    last = Layer("Dense", "dense", (10,), np.full((676 * filters, 10), 1e-6), np.zeros(10))
    return Network("conv", (28, 28, 1), (conv, flat, last))


def test_probabilities_are_those_of_the_prepared_picture():
    steps = prepare(raster(LINE))
    probabilities = answer(dense(), steps.centred)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.argmax() == 4, "the line stands in columns 12 to 15"


def test_feature_maps_are_the_first_convolutions():
    maps = first_maps(convolving(), prepare(raster(LINE)).centred)
    assert maps.shape == (26, 26, 3) and maps.min() >= 0 and maps.max() > 0
    assert first_maps(dense(), prepare(raster(LINE)).centred) is None


@pytest.mark.parametrize(
    "networks",
    [{"dense": dense()}, {"conv": convolving()}, {"dense": dense(), "conv": convolving(5)}],
    ids=lambda networks: "+".join(networks),
)
def test_the_pad_answers_for_each_network(networks):
    widget = drawing_pad(networks)
    empty = widget.picture.png
    assert "Draw a digit" in widget.picture.text
    widget.move(strokes=LINE)
    assert widget.picture.png != empty
    assert len(widget.picture.text.splitlines()) == len(networks)
    if "dense" in networks:
        assert "dense: 4 (" in widget.picture.text
    widget.move(strokes=[])
    assert widget.picture.png == empty


def test_undo_and_clear_take_strokes_away():
    widget = drawing_pad({"dense": dense()}, [*LINE, [[60, 60]]])
    clear, undo = widget.buttons.children
    undo.click()
    assert widget.values["strokes"] == LINE
    clear.click()
    assert widget.values["strokes"] == []


def spread(largest: float) -> np.ndarray:
    """Return ten probabilities, the largest for digit 3."""
    probabilities = np.full(10, (1 - largest) / 9)
    probabilities[3] = largest
    return probabilities


def test_a_line_is_a_digit_where_one_share_is_half_and_more():
    steps = prepare(raster(LINE))
    assert why_none(steps, spread(LEAST_SHARE)) == ""
    assert why_none(steps, spread(0.31)) == "its shares are spread, the largest is 31%, for 3"


NONE = {
    "a dot": ([[[140, 140]]], "% of it is ink"),
    "a lying line": ([[[60, 140], [220, 140]]], "times as wide as high"),
    "a scribble": ([[[40 + 23 * (k % 2) * 8, 40 + 8 * k] for k in range(25)]], "% of it is ink"),
}


@pytest.mark.parametrize(("strokes", "why"), NONE.values(), ids=NONE)
def test_what_looks_like_no_digit_is_refused_however_sure_the_network_is(strokes, why):
    widget = drawing_pad({"sure": dense(), "surer": dense()}, strokes)
    said = widget.picture.text.splitlines()
    assert len(said) == 2 and all("I see no digit: " in one and why in one for one in said)
    assert "sure says no digit" in widget.picture.alt


def test_bars_have_names_and_no_numbers_of_steps():
    drawing = AnswerDrawing(3, 3, names=("one",))
    legend = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert legend == ["centred", "as it is"]


def test_pad_and_answers_stand_side_by_side_and_the_steps_below():
    widget = drawing_pad({"dense": dense()}, LINE)
    beside, steps = widget.children
    assert beside.children[1] is widget.picture
    assert beside.layout.flex_flow == "row wrap", "one below the other where it is narrow"
    before = steps.value
    widget.move(strokes=[])
    assert 'alt="The drawing, 19 by 179 pixels' in before and steps.value != before


def test_without_a_kernel_the_steps_stand_below_the_answers():
    widget = drawing_pad({"dense": dense()}, LINE)
    live = widget.steps.value
    page = widget.static_page()
    assert page.index("dense says 4") < page.index("is cut out")
    assert widget.steps.value == live, "the dark twin of the page isn't what is shown here"


def test_on_a_dark_page_the_steps_are_drawn_for_it():
    widget = drawing_pad({"dense": dense()}, LINE)
    light = widget.steps.value
    widget.picture.dark = True
    assert widget.steps.value != light
    widget.picture.dark = False
    assert widget.steps.value == light
