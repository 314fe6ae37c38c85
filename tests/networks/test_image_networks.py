"""The networks that TFLearn's image examples are made of, small, and trained for a few steps."""

import math
from collections import Counter

import numpy as np
import pytest
from tflearn_parts import fit_once
from tiny import tiny_dataset

from utils.networks.tflearn_cnn.compat import new_graph, tflearn
from utils.networks.tflearn_cnn.config import BASELINE, Config
from utils.networks.tflearn_cnn.image_networks import densenet, he_layers, nin, resnet, vgg
from utils.networks.tflearn_cnn.layers import hidden_layers

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

SPLIT = tiny_dataset().train
PICTURES = (SPLIT.images[:20, ::2, ::2].astype(np.float32) - 110) / 70  # 16 x 16
LABELS = np.eye(10, dtype=np.float32)[SPLIT.labels[:20]]


# Those that only prove TFLearn's layers


def inception_block(network, filters):
    """Four ways side by side, the maps of all in one (Szegedy et al. 2014, figure 2b)."""
    before_3 = tflearn.conv_2d(network, filters, 1, activation="relu")
    before_5 = tflearn.conv_2d(network, filters // 2, 1, activation="relu")
    pooled = tflearn.max_pool_2d(network, 3, strides=1)
    ways = [
        tflearn.conv_2d(network, filters, 1, activation="relu"),
        tflearn.conv_2d(before_3, 2 * filters, 3, activation="relu"),
        tflearn.conv_2d(before_5, filters, 5, activation="relu"),
        tflearn.conv_2d(pooled, filters, 1, activation="relu"),
    ]
    return tflearn.merge(ways, "concat", axis=3)


def googlenet(pictures, _):
    """A convolution, local response normalization and two inception blocks."""
    network = tflearn.conv_2d(pictures, 8, 3, activation="relu")
    network = tflearn.local_response_normalization(tflearn.max_pool_2d(network, 2))
    network = inception_block(inception_block(network, 4), 8)
    return classes_of(tflearn.avg_pool_2d(network, 2))


def resnext(pictures, _):
    """TFLearn's blocks of many narrow ways (Xie et al. 2016)."""
    network = tflearn.conv_2d(pictures, 8, 3)
    network = tflearn.resnext_block(network, 1, 8, 32)
    network = tflearn.resnext_block(network, 1, 16, 32, downsample=True)
    return classes_of(tflearn.global_avg_pool(network))


def tflearns_residual(pictures, _):
    """TFLearn's own residual blocks."""
    network = tflearn.conv_2d(pictures, 8, 3)
    network = tflearn.residual_block(network, 2, 8)
    network = tflearn.residual_block(network, 1, 16, downsample=True)
    return classes_of(tflearn.global_avg_pool(network))


def tflearns_densenet(pictures, _):
    """TFLearn's own dense blocks."""
    network = tflearn.densenet_block(tflearn.conv_2d(pictures, 8, 3), 2, 6)
    return classes_of(tflearn.global_avg_pool(tflearn.densenet_block(network, 1, 6)))


def highway_dense(pictures, _):
    """Dense layers that pass on what their gate doesn't change (Srivastava et al. 2015)."""
    network = tflearn.fully_connected(pictures, 16, activation="elu", weights_init="xavier")
    for _ in range(3):
        network = tflearn.highway(network, 16, activation="elu", weights_init="xavier")
    return classes_of(network)


def highway_filters(pictures, _):
    """The same with filters, and batch normalization between."""
    network = pictures
    for side in (3, 2, 1):
        network = tflearn.highway_conv_2d(network, 8, side, activation="elu")
    network = tflearn.batch_normalization(tflearn.max_pool_2d(network, 2))
    return classes_of(network)


def pixel_rows(layer):
    """Return a network that reads a picture row by row, from the top."""

    def network(pictures, _):
        rows = tflearn.reshape(pictures, [-1, 16, 48])
        return classes_of(layer(rows, 12))

    return network


def classes_of(network):
    return tflearn.fully_connected(network, 10, activation="softmax", weights_init="xavier")


SMALL = {
    "nin": lambda x, hidden: nin(
        x, hidden, sets=((5, 12, 10, 8), (5, 12, 12), (3, 12, 12)), dropout=0
    ),
    "vgg": lambda x, hidden: vgg(
        x, hidden, sets=((8, 8), (12, 12, 12)), dense=(16, 16), dropout=0
    ),
    "resnet": lambda x, hidden: resnet(x, hidden, blocks=2, filters=(4, 8)),
    "densenet": lambda x, hidden: densenet(x, hidden, growth=4, layers=2),
    "densenet bottleneck": lambda x, hidden: densenet(
        x, hidden, growth=4, layers=1, bottleneck=True, dropout=0.1
    ),
    "googlenet": googlenet,
    "resnext": resnext,
    "residual_block": tflearns_residual,
    "densenet_block": tflearns_densenet,
    "highway": highway_dense,
    "highway_conv_2d": highway_filters,
    "simple_rnn": pixel_rows(tflearn.simple_rnn),
    "lstm": pixel_rows(tflearn.lstm),
    "gru": pixel_rows(tflearn.gru),
}  # fmt: skip


# Of layers that test_tflearn_layers.py tries too.
LONG = {"residual_block", "densenet_block", "densenet bottleneck", "simple_rnn", "gru"}
NAMES = [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in SMALL]


@pytest.mark.parametrize("name", NAMES)
def test_a_network_learns_all_its_weights_from_pictures(name):
    new_graph(seed=0, precision="float32")
    said = SMALL[name](tflearn.input_data([None, 16, 16, 3]), he_layers())
    network = tflearn.regression(said, optimizer="adam", learning_rate=0.003)
    first, model, changed = fit_once(network, PICTURES, LABELS)
    assert changed
    assert math.log(10) / 2 < first < 4 * math.log(10)
    losses = [model.fit_batch(PICTURES, LABELS) for _ in range(3)]
    assert min(losses) < first
    probabilities = np.array(model.predict(PICTURES))
    assert probabilities.shape == (20, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_an_autoencoder_learns_to_make_pictures_from_less():
    new_graph(seed=0, precision="float32")
    entry = tflearn.input_data([None, 16, 16, 3])
    code = tflearn.max_pool_2d(tflearn.conv_2d(entry, 8, 3, activation="relu"), 4)
    wide = tflearn.conv_2d_transpose(code, 8, 3, [16, 16], strides=4, activation="relu")
    network = tflearn.regression(
        tflearn.conv_2d(wide, 3, 3), loss="mean_square", learning_rate=0.01, metric=None
    )
    assert int(np.prod(code.shape[1:])) < int(np.prod(entry.shape[1:]))
    first, model, changed = fit_once(network, PICTURES, PICTURES)
    assert changed
    for _ in range(5):
        last = model.fit_batch(PICTURES, PICTURES)
    assert last < first
    assert np.shape(model.predict(PICTURES)) == PICTURES.shape


# What the builders say of themselves


@pytest.mark.parametrize(
    ("network", "options", "weights", "layers"),
    [
        (nin, {}, 966_986, {"MaxPool": 2, "Dropout": 2}),
        (vgg, {}, 15_245_130, {"MaxPool": 5, "Dropout": 2}),
        # 0.46 M in the paper's table 6; poolings of 1 x 1 take every second place of a shortcut
        (resnet, {}, 464_154, {"MaxPool": 2, "BatchNormalization": 31}),
        # 1.0 M in the paper's table 2
        (densenet, {}, 1_019_722, {"AvgPool": 2, "BatchNormalization": 39}),
        pytest.param(  # 0.8 M in the same table, as L = 100
            densenet,
            {"layers": 16, "bottleneck": True, "dropout": 0.2},
            769_162,
            {"AvgPool": 2, "BatchNormalization": 99, "Dropout": 98},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["nin", "vgg", "resnet-32", "densenet-40", "densenet-bc-100"],
)
def test_a_networks_weights_are_as_many_as_its_text_and_its_paper_say(
    network, options, weights, layers
):
    new_graph(seed=0)
    said = network(tflearn.input_data([None, 32, 32, 3]), he_layers(), **options)
    assert said.shape.as_list() == [None, 10]
    assert sum(v.shape.num_elements() for v in tf.trainable_variables()) == weights
    assert f"{weights:,} weights" in (network.__doc__ or "") or options
    kinds = Counter(operation.type for operation in tf.get_default_graph().get_operations())
    found = {name: kinds[name] or len(tf.get_collection(f"layer_tensor/{name}")) for name in layers}
    found |= {
        name: sum(v.op.name.endswith("gamma") for v in tf.trainable_variables())
        for name in layers if name == "BatchNormalization"
    }  # fmt: skip
    assert found == layers


@pytest.mark.parametrize(
    ("name", "drawn", "tells"),
    [
        ("vgg", {0}, False),
        ("resnet", {0}, True),
        ("densenet", {0}, False),
        ("densenet", {0, 3, 6}, True),  # the first layer, and those between the blocks
    ],
)
def test_pictures_get_past_layers_of_zeros_where_there_are_shortcuts(name, drawn, tells):
    def hidden():
        for number, settings in enumerate(he_layers()):
            yield settings if number in drawn else {"weights_init": "zeros"}

    new_graph(seed=0, precision="float32")
    said = SMALL[name](tflearn.input_data([None, 16, 16, 3]), hidden())
    probabilities = np.array(tflearn.DNN(said).predict(PICTURES))
    assert (probabilities.std(axis=0).max() > 1e-4) == tells


@pytest.mark.parametrize(
    ("network", "options"),
    [(nin, {}), (vgg, {}), (resnet, {"blocks": 1}), (densenet, {"layers": 1})],
)
def test_a_network_takes_other_pictures_classes_and_a_configs_penalty(network, options):
    new_graph(seed=0)
    hidden = hidden_layers(Config(regularizer="L2"))
    said = network(tflearn.input_data([None, 64, 64, 1]), hidden, classes=4, **options)
    assert said.shape.as_list() == [None, 4]
    penalties = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    weights = [v for v in tf.trainable_variables() if v.shape.rank == 4]
    assert len(penalties) >= len(weights) - 1


def test_two_layers_of_one_shape_start_from_different_weights_and_a_seed_repeats_them():
    def first_weights(seed):
        new_graph(seed=5)
        resnet(tflearn.input_data([None, 8, 8, 3]), he_layers(seed), blocks=1, filters=(4,))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            filters = [v for v in tf.trainable_variables() if v.shape[2:] == (4, 4)]
            return session.run(filters)

    one, two = first_weights(0)
    assert not np.array_equal(one, two)
    assert np.array_equal(first_weights(0)[0], one)
    assert not np.array_equal(first_weights(1)[0], one)


def test_he_layers_keep_the_spread_of_what_goes_through_thirty_of_them():
    def spread(hidden):
        new_graph(seed=0, precision="float32")
        entry = network = tflearn.input_data([None, 256])
        for _ in range(30):
            network = tflearn.fully_connected(network, 256, **(next(hidden) | RELU))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            rows = np.random.default_rng(0).normal(size=(50, 256))
            return session.run(network, {entry: rows}).std()

    assert 0.2 < spread(he_layers()) < 2
    assert spread(hidden_layers(BASELINE)) < 0.001  # half of it is lost at every layer


RELU = {"activation": "relu"}
