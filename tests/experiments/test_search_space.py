"""The space: points become configs, and configs are named."""

from dataclasses import asdict

import numpy as np
import pytest

from utils.errors import CourseError
from utils.experiments.search.proposals import OptunaPoints, RandomPoints, make_points
from utils.experiments.search.space import (
    SPACE,
    LogRange,
    OneOf,
    changed_fields,
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


def test_a_random_point_depends_on_seed_and_number_alone():
    once, again = RandomPoints(3), RandomPoints(3)
    again.propose(0)
    assert once.propose(5) == again.propose(5)
    assert once.propose(5) != once.propose(6) and once.propose(5) != RandomPoints(4).propose(5)


def test_an_unknown_search_is_refused():
    with pytest.raises(CourseError, match="There is no search 'grid'. Choose one of: optuna"):
        make_points("grid", 0, 0)


# Optuna


def quality(point):
    """Pretend that a small batch is all that counts."""
    return {32: 0.9, 50: 0.5, 96: 0.3, 200: 0.1}[point["batch_size"]]


def test_optuna_comes_to_prefer_what_was_good():
    pytest.importorskip("optuna", reason="the extra search isn't installed")
    points, batches = OptunaPoints(seed=0), []
    for number in range(50):
        point = points.propose(number)
        points.told(number, point, [quality(point)])
        batches.append(point["batch_size"])
    assert batches[-20:].count(32) >= 12  # by chance 5 of 20


def test_optuna_proposes_the_same_for_the_same_seed_with_one_trial_at_a_time():
    pytest.importorskip("optuna", reason="the extra search isn't installed")
    runs = []
    for points in (OptunaPoints(seed=5), OptunaPoints(seed=5)):
        proposed = []
        for number in range(12):
            proposed.append(points.propose(number))
            points.told(number, proposed[-1], [quality(proposed[-1])])
        runs.append(proposed)
    assert runs[0] == runs[1]


def test_a_second_sitting_knows_the_first_and_draws_other_points():
    pytest.importorskip("optuna", reason="the extra search isn't installed")
    first = OptunaPoints(seed=0)
    known = [first.propose(number) for number in range(30)]
    second = OptunaPoints(seed=0, known=30)
    for number, point in enumerate(known[:-1]):
        second.told(number, point, [quality(point)])
    second.running(29, known[-1])  # cut off, so it ends in this sitting
    second.told(29, known[-1], [])  # it diverged before the first epoch
    fresh = [second.propose(number) for number in range(30, 36)]
    assert not any(point in known for point in fresh)
    values = [trial.value for trial in second.study.trials[:30]]
    assert values == [quality(point) for point in known[:-1]] + [0.0]
