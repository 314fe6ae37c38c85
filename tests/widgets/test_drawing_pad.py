"""The pad's picture for networks made by hand: with and without a convolution."""

import numpy as np
import pytest

from utils.networks.in_numpy.keras_layers import Layer, Network
from utils.widgets.digits import prepare, raster
from utils.widgets.drawing_pad import answer, drawing_pad, first_maps

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
    clear, undo = widget.children[0].children[1].children
    undo.click()
    assert widget.values["strokes"] == LINE
    clear.click()
    assert widget.values["strokes"] == []
