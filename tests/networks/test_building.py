"""Networks of configs that say more than `cifar_cnn` builds."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from utils.errors import CourseError
from utils.experiments.studies import STUDIES, config_for
from utils.networks.tflearn_cnn.building import build_cnn, pictures_in, stated_cnn
from utils.networks.tflearn_cnn.compat import new_graph, tflearn
from utils.networks.tflearn_cnn.config import BASELINE, LATER, Config
from utils.networks.tflearn_cnn.layers import cifar_cnn
from utils.networks.tflearn_cnn.session import CnnSession

import tensorflow.compat.v1 as tf  # isort: skip


def graph_of(build, config):
    graph = new_graph(seed=config.seed)
    build(config, 120.0, 60.0)
    return graph.as_graph_def()


@pytest.mark.parametrize("changed", [{}, {"regularizer": "L2", "seed": 3}], ids=str)
def test_a_config_that_says_nothing_more_has_the_very_graph_of_cifar_cnn(changed):
    config = replace(BASELINE, **changed)
    assert graph_of(stated_cnn, config) == graph_of(cifar_cnn, config)


@pytest.mark.parametrize("name", STUDIES)
def test_all_variants_of_the_studies_are_still_built_by_cifar_cnn(name):
    for variant in STUDIES[name].variants:
        config = config_for(name, variant)
        assert graph_of(build_cnn, config) == graph_of(cifar_cnn, config)


def test_later_fields_stay_out_of_what_is_stored_until_they_say_something():
    stored = BASELINE.to_dict()
    assert list(stored) == [
        "layers", "dense_units", "dropout", "regularizer", "weight_decay", "batch_size",
        "learning_rate", "optimizer", "epochs", "flip", "rotation", "precision", "seed",
        "train_size", "validation_size",
    ]  # fmt: skip
    assert not set(LATER) & set(BASELINE.hparams())
    said = replace(BASELINE, poolings=0, dense_init="truncated_normal", corners="black")
    assert said.to_dict() == stored | {
        "poolings": 0, "dense_init": "truncated_normal", "corners": "black"
    }  # fmt: skip
    assert Config.from_dict(said.to_dict()) == said and said.hparams()["poolings"] == 0
    assert Config.from_dict(stored) == BASELINE


@pytest.mark.parametrize(
    ("field", "value"),
    [("poolings", -1), ("poolings", 3), ("dense_init", "zeros"), ("corners", "white")],
)
def test_a_later_field_out_of_range_is_named(field, value):
    with pytest.raises(CourseError, match=field):
        replace(BASELINE, **{field: value})


@pytest.mark.parametrize(
    ("poolings", "inputs"), [(0, 32 * 32 * 64), (1, 16 * 16 * 64), (2, 8 * 8 * 64)]
)
def test_as_many_poolings_are_built_as_the_config_counts(poolings, inputs):
    new_graph(seed=0)
    build_cnn(replace(BASELINE, poolings=poolings, corners="black"), 120.0, 60.0)
    [dense] = [v for v in tf.trainable_variables() if v.name == "FullyConnected/W:0"]
    assert dense.shape.as_list() == [inputs, 512]
    assert len(tf.get_collection("layer_tensor/MaxPool2D")) == poolings


def test_the_dense_layers_first_weights_are_tflearns_own_and_depend_on_the_seed_alone():
    drawn = []
    for changed in ({}, {"dropout": 0.0}, {"seed": 1}):
        config = replace(BASELINE, dense_init="truncated_normal", **changed)
        with closing(CnnSession(config, 120.0, 60.0)) as network:
            drawn.append(network.layers()["dense1"])
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])
    # Normal with spread 0.02, cut at two spreads: 0.02 · 0.880 of it is left.
    weights = drawn[0][np.abs(drawn[0]) > 0]
    assert np.abs(weights).max() <= 0.04 + 1e-6
    assert weights.std() == pytest.approx(0.0176, abs=2e-4)


@pytest.mark.parametrize(("corners", "darkest"), [("mean", 0.0), ("black", -2.0)])
def test_corners_that_turn_in_are_black_or_of_the_mean_colour(corners, darkest):
    new_graph(seed=0)
    config = replace(BASELINE, flip=False, rotation=90.0, corners=corners)
    out = pictures_in(config, 120.0, 60.0)
    [images] = tf.get_collection(tf.GraphKeys.INPUTS)
    white = np.full((32, 32, 32, 3), 255, np.uint8)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tflearn.is_training(True, session)
        turned = session.run(out, {images: white})
        tflearn.is_training(False, session)
        plain = session.run(out, {images: white})
    assert plain == pytest.approx(2.25) and turned.max() == pytest.approx(2.25, abs=1e-5)
    assert turned.min() == pytest.approx(darkest, abs=1e-5)
