"""A batch normalised: the marked picture and its company, the widget against its functions."""

import itertools
import warnings

import numpy as np
import pytest

from utils.widgets.normalising import (
    OWN,
    RUNNING,
    BatchDrawing,
    batch_of,
    describe,
    normalise_a_batch,
)

START = {"mean": 4.0, "spread": 2.0, "gamma": 1.0, "beta": 0.0, "pictures": 4, "draw": 0, "by": OWN}


@pytest.fixture(scope="module")
def widget():
    return normalise_a_batch()


def test_by_its_own_statistics_a_batch_has_mean_beta_and_spread_gamma():
    now = batch_of(**START | {"gamma": 1.5, "beta": -2.0, "pictures": 96})
    assert now.out.mean() == pytest.approx(-2) and now.out.std() == pytest.approx(1.5, abs=1e-4)


def test_other_pictures_change_the_marked_answer_by_the_batch_and_not_by_running_statistics():
    by = {
        which: [batch_of(**START | {"draw": draw, "by": which}) for draw in range(5)]
        for which in (OWN, RUNNING)
    }
    assert len({one.z[0] for one in by[OWN] + by[RUNNING]}) == 1
    assert len({round(one.out[0], 3) for one in by[OWN]}) == 5
    assert len({one.out[0] for one in by[RUNNING]}) == 1
    assert [one.other for one in by[OWN]] == [one.out[0] for one in by[RUNNING]]


def test_running_statistics_come_near_those_that_the_sums_are_drawn_from():
    mean, variance = batch_of(**START | {"pictures": 96}).running
    assert mean == pytest.approx(4, abs=0.2) and variance == pytest.approx(4, abs=0.3)


@pytest.mark.parametrize("changed", [
    {"mean": -3.0}, {"spread": 0.5}, {"gamma": 0.4}, {"beta": 1.5}, {"pictures": 32}, {"draw": 3},
    {"by": RUNNING},
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(widget, changed):
    drawing = BatchDrawing(7.8, 3.4)
    widget.move(**START)
    before = widget.static()
    widget.move(**changed)
    now = batch_of(**START | changed)
    drawing.draw(now)
    assert widget.static() == (drawing.png(), *describe(now, (START | changed)["by"]))
    assert all(one != other for one, other in zip(before, widget.static(), strict=True))
    widget.move(**START)
    assert widget.static() == before


def test_at_the_ends_of_all_controls_nothing_is_nan_and_nothing_warns(widget):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mean, spread, gamma, pictures in itertools.product((-6, 6), (0, 4), (0, 2), (2, 96)):
            widget.move(mean=mean, spread=spread, gamma=gamma, pictures=pictures)
            text = widget.picture.alt + widget.picture.text
            assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
    widget.move(**START)


def test_what_relu_lets_through_is_counted():
    now = batch_of(**START | {"mean": -6.0, "spread": 0.25})
    assert np.all(now.z < 0)
    share = round(100 * float(np.mean(now.out > 0)))
    assert (
        f"ReLU lets {share} in a hundred through; without normalisation 0."
        in (describe(now, OWN)[1])
    )
