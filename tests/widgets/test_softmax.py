"""Softmax and the loss in three readings: against SciPy, notebook 08, and the widget itself."""

import itertools

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.errors import CourseError
from utils.networks.in_numpy.functions import cross_entropy, log_softmax, softmax
from utils.widgets.shell.explorer import static_html
from utils.widgets.softmax import CLASSES, SoftmaxDrawing, describe, readings, softmax_and_loss

START = {"airplane": 0.0, "automobile": -4.3, "cat": 2.7, "right": "cat"}
logits = arrays(np.float64, 3, elements=st.floats(-5, 5))
wild = arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e4, 1e4))


@pytest.fixture(scope="module")
def widget():
    return softmax_and_loss()


@pytest.fixture(scope="module")
def drawing():
    return SoftmaxDrawing(8.0, 4.1)


@given(wild)
def test_log_softmax_and_softmax_are_scipys_even_for_huge_logits(z):
    np.testing.assert_allclose(log_softmax(z), scipy.special.log_softmax(z), atol=1e-9)
    np.testing.assert_allclose(softmax(z), scipy.special.softmax(z), rtol=1e-9, atol=1e-300)


@given(arrays(np.float64, (4, 3), elements=st.floats(-50, 50)))
def test_each_row_sums_to_1_and_is_positive(z):
    p = softmax(z)
    np.testing.assert_allclose(p.sum(axis=-1), 1, atol=1e-12)
    assert (p > 0).all()


@given(logits, st.floats(-100, 100))
def test_adding_one_number_to_all_logits_changes_nothing(z, shift):
    np.testing.assert_allclose(softmax(z + shift), softmax(z), atol=1e-12)


@given(logits, st.integers(0, 2))
def test_all_three_readings_are_the_cross_entropy_of_the_right_class(z, right):
    y = np.eye(3)[right]
    loss = -scipy.special.log_softmax(z)[right]
    assert readings(z, y) == pytest.approx((loss, loss, loss), abs=1e-12)
    assert cross_entropy(z, right) == pytest.approx(loss, abs=1e-12)
    assert min(readings(z, y)) >= 0


@given(logits, arrays(np.float64, 3, elements=st.floats(0.01, 1)))
def test_log_loss_and_divergence_of_a_divided_truth_differ_by_its_entropy(z, parts):
    y = parts / parts.sum()
    read = readings(z, y)
    assert read.divergence == pytest.approx(scipy.stats.entropy(y, softmax(z)), abs=1e-9)
    assert read.log_loss - read.divergence == pytest.approx(scipy.stats.entropy(y), abs=1e-9)


def test_a_case_by_hand():
    z = np.log([1.0, 2.0, 5.0])  # confidences 1, 2, 5, so probabilities 1/8, 2/8, 5/8
    np.testing.assert_allclose(softmax(z), [0.125, 0.25, 0.625])
    assert readings(z, np.array([0, 1, 0])) == pytest.approx([np.log(4)] * 3)


def test_notebook_07s_logits_give_notebook_07s_losses():
    z = np.array([-0.019359411793690273, -4.268948139597631, 2.655028000759792])
    assert round(readings(z, np.array([0, 0, 1])).log_loss, 4) == 0.0676
    assert round(readings(z, np.array([0, 1, 0])).log_loss, 2) == 6.99


def test_huge_logits_give_a_finite_loss():
    with np.errstate(all="raise", under="ignore"):
        read = readings(np.array([1000.0, -1000.0, 0.0]), np.array([0, 1, 0]))
    assert read == (2000, 2000, 2000)


@pytest.mark.parametrize("name, value", [
    ("airplane", 3.1), ("automobile", 5.0), ("cat", -5.0), ("right", "automobile"),
])  # fmt: skip
def test_each_control_changes_picture_alt_and_caption_to_what_the_functions_say(
    widget, drawing, name, value
):
    widget.move(**START)
    before = widget.static()
    widget.controls[name].value = value
    state = START | {name: value}
    z, right = np.array([state[one] for one in CLASSES]), CLASSES.index(state["right"])
    drawing.draw(z, right)
    assert widget.static() == (drawing.png(), *describe(z, right))
    for one, other in zip(before, widget.static(), strict=True):
        assert one != other
    widget.move(**START)
    assert widget.static() == before


def test_bars_dot_and_sums_stand_where_the_numbers_say(drawing):
    z, right = np.array([0.5, -1.0, 3.0]), 1
    p = scipy.special.softmax(z)
    drawing.draw(z, right)
    for parts, values in ((drawing.logits, z), (drawing.probabilities, p)):
        assert [bar.get_height() for bar in parts] == pytest.approx(values)
        assert [bar.get_hatch() for bar in parts] == [None, "//", None]
    assert [text.get_text() for text in drawing.labels] == [f"{share:.3f}" for share in p]
    assert np.ravel(drawing.dot.get_data()) == pytest.approx([p[1], -np.log(p[1])])
    sums, distance, *others = (text.get_text() for text in drawing.terms)
    assert sums == "1.65 + 0.37 + 20.09 = 22.10"
    assert distance == "0 − ln 0.01664 = 4.0957"
    assert others == ["0 + 4.0957 + 0"] * 2


def test_a_picture_is_the_same_whatever_was_drawn_before_it(drawing):
    drawing.draw(np.array([5.0, -5.0, 5.0]), 1)
    drawing.draw(np.array([0.0, -4.3, 2.7]), 2)
    other = SoftmaxDrawing(8.0, 4.1)
    other.draw(np.array([0.0, -4.3, 2.7]), 2)
    assert drawing.png() == other.png()


def test_caption_alt_and_static_page_hold_all_numbers(widget):
    widget.move(**START | {"right": "automobile"})
    shown = widget.static()
    for part in ("airplane z = 0.00, e^z = 1.000, p = 0.06292, y = 0", "y = 1",
                 "cat z = 2.70, e^z = 14.880, p = 0.9362, y = 0", "Softmax says cat",
                 "distance 7.0659, log loss 7.0659, KL divergence 7.0659"):  # fmt: skip
        assert part in shown.text
    assert "right class, automobile: loss 7.0659" in shown.alt
    assert shown.text in static_html(shown, 900) and shown.alt in static_html(shown, 900)


def test_equal_logits_share_the_first_place(widget):
    widget.move(airplane=1.0, automobile=1.0, cat=1.0, right="cat")
    assert "Softmax says airplane or automobile or cat." in widget.picture.text
    assert "distance 1.0986" in widget.picture.text  # ln 3


def test_at_the_ends_of_all_controls_nothing_is_nan(widget):
    for *values, right in itertools.product(*([(-5.0, 5.0)] * 3), ("airplane", "cat")):
        widget.move(**dict(zip(CLASSES, values, strict=True)), right=right)
        text = widget.picture.alt + widget.picture.text
        assert widget.picture.problem == "" and "nan" not in text and "inf" not in text
        assert "e-" not in text and "−0.0" not in text


def test_a_class_that_is_not_there_is_refused_in_a_sentence():
    with pytest.raises(CourseError, match="no dog among 3 logits"):
        softmax_and_loss(right="dog")
