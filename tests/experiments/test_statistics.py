"""Intervals of means and of their differences, beside scipy.stats."""

import math

import numpy as np
import pytest
from scipy import stats

from utils.experiments.statistics import _t_quantile, interval, welch_interval


@pytest.mark.parametrize("n", [2, 3, 5, 40])
def test_the_interval_is_what_scipy_stats_gives(n):
    values = np.random.default_rng(n).normal(0.6, 0.02, n)
    half = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n)
    assert interval(values) == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize("freedom", [1, 1.001, 1.5, 2, 2.7, 3, 5, 9.3, 30, 99, 998.5, 20_000])
def test_students_quantile_has_ten_digits_for_any_degrees_of_freedom(freedom):
    assert _t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-10)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 3), (2, 3), (5, 30)])
def test_welchs_interval_is_what_scipy_stats_gives(n, m):
    rng = np.random.default_rng(n + m)
    first, second = rng.normal(0.66, 0.01, n), rng.normal(0.64, 0.05, m)
    low, high = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert welch_interval(first, second) == pytest.approx((high - low) / 2, rel=1e-12)
    assert welch_interval(second, first) == pytest.approx((high - low) / 2, rel=1e-12)


def test_welchs_interval_needs_two_values_each_and_is_nothing_without_spread():
    assert math.isnan(welch_interval([0.6], [0.5, 0.7])) and math.isnan(welch_interval([0.6], []))
    assert welch_interval([0.6, 0.6], [0.5, 0.5]) == 0
