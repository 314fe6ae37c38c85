"""The ladder: each rung is one change on top of those below it."""

from dataclasses import asdict

import pytest

from utils.errors import CourseError
from utils.experiments.ladder import RUNGS, rung_config
from utils.networks.tflearn_cnn.config import BASELINE
from utils.networks.tflearn_cnn.price import price

ONE_IDEA = {
    "crop": {"crop", "rotation"},  # both say how pictures are varied
    "momentum": {"optimizer", "learning_rate"},  # each optimizer has a rate of its own
    "penalty": {"regularizer", "weight_decay"},  # which, and how strong
}


def test_each_rung_changes_one_field_of_the_one_below_but_one_which_is_another_network():
    fields = [asdict(rung_config(rung.name)) for rung in RUNGS]
    for rung, below, own in zip(RUNGS[1:], fields, fields[1:], strict=False):
        differing = {name for name in own if own[name] != below[name]}
        assert differing and differing <= set(rung.changes)
        if "network" in differing:
            assert rung.name == "resnet-20"
        else:
            assert len(differing) == 1 or differing == ONE_IDEA[rung.name]


def test_the_ladder_begins_at_the_baseline_and_its_seed_changes_nothing_else():
    start = asdict(rung_config("start"))
    work = {"train_size", "epochs", "precision"}
    assert {name for name in start if start[name] != asdict(BASELINE)[name]} == work
    one, two = (asdict(rung_config("shortcuts", seed)) for seed in (0, 7))
    assert one | {"seed": 7} == two


def test_every_rung_can_be_built_and_the_upper_ones_have_a_tenth_of_the_weights():
    weights = {rung.name: price(rung_config(rung.name)).weights for rung in RUNGS}
    assert weights["start"] == weights["crop"] == 2_159_114
    assert weights["shortcuts"] == weights["map-means"] < weights["start"] / 7
    assert weights["resnet-20"] == 269_722


def test_a_rung_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(CourseError, match="no rung 'top'") as error:
        rung_config("top")
    assert "resnet-20" in str(error.value)
