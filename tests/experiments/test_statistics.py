"""Intervals of means and of their differences, beside scipy.stats."""

import math

import numpy as np
import pytest
from scipy import stats

from utils.experiments.statistics import (
    Scores,
    _t_quantile,
    baseline_for,
    by_seed,
    compare_pairs,
    interval,
    summarise,
    welch_interval,
)
from utils.experiments.studies import STUDIES, config_for
from utils.networks.tflearn_cnn.config import BASELINE


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


def seeds(*values: float) -> dict[int, float]:
    return dict(enumerate(values))


def test_runs_of_the_same_seeds_are_compared_in_pairs_as_scipy_stats_does():
    rng = np.random.default_rng(5)
    first, second = rng.normal(0.66, 0.03, 6), rng.normal(0.64, 0.03, 6)
    found = compare_pairs(seeds(*first), dict(reversed(seeds(*second).items())))
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.paired and found.n == 6


def test_pairs_that_all_agree_decide_though_the_two_intervals_overlap():
    first, second = seeds(0.60, 0.64, 0.68), seeds(0.59, 0.63, 0.672)
    low = np.mean(list(first.values())) - interval(list(first.values()))
    high = np.mean(list(second.values())) + interval(list(second.values()))
    assert low < high
    assert compare_pairs(first, second).verdict == "better"
    assert compare_pairs(second, first).verdict == "worse"


def test_runs_of_other_seeds_are_compared_by_welch():
    first, second = {0: 0.66, 1: 0.64, 2: 0.65}, {3: 0.60, 4: 0.61}
    found = compare_pairs(first, second)
    assert not found.paired and found.n == 2
    assert found.half == welch_interval(list(first.values()), list(second.values()))
    assert found.mean == pytest.approx(0.65 - 0.605) and found.verdict == "better"


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((0.6,), (0.5,), "can't tell"),  # one pair has no interval
        ((0.6, 0.5), (0.5, 0.6), "can't tell"),
        ((0.6, 0.6), (0.5, 0.5), "better"),  # two gains exactly alike
        ((0.5, 0.5), (0.5, 0.5), "can't tell"),
    ],
)
def test_the_interval_must_leave_out_zero(first, second, verdict):
    assert compare_pairs(seeds(*first), seeds(*second)).verdict == verdict


def test_nothing_is_not_compared():
    with pytest.raises(ValueError, match="one side has no run"):
        compare_pairs({}, seeds(0.5))


@pytest.mark.parametrize("study", STUDIES)
def test_a_variant_is_held_against_the_baselines_own_value_under_the_same_qualifier(study):
    name = baseline_for(study, "whatever")
    assert config_for(study, name) == config_for("dropout", "0.5")
    assert STUDIES[study].variants[name] == getattr(BASELINE, STUDIES[study].field)
    assert baseline_for(study, f"{name}@full") == baseline_for(study, "x@full") == f"{name}@full"


def test_in_a_study_of_its_own_the_baseline_is_the_variant_called_so():
    assert baseline_for("search-finals", "t1@sample") == "baseline@sample"


def epochs(**runs: dict[int, float]) -> dict[str, list]:
    """Return the last epochs of runs of `dropout`: accuracies by variant and seed."""
    rows = [(name, seed, value) for name, mine in runs.items() for seed, value in mine.items()]
    table = {"variant": [row[0] for row in rows], "seed": [row[1] for row in rows]}
    table |= {"study": ["dropout"] * len(rows), "status": ["finished"] * len(rows)}
    table |= {"epoch": [1] * len(rows), "val_accuracy": [row[2] for row in rows]}
    return table | {"train_accuracy": table["val_accuracy"], "seconds": table["epoch"]}


def against(**runs: dict[int, float]) -> dict[str, object]:
    statuses = [("dropout", name, "finished") for name in runs]
    return {row["variant"]: row["against"] for row in summarise(epochs(**runs), statuses)}


def test_each_row_has_its_difference_from_the_baseline_of_its_own_qualifier():
    base, more = seeds(0.60, 0.62, 0.64), seeds(0.63, 0.66, 0.69)
    found = against(**{"0": more, "0.5": base, "0@full": base, "0.5@full": more})
    assert found["0"] == compare_pairs(more, base) and found["0"].verdict == "better"
    assert found["0@full"].mean == pytest.approx(-0.04) and found["0@full"].verdict == "worse"
    assert found["0.5"] is None and found["0.5@full"] is None


def test_where_one_side_has_no_run_there_is_no_difference():
    assert against(**{"0": seeds(0.6), "0.25": seeds(0.5)}) == {"0": None, "0.25": None}
    assert against(**{"0": {}, "0.5": seeds(0.5)}) == {"0": None, "0.5": None}
    assert against(**{"0": seeds(math.nan), "0.5": seeds(0.5)}) == {"0": None, "0.5": None}


def test_a_seed_that_one_side_lacks_makes_it_welchs():
    found = against(**{"0": {0: 0.6, 2: 0.7}, "0.5": seeds(0.5, 0.6, 0.55)})["0"]
    assert not found.paired and found.half == welch_interval([0.6, 0.7], [0.5, 0.6, 0.55])


def test_final_accuracies_by_seed_leave_out_what_is_no_number():
    scores = [Scores("dropout", "0", seed, value, 0.7, 0.1, 5) for seed, value in
              enumerate((0.5, math.nan, 0.6))]  # fmt: skip
    assert by_seed(scores) == {0: 0.5, 2: 0.6}
