"""What lesson 18's widgets compute: normalisation, signals through many layers, noisy valleys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.networks.in_numpy import batch_statistics, deep_signal, noisy_valley

SIZES = [(shortcut, normalise) for shortcut in (False, True) for normalise in (False, True)]


@given(st.floats(-50, 50), st.floats(0.5, 20), st.floats(0, 3), st.floats(-3, 3))
def test_a_batch_gets_the_mean_and_spread_that_scale_and_shift_say(mean, spread, gamma, beta):
    z = np.random.default_rng(0).normal(mean, spread, 50)
    out = batch_statistics.normalised(z, gamma, beta, z.mean(), z.var())
    assert out.mean() == pytest.approx(beta, abs=1e-6)
    assert out.std() == pytest.approx(gamma, abs=1e-3)


def test_running_statistics_go_a_tenth_of_the_way_at_each_batch():
    batch = np.array([1.0, 3.0])  # mean 2, variance 1
    assert batch_statistics.running_statistics([]) == (0.0, 1.0)
    mean, variance = batch_statistics.running_statistics([batch, batch + 8])
    assert mean == pytest.approx(0.9 * 0.2 + 0.1 * 10) and variance == pytest.approx(1.0)
    many = batch_statistics.running_statistics([batch] * 300)
    assert many == pytest.approx((2, 1))


@pytest.mark.parametrize(("shortcut", "normalise"), SIZES)
def test_the_gradient_through_the_blocks_is_the_measured_one(shortcut, normalise):
    rng = np.random.default_rng(3)
    x, slopes = rng.normal(size=(2, 6, deep_signal.WIDTH))
    blocks = deep_signal.first_blocks(4, 1.0, seed=2)

    def end(start):
        places, _ = deep_signal.through_blocks(start, slopes, blocks, shortcut, normalise)
        return float(np.sum(places[-1] * slopes))

    _, back = deep_signal.through_blocks(x, slopes, blocks, shortcut, normalise)
    for row, column in ((0, 0), (2, 7), (5, 40)):
        step = np.zeros_like(x)
        step[row, column] = 1e-6
        measured = (end(x + step) - end(x - step)) / 2e-6
        assert back[0][row, column] == pytest.approx(measured, rel=1e-4, abs=1e-6)


def test_plain_layers_lose_what_small_weights_take_and_shortcuts_keep_it():
    plain, short = (deep_signal.travel(40, 0.7, one, False, 0) for one in (False, True))
    assert plain.signal[-1] < 1e-5 and plain.gradient[0] < 1e-4
    assert short.signal[-1] > 1 and short.gradient[0] > 1
    assert len(plain.signal) == len(plain.gradient) == len(plain.alike) == 21


def test_with_normalisation_the_gradient_explodes_unless_there_are_shortcuts():
    plain, short = (deep_signal.travel(40, 1.0, one, True, 0) for one in (False, True))
    assert plain.gradient[0] > 1000 > 100 > short.gradient[0]
    assert 0.5 < plain.signal[-1] / plain.signal[1] < 2  # while the signal keeps its size


def test_pictures_become_alike_in_plain_layers_and_ends_are_where_they_should_be():
    one = deep_signal.travel(20, 1.0, False, False, 0)
    assert abs(one.alike[0]) < 0.05 < 0.8 < one.alike[-1] <= 1
    assert one.signal[0] == pytest.approx(1, abs=0.05) and one.gradient[-1] == 1
    assert deep_signal.travel(2, 0.0, False, False, 0).alike[-1] == 0  # nothing is like nothing


def test_a_cosine_begins_flat_is_half_way_in_the_middle_and_ends_near_zero():
    rates = noisy_valley.cosine_rate(0.2, 100)
    assert rates[0] == 0.2 and rates[50] == pytest.approx(0.1) and 0 < rates[-1] < 1e-4
    assert np.all(np.diff(rates) < 0)


def test_without_noise_a_walk_is_gradient_descent():
    places = noisy_valley.walk(np.full(3, 0.1), 0.0, seed=0)
    wanted = [noisy_valley.START * (1 - 0.1 * noisy_valley.STEEP) ** n for n in range(4)]
    np.testing.assert_allclose(places, wanted)
    slope = (noisy_valley.loss(np.array([1.0, 2.0 + 1e-6])) - noisy_valley.loss(
        np.array([1.0, 2.0 - 1e-6]))) / 2e-6  # fmt: skip
    assert slope == pytest.approx(noisy_valley.STEEP[1] * 2)


def test_the_mean_of_the_way_forgets_its_start_and_then_keeps_what_it_shall():
    places = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0]])
    mean = noisy_valley.mean_of_way(places, keep=0.99)
    first = 2 / 11  # of the start stays at step 1
    np.testing.assert_allclose(mean[1], (1 - first) * places[1])
    still = np.tile([3.0, -1.0], (50, 1))
    np.testing.assert_allclose(noisy_valley.mean_of_way(still, 0.9), still)
    late = noisy_valley.mean_of_way(np.vstack([np.zeros((200, 2)), np.ones((1, 2))]), keep=0.9)
    np.testing.assert_allclose(late[-1], 0.1)


def test_a_falling_rate_and_a_mean_both_end_lower_than_a_restless_walk():
    for seed in range(5):
        constant = noisy_valley.walk(np.full(200, 0.3), 2.0, seed)
        falling = noisy_valley.walk(noisy_valley.cosine_rate(0.3, 200), 2.0, seed)
        mean = noisy_valley.mean_of_way(constant, 0.95)
        ends = [noisy_valley.loss(one[-20:]).mean() for one in (constant, falling, mean)]
        assert ends[0] > 2 * max(ends[1:])
