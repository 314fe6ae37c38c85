"""The ball on the loss: its walk against others' arithmetic, its widget against its functions."""

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import CourseError
from utils.networks.in_numpy.one_neuron import or_gate_descent
from utils.widgets.descent import (
    GATES,
    RATES,
    DescentDrawing,
    describe,
    gradient,
    gradient_descent,
    loss,
    path,
)
from utils.widgets.shell.explorer import static_html

START = {"gate": "OR", "learning_rate": 2.0, "w1": 0.1, "w2": -0.2, "steps": 10}
weights = st.floats(-6, 8)
gates = st.sampled_from(sorted(GATES))


@pytest.fixture(scope="module")
def widget():
    return gradient_descent()


@pytest.fixture(scope="module")
def drawings():
    return {gate: DescentDrawing(8.4, 4.1, gate=gate) for gate in GATES}


def walk_of(gate, learning_rate, w1, w2, steps):
    return path((w1, w2), GATES[gate].b, learning_rate, steps, GATES[gate].y)


def naive_walk(gate, learning_rate, w1, w2, steps):
    """Return weights and losses by loops over rows and math.exp alone."""
    y, b, places = GATES[gate].y, GATES[gate].b, []
    for _ in range(steps + 1):
        total, slope1, slope2 = 0.0, 0.0, 0.0
        for (x1, x2), target in zip([(0, 0), (0, 1), (1, 0), (1, 1)], y, strict=True):
            y_hat = 1 / (1 + math.exp(-(w1 * x1 + w2 * x2 + b)))
            total += (y_hat - target) ** 2 / 4
            dz = 2 / 4 * (y_hat - target) * y_hat * (1 - y_hat)
            slope1, slope2 = slope1 + dz * x1, slope2 + dz * x2
        places.append((w1, w2, total))
        w1, w2 = w1 - learning_rate * slope1, w2 - learning_rate * slope2
    return np.array(places)


@given(gates, weights, weights, st.floats(-5, 5))
def test_the_gradient_is_the_measured_slope_of_the_loss(gate, w1, w2, b):
    at, h, y = np.array([w1, w2]), 1e-5, GATES[gate].y
    measured = [(loss(at + d, b, y) - loss(at - d, b, y)) / (2 * h) for d in h * np.eye(2)]
    np.testing.assert_allclose(gradient(at, b, y), measured, atol=1e-9)


@given(weights, weights, st.floats(-5, 5))
def test_loss_and_gradient_of_or_are_those_of_notebook_04(w1, w2, b):
    row = or_gate_descent(w1, w2, b, 1.0, 0).iloc[0]
    at = np.array([w1, w2])
    assert loss(at, b) == pytest.approx(row["loss"], abs=1e-14)
    np.testing.assert_allclose(gradient(at, b), row[["dL_dw1", "dL_dw2"]], atol=1e-14)


def test_one_step_by_hand():
    walk = path((0.0, 0.0), 0.0, 2.0, 1)  # all answers 1/2, so dz is 1/16, -1/16, -1/16, -1/16
    np.testing.assert_allclose(walk.weights, [[0, 0], [0.25, 0.25]])
    assert walk.losses[0] == 0.25 and walk.losses[1] < 0.25


@given(gates, st.sampled_from(RATES), weights, weights)
def test_a_walk_of_a_few_steps_is_that_of_plain_loops(gate, rate, w1, w2):
    walk, naive = walk_of(gate, rate, w1, w2, 4), naive_walk(gate, rate, w1, w2, 4)
    assert walk.weights.shape == (5, 2) and walk.losses.shape == (5,)
    np.testing.assert_allclose(walk.weights, naive[:, :2], atol=1e-6)
    np.testing.assert_allclose(walk.losses, naive[:, 2], atol=1e-7)


def test_a_longer_walk_begins_as_the_shorter_one():
    short, long = (walk_of("AND", 30.0, 0.1, -0.2, steps) for steps in (7, 50))
    np.testing.assert_array_equal(short.weights, long.weights[:8])
    np.testing.assert_array_equal(short.losses, long.losses[:8])


@given(st.sampled_from(RATES), weights, weights)
def test_with_the_bias_held_no_step_on_or_is_too_long(rate, w1, w2):
    walk = walk_of("OR", rate, w1, w2, 50)
    assert not walk.rises.any() and (np.diff(walk.weights, axis=0) >= 0).all()


def test_on_and_rate_10_settles_30_overshoots_and_100_is_thrown_on_the_plateau():
    start = {"gate": "AND", "w1": 0.1, "w2": -0.2, "steps": 50}
    calm, to_and_fro, thrown = (
        walk_of(learning_rate=rate, **start) for rate in (10.0, 30.0, 100.0)
    )
    side = np.linspace(-6, 8, 141)
    floor = loss(np.stack(np.meshgrid(side, side), axis=-1), -3, GATES["AND"].y).min()
    assert calm.rises.sum() == 0 and calm.losses[-1] == pytest.approx(floor, abs=1e-4)
    assert to_and_fro.rises.sum() == 26 and to_and_fro.losses[-1] > 2 * floor
    assert thrown.losses[-1] > 0.25 > thrown.losses[0]
    assert np.linalg.norm(gradient(thrown.weights[-1], -3, GATES["AND"].y)) < 1e-4


