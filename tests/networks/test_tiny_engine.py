"""The engine that derives by itself: its slopes against measured ones, and those of the network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.networks.in_numpy.hidden_layer import X, Y, backward, first_weights
from utils.networks.in_numpy.tiny_engine import Traced

numbers = st.floats(-3, 3)


def formula(a, b, c):
    """Every operation, values on either side of numbers, and a value used more than once."""
    d = a * b + (2 - c).sigmoid()
    return d * d - 3 * a + (d + c * 0.5 - 1).sigmoid()


@given(numbers, numbers, numbers)
def test_slopes_are_the_measured_ones(a, b, c):
    values = [Traced(a), Traced(b), Traced(c)]
    formula(*values).backward()
    h, at = 1e-5, np.array([a, b, c])
    for value, wiggle in zip(values, h * np.eye(3), strict=True):
        up, down = (formula(*map(Traced, place)).number for place in (at + wiggle, at - wiggle))
        assert value.slope == pytest.approx((up - down) / (2 * h), abs=1e-6)


def test_a_number_remembers_what_it_was_made_of_and_how_it_moves():
    a, b = Traced(3), Traced(-2)
    product = a * b
    assert product.number == -6 and product.sources == ((a, -2.0), (b, 3.0))
    assert a.sources == () and repr(a) == "Traced(3, slope 0)"


def test_what_is_used_twice_gets_both_slopes():
    a = Traced(5)
    (a * a + a).backward()
    assert a.slope == 11


def test_asking_twice_gives_the_same_slopes_and_not_their_sum():
    a = Traced(5)
    square = a * a
    for _ in range(2):
        square.backward()
        assert a.slope == 10


def test_another_result_of_the_same_values_has_slopes_of_its_own():
    a = Traced(5)
    (a * 100).backward()
    (a * 2).backward()
    assert a.slope == 2


def test_a_long_calculation_is_no_deeper_than_a_short_one():
    start = last = Traced(1)
    for _ in range(20_000):
        last = last + 1
    last.backward()
    assert last.number == 20_001 and start.slope == 1


def test_a_value_that_doubles_sixty_times_is_walked_once():
    """Over every path it would be 2 ** 60 steps."""
    start = last = Traced(1)
    for _ in range(60):
        last = last + last
    last.backward()
    assert start.slope == 2.0**60


@pytest.mark.parametrize(("z", "answer"), [(-1e6, 0.0), (0.0, 0.5), (1e6, 1.0)])
def test_a_sigmoid_of_huge_numbers_is_a_number(z, answer):
    value = Traced(z)
    value.sigmoid().backward()
    assert value.sigmoid().number == answer and value.slope == answer * (1 - answer)


@pytest.mark.parametrize("hidden", [1, 2, 5])
def test_the_gradient_of_xors_network_is_the_one_by_hand(hidden):
    start = first_weights(hidden, 1.0, seed=3)
    W1, b1, W2, b2 = (np.vectorize(Traced, otypes=[object])(one) for one in start)
    loss = Traced(0)
    for x, y in zip(X, Y, strict=True):
        h = [(sum(x * W1[:, k]) + b1[k]).sigmoid() for k in range(hidden)]
        error = (sum(a * w for a, w in zip(h, W2[:, 0], strict=True)) + b2[0]).sigmoid() - y[0]
        loss = loss + error * error * 0.25
    loss.backward()
    wanted, gradient = backward(start)
    assert loss.number == pytest.approx(wanted, abs=1e-15)
    for values, slopes in zip((W1, b1, W2, b2), gradient, strict=True):
        found = np.vectorize(lambda value: value.slope)(values)
        np.testing.assert_allclose(found, slopes, atol=1e-15)
