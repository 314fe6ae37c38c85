"""Signal and gradient through many layers: the widget against its functions."""

import itertools
import warnings

import numpy as np
import pytest

from utils.widgets.depths import (
    HIGH,
    LOW,
    DepthDrawing,
    _times,
    describe,
    through_layers,
    through_many_layers,
)

START = {"layers": 10, "scale": 0.8, "normalise": False, "seed": 0}


@pytest.fixture(scope="module")
def widget():
    return through_many_layers()


@pytest.mark.parametrize("changed", [
    {"layers": 40}, {"scale": 1.25}, {"normalise": True}, {"seed": 4},
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(widget, changed):
    drawing = DepthDrawing(7.8, 3.8)
    widget.move(**START)
    before = widget.static()
    widget.move(**changed)
    values = START | changed
    now = through_layers(**values)
    drawing.draw(now)
    assert widget.static() == (drawing.png(), *describe(values["layers"], now))
    assert all(one != other for one, other in zip(before, widget.static(), strict=True))
    widget.move(**START)
    assert widget.static() == before


def test_points_stand_where_the_layers_put_them_and_at_the_edge_beyond_it():
    drawing = DepthDrawing(7.8, 3.8)
    now = through_layers(40, 0.5, False, 0)
    drawing.draw(now)
    for lines, name in zip(drawing.lines, ("signal", "gradient"), strict=True):
        for line, one in zip(lines, now, strict=True):
            x, y = line.get_data()
            assert list(x) == list(range(0, 41, 2))
            np.testing.assert_allclose(y, np.clip(getattr(one, name), LOW, HIGH))
    assert drawing.lines[0][0].get_ydata()[-1] == LOW > now.plain.signal[-1]


def test_at_the_ends_of_all_controls_nothing_is_nan_and_nothing_warns(widget):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for layers, scale, normalise in itertools.product((2, 40), (0.5, 1.5), (False, True)):
            widget.move(layers=layers, scale=scale, normalise=normalise)
            text = widget.picture.alt + widget.picture.text
            assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
    widget.move(**START)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "1.00 times"), (0.0312, "0.03 times"), (0.0031, "3.1 · 10^−3 times"),
     (1234.0, "1,234 times"), (2.5e9, "2.5 · 10^9 times"), (0.0, "0 times")],
)  # fmt: skip
def test_a_ratio_is_written_so_that_it_can_be_read(ratio, text):
    assert _times(ratio) == text