def test_rises_and_places_outside_are_counted_from_the_walk_itself():
    walk = walk_of("AND", 200.0, 6.0, -0.2, 6)
    assert list(np.flatnonzero(walk.rises)) == [
        n for n in range(1, 7) if walk.losses[n] > walk.losses[n - 1]
    ]
    assert list(walk.inside) == [bool(max(w) <= 8 and min(w) >= -6) for w in walk.weights]
    assert not walk.inside.all()


@pytest.mark.parametrize("changed", [
    {"gate": "AND"}, {"learning_rate": 100.0}, {"w1": -6.0}, {"w2": 8.0}, {"steps": 11},
    {"gate": "AND", "learning_rate": 30.0, "steps": 50},
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(
    widget, drawings, changed
):
    widget.move(**START)
    before = widget.static()
    widget.move(**changed)
    state = START | changed
    walk = walk_of(**state)
    drawings[state["gate"]].draw(walk)
    expected = describe(state["gate"], state["learning_rate"], walk)
    assert widget.static() == (drawings[state["gate"]].png(), *expected)
    for one, other in zip(before, widget.static(), strict=True):
        assert one != other
    widget.move(**START)
    assert widget.static() == before


def test_ball_path_and_rises_are_drawn_where_the_walk_says(drawings):
    drawing = drawings["AND"]
    walk = walk_of("AND", 30.0, 0.1, -0.2, 50)
    drawing.draw(walk)
    np.testing.assert_array_equal(np.transpose(drawing.way.get_data()), walk.weights)
    assert np.ravel(drawing.ball.get_data()) == pytest.approx(walk.weights[-1])
    assert drawing.ball.get_visible() and not drawing.gone.get_visible()
    steps, heights = drawing.rises.get_data()
    assert len(steps) == 26 and (np.diff(walk.losses)[steps - 1] > 0).all()
    np.testing.assert_array_equal(heights, walk.losses[steps])
    drawing.draw(walk_of("AND", 200.0, 6.0, -0.2, 6))
    assert drawing.gone.get_visible() and not drawing.ball.get_visible()
    assert drawing.note.get_visible()
    np.testing.assert_array_equal(np.ravel(drawing.gone.get_data()), [8, 8])  # from (10.8, 14.0)


def test_the_map_has_the_losses_of_its_lines(drawings):
    for gate, drawing in drawings.items():
        lines = drawing.figure.axes[0].collections[1]
        for level, one in zip(lines.levels, lines.get_paths(), strict=True):
            values = loss(one.vertices, GATES[gate].b, GATES[gate].y)
            np.testing.assert_allclose(values, level, atol=2e-3)
        assert sum(len(one.vertices) > 0 for one in lines.get_paths()) >= 5


def test_the_buttons_add_a_step_and_go_back_and_stop_at_the_last_step(widget):
    step, back = widget.children[-2].children[1:]
    widget.move(**START)
    step.click()
    assert widget.values == START | {"steps": 11} and "after 11 steps" in widget.picture.text
    back.click()
    assert widget.values == START | {"steps": 0} and "No step yet" in widget.picture.text
    step.click()
    assert "after 1 step at" in widget.picture.text
    widget.move(steps=50)
    step.click()
    assert widget.values["steps"] == 50 and widget.picture.problem == ""


def test_caption_and_static_page_tell_of_rises_and_of_a_ball_that_left(widget):
    widget.move(gate="AND", learning_rate=30.0, w1=0.1, w2=-0.2, steps=50)
    assert "The loss rose in 26 of 50 steps" in widget.picture.text
    assert "it rises 26 times" in widget.picture.alt
    widget.move(gate="AND", learning_rate=200.0, w1=6.0, w2=-0.2, steps=6)
    shown = widget.static()
    assert "at (10.81, 14.04) with loss 0.5004" in shown.text
    assert "The loss rose in 1 of 6 steps, 5 of its places lie outside the map" in shown.text
    assert "has left the map, to (10.81, 14.04)" in shown.alt
    assert shown.text in static_html(shown, 900) and shown.alt in static_html(shown, 900)


def test_at_the_ends_of_all_controls_nothing_is_nan_and_nothing_warns(widget):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gate, rate, w1, w2 in itertools.product(GATES, (0.1, 200.0), (-6.0, 8.0), (-6.0, 8.0)):
            widget.move(gate=gate, learning_rate=rate, w1=w1, w2=w2, steps=50)
            text = widget.picture.alt + widget.picture.text
            assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
        assert np.isfinite(path((-6, -6), -2.0, 1e6, 50).losses).all()


def test_a_rate_that_is_not_offered_is_refused_in_a_sentence():
    with pytest.raises(CourseError, match="no OR with learning rate 7"):
        gradient_descent(learning_rate=7)
