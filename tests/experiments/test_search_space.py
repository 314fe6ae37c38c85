"""The space: points become configs, and configs are named."""

from dataclasses import asdict

import numpy as np
import pytest

from utils.experiments.search.journal import SearchPlan
from utils.experiments.search.proposals import make_searcher
from utils.experiments.search.space import (
    SPACE,
    LogRange,
    OneOf,
    changed_fields,
    config_point,
    draw_point,
    point_config,
    trial_label,
)
from utils.experiments.studies import PROFILES
from utils.networks.tflearn_cnn.config import BASELINE

POINTS = [draw_point(np.random.default_rng(seed)) for seed in range(100)]
WORK = {"epochs", "train_size", "validation_size", "seed"}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_point_changes_fields_of_the_space_and_the_amount_of_work_only(profile):
    base = asdict(BASELINE)
    for point in POINTS:
        config = asdict(point_config(point, profile, seed=7))
        differing = {name for name in base if config[name] != base[name]}
        assert differing <= set(SPACE) | WORK
        assert config["seed"] == 7 and config["epochs"] == PROFILES[profile].epochs


def test_on_the_sample_a_trial_has_the_samples_epochs():
    for profile, work in PROFILES.items():
        config = point_config({}, profile, 0, real=False)
        assert config.epochs == work.sample_epochs


def test_every_value_of_a_choice_is_drawn_and_ranges_stay_within_their_ends():
    for name, dimension in SPACE.items():
        drawn = [point[name] for point in POINTS]
        if isinstance(dimension, OneOf):
            assert set(drawn) == set(dimension.values)
        else:
            assert dimension.low * 0.95 <= min(drawn) < max(drawn) <= dimension.high * 1.05


def test_half_of_the_learning_rates_lie_below_the_geometric_middle():
    rng, dimension = np.random.default_rng(0), LogRange(1e-4, 1e-2)
    drawn = [dimension.draw(rng) for _ in range(4000)]
    assert 0.47 < np.mean(np.array(drawn) < 1e-3) < 0.53


def test_without_a_regularizer_its_strength_stays_the_baselines():
    point = POINTS[0] | {"regularizer": "none", "weight_decay": 1e-5}
    assert point_config(point, "quick", 0).weight_decay == BASELINE.weight_decay
    assert point_config(point | {"regularizer": "L2"}, "quick", 0).weight_decay == 1e-5


def test_the_empty_point_is_the_baseline():
    assert changed_fields(point_config({}, "quick", 3)) == "the baseline"
    assert point_config({}, "quick", 3).batch_size == BASELINE.batch_size


def test_what_a_config_changes_is_said_in_words():
    point = {**POINTS[0], "layers": "32 32 | 64 64", "batch_size": 50, "dropout": 0.5,
             "dense_units": 512, "regularizer": "none", "learning_rate": 0.001}  # fmt: skip
    assert changed_fields(point_config(point, "quick", 0)) == "layers 32 32 | 64 64, batch size 50"


def test_a_label_tells_number_batch_and_rate_and_is_short_enough_for_tensorboard():
    assert trial_label(7, {"batch_size": 32, "learning_rate": 0.0012}) == "t07-b32-lr0.0012"
    labels = [trial_label(number, point) for number, point in enumerate(POINTS)]
    assert len(set(labels)) == len(labels) and max(map(len, labels)) <= 25


def test_a_config_tells_the_point_it_was_made_from():
    for point, other in zip(POINTS, POINTS[1:], strict=False):
        got = config_point(point_config(point, "quick", 0), other)
        strength = "weight_decay" if point["regularizer"] == "none" else None
        assert {k: v for k, v in got.items() if k != strength} == {
            k: v for k, v in point.items() if k != strength
        }
        assert strength is None or got[strength] == other[strength]


def plan(seed):
    return SearchPlan("search", 4, "random", "quick", seed, 2, {"sha256": "", "real": True})


def test_a_random_point_depends_on_seed_and_number_alone():
    assert plan(3).point(5) == plan(3).point(5) != plan(3).point(6)
    assert plan(3).point(5) != plan(4).point(5)


# Ray Tune's OptunaSearch


@pytest.fixture(autouse=True)
def _extra(request):
    if "searcher" in request.node.name:
        pytest.importorskip("ray", reason="the extra search isn't installed")
        pytest.importorskip("optuna", reason="the extra search isn't installed")


def quality(point):
    """Pretend that a small batch is all that counts."""
    return {32: 0.9, 50: 0.5, 96: 0.3, 200: 0.1}[point["batch_size"]]


def searcher(seed, numbers, over=(), fixed=()):
    return make_searcher(seed, over, numbers, fixed, lambda number, point: {"job": (number, point)})


def propose(one, count):
    """Return so many numbers and points; each is told its quality before the next is asked for."""
    found = []
    for name in map(str, range(count)):
        found.append(one.suggest(name)["job"])
        one.on_trial_complete(name, {"val_accuracy": quality(found[-1][1])})
    return found


def test_the_searcher_comes_to_prefer_what_was_good():
    found = propose(searcher(0, range(50)), 50)
    assert [number for number, _ in found] == list(range(50))
    assert [point["batch_size"] for _, point in found[-20:]].count(32) >= 12  # by chance 5 of 20


def test_the_searcher_proposes_the_same_for_the_same_seed_with_one_trial_at_a_time():
    assert propose(searcher(5, range(12)), 12) == propose(searcher(5, range(12)), 12)


def test_the_searcher_of_a_second_sitting_knows_the_first_and_draws_other_points():
    known = [point for _, point in propose(searcher(0, range(30)), 30)]
    over = [(point, quality(point)) for point in known[:-1]]
    second = searcher(0, [29, *range(30, 36)], over, known[-1:])
    found = propose(second, 7)
    assert found[0] == (29, known[-1])  # it was cut off, so it is the first
    assert [number for number, _ in found] == list(range(29, 36))
    assert not any(point in known for _, point in found[1:])
    values = [trial.value for trial in second._ot_study.get_trials() if trial.value is not None]
    assert sorted(values[:30]) == sorted(quality(point) for point in known)


def test_the_searcher_takes_points_by_chance_in_the_order_of_their_numbers():
    points = [plan(0).point(number) for number in range(20)]
    found = propose(searcher(0, range(20), (), points), 20)
    assert found == list(enumerate(points))
