"""Three ways into a valley: the widget against its functions."""

import itertools
import warnings

import numpy as np
import pytest

from utils.networks.in_numpy.noisy_valley import loss
from utils.widgets.valley import ValleyDrawing, describe, walk_into_a_valley, ways

START = {"rate": 0.2, "noise": 2.0, "steps": 150, "keep": 0.95, "seed": 0}


@pytest.fixture(scope="module")
def widget():
    return walk_into_a_valley()


@pytest.mark.parametrize("changed", [
    {"rate": 0.35}, {"noise": 0.5}, {"steps": 40}, {"keep": 0.5}, {"seed": 5},
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(widget, changed):
    drawing = ValleyDrawing(7.8, 4.0)
    widget.move(**START)
    before = widget.static()
    widget.move(**changed)
    values = START | changed
    now = ways(**values)
    drawing.draw(now)
    assert widget.static() == (drawing.png(), *describe(values["rate"], now))
    assert all(one != other for one, other in zip(before, widget.static(), strict=True))
    widget.move(**START)
    assert widget.static() == before


def test_the_falling_rate_shares_its_noise_and_the_mean_its_walk():
    one, other = (ways(0.2, 2.0, 100, keep, 3) for keep in (0.5, 0.99))
    np.testing.assert_array_equal(one.constant, other.constant)
    np.testing.assert_array_equal(one.constant[1], one.falling[1])  # the first rate is the same
    assert not np.array_equal(one.mean, other.mean)


def test_lines_and_ends_are_drawn_where_the_ways_lead():
    drawing, now = ValleyDrawing(7.8, 4.0), ways(**START)
    drawing.draw(now)
    for line, end, curve, way in zip(drawing.ways, drawing.ends, drawing.losses, now, strict=True):
        np.testing.assert_allclose(np.transpose(line.get_data()), way)
        np.testing.assert_allclose(np.transpose(end.get_data())[0], way[-1])
        np.testing.assert_allclose(curve.get_ydata(), np.maximum(loss(way), 1e-3))


def test_few_steps_leave_the_falling_rate_higher_and_many_let_it_rest(widget):
    few, many = ways(0.06, 2.0, 30, 0.95, 0), ways(0.3, 2.0, 200, 0.95, 0)
    assert few.ends[1] > few.ends[0] and many.ends[1] < many.ends[0] / 2
    text = describe(0.3, many)[1]
    assert f"constant rate {many.ends[0]:.3f}, falling rate {many.ends[1]:.3f}" in text


def test_at_the_ends_of_all_controls_nothing_is_nan_and_nothing_warns(widget):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rate, noise, steps in itertools.product((0.02, 0.4), (0, 4), (20, 300)):
            widget.move(rate=rate, noise=noise, steps=steps)
            text = widget.picture.alt + widget.picture.text
            assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
    widget.move(**START)
