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
from utils.networks.tflearn_cnn.price import Price, price
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
    [("poolings", -1), ("poolings", 3), ("dense_init", "zeros"), ("corners", "white"),
     ("network", "alexnet"), ("filter_size", 4), ("filter_size", 0), ("pooling", "min"),
     ("crop", -1), ("crop", 32), ("schedule", "steps"), ("average", 1.0)],
)  # fmt: skip
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


ONE_SET = {"layers": ((8,), (8, 4))}  # no set of it can have a shortcut


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"network": "vgg", "batch_norm": True}, "batch_norm is True, and a vgg has no such thing"),
        ({"network": "nin", "poolings": 1}, "poolings is 1, and a nin has no such thing"),
        ({"network": "resnet", "layers": ((8, 8), (8, 8))}, "dropout is 0.5, and a resnet"),
        ({"network": "resnet", "dropout": 0.0}, r"layers is 32 \| 64 64, which a resnet"),
        ({"network": "resnet", "dropout": 0.0, "layers": ((8, 8), (4, 4))}, "which a resnet"),
        ({"network": "densenet", "layers": ((8, 8), (8, 8))}, "which a densenet can't be built"),
        ({"network": "vgg", "layers": ((8,),) * 6}, "which a vgg can't be built"),
        ({"shortcut": True} | ONE_SET, r"no set of 8 \| 8 4 can have one"),
    ],
)
def test_what_a_network_can_not_heed_is_refused(fields, named):
    with pytest.raises(CourseError, match=named):
        replace(BASELINE, **fields)


def operations(config):
    """Return the types of what the way from pictures to probabilities computes, but constants."""
    graph = new_graph(seed=0)
    network = build_cnn(config, 120.0, 60.0)
    end = getattr(network, "op", network).name
    nodes = tf.graph_util.extract_sub_graph(graph.as_graph_def(), [end]).node
    return [graph.get_operation_by_name(node.name) for node in nodes]


def count(found, kind):
    return sum(one.type == kind for one in found)


def test_each_field_of_sets_is_in_the_graph():
    plain = operations(replace(BASELINE, poolings=2, corners="black"))
    assert count(plain, "MaxPool") == 2 and count(plain, "AvgPool") == 0
    assert count(operations(replace(BASELINE, pooling="average")), "AvgPool") == 2
    wide = operations(replace(BASELINE, filter_size=5))
    assert [one.inputs[1].shape[:2].as_list() for one in wide if one.type == "Conv2D"] == [
        [5, 5]
    ] * 3
    assert count(plain, "MatMul") == 2
    assert count(operations(replace(BASELINE, global_pooling=True)), "MatMul") == 1
    normal = operations(replace(BASELINE, batch_norm=True))
    assert count(normal, "Rsqrt") == 3 and count(normal, "BiasAdd") == count(plain, "BiasAdd") - 3
    joined = operations(replace(BASELINE, shortcut=True))
    assert count(joined, "AddV2") == count(plain, "AddV2") + 1
    assert count(joined, "Relu") == count(plain, "Relu")


def test_with_zeros_in_its_last_convolution_a_set_with_a_shortcut_gives_what_its_first_gave():
    """h + 0, then ReLU: the deeper network can do at least what the flatter one does."""
    new_graph(seed=0)
    model = tflearn.DNN(build_cnn(replace(BASELINE, layers=((4, 4),), shortcut=True), 120.0, 60.0))
    graph, session = model.session.graph, model.session
    [last] = [one for one in tf.trainable_variables() if one.name == "Conv2D_1/W:0"]
    last.load(np.zeros(last.shape, np.float32), session)
    [pool] = graph.get_collection("layer_tensor/MaxPool2D")
    [first] = graph.get_collection("layer_tensor/Conv2D")
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    tflearn.is_training(False, session)
    got, given = session.run(
        [pool, tf.nn.max_pool2d(first, 2, 2, "SAME")], {model.inputs[0]: images}
    )
    np.testing.assert_allclose(got, given, atol=1e-6)
    session.close()


@pytest.mark.parametrize(
    ("fields", "weights", "multiplications"),
    [
        # 3·3·3·32+32, 3·3·32·64+64, 3·3·64·64+64, 8·8·64·512+512, 512·10+10
        ({}, 896 + 18_496 + 36_928 + 2_097_664 + 5_130,
         32 * 32 * 864 + 16 * 16 * (18_432 + 36_864) + 2_097_152 + 5_120),
        ({"global_pooling": True}, 896 + 18_496 + 36_928 + 650,
         32 * 32 * 864 + 16 * 16 * (18_432 + 36_864) + 640),
        # He et al. 2015, table 6: 0.27 M for 20 layers, 0.46 M for 32
        ({"network": "resnet", "layers": ((16,) * 6, (32,) * 6, (64,) * 6), "dropout": 0.0},
         269_722, 40_551_040),
    ],
)  # fmt: skip
def test_a_networks_price_is_what_a_hand_counts(fields, weights, multiplications):
    assert price(replace(BASELINE, **fields)) == Price(weights, multiplications)


@pytest.mark.parametrize("crop", [2, 4])
def test_a_crop_moves_each_picture_by_whole_pixels_to_all_places_and_fills_with_the_mean(crop):
    new_graph(seed=0)
    config = replace(BASELINE, flip=False, rotation=0.0, crop=crop)
    out = pictures_in(config, 120.0, 60.0)
    [placeholder] = tf.get_collection(tf.GraphKeys.INPUTS)
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tflearn.is_training(True, session)
        moved = session.run(out, {placeholder: np.stack([image] * 300)})
    padded = np.pad((image - 120.0) / 60, ((crop, crop), (crop, crop), (0, 0)))
    places = range(2 * crop + 1)
    cuts = {(i, j): padded[i : i + 32, j : j + 32] for i in places for j in places}
    seen = {
        place for one in moved for place, cut in cuts.items() if np.allclose(one, cut, atol=1e-4)
    }
    assert all(any(np.allclose(one, cut, atol=1e-4) for cut in cuts.values()) for one in moved)
    assert len(seen) > 0.9 * len(cuts)
