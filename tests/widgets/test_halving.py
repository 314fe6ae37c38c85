"""Successive halving: by hand, by its rules for any curves, and the widget on measured ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.errors import CourseError
from utils.plots.style import COLORS
from utils.widgets.halving import (
    HalvingDrawing,
    describe,
    draw_trials,
    halving,
    rungs,
    successive_halving,
)

# Six trials of four epochs. The fifth starts badly and would end as the best.
CURVES = np.array(
    [
        [0.50, 0.60, 0.65, 0.70],
        [0.45, 0.62, 0.66, 0.68],
        [0.40, 0.50, 0.55, 0.60],
        [0.30, 0.40, 0.45, 0.50],
        [0.20, 0.50, 0.70, 0.80],
        [0.10, 0.10, 0.10, 0.10],
    ]
)
any_curves = arrays(
    np.float64, st.tuples(st.integers(1, 40), st.integers(1, 12)), elements=st.floats(0, 1)
)


def test_six_trials_by_hand():
    assert rungs(4, 1, 2) == [1, 2]
    # Epoch 1: the best three of six stay; epoch 2: the best of three.
    assert halving(CURVES, 1, 2).tolist() == [2, 4, 2, 1, 1, 1]
    assert halving(CURVES, 2, 3).tolist() == [4, 4, 2, 2, 2, 2]
    # From epoch 3 on the late starter is seen.
    assert halving(CURVES, 3, 3).tolist() == [3, 4, 3, 3, 4, 3]


def test_of_equals_the_earlier_trial_stays():
    assert halving(np.full((4, 2), 0.5), 1, 2).tolist() == [2, 2, 1, 1]


@given(any_curves, st.integers(1, 12), st.integers(2, 6))
def test_at_each_stop_the_best_part_stays(curves, first, factor):
    trained, epochs = halving(curves, first, factor), curves.shape[1]
    alive = len(curves)
    for epoch in rungs(epochs, first, factor):
        stays, goes = trained > epoch, trained == epoch
        assert stays.sum() == max(1, alive // factor) and stays.sum() + goes.sum() == alive
        if goes.any():
            assert curves[stays, epoch - 1].min() >= curves[goes, epoch - 1].max()
        alive = stays.sum()
    assert (trained == epochs).sum() == alive >= 1


@given(st.integers(2, 40), st.integers(0, 20))
def test_a_draw_is_a_choice_without_repetition_and_always_the_same(trials, draw):
    chosen = draw_trials(40, trials, draw)
    assert len(set(chosen)) == trials and set(chosen) <= set(range(40))
    np.testing.assert_array_equal(chosen, draw_trials(40, trials, draw))


def test_the_caption_says_what_was_spent_and_what_was_lost():
    alt, text = describe(CURVES, 1, 2)
    assert text == (
        "11 of 24 epochs trained (46 %). Stopped: 3 after epoch 1, 2 after epoch 2. The winner "
        "ends at 68.0 %; the best of all, 80.0 %, was stopped: 12.0 percentage points lost."
    )
    assert "6 trials" in alt and "3 after epoch 1" in alt
    assert describe(CURVES, 3, 3)[1].endswith("80.0 %; the best of all is among them.")


def test_lines_crosses_and_dot_stand_where_the_numbers_say():
    drawing = HalvingDrawing(7.2, 3.8, curves=CURVES)
    drawing.draw(np.arange(6), 1, 2)
    assert [len(line.get_xdata()) for line in drawing.run] == [2, 4, 2, 1, 1, 1]
    colors = [line.get_color() == COLORS.blue for line in drawing.run]
    assert colors == [False, True, False, False, False, False]
    assert drawing.ends.get_xdata() == (2, 2, 1, 1, 1)
    assert np.ravel(drawing.best.get_data()).tolist() == [4, 0.68]
    assert [line.get_xdata()[0] for line in drawing.lines if line.get_visible()] == [1, 2]


def test_trials_that_take_no_part_are_not_drawn():
    drawing = HalvingDrawing(7.2, 3.8, curves=CURVES)
    drawing.draw(np.array([0, 4]), 1, 2)
    assert [len(line.get_xdata()) for line in drawing.run] == [4, 0, 0, 0, 1, 0]


@pytest.mark.parametrize("name, value", [("trials", 3), ("draw", 4), ("first", 3), ("factor", 4)])
def test_each_control_changes_the_picture_to_what_the_functions_say(name, value):
    widget = successive_halving(CURVES, trials=5, first=1, factor=2)
    before = widget.static()
    widget.controls[name].value = value
    state = {"trials": 5, "draw": 0, "first": 1, "factor": 2} | {name: value}
    chosen = draw_trials(6, state["trials"], state["draw"])
    drawing = HalvingDrawing(7.2, 3.8, curves=CURVES)
    drawing.draw(chosen, state["first"], state["factor"])
    shown = widget.static()
    assert shown == (drawing.png(), *describe(CURVES[chosen], state["first"], state["factor"]))
    assert shown.png != before.png and shown.text != before.text


@pytest.mark.parametrize(
    "curves", [np.ones((3, 8)), np.ones((8, 3)), np.ones(8), np.full((8, 8), np.nan)]
)
def test_curves_that_make_no_race_are_refused_in_a_sentence(curves):
    with pytest.raises(CourseError, match="at least four trials"):
        successive_halving(curves)
