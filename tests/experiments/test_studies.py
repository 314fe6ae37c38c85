"""The studies are controlled: each varies one field and no other."""

from dataclasses import fields

import pytest

from utils.errors import CourseError
from utils.experiments.studies import PROFILES, STUDIES, config_for
from utils.networks.tflearn_cnn.config import BASELINE, Config

WORK = {"train_size", "validation_size", "epochs", "seed"}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_varies_exactly_one_field(name):
    study = STUDIES[name]
    configs = [config_for(name, variant) for variant in study.variants]
    varied = {
        field.name
        for field in fields(Config)
        if len({getattr(config, field.name) for config in configs}) > 1
    }
    assert varied == {study.field}


@pytest.mark.parametrize("name", STUDIES)
def test_every_variant_differs_from_the_baseline_in_the_studys_field_alone(name):
    for variant in STUDIES[name].variants:
        config = config_for(name, variant)
        changed = {
            f.name for f in fields(Config) if getattr(config, f.name) != getattr(BASELINE, f.name)
        }
        assert changed <= {STUDIES[name].field}


@pytest.mark.parametrize("name", STUDIES)
def test_the_baseline_is_one_of_each_studys_variants(name):
    values = list(STUDIES[name].variants.values())
    assert values.count(getattr(BASELINE, STUDIES[name].field)) == 1


def test_the_studies_are_those_of_the_article():
    assert {name: list(study.variants.values()) for name, study in STUDIES.items()} == {
        "layers": [((32,),), ((32,), (64,), (64,)), ((32,), (64, 64))],
        "dropout": [0, 0.25, 0.5],
        "regularization": ["none", "L1", "L2"],
        "batch_size": [50, 96, 500, 2000],
        "learning_rate": [0.0001, 0.001, 0.01],
    }


def test_the_layers_study_counts_one_and_three_layer_sets_as_the_article_does():
    sets = {name: len(value) for name, value in STUDIES["layers"].variants.items()}
    assert sets == {"one-set": 1, "three-sets": 3, "baseline": 2}


def test_the_baseline_is_the_articles():
    assert BASELINE.layers == ((32,), (64, 64))
    assert (BASELINE.dense_units, BASELINE.dropout) == (512, 0.5)
    assert (BASELINE.optimizer, BASELINE.learning_rate, BASELINE.batch_size) == ("adam", 0.001, 96)
    assert (BASELINE.flip, BASELINE.rotation, BASELINE.epochs) == (True, 25.0, 50)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_changes_only_how_much_work_is_done(profile):
    config = config_for("dropout", "0.25", profile, seed=7)
    plain = config_for("dropout", "0.25")
    changed = {f.name for f in fields(Config) if getattr(config, f.name) != getattr(plain, f.name)}
    assert changed <= WORK


def test_a_config_survives_json():
    config = config_for("layers", "three-sets", "quick", seed=3)
    assert Config.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [("dropout", 1.0), ("dropout", -0.1), ("learning_rate", 0), ("batch_size", 0), ("epochs", 0),
     ("regularizer", "L3"), ("precision", "half"), ("rotation", 200), ("layers", ((32,), ()))],
)  # fmt: skip
def test_a_field_out_of_range_is_named(field, value):
    with pytest.raises(CourseError, match=field):
        Config(**{field: value})


@pytest.mark.parametrize(
    "arguments", [("depth", "baseline"), ("layers", "four-sets"), ("layers", "baseline", "huge")]
)
def test_an_unknown_name_is_answered_with_the_known_ones(arguments):
    with pytest.raises(CourseError, match="Choose one of"):
        config_for(*arguments)
