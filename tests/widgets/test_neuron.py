"""One neuron, step and sigmoid: its numbers against others', its widget against its functions."""

import html
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from utils.widgets.neuron import NeuronDrawing, describe, neuron, step_and_sigmoid, step_corners
from utils.widgets.shell.explorer import static_html

weights = st.integers(-40, 40).map(lambda n: n / 10)
inputs = st.integers(-60, 60).map(lambda n: n / 10)


@pytest.fixture(scope="module")
def widget():
    return step_and_sigmoid()


def fresh(w, b, x):
    drawing, now = NeuronDrawing(7.8, 3.7), neuron(w, b, x)
    drawing.draw(w, b, x, now)
    return drawing.png(), *describe(w, b, x, now)


def test_two_neurons_by_hand():
    now = neuron(1, 0, 2)
    assert (now.z, now.step, now.step_change) == (2, 1, 0)
    assert now.sigmoid == pytest.approx(0.880797, abs=1e-6)  # 1 / (1 + e^-2)
    assert now.gradient == pytest.approx(0.104994, abs=1e-6)
    assert now.sigmoid_change == pytest.approx(0.900250 - 0.880797, abs=1e-6)  # σ(2.2) - σ(2)
    assert neuron(1, -2.1, 2).step_change == 1
    assert neuron(-0.1, -0.1, -2).step_change == -1


@given(weights, weights, inputs)
def test_all_numbers_agree_with_scipy_and_fractions(w, b, x):
    now = neuron(w, b, x)
    tenths, after = (round(10 * w) + d for d in (0, 1))
    z, z_after = (n * round(10 * x) + 10 * round(10 * b) for n in (tenths, after))  # hundredths
    assert now.z == pytest.approx(z / 100, abs=1e-12)
    assert now.step == (z > 0) and now.step_change == int(z_after > 0) - int(z > 0)
    assert now.sigmoid == pytest.approx(expit(z / 100), abs=1e-12)
    assert now.sigmoid_change == pytest.approx(expit(z_after / 100) - expit(z / 100), abs=1e-12)
    h = 1e-5
    assert now.gradient == pytest.approx((expit(now.z + h) - expit(now.z - h)) / (2 * h), abs=1e-9)


@given(weights, weights, inputs)
def test_the_slope_predicts_the_change_up_to_half_the_largest_curvature(w, b, x):
    now = neuron(w, b, x)
    most = (0.1 * x) ** 2 / 2 / (6 * math.sqrt(3))  # |σ''| is at most 1 / (6 √3)
    assert abs(now.sigmoid_change - now.predicted) <= most + 1e-9


@given(weights, weights, inputs)
def test_the_drawn_step_says_what_the_neuron_says_at_every_place(w, b, at):
    corners = step_corners(w, b, -6, 6)
    assert len(corners) in (2, 4) and corners[0, 0] == -6 and corners[-1, 0] == 6
    jump = corners[1, 0] if len(corners) == 4 else None
    assert jump is None or abs(w * jump + b) < 1e-9
    if jump is None or abs(at - jump) > 1e-6:
        said = corners[0, 1] if jump is None or at < jump else corners[-1, 1]
        assert said == neuron(w, b, at).step


def test_zero_counts_as_no_even_where_floats_would_round_it_up():
    assert 0.3 - 0.1 * 3 < 0 < 0.1 * 3 - 0.3
    assert neuron(0.1, -0.3, 3).step == 0 and neuron(0.1, -0.3, 3).z == 0


@pytest.mark.parametrize("name, value", [("w", -1.5), ("b", 2.5), ("x", -3.0)])
def test_each_slider_changes_picture_alt_and_caption_to_what_the_functions_say(widget, name, value):
    start = {"w": 1.0, "b": 0.0, "x": 2.0}
    widget.move(**start)
    before = widget.static()
    widget.controls[name].value = value
    assert widget.static() == fresh(**(start | {name: value}))
    for one, other in zip(before, widget.static(), strict=True):
        assert one != other
    widget.controls[name].value = start[name]
    assert widget.static() == before == fresh(**start)


def test_curves_tangent_and_dots_are_drawn_where_the_numbers_say():
    drawing, now = NeuronDrawing(7.8, 3.7), neuron(1.0, -2.1, 2.0)
    drawing.draw(1.0, -2.1, 2.0, now)
    (_, over_x), (stairs, over_w) = drawing.curves
    x, y = over_x.get_data()
    np.testing.assert_allclose(y, expit(x - 2.1))
    change, y = over_w.get_data()
    np.testing.assert_allclose(y, expit((1 + change) * 2 - 2.1))
    assert stairs.get_xdata()[1] == pytest.approx(0.05)  # (1 + 0.05) · 2 - 2.1 = 0
    left, right = np.transpose(drawing.tangent.get_data())
    gradient = expit(-0.1) * expit(0.1) * 2  # σ'(z) · x
    assert (right - left)[1] / (right - left)[0] == pytest.approx(gradient)
    assert np.mean([left, right], axis=0) == pytest.approx([0, expit(-0.1)])
    before = [np.ravel(dot.get_data()) for dots in drawing.before for dot in dots]
    expected = [(2, 0), (2, expit(-0.1)), (0, 0), (0, expit(-0.1))]
    assert np.array(before) == pytest.approx(np.array(expected))
    after = [np.ravel(dot.get_data()) for dot in drawing.after]
    assert np.array(after) == pytest.approx(np.array([(0.1, 1), (0.1, expit(0.1))]))
    assert [text.get_text() for text in drawing.numbers] == ["step: +1", "sigmoid: +0.0500"]


def test_the_jump_is_in_alt_caption_and_static_page(widget):
    widget.move(w=1.0, b=-2.1, x=2.0)
    shown = widget.static()
    assert "z = −0.10, step 0, sigmoid 0.475, slope σ′(z) = 0.249" in shown.text
    assert "the step's answer changes by +1, the sigmoid's by +0.0500" in shown.text
    assert "jumps at x = 2.10" in shown.alt and "the step's answer jumps" in shown.alt
    page = html.unescape(static_html(shown, widget.picture.width))
    assert shown.text in page and shown.alt in page


def test_at_the_ends_of_all_sliders_nothing_is_nan_and_nothing_is_minus_zero(widget):
    ends = [(one.min, 0, one.max) for one in widget.controls.values()]
    for values in itertools.product(*ends):
        widget.move(**dict(zip(widget.controls, values, strict=True)))
        text = widget.picture.alt + widget.picture.text
        assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
        assert "-" not in text and "−0.00 " not in text and "−0.00," not in text
        assert np.isfinite(neuron(*values)).all()


def test_a_weight_without_an_input_changes_nothing(widget):
    widget.move(w=1.0, b=0.5, x=0.0)
    assert "changes by 0, the sigmoid's by 0.0000" in widget.picture.text
    assert "doesn't move either" in widget.picture.alt
