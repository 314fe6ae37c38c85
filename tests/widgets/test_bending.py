"""Two neurons bend the plane: numbers against others', the widget against its functions."""

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from utils.networks.in_numpy.hidden_layer import X, Y
from utils.widgets.bending import (
    HIGH,
    LEAST,
    LOW,
    BendingDrawing,
    bend,
    bend_the_plane,
    describe,
    separator,
    yes_side,
)

START = {"angle1": 45.0, "shift1": 0.0, "angle2": 45.0, "shift2": 0.0, "sharpness": 6.0}
APART = START | {"shift1": -0.4, "shift2": 0.4}
coordinates = st.floats(0, 1).map(lambda number: round(number, 3))
segments = st.tuples(*(coordinates for _ in range(4))).map(lambda four: np.reshape(four, (2, 2)))
settings = st.fixed_dictionaries(
    {"angle1": st.integers(-36, 36).map(lambda n: 5.0 * n),
     "shift1": st.integers(-10, 10).map(lambda n: n / 10),
     "angle2": st.integers(-36, 36).map(lambda n: 5.0 * n),
     "shift2": st.integers(-10, 10).map(lambda n: n / 10),
     "sharpness": st.integers(2, 40).map(lambda n: n / 2)}
)  # fmt: skip


@pytest.fixture(scope="module")
def widget():
    return bend_the_plane()


@pytest.fixture(scope="module")
def drawing():
    return BendingDrawing(7.8, 4.1)


def can_be_separated(ones, zeros):
    """Ask linear programming whether a line has all ones above it, and all zeros below."""
    rows = np.vstack([np.column_stack([-ones, -np.ones(2)]), np.column_stack([zeros, np.ones(2)])])
    return linprog([0, 0, 0], A_ub=rows, b_ub=-np.ones(4), bounds=(None, None)).status == 0


def test_answers_by_hand():
    now = bend(0, 0, 90, 0.25, 4)  # z1 = 4 (x1 - 1/2), z2 = 4 (x2 - 1/2 - 1/4)
    for (x1, x2), h in zip(X, now.points, strict=True):
        sums = 4 * (x1 - 0.5), 4 * (x2 - 0.75)
        assert h == pytest.approx([1 / (1 + math.exp(-z)) for z in sums], abs=1e-12)


@given(settings)
def test_a_line_is_where_its_neuron_says_one_half_and_its_angle_where_it_says_yes(values):
    now = bend(**values)
    for k in (0, 1):
        turned = math.radians(values[f"angle{k + 1}"])
        towards = np.array([math.cos(turned), math.sin(turned)])
        on_line = 0.5 + values[f"shift{k + 1}"] * towards
        sums = [(on_line + d * towards) @ now.W1[:, k] + now.b1[k] for d in (0, 1)]
        assert sums == pytest.approx([0, values["sharpness"]], abs=1e-9)


@given(segments, segments)
def test_there_is_a_gap_just_where_some_line_keeps_the_points_apart(ones, zeros):
    gap, w, b = separator(ones, zeros)
    if gap > 1e-3:
        assert can_be_separated(ones, zeros)
        assert np.linalg.norm(w) == pytest.approx(1)
        assert (ones @ w + b).min() == pytest.approx(gap / 2, abs=1e-9)
        assert (zeros @ w + b).max() == pytest.approx(-gap / 2, abs=1e-9)
    elif gap == 0:
        # nudged apart by less than the rounding of the coordinates they may be separable
        middle = (ones.mean(axis=0) + zeros.mean(axis=0)) / 2
        stretched = [middle + (one - middle) * 1.000001 for one in (ones, zeros)]
        assert separator(*stretched)[0] < 1e-3


def test_segments_that_cross_touch_or_lie_on_each_other_have_no_gap():
    across = np.array([[0.0, 0.5], [1.0, 0.5]])
    for other in ([[0.5, 0.0], [0.5, 1.0]], [[0.5, 0.5], [0.5, 1.0]], [[0.2, 0.5], [0.4, 0.5]],
                  [[0.5, 0.5], [0.5, 0.5]]):  # fmt: skip
        assert separator(across, np.array(other))[0] == 0
    assert separator(across, across + [0, 0.25])[0] == 0.25
    same = np.array([[0.3, 0.3], [0.3, 0.3]])
    assert separator(same, same)[0] == 0


