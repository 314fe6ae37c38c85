"""The perceptron's arithmetic, and the picture that follows its sliders."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.widgets.perceptron import (
    GATES,
    HIGH,
    LOW,
    PerceptronDrawing,
    X,
    answers,
    learn,
    learn_one,
    line,
    perceptron,
)

WEIGHTS = st.integers(-40, 40).map(lambda tenths: tenths / 10)


def test_the_weights_of_the_lesson_compute_and():
    now = answers("AND", 1, 1, -1.5)
    assert now.z.tolist() == [-1.5, -0.5, -0.5, 0.5]
    assert now.y_hat.tolist() == [0, 0, 0, 1] and not now.wrong.any()


def test_a_sum_of_exactly_zero_is_a_no():
    assert answers("OR", 0.1, 0.2, -0.3).y_hat.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("gate", "wanted"), [("AND", (2, 1, -2)), ("OR", (1, 1, 0))])
def test_learning_from_zero_ends_where_the_lesson_says(gate, wanted):
    assert learn(gate, 0.0, 0.0, 0.0)[0] == wanted


@pytest.mark.parametrize(("gate", "updates"), [("AND", 10), ("OR", 4), ("NAND", 11)])
def test_learning_takes_as_many_updates_as_the_lesson_counts(gate, updates):
    weights, count = learn(gate, 0.0, 0.0, 0.0)
    assert count == updates and not answers(gate, *weights).wrong.any()


def test_xor_is_never_learned_from_any_start_on_a_grid():
    for start in itertools.product((-2.0, 0.0, 2.0), repeat=3):
        assert answers("XOR", *learn("XOR", *start)[0]).wrong.any()


@given(gate=st.sampled_from(list(GATES)), w1=WEIGHTS, w2=WEIGHTS, b=WEIGHTS)
def test_one_step_corrects_the_first_wrong_row_and_nothing_else(gate, w1, w2, b):
    wrong = answers(gate, w1, w2, b).wrong
    new = learn_one(gate, w1, w2, b)
    if not wrong.any():
        assert new == (w1, w2, b)
        return
    row = int(np.argmax(wrong))
    error = 1 if GATES[gate][row] else -1
    assert new == pytest.approx((w1 + error * X[row, 0], w2 + error * X[row, 1], b + error))


@given(w1=WEIGHTS, w2=WEIGHTS, b=WEIGHTS)
def test_the_shaded_side_is_where_the_sum_is_above_zero(w1, w2, b):
    corners = line(w1, w2, b)
    inside = corners @ np.array([w1, w2]) + b
    assert (inside > -1e-9).all()
    frame = np.array(list(itertools.product((LOW, HIGH), repeat=2)))
    if (frame @ np.array([w1, w2]) + b > 1e-9).any():
        assert len(corners) >= 3


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("values", [(-4.0, 4.0, 0.0), (0.0, 0.0, 4.0), (0.0, 0.0, 0.0)])
def test_the_picture_follows_the_controls(gate, values):
    widget = perceptron()
    widget.move(gate=gate, **dict(zip(("w1", "w2", "b"), values, strict=True)))
    drawing = PerceptronDrawing(7.6, 3.5)
    drawing.draw(answers(gate, *values), line(*values))
    assert widget.picture.png == drawing.png()
    assert gate in widget.picture.text and f"w₁ = {values[0]:.2f}" in widget.picture.text


def test_the_buttons_learn():
    widget = perceptron("AND")
    one_step, to_the_end, zero = widget.children[-2].children
    one_step.click()
    assert widget.values == {"gate": "AND", "w1": 1, "w2": 1, "b": 1}
    to_the_end.click()
    assert "all four rows are right" in widget.picture.text
    zero.click()
    assert widget.values == {"gate": "AND", "w1": 0, "w2": 0, "b": 0}
    assert "1 of 4 rows is wrong" in widget.picture.text