def test_one_line_alone_never_does_it_and_two_do():
    for angle, shift, sharpness in itertools.product((0, 45, 100, -60), (-0.3, 0, 0.4), (1, 6, 20)):
        assert not bend(angle, shift, angle, shift, sharpness).is_separated
        assert not bend(angle, shift, angle + 180, -shift, sharpness).is_separated
    now = bend(**APART)  # an OR and an AND
    assert now.is_separated and now.gap > 0.4
    np.testing.assert_array_equal(now.sum_for(X) > 0, Y[:, 0] == 1)


def area_of(corners):
    x, y = corners.T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


@given(settings)
def test_what_is_shaded_is_what_gets_a_yes(values):
    now = bend(**values)
    polygons = yes_side(now)
    if not now.is_separated:
        assert polygons == []
        return
    area = sum(map(area_of, polygons))
    fine = np.linspace(LOW, HIGH, 201)
    yes = now.sum_for(np.stack(np.meshgrid(fine, fine), axis=-1)) > 0
    assert area == pytest.approx(yes.mean() * (HIGH - LOW) ** 2, abs=0.08)


@pytest.mark.parametrize("changed", [
    {"angle1": -90.0}, {"shift1": -0.5}, {"angle2": 135.0}, {"shift2": 0.5}, {"sharpness": 12.0},
    {"shift1": -0.4, "shift2": 0.4},
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(
    widget, drawing, changed
):
    widget.move(**START)
    before = widget.static()
    widget.move(**changed)
    now = bend(**(START | changed))
    drawing.draw(now)
    assert widget.static() == (drawing.png(), *describe(now))
    for one, other in zip(before, widget.static(), strict=True):
        assert one != other
    widget.move(**START)
    assert widget.static() == before


def test_points_and_lines_are_drawn_where_the_neurons_put_them(drawing):
    now = bend(**APART)
    drawing.draw(now)
    (squares, dots), yes = drawing.points[1], Y[:, 0] == 1
    np.testing.assert_allclose(np.transpose(dots.get_data()), now.points[yes])
    np.testing.assert_allclose(np.transpose(squares.get_data()), now.points[~yes])
    for (line, arrow, _), w, b in zip(drawing.lines, now.W1.T, now.b1, strict=True):
        np.testing.assert_allclose(np.transpose(line.get_data()) @ w + b, 0, atol=1e-9)
        foot, head = np.transpose(arrow.get_data()) @ w + b
        assert foot == pytest.approx(0, abs=1e-9) and head > 0
    border = np.transpose(drawing.border.get_data())
    np.testing.assert_allclose(border @ now.w + now.b, 0, atol=1e-9)
    assert drawing.border.get_visible() and drawing.side.get_visible()
    drawing.draw(bend(**START))
    assert not drawing.border.get_visible() and not drawing.side.get_visible()


def test_the_caption_says_whether_a_line_fits_and_gives_the_neurons(widget):
    widget.move(**START)
    assert "No line keeps them apart: dot to dot crosses square to square." in widget.picture.text
    widget.move(**APART)
    assert widget.picture.text == (
        "h₁ = σ(4.2 x₁ + 4.2 x₂ − 1.8), h₂ = σ(4.2 x₁ + 4.2 x₂ − 6.6). "
        "One line keeps dots and squares apart; the gap is 0.49."
    )
    assert "(0, 1), a dot, to (0.92, 0.08)" in widget.picture.alt
    widget.move(**(APART | {"sharpness": 1.0}))
    assert f"the gap is below {LEAST}" in widget.picture.text


def test_at_the_ends_of_all_controls_nothing_is_nan_and_nothing_warns(widget):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for angle, shift, sharpness in itertools.product((-180, 180), (-1, 1), (1, 20)):
            widget.move(angle1=angle, shift1=shift, angle2=-angle, shift2=-shift,
                        sharpness=sharpness)  # fmt: skip
            text = widget.picture.alt + widget.picture.text
            assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
